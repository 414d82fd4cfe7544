package import ArgumentParser
import Foundation
package import Logging
import Temporal
package import TemporalClient
import TemporalTestServer

/// Where the Temporal Service is.
package struct ServiceArguments: ParsableArguments {
    @Option(
        help: """
            Its address as host:port (default: $TEMPORAL_ADDRESS or the one of the configuration file, or one in memory, or \
            127.0.0.1:7233).
            """
    )
    package var address: String?

    @Option(help: "The namespace to work in (default: $TEMPORAL_NAMESPACE, or default).")
    package var namespace: String?

    package init() {}

    /// Whether the arguments, the environment or the configuration file say where it is.
    ///
    /// - Throws: `ValidationError` if the file cannot be read, or has no profile of the name that was asked for.
    package var isGiven: Bool {
        get throws { isGiven(in: try profile()) }
    }

    /// Whether the arguments or a profile say where it is.
    package func isGiven(in profile: ClientProfile) -> Bool {
        address != nil || profile.address?.isEmpty == false
    }

    private func profile() throws -> ClientProfile {
        do {
            return try ClientProfile.load()
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// Connects to the Temporal Service.
    ///
    /// - Parameters:
    ///   - embedded: Whether it is one in memory if no address was given.
    ///   - logger: Where the client notes what it does.
    /// - Throws: ``ApplicationFailure`` if it cannot be reached, `ValidationError` if the options are wrong.
    package func connect(embedded: Bool = false, _ logger: Logger) async throws -> TemporalClient {
        guard try isGiven || !embedded else {
            let namespace = namespace ?? environment("TEMPORAL_NAMESPACE") ?? "default"
            logger.notice("The Temporal Service is in memory; give --address for another")
            let server = TestServer(options: TestServer.Options(namespaces: [namespace]))
            return TemporalClient(service: server, namespace: namespace, logger: logger)
        }
        do {
            var profile = try profile()
            if let address { profile.address = address }
            if let namespace { profile.namespace = namespace }
            return try await TemporalClient.connect(profile: profile, logger: logger)
        } catch let error as RPCError {
            throw ApplicationFailure(
                "\(error.message) Give the address of a Temporal Service with --address or TEMPORAL_ADDRESS."
            )
        } catch let error as ConnectionOptionsError {
            throw ValidationError("\(error)")
        }
    }
}

/// A variable of the environment; `nil` if it is not set or empty.
package func environment(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
}

/// Makes sure that an option is in its range.
///
/// - Throws: `ValidationError` if it is not.
package func check<Value: Comparable>(_ name: String, _ value: Value, in range: ClosedRange<Value>) throws {
    guard range.contains(value) else {
        throw ValidationError("\(name) is \(value), and must be from \(range.lowerBound) to \(range.upperBound).")
    }
}

/// Why a program cannot do what it was asked to do.
package struct ApplicationFailure: Error, CustomStringConvertible {
    package let description: String

    /// Describes a failure.
    package init(_ description: String) {
        self.description = description
    }
}
