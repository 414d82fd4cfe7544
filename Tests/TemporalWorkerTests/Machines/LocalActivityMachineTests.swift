import Foundation
import SwiftProtobuf
import TemporalAPI
import Testing

@testable import Temporal
@testable import TemporalWorker

/// What a run makes of local activities, their cancellations and their markers.
@Suite struct LocalActivityMachineTests {
    private func call(
        _ name: String = "echo",
        cancellation: ActivityCancellationType = .waitCancellationCompleted
    ) -> LocalActivityCall {
        LocalActivityCall(
            name: name,
            input: [],
            startToCloseTimeout: .seconds(1),
            retryPolicy: RetryPolicy(),
            localRetryThreshold: .seconds(60),
            cancellation: cancellation
        )
    }

    private let payload = Payload(encoding: "json/plain", data: Data("1".utf8))

    /// The operation that a job ends; `nil` if there is no job.
    private func resolved(_ job: WorkflowMachine.Job?) -> Int? {
        guard case .resolve(let operation, _)? = job else { return nil }
        return operation
    }

    private func event(_ id: Int64, _ command: APICommand) -> APIHistoryEvent {
        .of(id, .markerRecorded) {
            $0.markerRecordedEventAttributes.markerName = command.recordMarkerCommandAttributes.markerName
            $0.markerRecordedEventAttributes.details = command.recordMarkerCommandAttributes.details
            if command.recordMarkerCommandAttributes.hasFailure {
                $0.markerRecordedEventAttributes.failure = command.recordMarkerCommandAttributes.failure
            }
        }
    }

