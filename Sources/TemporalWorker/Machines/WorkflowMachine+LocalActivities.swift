import DequeModule
import Foundation
import Temporal
import TemporalAPI

/// Local activities: what the code calls, what the worker is to run, what the markers of a history say.
extension WorkflowMachine {
    /// What a run knows of its local activities.
    struct LocalActivities: Sendable {
        /// What belongs to one of them.
        struct Entry: Sendable {
            var machine: LocalActivityMachine
            var operation: Int
            var call: LocalActivityCall
            var summary: Payload?
            /// The workflow's time when it was called.
            var calledAt: Date

            /// How much of the time for all attempts was over when it was called, by the workflow's time: that of the calls
            /// that this one goes on from after a long back-off.
            var used: Duration {
                let first = call.originalScheduleTime ?? calledAt
                return .seconds(max(0, calledAt.timeIntervalSince(first)))
            }
        }

        /// Those whose markers are not in the history, by number. Small, and looked through in order of numbers.
        var entries: [Entry] = []

        /// How many the code has called.
        var count = 0

        /// The markers of the task that is replayed, until their outcomes are delivered.
        var markers: Deque<LocalActivityMarker> = []

        /// The numbers of those whose runner is to be told of a cancellation.
        var cancellations: [Int] = []

        func index(of sequence: Int) -> Int? {
            entries.firstIndex { $0.machine.sequence == sequence }
        }
    }

    /// One local activity that the worker is to run.
    struct LocalActivityRequest: Sendable {
        var sequence: Int
        var id: String
        var call: LocalActivityCall
        var originalScheduleTime: Date
        /// How much of the time for all attempts is over.
        var used: Duration = .zero
        var isCancelRequested: Bool
    }

    /// How a local activity ended in this worker.
    struct LocalActivityOutcome: Sendable {
        var sequence: Int
        /// The number of the last attempt.
        var attempt: Int
        /// How long it took, from its start in this task on.
        var elapsed: Duration
        /// The result, or the whole failure as the workflow is to see it.
        var result: Result<[Payload], LocalActivityFailure>
    }

    /// A failure, and how long to wait before the next call if there is to be one.
    struct LocalActivityFailure: Error, Sendable {
        var failure: APIFailure
        var backoff: Duration?
    }

    /// Calls a local activity.
    ///
    /// - Returns: The number of the operation.
    mutating func callLocalActivity(_ call: LocalActivityCall, summary: Payload?) -> Int {
        activityCount += 1
        locals.count += 1
        let operation = makeOperation()
        let machine = LocalActivityMachine(
            sequence: locals.count,
            id: call.activityID ?? String(activityCount),
            type: call.name,
            cancellation: call.cancellation
        )
        locals.entries.append(
            LocalActivities.Entry(
                machine: machine,
                operation: operation,
                call: call,
                summary: summary,
                calledAt: LocalActivityMarker.Time(progress.now).date
            )
        )
        return operation
    }

    /// Whether the code waits for local activities.
    var hasOpenLocalActivities: Bool { locals.entries.contains { $0.machine.isOpen } }

    /// The numbers of the local activities that the code waits for.
    var openLocalActivities: [Int] { locals.entries.filter(\.machine.isOpen).map(\.machine.sequence) }

    /// The local activities that nobody runs and whose outcome is in no marker: the worker is to run them from now on.
    mutating func takeLocalActivityRequests() -> [LocalActivityRequest] {
        var requests: [LocalActivityRequest] = []
        for index in locals.entries.indices where locals.entries[index].machine.start() {
            let entry = locals.entries[index]
            requests.append(
                LocalActivityRequest(
                    sequence: entry.machine.sequence,
                    id: entry.machine.id,
                    call: entry.call,
                    originalScheduleTime: entry.call.originalScheduleTime ?? entry.calledAt,
                    used: entry.used,
                    isCancelRequested: entry.machine.isCancelRequested
                )
            )
        }
        return requests
    }

    /// The numbers of the local activities whose runner is to be told of a cancellation.
    mutating func takeLocalActivityCancellations() -> [Int] {
        defer { locals.cancellations = [] }
        return locals.cancellations
    }

