import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// What only a real server can show. Runs where `TEMPORAL_ADDRESS` says that there is one.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["TEMPORAL_ADDRESS"] != nil), .timeLimit(.minutes(1)))
struct RealServerTests {
    private let address = ProcessInfo.processInfo.environment["TEMPORAL_ADDRESS"] ?? ""

    private func options() -> WorkflowOptions {
        WorkflowOptions(id: "client-test-\(UUID())", taskQueue: "nobody-\(UUID())", memo: ["a": 1])
    }

    @Test func `a workflow is started, described, signalled, read and terminated`() async throws {
        let client = try await TemporalClient.connect(to: address)
        let options = options()
        let handle = try await client.startWorkflow(Greeter.self, "Ada", 3, options: options)
        try await handle.signal(Greeter.greet, "Bob")

        let description = try await handle.describe()
        #expect(description.id == options.id)
        #expect(description.runID == handle.resultRunID)
        #expect(description.firstRunID == handle.resultRunID)
        #expect(description.status == .running)
        #expect(description.workflowType == "Greeter")
        #expect(try description.memo("a", as: Int.self) == 1)

        let history = try await handle.history()
        #expect(
            history.map(\.type) == ["WorkflowExecutionStarted", "WorkflowTaskScheduled", "WorkflowExecutionSignaled"]
        )
        let again = try WorkflowHistory(json: history.json(), workflowID: options.id)
        #expect(again.proto == history.proto)
        #expect(again.runID == history.runID)

        await #expect(throws: WorkflowAlreadyStartedError.self) {
            _ = try await client.startWorkflow(Greeter.self, "Ada", 3, options: options)
        }

        try await handle.terminate(reason: "enough", details: "x", 1)
        let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        #expect((error?.cause as? TerminatedError)?.message == "enough")
        #expect(error?.runID == handle.resultRunID)
    }

    @Test func `what is not there is not found`() async throws {
        let client = try await TemporalClient.connect(to: address)
        let handle = client.workflowHandle(for: Greeter.self, id: "absent-\(UUID())")
        await #expect(throws: WorkflowNotFoundError.self) { try await handle.describe() }
        await #expect(throws: WorkflowNotFoundError.self) { try await handle.result() }
        await #expect(throws: WorkflowNotFoundError.self) { try await handle.cancel() }
        await #expect(throws: WorkflowNotFoundError.self) { try await handle.query(Greeter.count, "x") }
        await #expect(throws: WorkflowNotFoundError.self) { try await handle.signal(Greeter.greet, "x") }
    }

    @Test func `one connection makes thousands of calls in seconds`() async throws {
        let client = try await TemporalClient.connect(to: address)
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<250 {
                        // A connection that breaks shows, because nothing is tried again.
                        _ = try await client.service.call(
                            .getSystemInfo,
                            APIGetSystemInfoRequest(),
                            options: CallOptions(retries: false)
                        )
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
