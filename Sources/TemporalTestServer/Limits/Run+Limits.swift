import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Run {
    /// The size of the history in bytes of its binary form.
    var historySize: Int64 {
        for event in events[sizedEvents...] { sizeOfSizedEvents += Int64(Limits.size(of: event)) }
        sizedEvents = events.count
        return sizeOfSizedEvents
    }

    /// Why the run should continue as new; empty while it need not.
    var continueAsNewReasons: [APISuggestContinueAsNewReason] {
        var reasons: [APISuggestContinueAsNewReason] = []
        if historySize >= Limits.suggestedSize { reasons.append(.historySizeTooLarge) }
        if events.count >= engine.options.suggestContinueAsNewEvents { reasons.append(.tooManyHistoryEvents) }
        if updates.count >= Limits.suggestedUpdates { reasons.append(.tooManyUpdates) }
        return reasons
    }

    /// Ends the run if its history has become too long, and its workflow task if too much waits for its end.
    func enforceLimits() {
        guard isOpen else { return }
        if events.count > Limits.events {
            terminate(reason: "Workflow history count exceeds limit.", identity: "history-service")
        } else if historySize > Limits.historySize {
            terminate(reason: "Workflow history size exceeds limit.", identity: "history-service")
        } else if bufferedEvents.count > Limits.bufferedEvents, let task = workflowTask, task.startedEventID != 0 {
            failWorkflowTask(task, cause: .forceCloseCommand, failure: nil, identity: "history-service")
            scheduleWorkflowTask()
        }
    }

    /// Checks whether the run takes one more update.
    ///
    /// - Throws: `RESOURCE_EXHAUSTED` if too many are under way, `FAILED_PRECONDITION` if it has had too many.
    func checkUpdateLimits() throws {
        let open = updates.values.filter { if case .completed = $0.stage { false } else { true } }.count
        guard open < Limits.updatesInFlight else {
            throw RPCError(
                code: .resourceExhausted,
                message: "limit on number of concurrent in-flight updates has been reached "
                    + "(\(Limits.updatesInFlight))",
                detail: APIResourceExhaustedFailure.with {
                    $0.cause = .concurrentLimit
                    $0.scope = .namespace
                }
            )
        }
        guard updates.count < Limits.updates else {
            throw RPCError(
                code: .failedPrecondition,
                message: "The limit on the total number of distinct updates in this workflow has been reached "
                    + "(\(Limits.updates)). Make sure any duplicate updates share an Update ID so the server can "
                    + "deduplicate them, and consider rejecting updates that you aren't going to process. You can also "
                    + "Continue-as-New to avoid this; we recommend you check Continue-as-New Suggested in your Workflow."
            )
        }
    }
}

extension APIFailure {
    /// What an activity fails with that answered with more than the service keeps.
    static func tooLarge(_ message: String) -> APIFailure {
        .with {
            $0.message = message
            $0.source = "Server"
            $0.serverFailureInfo = .with { $0.nonRetryable = true }
        }
    }
}
