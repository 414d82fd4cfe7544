import Temporal
import TemporalAPI

/// Where a history is cut for a reset, and the workflow task that was open there.
struct ResetPoint {
    /// The events that the new run begins with.
    let prefix: [APIHistoryEvent]

    /// What the open workflow task looked like.
    enum OpenTask {
        /// Scheduled by an event of the prefix, and not started.
        case scheduled(eventID: Int64)
        /// Scheduled and started by events of the prefix.
        case started(scheduledEventID: Int64, startedEventID: Int64)
        /// A further attempt, whose events were not written.
        case unwritten(attempt: Int32)
    }

    /// The open workflow task, which the reset fails.
    let task: OpenTask

    /// Cuts a history.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - finishEventID: The event that the failure of the workflow task takes the place of.
    /// - Throws: `INVALID_ARGUMENT` with the server's words if the history cannot be cut there.
    init(of run: Run, finishEventID: Int64) throws {
        guard finishEventID > 1, finishEventID <= run.events.count else {
            throw ServiceError.invalid("Workflow task finish ID must be > 1 && <= workflow last event ID.")
        }
        let count = Int(finishEventID) - 1
        // A transaction is copied as a whole or not at all.
        guard run.endsTransaction(count) else {
            throw ServiceError.invalid(
                "StateRebuilder unable to Rebuild mutable state to event ID: \(count), version: 0, "
                    + "this event must be at the boundary"
            )
        }
        prefix = Array(run.events.prefix(count))
        guard let task = Self.openTask(in: prefix) else {
            throw ServiceError.invalid(
                "Can only reset workflow to event ID in range [WorkflowTaskScheduled +1, WorkflowTaskStarted + 1]: "
                    + "\(finishEventID)"
            )
        }
        self.task = task
    }

    private static func openTask(in events: [APIHistoryEvent]) -> OpenTask? {
        var attempt: Int32 = 1
        for event in events.reversed() {
            switch event.attributes {
            case .workflowTaskScheduledEventAttributes:
                return attempt > 1 ? .unwritten(attempt: attempt) : .scheduled(eventID: event.eventID)
            case .workflowTaskStartedEventAttributes(let started):
                guard attempt == 1 else { return .unwritten(attempt: attempt) }
                return .started(scheduledEventID: started.scheduledEventID, startedEventID: event.eventID)
            case .workflowTaskFailedEventAttributes, .workflowTaskTimedOutEventAttributes:
                attempt += 1
            case .workflowTaskCompletedEventAttributes:
                return nil
            default:
                break
            }
        }
        return nil
    }
}

extension Run {
    /// Notes that what was recorded up to now was one transaction of the service.
    func endTransaction() {
        let count = events.count
        guard count > transactionEnds.last ?? 0 else { return }
        transactionEnds.append(count)
        stateTransitionCount += 1
    }

    /// Whether a transaction ended after so many events.
    func endsTransaction(_ count: Int) -> Bool {
        var (low, high) = (0, transactionEnds.count)
        while low < high {
            let middle = (low + high) / 2
            if transactionEnds[middle] < count { low = middle + 1 } else { high = middle }
        }
        return low < transactionEnds.count && transactionEnds[low] == count
    }
}
