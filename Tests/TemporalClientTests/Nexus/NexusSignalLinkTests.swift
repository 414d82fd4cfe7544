import Logging
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// Signals that Nexus operations send refer to where the operation was called, and the call to the signals.
@Suite(.timeLimit(.minutes(1))) struct NexusSignalLinkTests {
    private let script = ScriptedService()

    private var client: TemporalClient { TemporalClient(service: script) }

    private let caller = APILink.with {
        $0.workflowEvent.workflowID = "caller"
        $0.workflowEvent.eventRef.eventID = 5
    }

    private func link(to workflowID: String) -> APILink {
        .with { $0.workflowEvent.workflowID = workflowID }
    }

    private func operation() -> NexusOperationContext {
        NexusOperationContext(
            info: NexusOperationInfo(
                namespace: "default",
                taskQueue: "q",
                service: "s",
                operation: "o",
                links: [caller]
            ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            runtime: NexusRuntime(client: client)
        )
    }

    @Test func `a signal carries the links of the call, and leaves its own with it`() async throws {
        script.answer(.signalWorkflowExecution) { request in
            let id = request.workflowExecution.workflowID
            return .with { if request.signalName == "told" { $0.link.workflowEvent.workflowID = id } }
        }
        let operation = operation()
        try await NexusOperationContext.$running.withValue(operation) {
            let other = try operation.client.workflowHandle(id: "other")
            try await other.signal("told")
            // Older services say nothing.
            try await other.signal("untold")
        }
        #expect(script.requests(.signalWorkflowExecution).map(\.links) == [[caller], [caller]])
        #expect(operation.links == [link(to: "other")])
    }

    @Test func `a signal with a start does so, too`() async throws {
        script.answer(.signalWithStartWorkflowExecution) { request in
            .with {
                $0.runID = "r"
                $0.signalLink.workflowEvent.workflowID = request.workflowID
            }
        }
        let operation = operation()
        try await NexusOperationContext.$running.withValue(operation) {
            _ = try await operation.client.signalWithStart(
                named: "Flow",
                signal: "go",
                options: WorkflowOptions(id: "other", taskQueue: "q")
            )
        }
        #expect(script.requests(.signalWithStartWorkflowExecution).map(\.links) == [[caller]])
        #expect(operation.links == [link(to: "other")])
    }

    @Test func `signals from elsewhere carry none`() async throws {
        script.answer(.signalWorkflowExecution) { _ in .with { $0.link.workflowEvent.workflowID = "x" } }
        try await client.workflowHandle(id: "other").signal("go")
        #expect(script.requests(.signalWorkflowExecution).map(\.links) == [[]])
    }
}
