import Foundation
import Temporal
import TemporalAPI

/// A reset of many workflows, each to a point of its own, carried out by this process.
///
/// The service's own batch reset takes all workflows back to the same kind of point. This one asks a rule for the point in
/// each history. It can be looked at first (``preview(with:)``), and it can be repeated: a run that was reset for the same
/// reason is left alone, so that an operation that was cut off is finished by running it again.
public struct PointwiseReset: Sendable {
    /// Which workflows, as a [list filter](https://docs.temporal.io/list-filter). Of each workflow only the latest run is
    /// reset.
    public var query: String

    /// Where each one is taken up.
    public var rule: ResetRule

    /// Why, for the histories of all runs. It names the operation: choose another one to reset the same runs again.
    public var reason: String

    /// What of the later events is not given to the new runs. Default: signals, which the rules send again as they see fit.
    public var reapplyExclusions: [ResetReapplyExclusion]

    /// How many resets are begun in a second. Default: 50.
    public var maximumPerSecond: Double

    /// How many resets are under way at a time. Default: 10.
    public var maximumConcurrent: Int

    /// Describes a reset.
    ///
    /// - Parameters:
    ///   - query: Which workflows.
    ///   - rule: Where each one is taken up.
    ///   - reason: Why.
    ///   - reapplyExclusions: What of the later events is not given to the new runs.
    ///   - maximumPerSecond: How many resets are begun in a second; more than 0.
    ///   - maximumConcurrent: How many resets are under way at a time; at least 1.
    public init(
        query: String,
        rule: ResetRule,
        reason: String,
        reapplyExclusions: [ResetReapplyExclusion] = [.signals],
        maximumPerSecond: Double = 50,
        maximumConcurrent: Int = 10
    ) {
        self.query = query
        self.rule = rule
        self.reason = reason
        self.reapplyExclusions = reapplyExclusions
        self.maximumPerSecond = maximumPerSecond
        self.maximumConcurrent = maximumConcurrent
    }

    /// What the reset would do to each run. Nothing is changed.
    ///
    /// - Parameter client: Lists the runs and reads their histories.
    /// - Returns: One item for each run that the query selects, in the order of the list. The loop throws `RPCError` for a
    ///   query that the service cannot read, or if the service cannot be reached.
    public func preview(with client: TemporalClient) -> AsyncThrowingStream<PointwiseResetItem, any Error> {
        each(client, clock: nil as ContinuousClock?) { execution in
            let target = try await target(execution, client)
            return .wouldReset(target)
        }
    }

    /// Resets the runs.
    ///
    /// A run that cannot be reset does not stop the others.
    ///
    /// - Parameters:
    ///   - client: Lists the runs, reads their histories and resets them.
    ///   - clock: The clock that ``maximumPerSecond`` is measured by.
    /// - Returns: One item for each run that the query selects, as they are done. The loop throws `RPCError` for a query
    ///   that the service cannot read, or if the service cannot be reached while the runs are listed. Leaving the loop
    ///   stops the operation.
    public func run(
        with client: TemporalClient,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> AsyncThrowingStream<PointwiseResetItem, any Error> {
        each(client, clock: clock) { execution in
            let target = try await target(execution, client)
            return .reset(try await reset(execution, target, client), target)
        }
    }

    // MARK: All runs

    private func each<C: Clock<Duration>>(
        _ client: TemporalClient,
        clock: C?,
        _ work: @escaping @Sendable (WorkflowExecution) async throws -> PointwiseResetItem.Outcome
    ) -> AsyncThrowingStream<PointwiseResetItem, any Error> {
        ExecutionWalk(maximumPerSecond: maximumPerSecond, maximumConcurrent: maximumConcurrent).items(
            clock: clock,
            list: { try await client.listWorkflows(query).all() },
            work: { execution in
                do {
                    return try await work(execution)
                } catch let error as NoResetPointError {
                    return .skipped(error.message)
                } catch let error as CancellationError {
                    throw error
                } catch {
                    return .failed(error)
                }
            },
            item: { PointwiseResetItem(execution: $0, outcome: $1, done: $2, total: $3) }
        )
    }

    // MARK: One run

    func target(_ execution: WorkflowExecution, _ client: TemporalClient) async throws -> ResetTarget {
        func skip(_ message: String) -> NoResetPointError {
            NoResetPointError(workflowID: execution.id, runID: execution.runID, message: message)
        }
        guard try await client.workflowHandle(id: execution.id).describe().runID == execution.runID else {
            throw skip("it is not the latest run of its workflow.")
        }
        let handle = client.workflowHandle(id: execution.id, runID: execution.runID)
        let history = try await handle.history()
        if history.contains(where: { $0.isReset(to: execution.runID, reason: reason) }) {
            throw skip("it was reset for this reason before.")
        }
        return try await rule.find(history, handle)
    }

    func reset(
        _ execution: WorkflowExecution,
        _ target: ResetTarget,
        _ client: TemporalClient
    ) async throws -> String {
        let handle = client.workflowHandle(id: execution.id, runID: execution.runID)
        // Ids that a repetition makes again: the service does nothing twice.
        let operation = "reset:\(execution.runID):\(target.eventID):\(reason.prefix(200))"
        let new = try await handle.reset(
            target.runID ?? execution.runID,
            target.eventID,
            reason,
            reapplyExclusions,
            [],
            operation
        )
        for signal in target.resentSignals {
            let event = signal.proto.workflowExecutionSignaledEventAttributes
            var request = APISignalWorkflowExecutionRequest()
            request.namespace = client.namespace
            request.workflowExecution = handle.execution(new.runID)
            request.signalName = event.signalName
            if event.hasInput { request.input = event.input }
            if event.hasHeader { request.header = event.header }
            request.identity = client.identity
            request.requestID = "\(operation):\(signal.id)"
            _ = try await client.call(.signalWorkflowExecution, request)
        }
        return new.runID ?? ""
    }
}

/// What became of one run in a reset of many.
public struct PointwiseResetItem: Sendable {
    /// What happened, or would happen.
    public enum Outcome: Sendable {
        /// The run would be reset to this point.
        case wouldReset(ResetTarget)
        /// The run was reset to this point; the id is that of the new run.
        case reset(String, ResetTarget)
        /// The run is left as it is, for this reason.
        case skipped(String)
        /// The run could not be reset. It may be tried again by running the operation again.
        case failed(any Error)
    }

    /// The run.
    public let execution: WorkflowExecution

    /// What happened to it.
    public let outcome: Outcome

    /// The number of runs that are done, with this one.
    public let done: Int

    /// The number of all runs.
    public let total: Int
}

extension HistoryEvent {
    /// Whether the event says that a run came from a reset.
    fileprivate func isReset(to runID: String, reason: String) -> Bool {
        guard case .workflowTaskFailedEventAttributes(let event) = proto.attributes else { return false }
        return event.cause == .resetWorkflow && event.newRunID == runID && event.failure.message == reason
    }
}
