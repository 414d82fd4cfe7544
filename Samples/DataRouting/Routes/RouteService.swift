import Temporal

/// Knows five providers, and cannot be reached now and then.
struct RouteService: RouteProvider {
    /// The providers, in the order in which they are tried.
    static let providers = ["RouteA", "RouteB", "RouteC", "RouteD", "RouteE"]

    /// How likely a question fails, from 0 to 1.
    var errorChance: Double

    /// Decides which do.
    var chance: Chance

    func route(for packet: Packet, attempt: Int) async throws -> Route {
        let failed = packet.failedRouteProviders.count
        if chance.happens(errorChance, for: "route \(packet.id) \(failed) \(attempt)") {
            throw ApplicationError("IO Error: network disconnect", type: "IOError")
        }
        guard Self.providers.indices.contains(failed) else {
            throw ApplicationError(
                "No provider is left after \(packet.failedRouteProviders.joined(separator: ", "))",
                type: "NoProviderLeft",
                nonRetryable: true
            )
        }
        return Route(Self.providers[failed])
    }
}
