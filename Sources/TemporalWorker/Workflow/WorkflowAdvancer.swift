import Foundation
import Logging
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Takes runs through their histories: makes them, applies events, lets their code run.
struct WorkflowAdvancer: Sendable {
    private let namespace: String
    private let converter: PayloadConverter
    private let logger: Logger
    private let blueprints: [String: WorkflowBlueprint]
    private let knownTypes: [String]

    init(namespace: String, converter: PayloadConverter, logger: Logger, blueprints: [WorkflowBlueprint]) {
        self.namespace = namespace
        self.converter = converter
        self.logger = logger
        self.blueprints = Dictionary(blueprints.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.knownTypes = blueprints.map(\.name)
    }

    /// Applies a history to a run, and runs its code in each task.
    ///
    /// - Parameters:
    ///   - task: The task that the history came with.
    ///   - cached: The run, if it is in memory and the history continues it.
    ///   - reader: The history.
    ///   - activate: Runs the code of a run, on replay or not. Returns whether to go on.
    /// - Returns: The run after the last event, or after the code that was not to go on.
    /// - Throws: ``NondeterminismError``, ``HistoryError``, ``WorkflowTaskFailure``, or what fetching a page throws.
    func advance(
        _ task: APIPollWorkflowTaskQueueResponse,
        _ cached: WorkflowRun?,
        _ reader: inout HistoryReader,
        _ activate: (WorkflowRun, Bool) throws -> Bool
    ) async throws -> WorkflowRun {
        var current = cached
        do {
            while let event = try await reader.next() {
                let run = try current ?? makeRun(task, event)
                current = run
                guard case .workflowTaskStartedEventAttributes = event.attributes else {
                    if let job = try run.machine.apply(event) { run.add(job) }
                    continue
                }
                let follower = try await reader.peek()
                if follower == nil, event.eventID != task.startedEventID {
                    // Another task of the run is under way; a query is answered from the state before it.
                    break
                }
                if follower?.endsTaskWithoutCode ?? false {
                    try run.machine.skipTask(event)
                    continue
                }
                _ = try run.machine.apply(event)
                let isReplaying = follower != nil
                guard try activate(run, isReplaying) else { return run }
                if isReplaying { _ = run.machine.takeCommands() }
            }
            guard let run = current else {
                throw HistoryError("The server sent a workflow task with an empty history.")
            }
            guard run.machine.lastEventID >= task.startedEventID else {
                throw HistoryError(
                    "The history ends at event \(run.machine.lastEventID), before event \(task.startedEventID), "
                        + "which started the task."
                )
            }
            return run
        } catch {
            // A cached run is the caller's to evict.
            if cached == nil { current?.evict() }
            throw error
        }
    }

    private func makeRun(_ task: APIPollWorkflowTaskQueueResponse, _ event: APIHistoryEvent) throws -> WorkflowRun {
        guard case .workflowExecutionStartedEventAttributes(let attributes) = event.attributes else {
            throw HistoryError("The history starts with \(event.label), not with the start of the workflow.")
        }
        let type = attributes.workflowType.name
        guard let blueprint = blueprints[type] else {
            throw WorkflowTaskFailure.unknownType(type, known: knownTypes)
        }
        return WorkflowRun(
            blueprint: blueprint,
            info: WorkflowInfo(
                attributes,
                namespace: namespace,
                execution: task.workflowExecution,
                startTime: Date(event.eventTime)
            ),
            seed: attributes.originalExecutionRunID,
            converter: converter,
            logger: logger
        )
    }
}

extension APIHistoryEvent {
    /// Whether an event that follows the start of a task says that the code did not complete it.
    fileprivate var endsTaskWithoutCode: Bool {
        switch attributes {
        case .workflowTaskFailedEventAttributes, .workflowTaskTimedOutEventAttributes,
            .workflowExecutionTerminatedEventAttributes, .workflowExecutionTimedOutEventAttributes:
            true
        default:
            false
        }
    }
}

extension WorkflowInfo {
    fileprivate init(
        _ attributes: APIWorkflowExecutionStartedEventAttributes,
        namespace: String,
        execution: APIWorkflowExecution,
        startTime: Date
    ) {
        self.init(
            namespace: namespace,
            workflowID: execution.workflowID,
            runID: execution.runID,
            firstRunID: attributes.firstExecutionRunID,
            continuedRunID: attributes.continuedExecutionRunID.isEmpty ? nil : attributes.continuedExecutionRunID,
            workflowType: attributes.workflowType.name,
            taskQueue: attributes.taskQueue.name,
            attempt: max(1, Int(attributes.attempt)),
            startTime: startTime,
            executionTimeout: attributes.workflowExecutionTimeout.limit,
            runTimeout: attributes.workflowRunTimeout.limit,
            taskTimeout: Duration(attributes.workflowTaskTimeout),
            retryPolicy: attributes.hasRetryPolicy ? RetryPolicy(attributes.retryPolicy) : nil,
            cronSchedule: attributes.cronSchedule.isEmpty ? nil : attributes.cronSchedule,
            parent: attributes.hasParentWorkflowExecution
                ? Execution(
                    namespace: attributes.parentWorkflowNamespace,
                    workflowID: attributes.parentWorkflowExecution.workflowID,
                    runID: attributes.parentWorkflowExecution.runID
                ) : nil,
            memo: attributes.memo.fields.mapValues(Payload.init),
            headers: attributes.header.fields.mapValues(Payload.init),
            lastCompletionResult: attributes.lastCompletionResult.values,
            lastFailure: attributes.hasContinuedFailure ? FailureConverter().error(attributes.continuedFailure) : nil
        )
    }
}
