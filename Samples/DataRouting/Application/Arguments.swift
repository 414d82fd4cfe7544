import ArgumentParser
import Foundation
import SampleSupport

/// What is sent, and how much trouble is taken with it.
struct PacketArguments: ParsableArguments {
    @Option(help: "How many packets to send.")
    var packets = 1

    @Option(help: "The number that sends.")
    var source = Packet().source

    @Option(help: "The number that they are for.")
    var destination = Packet().destination

    @Option(help: "What they carry, as text.")
    var contents = "Hello"

    @Option(help: "How often to ask for a route, each time that one is needed.")
    var getRouteMaxAttempts = RoutingRequest().getRouteMaxAttempts

    @Option(help: "How many providers may fail before a packet is given up.")
    var transmitPacketMaxAttempts = RoutingRequest().transmitPacketMaxAttempts

    @Option(help: "How many seconds a provider has for the delivery.")
    var transmitTimeout = RoutingRequest().transmitTimeoutSeconds

    func validate() throws {
        try check("--packets", packets, in: 1...10_000)
        try check("--get-route-max-attempts", getRouteMaxAttempts, in: 1...1_000)
        try check("--transmit-packet-max-attempts", transmitPacketMaxAttempts, in: 1...RouteService.providers.count)
        try check("--transmit-timeout", transmitTimeout, in: 0.1...86_400)
    }

    /// What the workflows are started with, one for each packet. The packets differ in their ids only.
    var requests: [RoutingRequest] {
        (0..<packets).map { number in
            let bytes = (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
            let id = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, bytes[0], bytes[1], bytes[2], bytes[3]))
            return RoutingRequest(
                packet: Packet(id: id, source: source, destination: destination, contents: Data(contents.utf8)),
                getRouteMaxAttempts: getRouteMaxAttempts,
                transmitPacketMaxAttempts: transmitPacketMaxAttempts,
                transmitTimeoutSeconds: transmitTimeout
            )
        }
    }
}

/// How the worker works.
struct WorkerArguments: ParsableArguments {
    @Option(help: "How likely asking for a route fails, from 0 to 1 (default: $error_chance, or 0.1).")
    var errorChance: Double?

    @Option(help: "Where the transmit service is (for worker; all knows it).")
    var transmitURL = "http://127.0.0.1:\(TransmitArguments.defaultPort)"

    func validate() throws {
        if let errorChance { try check("--error-chance", errorChance, in: 0...1) }
        let url = URL(string: transmitURL)
        guard let url, ["http", "https"].contains(url.scheme), url.host?.isEmpty == false else {
            throw ValidationError("--transmit-url is '\(transmitURL)', and must be like http://127.0.0.1:8321.")
        }
    }

    /// The chance of an error from the arguments or the environment, or the default one.
    ///
    /// - Throws: `ValidationError` if the environment has none between 0 and 1.
    func effectiveErrorChance() throws -> Double {
        if let errorChance { return errorChance }
        guard let text = environment("error_chance") else { return 0.1 }
        guard let number = Double(text) else {
            throw ValidationError("The environment variable error_chance is '\(text)', and must be a number.")
        }
        try check("The environment variable error_chance", number, in: 0...1)
        return number
    }
}

/// How the transmit service works.
struct TransmitArguments: ParsableArguments {
    /// The port of a transmit service in a process of its own.
    static let defaultPort = 8321

    @Option(help: "The port to listen on, 0 for any that is free (default: \(defaultPort), or 0 for all).")
    var transmitPort: Int?

    @Option(help: "How likely there is an answer at all, from 0 to 1.")
    var callbackChance = 0.9

    @Option(help: "How many seconds an answer takes at most.")
    var callbackTimeout = 15.0

    func validate() throws {
        if let transmitPort { try check("--transmit-port", transmitPort, in: 0...65_535) }
        try check("--callback-chance", callbackChance, in: 0...1)
        try check("--callback-timeout", callbackTimeout, in: 0...86_400)
    }
}
