import Foundation
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

@Suite struct HistoryTests {
    private func page(
        _ script: Script,
        size: Int32 = 0,
        token: Data = Data(),
        wait: Bool = false
    ) async throws -> APIGetWorkflowExecutionHistoryResponse {
        try await script.call(.getWorkflowExecutionHistory) {
            $0.namespace = "default"
            $0.execution.workflowID = "w"
            $0.maximumPageSize = size
            $0.nextPageToken = token
            $0.waitNewEvent = wait
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3, 5, 100] as [Int32])
    func `pages put together are the whole history, from either end`(size: Int32) async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("t", .seconds(1)))
        var ids: [Int64] = []
        var token = Data()
        repeat {
            let response = try await page(script, size: size, token: token)
            ids += response.history.events.map(\.eventID)
            token = response.nextPageToken
        } while !token.isEmpty
        #expect(ids == [1, 2, 3, 4, 5])
        var reversed: [Int64] = []
        repeat {
            let response = try await script.call(.getWorkflowExecutionHistoryReverse) {
                $0.namespace = "default"
                $0.execution.workflowID = "w"
                $0.maximumPageSize = size
                $0.nextPageToken = token
            }
            reversed += response.history.events.map(\.eventID)
            token = response.nextPageToken
        } while !token.isEmpty
        #expect(reversed == [5, 4, 3, 2, 1])
    }

    @Test(.timeLimit(.minutes(1)))
    func `following a history gives every event once, to its end`() async throws {
        let script = Script()
        try await script.start()
        let reader = Task {
            var ids: [Int64] = []
            var token = Data()
            repeat {
                let response = try await page(script, token: token, wait: true)
                ids += response.history.events.map(\.eventID)
                token = response.nextPageToken
            } while !token.isEmpty
            return ids
        }
        try await script.step(.timer("t", .seconds(1)))
        try await script.step(.complete())
        #expect(try await reader.value == Array(1...10))
    }

    @Test(.timeLimit(.minutes(1)))
    func `only the end is returned where only the end is asked for`() async throws {
        let script = Script()
        try await script.start()
        async let end = script.closeEvent()
        try await script.step(.complete("x"))
        #expect(try await end.eventType == .workflowExecutionCompleted)
        #expect(try await script.closeEvent().eventID == 5)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a cancelled call stops waiting`() async throws {
        let script = Script()
        try await script.start()
        let waiting = Task { try await script.closeEvent() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        let poll = Task { try await script.pollActivity() }
        poll.cancel()
        await #expect(throws: CancellationError.self) { try await poll.value }
    }

    @Test func `tokens from elsewhere are refused`() async throws {
        let script = Script()
        try await script.start()
        let error = try await #require(throws: RPCError.self) { try await page(script, token: Data([1, 2, 3])) }
        #expect(error.message == "Invalid NextPageToken.")
        let other = try await #require(throws: RPCError.self) {
            try await script.completeActivity(Data("nonsense".utf8))
        }
        #expect(other.code == .invalidArgument)
    }

    @Test func `one seed makes one history`() async throws {
        func history() async throws -> [APIHistoryEvent] {
            let script = Script()
            try await script.start { $0.requestID = "fixed" }
            try await script.step(.activity(), .timer("t", .seconds(5)))
            try await script.completeActivity(try await script.pollActivity().taskToken)
            script.server.advance(by: .seconds(5))
            try await script.step(.complete())
            return script.history()
        }
        #expect(try await history() == history())
    }
}
