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
            Its address as host:port (default: $TEMPORAL_ADDRESS, or that of the profile $TEMPORAL_PROFILE of the \
            configuration file; without these, one in memory where the command can have one, and otherwise that of the \
            file, or 127.0.0.1:7233).
            """
    )
    package var address: String?

    @Option(help: "The namespace to work in (default: $TEMPORAL_NAMESPACE, or default).")
    package var namespace: String?

    package init() {}

    /// Whether somebody asked for a service: by an argument, an address in the environment, or a profile that is named there.
    /// A configuration file alone does not: a sample that can do without a service must not work on one that is meant for
    /// something else.
    ///
    /// - Parameter environment: The variables. Default: those of the process.
    package func isGiven(in environment: [String: String] = ProcessInfo.processInfo.environment) -> Bool {
        address != nil || environment["TEMPORAL_ADDRESS"]?.isEmpty == false
            || environment["TEMPORAL_PROFILE"]?.isEmpty == false
    }

    /// The profile of the environment and the configuration file, with what the arguments say.
    private func profile() throws -> ClientProfile {
        do {
            return profile(over: try ClientProfile.load())
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// A profile with what the arguments say.
    package func profile(over profile: ClientProfile) -> ClientProfile {
        var profile = profile
        if let address { profile.address = address }
        if let namespace { profile.namespace = namespace }
        return profile
    }

    /// Where the service of a profile is, in words.
    package static func place(of profile: ClientProfile) -> String {
        "The Temporal Service is at \(profile.address ?? "127.0.0.1:7233"), namespace '\(profile.namespace ?? "default")'"
    }

    /// Connects to the Temporal Service.
    ///
    /// - Parameters:
    ///   - embedded: Whether it is one in memory if nobody asked for another. Before another is used, its address is printed
    ///     to standard error.
    ///   - logger: Where the client notes what it does.
    /// - Throws: ``ApplicationFailure`` if it cannot be reached, `ValidationError` if the options are wrong.
    package func connect(embedded: Bool = false, _ logger: Logger) async throws -> TemporalClient {
        guard isGiven() || !embedded else {
            let namespace = namespace ?? environment("TEMPORAL_NAMESPACE") ?? "default"
            logger.notice("The Temporal Service is in memory; give --address for another")
            let server = TestServer(options: TestServer.Options(namespaces: [namespace]))
            return TemporalClient(service: server, namespace: namespace, logger: logger)
        }
        do {
            let profile = try profile()
            if embedded { FileHandle.standardError.write(Data((Self.place(of: profile) + "\n").utf8)) }
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
