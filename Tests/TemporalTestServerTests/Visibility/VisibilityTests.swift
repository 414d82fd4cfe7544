import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

@Suite(.timeLimit(.minutes(2)), .storesEverything) struct VisibilityTests {
    private func list(_ script: Script, _ filter: String, size: Int32 = 0, token: Data = Data()) async throws
        -> APIListWorkflowExecutionsResponse
    {
        try await script.call(.listWorkflowExecutions) {
            $0.namespace = "default"
            $0.query = filter
            $0.pageSize = size
            $0.nextPageToken = token
        }
    }

    @Test func `pages of many runs have every run once, also when some end meanwhile`() async throws {
        let script = Script()
        for index in 0..<25 { try await script.start("w\(index)") }
        var seen: [String] = []
        var token = Data()
        repeat {
            let page = try await list(script, "", size: 7, token: token)
            seen += page.executions.map(\.execution.workflowID)
            token = page.nextPageToken
            if seen.count == 7 {
                // It was seen as an open run; as a closed one it comes again, as on the server.
                _ = try await script.call(.terminateWorkflowExecution) {
                    $0.namespace = "default"
                    $0.workflowExecution.workflowID = "w24"
                }
            }
        } while !token.isEmpty
        #expect(seen == (0..<25).reversed().map { "w\($0)" } + ["w24"])
    }

    @Test func `a token of somebody else is refused`() async throws {
        let script = Script()
        try await script.start()
        for token in ["x", "open -1", "open x", "closed", "other 5", "open 99999999999999999999"] {
            let error = await #expect(throws: RPCError.self) { _ = try await list(script, "", token: Data(token.utf8)) }
            #expect(error?.code == .invalidArgument)
        }
        // A place beyond the end is only an empty rest.
        #expect(try await list(script, "", token: Data("closed 1000".utf8)).executions.isEmpty)
    }

    @Test func `open and closed runs are listed by time, id, type and status`() async throws {
        let script = Script()
        for id in ["a", "b", "c"] { try await script.start(id) { $0.workflowType.name = "Type-\(id)" } }
        _ = try await script.call(.terminateWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "b"
        }
        let open: APIListOpenWorkflowExecutionsResponse = try await script.call(.listOpenWorkflowExecutions) {
            $0.namespace = "default"
        }
        #expect(open.executions.map(\.execution.workflowID) == ["c", "a"])
        let typed: APIListOpenWorkflowExecutionsResponse = try await script.call(.listOpenWorkflowExecutions) {
            $0.namespace = "default"
            $0.typeFilter.name = "Type-a"
        }
        #expect(typed.executions.map(\.execution.workflowID) == ["a"])
        let closed: APIListClosedWorkflowExecutionsResponse = try await script.call(.listClosedWorkflowExecutions) {
            $0.namespace = "default"
            $0.statusFilter.status = .terminated
        }
        #expect(closed.executions.map(\.execution.workflowID) == ["b"])
        let running = await #expect(throws: RPCError.self) {
            let _: APIListClosedWorkflowExecutionsResponse = try await script.call(.listClosedWorkflowExecutions) {
                $0.namespace = "default"
                $0.statusFilter.status = .running
            }
        }
        #expect(running?.message == "StatusFilter must be specified and must be not Running.")
        let backwards = await #expect(throws: RPCError.self) {
            let _: APIListOpenWorkflowExecutionsResponse = try await script.call(.listOpenWorkflowExecutions) {
                $0.namespace = "default"
                $0.startTimeFilter.earliestTime.seconds = 2
                $0.startTimeFilter.latestTime.seconds = 1
            }
        }
        #expect(backwards?.message == "EarliestTime in StartTimeFilter should not be larger than LatestTime.")
        let archived = await #expect(throws: RPCError.self) {
            let _: APIListArchivedWorkflowExecutionsResponse = try await script.call(.listArchivedWorkflowExecutions) {
                $0.namespace = "default"
            }
        }
        #expect(archived?.message == "Cluster is not configured for visibility archival.")
    }
}
