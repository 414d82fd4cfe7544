/// A way for a packet: what the activity `getRoute` finds.
struct Route: Codable, Sendable, Hashable {
    /// The provider that takes the packet.
    var provider: String

    private enum CodingKeys: String, CodingKey {
        case provider = "Provider"
    }

    /// Names a provider.
    init(_ provider: String) {
        self.provider = provider
    }
}

/// What became of a transmission: the result of the activity `transmit`.
struct Delivery: Codable, Sendable, Hashable {
    /// Whether the packet has arrived.
    var delivered: Bool

    private enum CodingKeys: String, CodingKey {
        case delivered = "Delivered"
    }

    /// Says whether the packet has arrived.
    init(delivered: Bool) {
        self.delivered = delivered
    }
}
