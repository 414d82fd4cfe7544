import Foundation
public import Logging
public import Temporal
package import TemporalAPI
public import TemporalClient

/// Runs workflow code over histories that were written before, to find out whether the code still fits them.
///
/// Nothing is asked of a service: a replay has no effects.
public struct WorkflowReplayer: Sendable {
    private let advancer: WorkflowAdvancer
    private let deadlockTimeout: Duration

    /// Sets a replayer up.
    ///
    /// - Parameters:
    ///   - workflows: The workflows whose histories it is given.
    ///   - namespace: The namespace that the code is to see. Default: `default`.
    ///   - converter: What turns payloads into values.
    ///   - logger: Where workflow code would log; it is silent on replay.
    ///   - deadlockTimeout: How long code may run without waiting. Default: 2 s.
    public init(
        workflows: [any Workflow.Type],
        namespace: String = "default",
        converter: PayloadConverter = PayloadConverter(),
        logger: Logger = Logger(label: "temporal.replayer"),
        deadlockTimeout: Duration = .seconds(2)
    ) {
        self.advancer = WorkflowAdvancer(
            namespace: namespace,
            converter: converter,
            logger: logger,
            blueprints: workflows.map { makeBlueprint($0) }
        )
        self.deadlockTimeout = deadlockTimeout
    }

    /// Replays a history.
    ///
    /// - Parameter history: All events of a run, fetched by a client or read from JSON.
    /// - Throws: ``ReplayError`` if the code does not fit.
    public func replay(_ history: WorkflowHistory) async throws {
        try await replay(history.proto.events, workflowID: history.workflowID, runID: history.runID)
    }

    /// Replays the events of a run.
    package func replay(_ events: [APIHistoryEvent], workflowID: String, runID: String) async throws {
        var task = APIPollWorkflowTaskQueueResponse()
        task.workflowExecution.workflowID = workflowID
        task.workflowExecution.runID = runID
        var reader = HistoryReader(events: events, nextPageToken: Data()) { _ in ([], Data()) }
        do {
            let run = try await advancer.advance(task, nil, &reader) { run, isReplaying in
                try activate(run, isReplaying)
                return true
            }
            defer { run.evict() }
            try run.machine.checkAllMatched()
        } catch {
            throw ReplayError(
                workflowID: workflowID,
                runID: runID,
                message: (error as? WorkflowTaskFailure)?.description ?? String(describing: error)
            )
        }
    }

    private func activate(_ run: WorkflowRun, _ isReplaying: Bool) throws {
        var activation = WorkflowRun.Activation.done
        let wasLate = DeadlockWatch.shared.watch(limit: deadlockTimeout) {
            // There is no server to tell: the caller learns of it when the code returns.
        } _: {
            activation = run.activate(isReplaying: isReplaying)
        }
        if wasLate { throw WorkflowTaskFailure.deadlock(run.blueprint.name, limit: deadlockTimeout) }
        if case .failed(let failure) = activation { throw failure }
    }
}

/// Workflow code that does not fit a history.
public struct ReplayError: Error, Sendable, CustomStringConvertible {
    /// The workflow.
    public let workflowID: String

    /// The run.
    public let runID: String

    /// The event and the command that do not fit, or what else went wrong.
    public let message: String

    public var description: String {
        "The replay of workflow '\(workflowID)', run '\(runID)', failed: \(message)"
    }
}

/// The blueprint of a workflow type that is known at run time only.
func makeBlueprint<Definer: Workflow>(_ type: Definer.Type) -> WorkflowBlueprint {
    WorkflowBlueprint(type)
}