    @Test func `a marker has the form that other SDKs with a core write`() throws {
        let header = LocalActivityMarker.Header(
            sequence: 3,
            attempt: 2,
            activityID: "7",
            activityType: "my \"activity\"",
            completeTime: .init(Date(timeIntervalSince1970: 1_700_000_000.25)),
            originalScheduleTime: .init(Date(timeIntervalSince1970: -0.5))
        )
        let command = LocalActivityMarker(header, result: [payload]).command(summary: payload)
        #expect(command.userMetadata.summary == payload.proto)
        let attributes = command.recordMarkerCommandAttributes
        #expect(attributes.markerName == "core_local_activity")
        #expect(attributes.details["result"]?.values == [payload])
        let data = try #require(attributes.details["data"]?.values.first)
        #expect(data.encoding == "json/plain")
        #expect(
            String(decoding: data.data, as: UTF8.self)
                == #"{"seq":3,"attempt":2,"activity_id":"7","activity_type":"my \"activity\"","#
                + #""complete_time":{"seconds":1700000000,"nanos":250000000},"backoff":null,"#
                + #""original_schedule_time":{"seconds":-1,"nanos":500000000}}"#
        )
        let read = try #require(try LocalActivityMarker(event(1, command)))
        #expect(read.header == header)
        #expect(read.header.completeTime?.date == Date(timeIntervalSince1970: 1_700_000_000.25))
        #expect(read.result == [payload])
        #expect(read.failure == nil)
    }

    @Test func `a marker that cannot be read is an error of the history`() {
        let event = APIHistoryEvent.of(1, .markerRecorded) {
            $0.markerRecordedEventAttributes.markerName = "core_local_activity"
        }
        #expect(throws: HistoryError.self) { _ = try LocalActivityMarker(event) }
    }

    @Test func `a local activity is run once, and its outcome is a marker`() throws {
        var machine = WorkflowMachine(taskQueue: "queue")
        let operation = machine.callLocalActivity(call(), summary: nil)
        #expect(machine.hasOpenLocalActivities)
        let request = try #require(machine.takeLocalActivityRequests().first)
        #expect(request.id == "1")
        #expect(machine.takeLocalActivityRequests().isEmpty)
        let outcome = WorkflowMachine.LocalActivityOutcome(
            sequence: 1,
            attempt: 3,
            elapsed: .seconds(2),
            result: .success([payload])
        )
        let start = machine.progress.now
        #expect(resolved(machine.resolveLocalActivity(outcome)) == operation)
        #expect(machine.progress.now.timeIntervalSince(start) == 2)
        #expect(resolved(machine.resolveLocalActivity(outcome)) == nil)
        #expect(!machine.hasOpenLocalActivities)
        let commands = machine.takeCommands()
        #expect(commands.map(\.commandType) == [.recordMarker])
        machine.lastEventID = 4
        _ = try machine.apply(event(5, commands[0]))
        try machine.checkAllMatched()
    }

    @Test func `ids are numbers that activities on task queues share`() throws {
        var machine = WorkflowMachine(taskQueue: "queue")
        _ = machine.callLocalActivity(call(), summary: nil)
        _ = try machine.scheduleActivity(
            ActivityCall(
                name: "a",
                input: [],
                startToCloseTimeout: .seconds(1),
                cancellation: .tryCancel,
                isEager: false
            ),
            summary: nil
        )
        _ = machine.callLocalActivity(call(), summary: nil)
        #expect(machine.takeLocalActivityRequests().map(\.id) == ["1", "3"])
    }

    @Test func `a replay delivers outcomes in the order of the markers and runs nothing twice`() throws {
        var live = WorkflowMachine(taskQueue: "queue")
        _ = live.callLocalActivity(call("a"), summary: nil)
        _ = live.callLocalActivity(call("b"), summary: nil)
        _ = live.callLocalActivity(call("c"), summary: nil)
        _ = live.takeLocalActivityRequests()
        for sequence in [2, 1] {
            _ = live.resolveLocalActivity(
                .init(sequence: sequence, attempt: 1, elapsed: .seconds(sequence), result: .success([payload]))
            )
        }
        let events = live.takeCommands().enumerated().map { event(Int64(5 + $0.offset), $0.element) }

        var replay = WorkflowMachine(taskQueue: "queue")
        try replay.expect(events)
        let operations = ["a", "b", "c"].map { replay.callLocalActivity(call($0), summary: nil) }
        #expect(resolved(replay.replayLocalActivity()) == operations[1])
        #expect(resolved(replay.replayLocalActivity()) == operations[0])
        #expect(resolved(replay.replayLocalActivity()) == nil)
        #expect(replay.progress.now == live.progress.now)
        _ = replay.takeCommands()
        replay.lastEventID = 4
        for event in events { _ = try replay.apply(event) }
        // Only what has no marker is run when the run goes on.
        #expect(replay.takeLocalActivityRequests().map(\.call.name) == ["c"])
    }

    @Test func `a marker waits until the code has called its activity`() throws {
        var live = WorkflowMachine(taskQueue: "queue")
        _ = live.callLocalActivity(call(), summary: nil)
        _ = live.takeLocalActivityRequests()
        _ = live.resolveLocalActivity(.init(sequence: 1, attempt: 1, elapsed: .zero, result: .success([])))
        let marker = event(5, live.takeCommands()[0])
        var replay = WorkflowMachine(taskQueue: "queue")
        try replay.expect([marker])
        #expect(resolved(replay.replayLocalActivity()) == nil)
        let operation = replay.callLocalActivity(call(), summary: nil)
        #expect(resolved(replay.replayLocalActivity()) == operation)
    }

    @Test func `another activity than in the history is found`() throws {
        var live = WorkflowMachine(taskQueue: "queue")
        _ = live.callLocalActivity(call("charge"), summary: nil)
        _ = live.takeLocalActivityRequests()
        _ = live.resolveLocalActivity(.init(sequence: 1, attempt: 1, elapsed: .zero, result: .success([])))
        let marker = event(5, live.takeCommands()[0])
        var replay = WorkflowMachine(taskQueue: "queue")
        replay.lastEventID = 4
        try replay.expect([marker])
        _ = replay.callLocalActivity(call("refund"), summary: nil)
        _ = replay.replayLocalActivity()
        _ = replay.takeCommands()
        let error = #expect(throws: NondeterminismError.self) { _ = try replay.apply(marker) }
        #expect(error?.description.contains("'refund'") == true)
        #expect(error?.description.contains("'charge'") == true)
        var silent = WorkflowMachine(taskQueue: "queue")
        silent.lastEventID = 4
        try silent.expect([marker])
        #expect(throws: NondeterminismError.self) { _ = try silent.apply(marker) }
    }

    @Test(arguments: [ActivityCancellationType.tryCancel, .abandon])
    func `a cancellation that does not wait writes its marker at once, on replay as well`(
        _ type: ActivityCancellationType
    ) throws {
        var live = WorkflowMachine(taskQueue: "queue")
        let operation = live.callLocalActivity(call(cancellation: type), summary: nil)
        _ = live.takeLocalActivityRequests()
        guard case .fail(let failure) = live.cancel(operation) else {
            Issue.record("The workflow does not go on.")
            return
        }
        #expect(failure.cause.canceledFailureInfo == .init())
        #expect(live.takeLocalActivityCancellations() == (type == .tryCancel ? [1] : []))
        #expect(live.cancel(operation) == .nothing)
        // What the activity still comes to is of no use.
        #expect(
            resolved(
                live.resolveLocalActivity(.init(sequence: 1, attempt: 1, elapsed: .zero, result: .success([])))
            ) == nil
        )
        let marker = event(5, live.takeCommands()[0])

        var replay = WorkflowMachine(taskQueue: "queue")
        replay.lastEventID = 4
        try replay.expect([marker])
        let again = replay.callLocalActivity(call(cancellation: type), summary: nil)
        _ = replay.cancel(again)
        #expect(resolved(replay.replayLocalActivity()) == nil)
        _ = replay.takeCommands()
        _ = try replay.apply(marker)
        #expect(replay.takeLocalActivityRequests().isEmpty)
    }

    @Test func `a cancellation that waits is told to whoever runs it`() throws {
        var machine = WorkflowMachine(taskQueue: "queue")
        let early = machine.callLocalActivity(call(), summary: nil)
        #expect(machine.cancel(early) == .nothing)
        #expect(machine.takeLocalActivityRequests().map(\.isCancelRequested) == [true])
        let late = machine.callLocalActivity(call(), summary: nil)
        #expect(machine.takeLocalActivityRequests().map(\.isCancelRequested) == [false])
        _ = machine.takeLocalActivityCancellations()
        #expect(machine.cancel(late) == .nothing)
        #expect(machine.takeLocalActivityCancellations() == [2])
        #expect(machine.openLocalActivities == [1, 2])
    }

    @Test func `a long wait before the next attempt is handed to the code`() throws {
        var machine = WorkflowMachine(taskQueue: "queue")
        _ = machine.callLocalActivity(call(), summary: nil)
        let first = machine.takeLocalActivityRequests()[0]
        let failure = APIFailure.localActivityFailed(type: "echo", id: "1", retryState: .inProgress, cause: .init())
        let job = machine.resolveLocalActivity(
            .init(
                sequence: 1,
                attempt: 4,
                elapsed: .seconds(1),
                result: .failure(.init(failure: failure, backoff: .seconds(90)))
            )
        )
        guard case .resolve(_, .backoff(let backoff))? = job else {
            Issue.record("The code is not told to wait.")
            return
        }
        #expect(backoff.delay == .seconds(90))
        #expect(backoff.nextAttempt == 5)
        #expect(backoff.originalScheduleTime == first.originalScheduleTime)
    }
}

