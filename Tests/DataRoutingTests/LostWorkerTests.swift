import Foundation
import Logging
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalWorker
import struct TemporalWorker.WorkerOptions
import Testing

@testable import DataRouting

/// A worker that is lost, as by `kill -9`: nothing that it still does arrives, and another one takes over.
@Suite(.timeLimit(.minutes(1)))
struct LostWorkerTests {
    private let server = TestServer(options: TestServer.Options(clock: .skipping()))
    private let queue = "routing"

    @Test
    func `A run goes on where it was when its worker is lost while it waits for the delivery`() async throws {
        let handle = try await start()
        let lostRoutes = FakeRoutes()
        let lost = FakeTransmitter()
        let wire = Wire(to: server)
        let first = try await withWorker(wire, lostRoutes, lost) {
            let first = try await lost.next()
            wire.cut()
            return first
        }
        let routes = FakeRoutes()
        let transmitter = FakeTransmitter()
        let packet = try await withWorker(server, routes, transmitter) {
            try await client.asyncActivity(taskToken: first.taskToken).complete(Delivery(delivered: false))
            // The service offers the task to the lost worker for ten seconds.
            server.advance(by: .seconds(10))
            let second = try await transmitter.next()
            try await client.asyncActivity(taskToken: second.taskToken).complete(Delivery(delivered: true))
            return try await handle.result()
        }
        #expect(packet.failedRouteProviders == ["RouteA"])
        #expect(packet.currentRouteProvider == "RouteB")
        #expect(packet.status == .delivered)
        // The second worker did only what the first had not done.
        #expect(lostRoutes.attemptsMade == [1])
        #expect(lost.transmissions.map(\.provider) == ["RouteA"])
        #expect(routes.attemptsMade == [1])
        #expect(transmitter.transmissions.map(\.provider) == ["RouteB"])
    }

    @Test
    func `An activity whose worker is lost is tried again by another worker`() async throws {
        let handle = try await start()
        let (asked, askedNow) = AsyncStream.makeStream(of: Void.self)
        let wire = Wire(to: server)
        let lostRoutes = FakeRoutes { _, _ in
            wire.cut()
            askedNow.yield()
        }
        // Without a cache, so that the service offers the next task to all workers at once.
        try await withWorker(wire, lostRoutes, FakeTransmitter(), maximumCachedWorkflows: 0) {
            for await _ in asked { break }
        }
        // Nobody knows that the worker is lost: the activity has its ten seconds, and another until the next attempt.
        server.advance(by: .seconds(11))
        let routes = FakeRoutes()
        let transmitter = FakeTransmitter()
        let packet = try await withWorker(server, routes, transmitter) {
            let first = try await transmitter.next()
            try await client.asyncActivity(taskToken: first.taskToken).complete(Delivery(delivered: true))
            return try await handle.result()
        }
        #expect(lostRoutes.attemptsMade == [1])
        #expect(routes.attemptsMade == [2])
        #expect(packet.currentRouteProvider == "RouteA")
        #expect(packet.status == .delivered)
    }

    // MARK: Support

    private func client(_ service: any TemporalService) -> TemporalClient {
        TemporalClient(service: service, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private var client: TemporalClient { client(server) }

    private func start() async throws -> WorkflowHandle<DataRouting> {
        let options = WorkflowOptions(id: "packet", taskQueue: queue)
        return try await client.startWorkflow(DataRouting.self, RoutingRequest(), options: options)
    }

    /// Runs a worker on a connection for as long as the body takes. If the connection was cut by then, the worker has
    /// failed.
    private func withWorker<Value: Sendable>(
        _ service: any TemporalService,
        _ routes: FakeRoutes,
        _ transmitter: FakeTransmitter,
        maximumCachedWorkflows: Int = 1000,
        _ body: () async throws -> Value
    ) async throws -> Value {
        var options = WorkerOptions()
        options.maximumCachedWorkflows = maximumCachedWorkflows
        let worker = try TemporalWorker(
            client: client(service),
            taskQueue: queue,
            workflows: [DataRouting.self],
            activities: [RoutingActivities(routes: routes, transmitter: transmitter)],
            options: options
        )
        let running = Task { try await worker.run() }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        if service is Wire {
            await #expect(throws: RPCError.self) { try await running.value }
        } else {
            running.cancel()
            try await running.value
        }
        return try result.get()
    }
}
