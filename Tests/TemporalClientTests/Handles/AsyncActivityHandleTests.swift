import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct AsyncActivityHandleTests {
    private let script = ScriptedService()
    private let converter = PayloadConverter()

    private var client: TemporalClient {
        TemporalClient(service: script, namespace: "space", identity: "me")
    }

    private var byToken: AsyncActivityHandle { client.asyncActivity(taskToken: Data([1, 2])) }

    private var byID: AsyncActivityHandle { client.asyncActivity(workflowID: "w", activityID: "5") }

    @Test func `completion carries the result, or null without one`() async throws {
        script.answer(.respondActivityTaskCompleted) { _ in .init() }
        script.answer(.respondActivityTaskCompletedById) { _ in .init() }
        try await byToken.complete("done")
        try await byToken.complete()
        try await byID.complete(4)
        let requests = script.requests(.respondActivityTaskCompleted)
        #expect(requests.map(\.taskToken) == [Data([1, 2]), Data([1, 2])])
        #expect(requests[0].result == APIPayloads([try converter.encode("done")]))
        #expect(requests[1].result.values.map(\.encoding) == ["binary/null"])
        #expect(requests[0].namespace == "space")
        #expect(requests[0].identity == "me")
        let request = try #require(script.requests(.respondActivityTaskCompletedById).first)
        #expect(request.workflowID == "w")
        #expect(request.runID == "")
        #expect(request.activityID == "5")
        #expect(request.result == APIPayloads([try converter.encode(4)]))
    }

    @Test func `failure carries the error and what was reported last`() async throws {
        script.answer(.respondActivityTaskFailed) { _ in .init() }
        script.answer(.respondActivityTaskFailedById) { _ in .init() }
        try await byToken.fail(ApplicationError("broke", type: "Broken"))
        try await byID.fail(CocoaError(.fileNoSuchFile), lastHeartbeatDetails: 9)
        let first = try #require(script.requests(.respondActivityTaskFailed).first)
        #expect(first.failure.message == "broke")
        #expect(first.failure.applicationFailureInfo.type == "Broken")
        #expect(!first.hasLastHeartbeatDetails)
        let second = try #require(script.requests(.respondActivityTaskFailedById).first)
        #expect(second.failure.applicationFailureInfo.type == "CocoaError")
        #expect(second.lastHeartbeatDetails == APIPayloads([try converter.encode(9)]))
    }

    @Test func `a cancellation is reported with its details`() async throws {
        script.answer(.respondActivityTaskCanceled) { _ in .init() }
        script.answer(.respondActivityTaskCanceledById) { _ in .init() }
        try await byToken.reportCancellation(details: "x")
        try await byID.reportCancellation()
        #expect(
            script.requests(.respondActivityTaskCanceled).first?.details == APIPayloads([try converter.encode("x")])
        )
        #expect(script.requests(.respondActivityTaskCanceledById).first?.hasDetails == false)
    }

    @Test func `a heartbeat goes on quietly`() async throws {
        script.answer(.recordActivityTaskHeartbeat) { _ in .init() }
        script.answer(.recordActivityTaskHeartbeatById) { _ in .init() }
        try await byToken.heartbeat(1, "two")
        try await byID.heartbeat()
        let details = script.requests(.recordActivityTaskHeartbeat).first?.details
        #expect(details == APIPayloads([try converter.encode(1), try converter.encode("two")]))
        #expect(script.requests(.recordActivityTaskHeartbeatById).first?.hasDetails == false)
    }

    @Test(arguments: [
        ([true, true, true], AsyncActivityStoppedError.Reason.cancelled),
        ([false, true, true], .reset),
        ([false, true, false], .paused),
    ])
    func `a heartbeat says when to stop`(flags: [Bool], reason: AsyncActivityStoppedError.Reason) async throws {
        script.answer(.recordActivityTaskHeartbeat) { _ in
            var response = APIRecordActivityTaskHeartbeatResponse()
            response.cancelRequested = flags[0]
            response.activityPaused = flags[1]
            response.activityReset = flags[2]
            return response
        }
        let error = await #expect(throws: AsyncActivityStoppedError.self) { try await byToken.heartbeat() }
        #expect(error?.reason == reason)
    }

    @Test func `an activity that is gone is told from a namespace that is wrong`() async throws {
        script.answer(.respondActivityTaskCompleted) { _ in throw RPCError(code: .notFound, message: "gone") }
        script.answer(.respondActivityTaskCompleted) { _ in
            throw RPCError(code: .notFound, message: "which?", detail: APINamespaceNotFoundFailure())
        }
        let handle = byToken
        let error = await #expect(throws: AsyncActivityNotFoundError.self) { try await handle.complete() }
        #expect(error?.message == "gone")
        await #expect(throws: NamespaceNotFoundError.self) { try await handle.complete() }
    }
}
