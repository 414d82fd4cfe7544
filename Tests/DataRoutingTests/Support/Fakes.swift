import Foundation
import Synchronization
import Temporal

@testable import DataRouting

/// Gives the providers in order, after as many errors as it was told to throw.
final class FakeRoutes: RouteProvider {
    private let errors: Mutex<Int>
    private let attempts = Mutex<[Int]>([])
    private let beforeAnswer: @Sendable (Packet, Int) async throws -> Void

    /// - Parameters:
    ///   - errors: How many calls fail first.
    ///   - beforeAnswer: Runs before each answer, with the packet and the attempt.
    init(errors: Int = 0, beforeAnswer: @escaping @Sendable (Packet, Int) async throws -> Void = { _, _ in }) {
        self.errors = Mutex(errors)
        self.beforeAnswer = beforeAnswer
    }

    /// The numbers of the attempts that were made, in order.
    var attemptsMade: [Int] { attempts.withLock { $0 } }

    func route(for packet: Packet, attempt: Int) async throws -> Route {
        attempts.withLock { $0.append(attempt) }
        try await beforeAnswer(packet, attempt)
        let fails = errors.withLock { errors in
            errors -= 1
            return errors >= 0
        }
        if fails { throw ApplicationError("IO Error: network disconnect", type: "IOError") }
        return Route(RouteService.providers[packet.failedRouteProviders.count])
    }
}

/// Accepts every packet and keeps what it was given.
final class FakeTransmitter: PacketTransmitter {
    /// A packet that was handed over.
    struct Transmission: Sendable {
        var provider: String
        var taskToken: Data
    }

    private let accepted = Mutex<[Transmission]>([])
    private let stream = AsyncStream.makeStream(of: Transmission.self)

    /// All that was handed over, in order.
    var transmissions: [Transmission] { accepted.withLock { $0 } }

    /// The next packet that is handed over. For one caller at a time.
    func next() async throws -> Transmission {
        for await transmission in stream.stream { return transmission }
        throw CancellationError()
    }

    func transmit(_ packet: Packet, taskToken: Data) async throws {
        let transmission = Transmission(provider: packet.currentRouteProvider, taskToken: taskToken)
        accepted.withLock { $0.append(transmission) }
        stream.continuation.yield(transmission)
    }
}
