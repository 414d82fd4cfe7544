import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// An operation on many workflows, for each of which a rule says what is done. It is carried out by this process.
///
/// The service's own operations (``TemporalClient/batch``) do the same thing to all workflows. This one can be looked at
/// first (``preview(with:)``), and it can be repeated: nothing is done twice to a run under the same ``reason``, so that
/// an operation that was cut off is finished by running it again.
///
/// ```swift
/// let batch = PointwiseBatch(query: "WorkflowType = 'Loyalty'", reason: "Gift of March") { execution, handle in
///     let points = try await handle.query("points", as: Int.self)
///     return points >= 1000 ? .signal(Loyalty.addPoints, 100) : .skip("\(points) points are too few.")
/// }
/// ```
public struct PointwiseBatch: Sendable {
    /// Which workflow runs, as a [list filter](https://docs.temporal.io/list-filter).
    public var query: String

    /// Why, for the histories. It names the operation: choose another one to do the same again.
    public var reason: String

    /// How many runs are begun in a second. Default: 50.
    public var maximumPerSecond: Double

    /// How many runs are under way at a time. Default: 10.
    public var maximumConcurrent: Int

    /// Says what is done to a run.
    public var rule: @Sendable (WorkflowExecution, UntypedWorkflowHandle) async throws -> BatchAction

    /// Describes an operation.
    ///
    /// - Parameters:
    ///   - query: Which workflow runs.
    ///   - reason: Why.
    ///   - maximumPerSecond: How many runs are begun in a second; more than 0.
    ///   - maximumConcurrent: How many runs are under way at a time; at least 1.
    ///   - rule: Says what is done to a run. It is asked once for each run, and in a preview, too: it shall change nothing
    ///     itself.
    public init(
        query: String,
        reason: String,
        maximumPerSecond: Double = 50,
        maximumConcurrent: Int = 10,
        rule: @escaping @Sendable (WorkflowExecution, UntypedWorkflowHandle) async throws -> BatchAction
    ) {
        self.query = query
        self.reason = reason
        self.maximumPerSecond = maximumPerSecond
        self.maximumConcurrent = maximumConcurrent
        self.rule = rule
    }

    /// What the operation would do to each run. Nothing is changed.
    ///
    /// - Parameter client: Lists the runs, and is what the rule asks them with.
    /// - Returns: One item for each run that the query selects. The loop throws `RPCError` for a query that the service
    ///   cannot read, or if the service cannot be reached.
    public func preview(with client: TemporalClient) -> AsyncThrowingStream<PointwiseBatchItem, any Error> {
        items(client, clock: nil as ContinuousClock?) { action, execution in
            if case .reset(let rule, let exclusions) = action.kind {
                let target = try await reset(rule, exclusions).target(execution, client)
                return .wouldDo("reset to event \(target.eventID)")
            }
            return .wouldDo(action.description)
        }
    }

    /// Does to each run what the rule says.
    ///
    /// A run for which it fails does not stop the others.
    ///
    /// - Parameters:
    ///   - client: Lists the runs and changes them.
    ///   - clock: The clock that ``maximumPerSecond`` is measured by.
    /// - Returns: One item for each run that the query selects, as they are done. The loop throws `RPCError` for a query
    ///   that the service cannot read, or if the service cannot be reached while the runs are listed. Leaving the loop
    ///   stops the operation.
    public func run(
        with client: TemporalClient,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> AsyncThrowingStream<PointwiseBatchItem, any Error> {
        items(client, clock: clock) { action, execution in
            try await perform(action, execution, client)
        }
    }

    private func items<C: Clock<Duration>>(
        _ client: TemporalClient,
        clock: C?,
        _ work: @escaping @Sendable (BatchAction, WorkflowExecution) async throws -> PointwiseBatchItem.Outcome
    ) -> AsyncThrowingStream<PointwiseBatchItem, any Error> {
        ExecutionWalk(maximumPerSecond: maximumPerSecond, maximumConcurrent: maximumConcurrent).items(
            clock: clock,
            list: { try await client.listWorkflows(query).all() },
            work: { execution in
                do {
                    let action = try await rule(execution, execution.handle(client))
                    if case .skip = action.kind { return .skipped(action.description) }
                    return try await work(action, execution)
                } catch let error as NoResetPointError {
                    return .skipped(error.message)
                } catch let error as WorkflowNotFoundError {
                    return .skipped(error.message)
                } catch let error as CancellationError {
                    throw error
                } catch {
                    return .failed(error)
                }
            },
            item: { PointwiseBatchItem($0, $1, done: $2, total: $3) }
        )
    }

    private func reset(_ rule: ResetRule, _ exclusions: [ResetReapplyExclusion]) -> PointwiseReset {
        PointwiseReset(query: query, rule: rule, reason: reason, reapplyExclusions: exclusions)
    }

    private func perform(
        _ action: BatchAction,
        _ execution: WorkflowExecution,
        _ client: TemporalClient
    ) async throws -> PointwiseBatchItem.Outcome {
        let handle = execution.handle(client)
        // An id that a repetition makes again: the service does nothing twice.
        let operation = "batch:\(execution.runID):\(reason.prefix(200))"
        switch action.kind {
        case .skip:
            return .skipped(action.description)
        case .signal(let name, let arguments):
            try await handle.signal(name, try arguments(handle.converter), requestID: operation)
        case .cancel:
            try await handle.cancel(reason: reason, requestID: operation)
        case .terminate:
            try await handle.terminate(reason: reason)
        case .delete:
            try await handle.delete()
        case .updateOptions(let update):
            try await handle.updateOptions(update)
        case .reset(let rule, let exclusions):
            let (_, target) = try await reset(rule, exclusions).reset(execution, client)
            return .done("reset to event \(target.eventID)")
        }
        return .done(action.description)
    }
}

/// What became of one run in a ``PointwiseBatch``.
public struct PointwiseBatchItem: Sendable {
    /// What happened, or would happen.
    public enum Outcome: Sendable {
        /// This would be done.
        case wouldDo(String)
        /// This was done.
        case done(String)
        /// The run is left as it is, for this reason: the rule's, or that there is nothing left to do.
        case skipped(String)
        /// It failed. It may be tried again by running the operation again.
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

    init(_ execution: WorkflowExecution, _ outcome: Outcome, done: Int, total: Int) {
        self.execution = execution
        self.outcome = outcome
        self.done = done
        self.total = total
    }
}