    /// Cancels a local activity in the way that its call asked for; `nil` if the operation is none.
    mutating func cancelLocalActivity(_ operation: Int) -> CancelAction? {
        guard let index = locals.entries.firstIndex(where: { $0.operation == operation }) else { return nil }
        switch locals.entries[index].machine.cancel() {
        case .request:
            locals.cancellations.append(locals.entries[index].machine.sequence)
            return .nothing
        case .resolve(let tellsRunner):
            let entry = locals.entries[index]
            if tellsRunner { locals.cancellations.append(entry.machine.sequence) }
            let failure = APIFailure.localActivityCancelled(type: entry.machine.type, id: entry.machine.id)
            issueMarker(LocalActivityMarker(header(entry, attempt: entry.call.attempt), failure: failure), entry)
            return .fail(failure)
        case .nothing:
            return .nothing
        }
    }

    /// Takes how a local activity ended in this worker.
    ///
    /// - Returns: What the code is to do; `nil` if it does not wait for it any more.
    mutating func resolveLocalActivity(_ outcome: LocalActivityOutcome) -> Job? {
        guard let index = locals.index(of: outcome.sequence) else { return nil }
        let entry = locals.entries[index]
        var header = header(entry, attempt: outcome.attempt)
        header.completeTime = LocalActivityMarker.Time(entry.calledAt.addingTimeInterval(outcome.elapsed.timeInterval))
        var marker = LocalActivityMarker(header)
        switch outcome.result {
        case .success(let payloads): marker.result = payloads
        case .failure(let failure):
            marker.failure = failure.failure
            marker.header.backoff = failure.backoff.map { LocalActivityMarker.Time($0) }
        }
        return deliver(marker, at: index)
    }

    /// Notes a marker of the task whose code runs next.
    mutating func expect(_ marker: LocalActivityMarker) {
        locals.markers.append(marker)
    }

    /// Takes the outcome of the next local activity from its marker, if the code has called it.
    ///
    /// One at a time and in the order of the markers: that is the order in which they were delivered at first.
    ///
    /// - Returns: What the code is to do; `nil` if there is nothing.
    mutating func replayLocalActivity() -> Job? {
        while let marker = locals.markers.first {
            guard let index = locals.index(of: marker.header.sequence) else { return nil }
            locals.markers.removeFirst()
            // One that the code cancelled without waiting was resolved then.
            if let job = deliver(marker, at: index) { return job }
        }
        return nil
    }

    /// Takes the marker of a local activity from the history.
    mutating func localActivityRecorded(sequence: Int, _ event: APIHistoryEvent) throws -> Bool {
        guard let marker = try LocalActivityMarker(event), let index = locals.index(of: sequence) else { return false }
        try locals.entries[index].machine.recorded(marker.header)
        locals.entries.remove(at: index)
        return true
    }

    private mutating func deliver(_ marker: LocalActivityMarker, at index: Int) -> Job? {
        guard locals.entries[index].machine.resolve() else { return nil }
        let entry = locals.entries[index]
        issueMarker(marker, entry)
        if let time = marker.header.completeTime { progress.now = max(progress.now, time.date) }
        return .resolve(operation: entry.operation, resolution(marker, entry))
    }

    private func resolution(_ marker: LocalActivityMarker, _ entry: LocalActivities.Entry) -> Resolution {
        guard let failure = marker.failure else { return .success(marker.result) }
        guard let backoff = marker.header.backoff else { return .failure(failure) }
        return .backoff(
            LocalActivityBackoff(
                delay: backoff.duration,
                nextAttempt: min(marker.header.attempt, .max - 1) + 1,
                originalScheduleTime: marker.header.originalScheduleTime?.date ?? entry.calledAt
            )
        )
    }

    private func header(_ entry: LocalActivities.Entry, attempt: Int) -> LocalActivityMarker.Header {
        LocalActivityMarker.Header(
            sequence: entry.machine.sequence,
            attempt: attempt,
            activityID: entry.machine.id,
            activityType: entry.machine.type,
            originalScheduleTime: LocalActivityMarker.Time(entry.call.originalScheduleTime ?? entry.calledAt)
        )
    }

    private mutating func issueMarker(_ marker: LocalActivityMarker, _ entry: LocalActivities.Entry) {
        pending.append(
            IssuedCommand(
                subject: .localActivity(sequence: entry.machine.sequence),
                command: marker.command(summary: entry.summary)
            )
        )
    }
}
