import Foundation
import Logging
import Temporal

/// The two things that a packet needs from the world outside: a route, and someone who transmits it.
@Activities
struct RoutingActivities {
    /// Who knows the routes.
    let routes: any RouteProvider

    /// Who transmits packets.
    let transmitter: any PacketTransmitter

    /// Puts the activities together.
    init(routes: any RouteProvider, transmitter: any PacketTransmitter) {
        self.routes = routes
        self.transmitter = transmitter
    }

    /// Finds the provider to try next.
    @Activity
    func getRoute(_ packet: Packet) async throws -> Route {
        let context = try ActivityContext.current
        let route = try await routes.route(for: packet, attempt: context.info.attempt)
        context.logger.info("\(route.provider) is next")
        return route
    }

    /// Hands the packet to its provider, who says later whether it has arrived: by the token of this task.
    @Activity
    func transmit(_ packet: Packet) async throws -> Delivery {
        let context = try ActivityContext.current
        try await transmitter.transmit(packet, taskToken: context.taskToken)
        context.logger.info("\(packet.currentRouteProvider) has the packet; the result is pending")
        throw CompletesAsynchronously()
    }
}

/// Knows the providers that a packet can be given to.
protocol RouteProvider: Sendable {
    /// Finds the provider to try next.
    ///
    /// - Parameters:
    ///   - packet: The packet, with the providers that failed.
    ///   - attempt: The number of this attempt to find one, from 1.
    /// - Returns: The route.
    /// - Throws: Any error if there is none now; an `ApplicationError` that is not retryable if there will be none.
    func route(for packet: Packet, attempt: Int) async throws -> Route
}

/// Takes packets for transmission.
protocol PacketTransmitter: Sendable {
    /// Hands a packet over. It returns when the packet is accepted, not when it has arrived.
    ///
    /// - Parameters:
    ///   - packet: The packet, with its provider.
    ///   - taskToken: By what the activity is completed when the result is known.
    /// - Throws: Any error if the packet was not accepted.
    func transmit(_ packet: Packet, taskToken: Data) async throws
}
