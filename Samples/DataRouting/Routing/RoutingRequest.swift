/// What the workflow ``DataRouting`` takes: a packet and how much trouble to take with it.
struct RoutingRequest: Codable, Sendable {
    /// The packet to deliver.
    var packet: Packet

    /// How often to ask for a route, each time that one is needed. Default: 3.
    var getRouteMaxAttempts: Int

    /// How many providers may fail before the packet is given up. Default: 4.
    var transmitPacketMaxAttempts: Int

    /// How many seconds a provider has for the delivery. Default: 10.
    var transmitTimeoutSeconds: Double

    private enum CodingKeys: String, CodingKey {
        case packet = "Packet"
        case getRouteMaxAttempts = "GetRouteMaxAttempts"
        case transmitPacketMaxAttempts = "TransmitPacketMaxAttempts"
        case transmitTimeoutSeconds = "TransmitTimeoutSeconds"
    }

    /// Asks for the delivery of a packet.
    ///
    /// - Parameters:
    ///   - packet: The packet.
    ///   - getRouteMaxAttempts: How often to ask for a route, each time that one is needed.
    ///   - transmitPacketMaxAttempts: How many providers may fail before the packet is given up.
    ///   - transmitTimeoutSeconds: How many seconds a provider has for the delivery.
    init(
        packet: Packet = Packet(),
        getRouteMaxAttempts: Int = 3,
        transmitPacketMaxAttempts: Int = 4,
        transmitTimeoutSeconds: Double = 10
    ) {
        self.packet = packet
        self.getRouteMaxAttempts = getRouteMaxAttempts
        self.transmitPacketMaxAttempts = transmitPacketMaxAttempts
        self.transmitTimeoutSeconds = transmitTimeoutSeconds
    }
}
