import Synchronization
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// What those who listen to a service hear.
@Suite(.timeLimit(.minutes(1))) struct ListenerTests {
    private final class Log: Sendable {
        let events = Mutex<[(run: String, event: APIHistoryEvent)]>([])

        func types(_ run: String) -> [APIEventType] {
            events.withLock { $0.filter { $0.run == run }.map(\.event.eventType) }
        }
    }

    private let script = Script()
    private let log = Log()

    private func listen() -> UInt64 {
        script.server.listen { [log] run, event in log.events.withLock { $0.append((run.runID, event)) } }
    }

    @Test func `events of a workflow task that was refused are not told of`() async throws {
        let run = try await script.start().runID
        let ticket = listen()
        defer { script.server.stopListening(ticket) }
        let task = try await script.pollWorkflow()
        await #expect(throws: RPCError.self) {
            try await script.complete(task, [.timer("t", .seconds(1)), .timer("", .seconds(1))])
        }
        #expect(log.types(run) == [.workflowTaskStarted, .workflowTaskFailed])
        try await script.step(.timer("t", .seconds(1)), .complete())
        #expect(log.types(run) == Array(script.types().dropFirst(2)))
    }

    @Test func `events of several runs come as they happened, each once`() async throws {
        let ticket = listen()
        defer { script.server.stopListening(ticket) }
        try await script.start()
        let child = APICommand.with {
            $0.commandType = .startChildWorkflowExecution
            $0.startChildWorkflowExecutionCommandAttributes.workflowID = "child"
            $0.startChildWorkflowExecutionCommandAttributes.workflowType.name = "Flow"
        }
        try await script.step(child)
        for _ in 0..<2 { try await script.step(.complete()) }
        let heard = log.events.withLock { $0.map(\.event) }
        #expect(heard.map(\.taskID) == heard.map(\.taskID).sorted())
        #expect(heard.count == script.history().count + script.history("child").count)
    }

    @Test func `the end of a run that is deleted is told, what was before is not`() async throws {
        let run = try await script.start().runID
        let ticket = listen()
        defer { script.server.stopListening(ticket) }
        _ = try await script.call(.deleteWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
        }
        #expect(log.types(run) == [.workflowExecutionTerminated])
    }

    @Test func `a reset tells of what is new in its run`() async throws {
        try await script.start()
        try await script.step()
        let ticket = listen()
        defer { script.server.stopListening(ticket) }
        let run = try await script.call(.resetWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
            $0.workflowTaskFinishEventID = 4
            $0.requestID = "request"
        }
        .runID
        #expect(log.types(run) == [.workflowTaskFailed, .workflowTaskScheduled])
    }
}
