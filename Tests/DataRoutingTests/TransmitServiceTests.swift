import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Foundation
import Logging
import Synchronization
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalWorker
import Testing

@testable import DataRouting

/// The transmit service as it is, over HTTP, with a worker and the service in memory on the clock of the wall.
@Suite(.timeLimit(.minutes(1)))
struct TransmitServiceTests {
    private let notes = NoteLog()
    private let logger: Logger
    private let client: TemporalClient

    init() {
        logger = Logger(label: "test") { [notes] _ in notes }
        client = TemporalClient(service: TestServer(), logger: logger)
    }

    @Test
    func `Delivers packets through the client, by the token that came over HTTP`() async throws {
        try await withTransmitService { url in
            try await withWorker(url) {
                let outcomes = try await submission([RoutingRequest(), RoutingRequest()]).run()
                #expect(outcomes.count == 2)
                for outcome in outcomes {
                    #expect(outcome.packet?.status == .delivered)
                    #expect(outcome.packet?.currentRouteProvider == "RouteA")
                }
            }
        }
    }

    @Test
    func `A late answer is noted, and the next packet is delivered`() async throws {
        try await withTransmitService { url in
            // The token of a task that was answered already is as good as one that has timed out.
            let transmitter = FakeTransmitter()
            try await withWorker(transmitter) {
                async let outcomes = submission([RoutingRequest()]).run()
                let token = try await transmitter.next().taskToken
                try await client.asyncActivity(taskToken: token).complete(Delivery(delivered: true))
                _ = try await outcomes
                try await HTTPTransmitter(url: url).transmit(Packet(), taskToken: token)
            }
            await notes.wait(for: "Too late or a second time, and harmless")
            try await withWorker(url) {
                let outcomes = try await submission([RoutingRequest()]).run()
                #expect(outcomes.map(\.packet?.status) == [.delivered])
            }
        }
    }

    @Test
    func `Refuses what is no packet or has no token`() async throws {
        try await withTransmitService { url in
            let accepted = try await post("\(url)/transmit?task_token=AAAA", try JSONEncoder().encode(Packet()))
            #expect(accepted == 202)
            #expect(try await post("\(url)/transmit", try JSONEncoder().encode(Packet())) == 400)
            #expect(try await post("\(url)/transmit?task_token=%21", try JSONEncoder().encode(Packet())) == 400)
            #expect(try await post("\(url)/transmit?task_token=AAAA", Data("{}".utf8)) == 400)
            #expect(try await post("\(url)/elsewhere", Data()) == 404)
        }
    }

    @Test
    func `Says which port is in use`() async throws {
        try await withTransmitService { url in
            let port = try #require(URL(string: url)?.port)
            let error = await #expect(throws: TransmitServiceError.self) {
                try await transmitService(port: port) { _ in }.run()
            }
            #expect(error?.description.contains("port \(port): it is in use") == true)
        }
    }

    // MARK: Support

    private func transmitService(port: Int, _ onListening: @escaping @Sendable (Int) -> Void) -> TransmitService {
        TransmitService(
            port: port,
            behaviour: TransmitService.Behaviour(
                callbackChance: 1,
                callbackTimeout: .zero,
                interval: .milliseconds(10)
            ),
            client: client,
            logger: logger,
            onListening: onListening
        )
    }

    private func withTransmitService(_ body: (_ url: String) async throws -> Void) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let service = transmitService(port: 0) { port.yield($0) }
        let running = Task { try await service.run() }
        defer { running.cancel() }
        for await port in ports {
            try await body("http://127.0.0.1:\(port)")
            break
        }
    }

    private func withWorker(_ url: String, _ body: () async throws -> Void) async throws {
        try await withWorker(HTTPTransmitter(url: url), body)
    }

    private func withWorker(_ transmitter: any PacketTransmitter, _ body: () async throws -> Void) async throws {
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "routing",
            workflows: [DataRouting.self],
            activities: [RoutingActivities(routes: FakeRoutes(), transmitter: transmitter)]
        )
        let running = Task { try await worker.run() }
        defer { running.cancel() }
        try await body()
    }

    private func submission(_ requests: [RoutingRequest]) -> Submission {
        Submission(
            client: client,
            taskQueue: "routing",
            requests: requests,
            logger: logger
        )
    }

    private func post(_ url: String, _ body: Data) async throws -> UInt {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(body)
        return try await HTTPClient.shared.execute(request, timeout: .seconds(10)).status.code
    }
}

/// Keeps what is logged, and lets a test wait for it.
final class NoteLog: LogHandler {
    private struct State {
        var messages: [String] = []
        var waiting: [(text: String, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        let message = "\(event.message)"
        let found = state.withLock { state in
            state.messages.append(message)
            let found = state.waiting.filter { message.contains($0.text) }
            state.waiting.removeAll { message.contains($0.text) }
            return found
        }
        for waiting in found { waiting.continuation.resume() }
    }

    /// Waits until a message with the text has been logged.
    func wait(for text: String) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.messages.contains(where: { $0.contains(text) }) { return true }
                state.waiting.append((text, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}
