import CoreMetrics
import Foundation
import Logging
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Takes runs through their histories: makes them, applies events, lets their code run.
struct WorkflowAdvancer: Sendable {
    private let namespace: String
    private let dataConverter: DataConverter
    private let failureRules: [WorkflowFailureRule]
    private let interceptors: [any WorkflowInterceptor]
    private let logger: Logger
    private let metrics: any MetricsFactory
    private let blueprints: [String: WorkflowBlueprint]
    private let dynamic: WorkflowBlueprint?
    private let knownTypes: [String]
    private let intercept: (@Sendable (String) -> WorkflowBlueprint?)?
    private let deploymentVersion: WorkerDeploymentVersion?
    private let activatesPatch: (@Sendable (PatchActivation) -> Bool)?
    private let codeHook: CodeHook?

    init(
        namespace: String,
        dataConverter: DataConverter,
        failureRules: [WorkflowFailureRule],
        interceptors: [any WorkflowInterceptor],
        logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        blueprints: [WorkflowBlueprint],
        intercept: (@Sendable (String) -> WorkflowBlueprint?)? = nil,
        deploymentVersion: WorkerDeploymentVersion? = nil,
        activatesPatch: (@Sendable (PatchActivation) -> Bool)? = nil,
        codeHook: CodeHook? = nil
    ) {
        self.deploymentVersion = deploymentVersion
        self.intercept = intercept
        self.activatesPatch = activatesPatch
        self.codeHook = codeHook
        self.metrics = metrics
        self.namespace = namespace
        self.dataConverter = dataConverter
        self.failureRules = failureRules
        self.interceptors = interceptors
        self.logger = logger
        let named = blueprints.filter { !$0.isDynamic }
        self.blueprints = Dictionary(named.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.dynamic = blueprints.first(where: \.isDynamic)
        self.knownTypes = named.map(\.name)
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
                    if let job = try run.machine.apply(event) { run.add(job, after: event.eventID) }
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
                run.machine.progress.deploymentVersion =
                    isReplaying ? follower?.completingDeploymentVersion : deploymentVersion
                let commandEvents = isReplaying ? try await reader.peekCommandEvents() : []
                if isReplaying { try run.machine.expect(commandEvents) }
                if let follower, case .workflowTaskCompletedEventAttributes(let completed) = follower.attributes {
                    // What is recorded at the end of a task holds for the code that runs in it.
                    try run.machine.sdk.note(completed.sdkMetadata, follower)
                }
                let updates =
                    isReplaying
                    ? run.machine.takeAcceptedUpdates(commandEvents)
                    : run.machine.takeAdmittedUpdates() + (try task.messages.map(UpdateRequest.init))
                for update in updates { run.add(try run.machine.receive(update), after: update.sequencingEventID) }
                guard try activate(run, isReplaying) else { return run }
                if isReplaying {
                    run.machine.expectCommands()
                    _ = run.machine.takeMessages()
                }
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

    /// What runs workflows of a type; `nil` if nothing does.
    func blueprint(of type: String) -> WorkflowBlueprint? {
        let registered = blueprints[type] ?? dynamic
        guard var replacement = intercept?(type) else { return registered }
        replacement.versioningBehavior = registered?.versioningBehavior
        return replacement
    }

    /// Whether a history that does not fit the code fails the workflows of a type, and not only the task.
    func failsOnNondeterminism(_ type: String) -> Bool {
        (failureRules + ((blueprints[type] ?? dynamic)?.failureRules ?? [])).contains(where: \.includesNondeterminism)
    }

    private func makeRun(_ task: APIPollWorkflowTaskQueueResponse, _ event: APIHistoryEvent) throws -> WorkflowRun {
        guard case .workflowExecutionStartedEventAttributes(let attributes) = event.attributes else {
            throw HistoryError("The history starts with \(event.label), not with the start of the workflow.")
        }
        let type = attributes.workflowType.name
        guard var blueprint = blueprint(of: type) else {
            throw WorkflowTaskFailure.unknownType(type, known: knownTypes)
        }
        blueprint.name = type
        return WorkflowRun(
            blueprint: blueprint,
            info: WorkflowInfo(
                attributes,
                namespace: namespace,
                execution: task.workflowExecution,
                startTime: Date(event.eventTime),
                metadata: event.userMetadata,
                dataConverter: dataConverter
            ),
            seed: attributes.originalExecutionRunID,
            dataConverter: dataConverter,
            failureRules: failureRules,
            interceptors: interceptors,
            activatesPatch: activatesPatch,
            codeHook: codeHook,
            logger: logger,
            metrics: metrics
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

    /// The version of the worker that completed a task, as servers of any age write it.
    fileprivate var completingDeploymentVersion: WorkerDeploymentVersion? {
        guard case .workflowTaskCompletedEventAttributes(let completed) = attributes else { return nil }
        if let version = WorkerDeploymentVersion(completed.deploymentVersion, text: completed.workerDeploymentVersion) {
            return version
        }
        guard completed.hasDeployment else { return nil }
        return WorkerDeploymentVersion(
            deploymentName: completed.deployment.seriesName,
            buildID: completed.deployment.buildID
        )
    }
}

extension WorkflowInfo {
    fileprivate init(
        _ attributes: APIWorkflowExecutionStartedEventAttributes,
        namespace: String,
        execution: APIWorkflowExecution,
        startTime: Date,
        metadata: APIUserMetadata,
        dataConverter: DataConverter
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
            root: attributes.hasRootWorkflowExecution
                ? Execution(
                    namespace: namespace,
                    workflowID: attributes.rootWorkflowExecution.workflowID,
                    runID: attributes.rootWorkflowExecution.runID
                ) : nil,
            continuation: Continuation(attributes),
            originalRunID: attributes.originalExecutionRunID,
            executionDeadline: attributes.hasWorkflowExecutionExpirationTime
                ? Date(attributes.workflowExecutionExpirationTime) : nil,
            firstTaskBackoff: Duration(attributes.firstWorkflowTaskBackoff),
            priority: attributes.hasPriority ? Priority(attributes.priority) : nil,
            starterIdentity: attributes.identity,
            memo: attributes.memo.fields.mapValues(Payload.init),
            searchAttributes: SearchAttributes(attributes.searchAttributes),
            headers: attributes.header.fields.mapValues(Payload.init),
            lastCompletionResult: attributes.lastCompletionResult.values,
            lastFailure: attributes.hasContinuedFailure
                ? dataConverter.failureConverter.error(attributes.continuedFailure) : nil,
            // Lines for people: what is no text is not worth failing a task.
            staticSummary: metadata.hasSummary
                ? try? dataConverter.payloadConverter.decode(Payload(metadata.summary)) : nil,
            staticDetails: metadata.hasDetails
                ? try? dataConverter.payloadConverter.decode(Payload(metadata.details)) : nil
        )
    }
}

extension WorkflowInfo.Continuation {
    /// Why the run of a first event was made; `nil` if by a start.
    fileprivate init?(_ attributes: APIWorkflowExecutionStartedEventAttributes) {
        // The first run of a cron workflow has the initiator of the later ones, but follows nobody.
        guard !attributes.continuedExecutionRunID.isEmpty else { return nil }
        switch attributes.initiator {
        case .workflow: self = .continueAsNew
        case .retry: self = .retry
        case .cronSchedule: self = .cron
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}
