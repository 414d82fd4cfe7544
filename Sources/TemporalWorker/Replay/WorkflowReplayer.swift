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
    private let namespace: String
    private let dataConverter: DataConverter
    private let deadlockTimeout: Duration

    /// Sets a replayer up.
    ///
    /// - Parameters:
    ///   - workflows: The workflows whose histories it is given.
    ///   - namespace: The namespace that the code is to see. Default: `default`.
    ///   - dataConverter: What turns payloads into values. Its codecs decode histories that are still encoded.
    ///   - workflowFailureRules: Which errors fail workflows, as in the options of the worker.
    ///   - workflowInterceptors: What stands around workflow code, as in the options of the worker.
    ///   - logger: Where workflow code would log; it is silent on replay.
    ///   - deadlockTimeout: How long code may run without waiting, unless `TEMPORAL_DEBUG` is set. Default: 2 s.
    ///   - plugins: What adjusts the replayer, as it adjusts workers; the first is asked first.
    public init(
        workflows: [any Workflow.Type],
        namespace: String = "default",
        dataConverter: DataConverter = DataConverter(),
        workflowFailureRules: [WorkflowFailureRule] = [],
        workflowInterceptors: [any WorkflowInterceptor] = [],
        logger: Logger = Logger(label: "temporal.replayer"),
        deadlockTimeout: Duration = .seconds(2),
        plugins: [any WorkerPlugin] = []
    ) {
        var setup = ReplayerSetup(
            workflows: workflows,
            namespace: namespace,
            dataConverter: dataConverter,
            workflowFailureRules: workflowFailureRules,
            workflowInterceptors: workflowInterceptors
        )
        for plugin in plugins { plugin.configure(&setup) }
        self.advancer = WorkflowAdvancer(
            namespace: setup.namespace,
            dataConverter: setup.dataConverter,
            failureRules: setup.workflowFailureRules,
            interceptors: setup.workflowInterceptors,
            logger: logger,
            blueprints: setup.workflows.map { makeBlueprint($0) }
        )
        self.namespace = setup.namespace
        self.dataConverter = setup.dataConverter
        self.deadlockTimeout = deadlockTimeout
    }

    /// Replays a history.
    ///
    /// - Parameter history: All events of a run, fetched by a client or read from JSON.
    /// - Throws: ``ReplayError`` if the code does not fit.
    public func replay(_ history: WorkflowHistory) async throws {
        try await replay(history.proto.events, workflowID: history.workflowID, runID: history.runID)
    }

    /// Replays a history, and keeps the error if the code does not fit.
    ///
    /// - Parameter history: All events of a run.
    /// - Returns: What came of it.
    public func result(of history: WorkflowHistory) async -> ReplayResult {
        do {
            try await replay(history)
            return ReplayResult(workflowID: history.workflowID, runID: history.runID, error: nil)
        } catch {
            return ReplayResult(
                workflowID: history.workflowID,
                runID: history.runID,
                error: error as? ReplayError
                    ?? ReplayError(workflowID: history.workflowID, runID: history.runID, message: "\(error)")
            )
        }
    }

    /// Replays histories one after the other, as they come.
    ///
    /// - Parameter histories: The histories, such as those of a list of workflows.
    /// - Returns: A result for each history, in the same order. An error of the sequence itself ends it.
    public func results<Histories: AsyncSequence>(
        of histories: Histories
    ) -> AsyncMapSequence<Histories, ReplayResult> where Histories.Element == WorkflowHistory {
        histories.map { await result(of: $0) }
    }

    /// Replays the events of a run.
    package func replay(_ encoded: [APIHistoryEvent], workflowID: String, runID: String) async throws {
        let run = try await load(encoded, workflowID: workflowID, runID: runID)
        run.evict()
    }

    /// Replays the events of a run and keeps the run in memory, as a worker does between two tasks.
    ///
    /// - Returns: The run, which must be evicted.
    package func load(_ encoded: [APIHistoryEvent], workflowID: String, runID: String) async throws -> WorkflowRun {
        var history = APIHistory()
        history.events = encoded
        do {
            let scope = dataConverter.scope(SerializationContext(namespace: namespace, workflowID: workflowID))
            history = try await dataConverter.decoded(history, in: scope)
        } catch {
            throw ReplayError(workflowID: workflowID, runID: runID, message: String(describing: error))
        }
        let events = history.events
        var task = APIPollWorkflowTaskQueueResponse()
        task.workflowExecution.workflowID = workflowID
        task.workflowExecution.runID = runID
        var reader = HistoryReader(events: events, after: 0, nextPageToken: Data()) { _ in ([], Data()) }
        do {
            let run = try await advancer.advance(task, nil, &reader) { run, isReplaying in
                try activate(run, isReplaying)
                return true
            }
            do {
                try run.machine.checkAllMatched()
            } catch {
                run.evict()
                throw error
            }
            return run
        } catch {
            let failure = error as? WorkflowTaskFailure
            throw ReplayError(
                workflowID: workflowID,
                runID: runID,
                message: failure?.description ?? String(describing: error),
                disagreement: failure?.disagreement ?? error as? NondeterminismError
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

/// What came of the replay of one history.
public struct ReplayResult: Sendable {
    /// The workflow.
    public let workflowID: String

    /// The run.
    public let runID: String

    /// How the code does not fit; `nil` if it does.
    public let error: ReplayError?
}

/// Workflow code that does not fit a history.
public struct ReplayError: Error, Sendable, CustomStringConvertible {
    /// The workflow.
    public let workflowID: String

    /// The run.
    public let runID: String

    /// The event and the command that do not fit, or what else went wrong.
    public let message: String

    /// Whether the code issues other commands than the history has, rather than failing in another way, such as with an error
    /// of its own or for a history that cannot be read.
    public let isNondeterminism: Bool

    /// The event at which it came up that the history does not fit the code; `nil` if the history ends where the code has
    /// another command, for an update that the code refuses although it was accepted, and for what is no nondeterminism.
    public let eventID: Int64?

    /// The type of that event, in Temporal's words, such as `ActivityTaskScheduled`.
    public let eventType: String?

    /// The command of the code that does not fit the history, in words, such as `the start of timer '1'`; `nil` if the code
    /// has none there.
    public let command: String?

    init(workflowID: String, runID: String, message: String, disagreement: NondeterminismError? = nil) {
        self.workflowID = workflowID
        self.runID = runID
        self.message = message
        self.isNondeterminism = disagreement != nil
        self.eventID = disagreement?.eventID
        self.eventType = disagreement?.eventType
        self.command = disagreement?.command
    }

    public var description: String {
        "The replay of workflow '\(workflowID)', run '\(runID)', failed: \(message)"
    }
}

/// The blueprint of a workflow type that is known at run time only.
func makeBlueprint<Definer: Workflow>(_ type: Definer.Type) -> WorkflowBlueprint {
    WorkflowBlueprint(type)
}
