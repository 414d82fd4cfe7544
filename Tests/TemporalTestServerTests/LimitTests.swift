import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// The server's limits, on both sides of each.
@Suite(.timeLimit(.minutes(2)), .storesEverything) struct LimitTests {
    private static let megabytes = 2 * 1024 * 1024

    /// Payloads whose binary form has a size: the bytes, and eight that frame them.
    private func blob(_ size: Int) -> APIPayloads {
        .with { $0.payloads = [.with { $0.data = Data(count: size - 8) }] }
    }

    @Test(arguments: [(-1, true), (0, true), (1, false)])
    func `payloads of a request`(_ offset: Int, _ isAccepted: Bool) async throws {
        let script = Script()
        let payloads = blob(Self.megabytes + offset)
        #expect(try payloads.serializedData().count == Self.megabytes + offset)
        func attempt(_ body: () async throws -> Void) async -> String? {
            do {
                try await body()
                return nil
            } catch let error as RPCError {
                return error.message
            } catch {
                return "\(error)"
            }
        }
        let message = isAccepted ? nil : "Blob data size exceeds limit."
        #expect(await attempt { try await script.start("large") { $0.input = payloads } } == message)
        try await script.start("w")
        let signal = await attempt {
            _ = try await script.call(.signalWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "w"
                $0.signalName = "s"
                $0.input = payloads
            }
        }
        #expect(signal == message)
        let memo = await attempt {
            // A memo frames its entry with four bytes more, and the name.
            try await script.start("memo") {
                $0.memo.fields = ["k": .with { $0.data = Data(count: Self.megabytes + offset - 15) }]
            }
        }
        #expect(memo == (isAccepted ? nil : "Memo size exceeds limit."))
    }

    @Test(arguments: [(-1, true), (0, true), (1, false)])
    func `a result that is too large ends the run`(_ offset: Int, _ isAccepted: Bool) async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        var command = APICommand.complete()
        command.completeWorkflowExecutionCommandAttributes.result = blob(Self.megabytes + offset)
        let result = try? await script.complete(task, [command])
        #expect((result != nil) == isAccepted)
        #expect(script.types().last == (isAccepted ? .workflowExecutionCompleted : .workflowExecutionTerminated))
        if !isAccepted {
            let last = try #require(script.history().last).workflowExecutionTerminatedEventAttributes
            #expect(
                last.reason == "BadScheduleActivityAttributes: CompleteWorkflowExecutionCommandAttributes.Result "
                    + "exceeds size limit."
            )
        }
    }

    @Test func `pending activities`() async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        try await script.complete(task, (0..<1999).map { .activity("a\($0)") })
        try await script.signal()
        // The last one that may be pending, and one more.
        try await script.step(.activity("n"))
        try await script.signal()
        let next = try await script.pollWorkflow()
        let error = await #expect(throws: RPCError.self) {
            _ = try await script.complete(next, [.activity("n + 1")])
        }
        #expect(
            error?.message == "PendingActivitiesLimitExceeded: the number of pending activities, 2000, has reached "
                + "the per-workflow limit of 2000"
        )
        let failed = try #require(script.history().last { $0.eventType == .workflowTaskFailed })
        #expect(failed.workflowTaskFailedEventAttributes.cause == .pendingActivitiesLimitExceeded)
    }

    @Test func `a long history suggests to continue as new`() async throws {
        let script = Script()
        try await script.start()
        let first = try await script.pollWorkflow()
        // Four events before these, two of the next task: 4,094 at its start.
        try await script.complete(first, (0..<4087).map { .timer("t\($0)", .seconds(1000)) })
        var suggestions: [Int64: Bool] = [:]
        var reasons: [[APISuggestContinueAsNewReason]] = []
        for _ in 1...3 {
            try await script.signal()
            let task = try await script.step()
            let started = try #require(script.history().first { $0.eventID == task.startedEventID })
            suggestions[task.startedEventID] = started.workflowTaskStartedEventAttributes.suggestContinueAsNew
            reasons.append(started.workflowTaskStartedEventAttributes.suggestContinueAsNewReasons)
        }
        #expect(suggestions == [4094: false, 4098: true, 4102: true])
        #expect(reasons == [[], [.tooManyHistoryEvents], [.tooManyHistoryEvents]])
    }
}
