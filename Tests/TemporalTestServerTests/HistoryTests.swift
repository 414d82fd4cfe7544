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

    /// Calls for a page of a history, from the beginning and from the end.
    private func pageCalls(_ script: Script, id: String = "w", namespace: String = "default", token: Data) async throws
    {
        _ = try await script.call(.getWorkflowExecutionHistory) {
            $0.namespace = namespace
            $0.execution.workflowID = id
            $0.nextPageToken = token
        }
        _ = try await script.call(.getWorkflowExecutionHistoryReverse) {
            $0.namespace = namespace
            $0.execution.workflowID = id
            $0.nextPageToken = token
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a token that is none is refused, and one beyond the history gives what there is`() async throws {
        let script = Script()
        let run = try await script.start().runID
        let (most, least) = (Int64.max, Int64.min)
        let wrong =
            ["x", "x 1 2", "\(run)", "\(run) 0 0", "\(run) -1 5", "\(run) \(least) 0", "\(run) 1 -1", "\(run) 1 x"]
            .map { Data($0.utf8) } + [Data(repeating: 0xFF, count: 24), Data(count: 24)]
        for token in wrong {
            let error = await #expect(throws: RPCError.self) { try await pageCalls(script, token: token) }
            #expect(error?.code == .invalidArgument)
        }
        for text in ["1 \(most)", "\(most) \(most)", "\(most) 0", "2 \(most)"] {
            try await pageCalls(script, token: Data("\(run) \(text)".utf8))
        }
        let all = try await page(script, token: Data("\(run) 1 \(most)".utf8))
        #expect(all.history.events.map(\.eventID) == [1, 2])
    }

    @Test(.timeLimit(.minutes(1)))
    func `a token goes on with no history but its own`() async throws {
        let (script, other) = (Script(), Script())
        try await script.start()
        let token = try await page(script, size: 1).nextPageToken
        #expect(!token.isEmpty)
        try await other.start("another")
        try await other.start("w")
        for (script, id, namespace) in [(script, "w", "elsewhere"), (script, "x", "default"), (other, "w", "default")] {
            let error = await #expect(throws: RPCError.self) {
                try await pageCalls(script, id: id, namespace: namespace, token: token)
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["x", "-1", "99999999999999999999"])
    func `lists refuse a token that is none`(_ text: String) async throws {
        let (script, token) = (Script(), Data(text.utf8))
        let lists: [() async throws -> Void] = [
            {
                _ = try await script.call(.listWorkerDeployments) {
                    ($0.namespace, $0.nextPageToken) = ("default", token)
                }
            },
            { _ = try await script.call(.listSchedules) { ($0.namespace, $0.nextPageToken) = ("default", token) } },
            {
                _ = try await script.call(.listBatchOperations) {
                    ($0.namespace, $0.nextPageToken) = ("default", token)
                }
            },
            { _ = try await script.call(.listNamespaces) { $0.nextPageToken = token } },
            {
                _ = try await script.call(.listWorkflowExecutions) {
                    ($0.namespace, $0.nextPageToken) = ("default", token)
                }
            },
            {
                _ = try await script.call(.listActivityExecutions) {
                    ($0.namespace, $0.nextPageToken) = ("default", token)
                }
            },
            { _ = try await script.call(.listNexusEndpoints) { $0.nextPageToken = token } },
            { _ = try await script.call(.listWorkers) { ($0.namespace, $0.nextPageToken) = ("default", token) } },
        ]
        for (number, list) in lists.enumerated() {
            await #expect(throws: RPCError.self, "list \(number)") { try await list() }
        }
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
