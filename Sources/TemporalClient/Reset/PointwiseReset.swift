import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// A reset of many workflows, each to a point of its own, carried out by this process.
///
/// The service's own batch reset takes all workflows back to the same kind of point. This one asks a rule for the point in
/// each history. It can be looked at first (``preview(with:)``), and it can be repeated: a run that was reset for the same
/// reason is not reset again, but gets the signals that it lacks, so that an operation that was cut off is finished by
/// running it again with the same rule.
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
    ///   stops the operation; a run that is being reset gets its signals all the same.
    public func run(
        with client: TemporalClient,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> AsyncThrowingStream<PointwiseResetItem, any Error> {
        each(client, clock: clock) { execution in
            let (runID, target) = try await reset(execution, client)
            return .reset(runID, target)
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

    /// What there is to do with a run.
    private enum Plan {
        /// It is to be reset.
        case reset(ResetTarget)
        /// The operation has made a run before, from another one, with an event. It may lack signals.
        case finish(runID: String, base: String, event: Int64)
    }

    /// Where a run is taken up again.
    ///
    /// - Throws: ``NoResetPointError`` if it is left alone, what the rule throws, and what calls to the service do.
    func target(_ execution: WorkflowExecution, _ client: TemporalClient) async throws -> ResetTarget {
        guard case .reset(let target) = try await plan(execution, client) else { throw wasReset(execution) }
        return target
    }

    /// Resets a run, and sends the new one the signals of the rule. If that was done before, but perhaps not to its end, the
    /// signals are sent again, of which the service records none twice.
    ///
    /// - Returns: The new run, and where the old one was taken up.
    /// - Throws: As ``target(_:_:)``.
    func reset(
        _ execution: WorkflowExecution,
        _ client: TemporalClient
    ) async throws -> (runID: String, target: ResetTarget) {
        let plan = try await plan(execution, client)
        try Task.checkCancellation()
        // Tasks of their own, which are not cancelled where somebody leaves the loop: a run that is reset needs its signals.
        switch plan {
        case .reset(let target):
            return (try await Task { try await perform(target, execution, client) }.value, target)
        case .finish(let runID, let base, let event):
            try await Task { try await finish(execution, runID, base, event, client) }.value
            throw wasReset(execution)
        }
    }

    private func plan(_ execution: WorkflowExecution, _ client: TemporalClient) async throws -> Plan {
        let latest = try await client.workflowHandle(id: execution.id).describe()
        // A list may not have the run that a reset has just made: it is found from the one that it came from, too.
        let isLatest = latest.runID == execution.runID
        guard isLatest || latest.lastResetTime != nil else { throw notLatest(execution) }
        let handle = client.workflowHandle(id: execution.id, runID: latest.runID)
        let history = try await handle.history()
        if let reset = history.last(where: { $0.isReset(to: history.runID, reason: reason) }) {
            let base = reset.proto.workflowTaskFailedEventAttributes.baseRunID
            guard isLatest || base == execution.runID else { throw notLatest(execution) }
            return .finish(runID: history.runID, base: base, event: reset.id)
        }
        guard isLatest else { throw notLatest(execution) }
        return .reset(try await rule.find(history, handle))
    }

    private func perform(
        _ target: ResetTarget,
        _ execution: WorkflowExecution,
        _ client: TemporalClient
    ) async throws -> String {
        let handle = client.workflowHandle(id: execution.id, runID: execution.runID)
        let operation = operation(target, execution.runID)
        let new = try await handle.reset(
            target.runID ?? execution.runID,
            target.eventID,
            reason,
            reapplyExclusions,
            [],
            operation
        )
        try await send(target.resentSignals, operation, to: new)
        return new.runID ?? ""
    }

    /// Sends a run the signals that it may lack.
    private func finish(
        _ execution: WorkflowExecution,
        _ runID: String,
        _ base: String,
        _ event: Int64,
        _ client: TemporalClient
    ) async throws {
        let handle = client.workflowHandle(id: execution.id, runID: base)
        let target: ResetTarget
        do {
            target = try await rule.find(try await handle.history(), handle)
        } catch is NoResetPointError {
            return
        } catch is WorkflowNotFoundError {
            throw skip(
                execution,
                "it was reset for this reason before, and the run that it came from is no longer kept."
            )
        }
        guard !target.resentSignals.isEmpty else { return }
        // The event is the end of the workflow task that was returned to, or comes after its start where it had none.
        guard event == target.eventID || event == target.eventID + 1 else {
            throw skip(
                execution,
                "it was reset for this reason before, to event \(event); the rule finds event \(target.eventID) now, so "
                    + "that no signals are sent again."
            )
        }
        try await send(
            target.resentSignals,
            operation(target, base),
            to: client.workflowHandle(id: execution.id, runID: runID)
        )
    }

    /// An id that a repetition makes again: the service does nothing twice.
    private func operation(_ target: ResetTarget, _ runID: String) -> String {
        "reset:\(runID):\(target.eventID):\(reason.prefix(200))"
    }

    private func send(_ signals: [HistoryEvent], _ operation: String, to handle: UntypedWorkflowHandle) async throws {
        do {
            for signal in signals {
                let event = signal.proto.workflowExecutionSignaledEventAttributes
                var request = APISignalWorkflowExecutionRequest()
                request.namespace = handle.client.namespace
                request.workflowExecution = handle.execution(handle.runID)
                request.signalName = event.signalName
                if event.hasInput { request.input = event.input }
                if event.hasHeader { request.header = event.header }
                request.identity = handle.client.identity
                request.requestID = "\(operation):\(signal.id)"
                _ = try await handle.client.call(.signalWorkflowExecution, request)
            }
        } catch let error as RPCError where error.code == .notFound {
            // A run that has closed takes no signal, but may have had them all before.
            let history = try await handle.history()
            let reset = history.last { $0.isReset(to: history.runID, reason: reason) }
            guard history.hasSignals(signals, after: reset?.id ?? 0) else { throw error }
        }
    }

    private func skip(_ execution: WorkflowExecution, _ message: String) -> NoResetPointError {
        NoResetPointError(workflowID: execution.id, runID: execution.runID, message: message)
    }

    private func notLatest(_ execution: WorkflowExecution) -> NoResetPointError {
        skip(execution, "it is not the latest run of its workflow.")
    }

    private func wasReset(_ execution: WorkflowExecution) -> NoResetPointError {
        skip(execution, "it was reset for this reason before.")
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

extension WorkflowHistory {
    /// Whether signals that say the same as these came after an event.
    fileprivate func hasSignals(_ signals: [HistoryEvent], after event: Int64) -> Bool {
        var missing = signals.map(\.signal)
        for signal in self where signal.isSignal && signal.id > event {
            if let index = missing.firstIndex(of: signal.signal) { missing.remove(at: index) }
        }
        return missing.isEmpty
    }
}

extension HistoryEvent {
    /// What a signal says.
    fileprivate var signal: APIWorkflowExecutionSignaledEventAttributes {
        let event = proto.workflowExecutionSignaledEventAttributes
        return .with {
            $0.signalName = event.signalName
            $0.input = event.input
            $0.header = event.header
        }
    }
}