/// Whether, and after how long, local activities are tried again.
@Suite struct LocalActivityRetryTests {
    private func failure(_ type: String, nonRetryable: Bool = false, delay: Duration? = nil) -> APIFailure {
        FailureConverter().failure(
            ApplicationError("failed", type: type, nonRetryable: nonRetryable, nextRetryDelay: delay)
        )
    }

    private let policy = RetryPolicy(
        initialInterval: .seconds(2),
        backoffCoefficient: 3,
        maximumInterval: .seconds(50),
        maximumAttempts: 5,
        nonRetryableErrorTypes: ["Fatal"]
    )

    @Test(arguments: [(1, 2), (2, 6), (3, 18), (4, 50)])
    func `waits grow up to the longest`(_ attempt: Int, _ seconds: Int) {
        let decision = LocalActivityRetry.decide(failure("Any"), attempt: attempt, policy: policy, remaining: nil)
        #expect(decision == .after(.seconds(seconds)))
    }

    @Test func `attempts end by number, by the error, by its type, and with the time`() {
        func decide(_ failure: APIFailure, _ attempt: Int = 1, remaining: Duration? = nil) -> LocalActivityRetry {
            .decide(failure, attempt: attempt, policy: policy, remaining: remaining)
        }
        #expect(decide(failure("Any"), 5) == .never(.maximumAttemptsReached))
        #expect(decide(failure("Any", nonRetryable: true)) == .never(.nonRetryableFailure))
        #expect(decide(failure("fatal")) == .never(.nonRetryableFailure))
        #expect(decide(failure("Any"), remaining: .seconds(2)) == .never(.timeout))
        #expect(decide(failure("Any"), remaining: .seconds(3)) == .after(.seconds(2)))
        #expect(decide(failure("Any", delay: .seconds(7))) == .after(.seconds(7)))
        #expect(decide(.localActivityTimeout(.startToClose)) == .after(.seconds(2)))
    }

    @Test func `far attempts do not overflow`() {
        let decision = LocalActivityRetry.decide(
            failure("Any"),
            attempt: 100_000,
            policy: RetryPolicy(),
            remaining: nil
        )
        #expect(decision == .after(.seconds(100)))
    }
}
