package import ArgumentParser
import Foundation
import Temporal
import TemporalTestServer
import UnixSignals

/// The command line of `temporal-test-server`.
package struct TestServerCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "temporal-test-server",
        abstract: "Serves an in-memory Temporal Service over gRPC on 127.0.0.1.",
        discussion: "Without --db, everything is forgotten when it ends. Stop it with Control-C or SIGTERM."
    )

    @Option(help: "The port to listen on; 0 for any that is free.")
    package var port = 7233

    @Argument(help: "The port again: SDKs that start a test server themselves give it like this.")
    package var portArgument: Int?

    @Option(help: "A namespace that exists besides 'default'. Can be given several times.")
    package var namespace: [String] = []

    @Option(
        name: .customLong("search-attribute"),
        help: "A search attribute of all namespaces, such as points=Int. Can be given several times."
    )
    package var searchAttributes: [String] = []

    @Option(help: "A file that keeps everything: the next server that is given it goes on where this one ended.")
    package var db: String?

    @Option(help: "The seed of all ids and random choices.")
    package var seed: UInt64 = UInt64.random(in: 0...UInt64.max)

    @Flag(name: .customLong("skip-time"), help: "Jump to the next timer whenever nobody works and somebody waits.")
    package var skipsTime = false

    @Flag(name: .customLong("rate-limits"), help: "Refuse calls that are too many, as a server that nobody configured.")
    package var limitsRates = false

    @Option(
        name: .customLong("dynamic-config-value"),
        help: "A rate limit of --rate-limits, such as frontend.namespaceRPS=100. Can be given several times."
    )
    package var dynamicConfigValues: [String] = []

    package init() {}

    package func validate() throws {
        let port = portArgument ?? port
        guard (0...65535).contains(port) else { throw ValidationError("No port: \(port). Use 0 to 65535.") }
        _ = try types()
        _ = try rateLimits()
    }

    /// The options of the service.
    func options() throws -> TestServer.Options {
        var options = TestServer.Options(
            clock: skipsTime ? .skipping() : .wall,
            seed: seed,
            namespaces: ["default"] + namespace.filter { $0 != "default" }
        )
        options.searchAttributes = try types()
        options.rateLimits = try rateLimits()
        return options
    }

    private func types() throws -> [String: SearchAttributeType] {
        var types: [String: SearchAttributeType] = [:]
        for text in searchAttributes {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let type = SearchAttributeType.named(parts[1]) else {
                let known = SearchAttributeType.all.map(\.description).joined(separator: ", ")
                throw ValidationError("'\(text)' is no search attribute. Write NAME=TYPE with a type of \(known).")
            }
            types[parts[0]] = type
        }
        return types
    }

    /// The limits that were asked for; `nil` for none.
    private func rateLimits() throws -> TestServer.RateLimits? {
        guard limitsRates || !dynamicConfigValues.isEmpty else { return nil }
        var limits = TestServer.RateLimits()
        for text in dynamicConfigValues {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let value = Double(parts[1]), limits.set(parts[0], to: value) else {
                throw ValidationError(
                    "'\(text)' is no limit that this server knows. Write NAME=NUMBER with a number from 0, and a name of "
                        + "\(TestServer.RateLimits.names.joined(separator: ", "))."
                )
            }
        }
        return limits
    }

    package func run() async throws {
        let (failures, failed) = AsyncStream.makeStream(of: (any Error).self)
        let server =
            if let db {
                try TestServer(options: try options(), store: try SQLiteStore(path: db)) { failed.yield($0) }
            } else {
                TestServer(options: try options())
            }
        let frontend = GRPCFrontend(server, port: portArgument ?? port)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await frontend.run() }
            group.addTask { for await error in failures { throw error } }
            group.addTask {
                // Without a port the server ends with the reason.
                guard let port = try? await frontend.port else { return }
                print("TEMPORAL_ADDRESS=127.0.0.1:\(port)")
                // Whoever reads this through a pipe waits for it.
                fflush(nil)
                for await _ in signals { break }
                frontend.stop()
            }
            // If the server cannot listen, or its file not be written, the error ends the wait for a signal too.
            defer { group.cancelAll() }
            try await group.next()
            try await group.next()
        }
        try await server.flush()
    }
}

extension SearchAttributeType {
    /// All types, in the order of their numbers.
    static let all: [SearchAttributeType] = [.text, .keyword, .int, .double, .bool, .datetime, .keywordList]

    /// The type with a name, in any case: `int` as well as `Int`.
    static func named(_ name: String) -> SearchAttributeType? {
        all.first { $0.description.lowercased() == name.lowercased() }
    }
}
