import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// Tests that are cancelled, as by their time limit.
@Suite(.timeLimit(.minutes(1))) struct CancelledEnvironmentTests {
    /// A service that takes no calls of a task that is cancelled, as one over a network.
    private struct Remote: TemporalService {
        let base: TestServer

        func call<Request, Response>(
            _ method: ServiceMethod<Request, Response>,
            _ request: Request,
            options: CallOptions
        ) async throws -> Response {
            try Task.checkCancellation()
            return try await base.call(method, request, options: options)
        }
    }

    private func expectCancelled(
        _ options: TestEnvironmentOptions,
        _ body: @escaping @Sendable (TestWorkflowEnvironment) async throws -> Void
    ) async {
        let test = Task {
            try await TestWorkflowEnvironment.run(workflows: [Gate.self], options: options) { env in
                try await body(env)
                withUnsafeCurrentTask { $0?.cancel() }
                try Task.checkCancellation()
            }
        }
        // Nothing else is found wrong.
        await #expect(throws: CancellationError.self) { try await test.value }
    }

    @Test func `a test that is cancelled leaves no run and no endpoint on the service`() async throws {
        let server = TestServer()
        defer { server.shutdown() }
        var options = TestEnvironmentOptions()
        options.backend = .existing(Remote(base: server))
        options.nexusEndpoints = ["left"]
        await expectCancelled(options) { env in
            let start = WorkflowOptions(id: "left-open", taskQueue: env.options.taskQueue)
            let gate = try await env.startWorkflow(Gate.self, options: start)
            let found1 = try await gate.query(Gate.seen)
            #expect(found1 == [])
        }
        let client = TemporalClient(service: server)
        #expect(try await client.workflowHandle(id: "left-open").describe().status == .terminated)
        #expect(try await client.operator.nexusEndpoint(named: "left") == nil)
    }

    @Test func `a test that is cancelled in memory is looked at as others are`() async throws {
        await expectCancelled(TestEnvironmentOptions()) { env in
            let gate = try await env.startWorkflow(Gate.self)
            try await gate.signal(Gate.note, "hello")
            let found2 = try await gate.query(Gate.seen)
            #expect(found2 == ["hello"])
        }
    }
}
