import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import Testing

@testable import TemporalTestServerCommand

/// The in-memory service behind gRPC.
@Suite(.timeLimit(.minutes(1))) struct GRPCFrontendTests {
    @Test func `a server that stops does not wait for a connection that says nothing`() async throws {
        let frontend = GRPCFrontend(TestServer(), port: 0)
        let running = Task { try await frontend.run() }
        let silent = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: try await frontend.port)
            .get()
        frontend.stop()
        try await running.value
        try? await silent.close()
    }

    /// Runs a server while the body runs, and stops it the way the program does.
    private func withFrontend(
        _ options: TestServer.Options = TestServer.Options(),
        _ body: (GRPCConnection) async throws -> Void
    ) async throws {
        let frontend = GRPCFrontend(TestServer(options: options), port: 0)
        let running = Task { try await frontend.run() }
        let port = try await frontend.port
        let connection = try await GRPCConnection.connect(ConnectionOptions(address: "127.0.0.1:\(port)"))
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(connection))
        } catch {
            result = .failure(error)
        }
        await connection.close()
        frontend.stop()
        try await running.value
        try result.get()
    }

    @Test func `a workflow is started, listed and described over gRPC`() async throws {
        try await withFrontend { connection in
            let started = try await connection.call(
                .startWorkflowExecution,
                .with {
                    $0.namespace = "default"
                    $0.workflowID = "w"
                    $0.workflowType.name = "Flow"
                    $0.taskQueue.name = "q"
                    $0.requestID = "r"
                },
                options: .default
            )
            let listed = try await connection.call(
                .listWorkflowExecutions,
                .with {
                    $0.namespace = "default"
                    $0.query = "WorkflowType = 'Flow'"
                },
                options: .default
            )
            #expect(listed.executions.map(\.execution.runID) == [started.runID])
        }
    }

    @Test func `errors keep their code, words and details`() async throws {
        try await withFrontend { connection in
            let request = APIDescribeNamespaceRequest.with { $0.namespace = "absent" }
            let error = await #expect(throws: RPCError.self) {
                _ = try await connection.call(.describeNamespace, request, options: .default)
            }
            #expect(error?.code == .notFound)
            #expect(error?.message == "Namespace absent is not found.")
            #expect(error?.detail(APINamespaceNotFoundFailure.self)?.namespace == "absent")
            let unserved = await #expect(throws: RPCError.self) {
                _ = try await connection.call(
                    .triggerWorkflowRule,
                    .with { $0.namespace = "default" },
                    options: .default
                )
            }
            #expect(unserved?.code == .unimplemented)
        }
    }

    @Test func `stopping answers a waiting poll`() async throws {
        let server = TestServer()
        let frontend = GRPCFrontend(server, port: 0)
        let running = Task { try await frontend.run() }
        let port = try await frontend.port
        let connection = try await GRPCConnection.connect(ConnectionOptions(address: "127.0.0.1:\(port)"))
        let request = APIPollWorkflowTaskQueueRequest.with {
            $0.namespace = "default"
            $0.taskQueue.name = "q"
        }
        let poll = Task { try await connection.call(.pollWorkflowTaskQueue, request, options: .default) }
        while server.waitingCalls == 0 { try await Task.sleep(for: .milliseconds(1)) }
        frontend.stop()
        #expect(try await poll.value == APIPollWorkflowTaskQueueResponse())
        try await running.value
    }

    @Test func `the command line says what the service is like`() throws {
        let command = try TestServerCommand.parse([
            "--port", "0", "--namespace", "other", "--namespace", "default", "--search-attribute", "points=int",
            "--search-attribute", "Kw=Keyword", "--seed", "7", "--skip-time",
        ])
        let options = try command.options()
        #expect(options.namespaces == ["default", "other"])
        #expect(options.searchAttributes == ["points": .int, "Kw": .keyword])
        #expect(options.seed == 7)
        for wrong in [
            ["--port", "70000"], ["--search-attribute", "points"], ["--search-attribute", "points=Number"],
            ["--dynamic-config-value", "frontend.namespaceRPS=many"], ["--dynamic-config-value", "frontend.unknown=1"],
        ] {
            #expect(throws: (any Error).self) { try TestServerCommand.parse(wrong) }
        }
    }

    @Test func `a poll of a caller who is gone takes no task`() async throws {
        let server = TestServer()
        let frontend = GRPCFrontend(server, port: 0)
        let running = Task { try await frontend.run() }
        let address = ConnectionOptions(address: "127.0.0.1:\(try await frontend.port)")
        let poll = APIPollWorkflowTaskQueueRequest.with {
            $0.namespace = "default"
            $0.taskQueue.name = "q"
        }
        // One gives its call up, the other is gone with its connection.
        let connection = try await GRPCConnection.connect(address)
        let impatient = Task { try await connection.call(.pollWorkflowTaskQueue, poll, options: .default) }
        while server.waitingCalls != 1 { try await Task.sleep(for: .milliseconds(1)) }
        impatient.cancel()
        while server.waitingCalls != 0 { try await Task.sleep(for: .milliseconds(1)) }
        let lost = try await GRPCConnection.connect(address)
        let abandoned = Task { try await lost.call(.pollWorkflowTaskQueue, poll, options: .default) }
        while server.waitingCalls != 1 { try await Task.sleep(for: .milliseconds(1)) }
        abandoned.cancel()
        await lost.close()
        while server.waitingCalls != 0 { try await Task.sleep(for: .milliseconds(1)) }

        let client = TemporalClient(service: connection)
        _ = try await client.startWorkflow(named: "Flow", options: WorkflowOptions(id: "w", taskQueue: "q"))
        let task = try await connection.call(.pollWorkflowTaskQueue, poll, options: .default)
        #expect(task.workflowExecution.workflowID == "w" && task.attempt == 1)
        await connection.close()
        frontend.stop()
        try await running.value
    }

    @Test func `polls that begin as their connections end do not stay`() async throws {
        let server = TestServer()
        let frontend = GRPCFrontend(server, port: 0)
        let running = Task { try await frontend.run() }
        let address = ConnectionOptions(address: "127.0.0.1:\(try await frontend.port)")
        let request = APIPollWorkflowTaskQueueRequest.with {
            $0.namespace = "default"
            $0.taskQueue.name = "q"
        }
        for round in 0..<60 {
            let connection = try await GRPCConnection.connect(address)
            let poll = Task { try await connection.call(.pollWorkflowTaskQueue, request, options: .default) }
            try await Task.sleep(for: .microseconds(round * 30))
            await connection.close(within: .zero)
            await #expect(throws: (any Error).self) { try await poll.value }
        }
        // A poll waits for a minute.
        let end = ContinuousClock.now + .seconds(20)
        while server.waitingCalls != 0, .now < end { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.waitingCalls == 0)
        frontend.stop()
        try await running.value
    }

    @Test func `there are no rate limits unless they are asked for, and then a server's`() throws {
        #expect(try TestServerCommand.parse([]).options().rateLimits == nil)
        #expect(try TestServerCommand.parse(["--rate-limits"]).options().rateLimits == .init())
        let limits = try TestServerCommand.parse([
            "--dynamic-config-value", "frontend.namespaceRPS=100", "--dynamic-config-value",
            "frontend.namespaceCount=5",
        ])
        .options().rateLimits
        #expect(limits?.namespaceCalls == 100 && limits?.waitingCalls == 5 && limits?.visibilityCalls == 10)
    }

    @Test func `a client that is refused for its many calls waits, and all of them succeed`() async throws {
        var options = TestServer.Options()
        options.rateLimits = .init()
        options.rateLimits?.namespaceCalls = 8
        options.rateLimits?.namespaceBurstRatio = 1
        try await withFrontend(options) { connection in
            let client = TemporalClient(service: connection)
            let started = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        _ = try await client.startWorkflow(
                            named: "Flow",
                            options: WorkflowOptions(id: "limited-\(number)", taskQueue: "nobody")
                        )
                    }
                }
                try await group.waitForAll()
            }
            // Those that came too early were made again, after the wait for a server that has too much to do.
            #expect(ContinuousClock.now - started > .milliseconds(500))
            #expect(try await client.countWorkflows().total == 12)
        }
    }
}
