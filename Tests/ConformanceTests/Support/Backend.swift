import Foundation
import Logging
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import Testing

/// A Temporal Service that the scenarios run on.
enum Backend: String, Sendable, CustomTestStringConvertible {
    /// The service of this package, on a clock that skips waiting.
    case inMemory
    /// The server at `TEMPORAL_ADDRESS`.
    case realServer

    /// The address of the real server; `nil` if there is none.
    static let address = ProcessInfo.processInfo.environment["TEMPORAL_ADDRESS"]

    /// What every scenario runs on.
    static let available: [Backend] = address == nil ? [.inMemory] : [.inMemory, .realServer]

    var testDescription: String { rawValue }

    /// What the scenario that runs now works with; `nil` where it does not say.
    @TaskLocal static var current: Backend?

    /// The custom search attributes of the namespace.
    static let searchAttributes: [String: SearchAttributeType] = [
        "ConformanceText": .text, "ConformanceKeyword": .keyword, "ConformanceInt": .int, "ConformanceDouble": .double,
        "ConformanceBool": .bool, "ConformanceDatetime": .datetime, "ConformanceKeywordList": .keywordList,
    ]

    /// One connection for all scenarios of the process.
    private static let connection = Task {
        try await GRPCConnection.connect(ConnectionOptions(address: address ?? ""))
    }

    /// Adds the search attributes to the real server, which may take some seconds to know them.
    static let registration = Task {
        var request = APIAddSearchAttributesRequest()
        request.namespace = "default"
        request.searchAttributes = searchAttributes.mapValues(\.proto)
        do {
            _ = try await connection.value.call(.addSearchAttributes, request, options: .default)
        } catch let error as RPCError where error.code == .alreadyExists {
            // The server was used before.
        }
    }

    /// How many workers may run on the real server at a time: a connection carries 100 calls at a time, and each worker
    /// keeps three polls waiting.
    static let places = Places(12)

    /// The connection to the real server.
    static func connected() async throws -> GRPCConnection {
        try await connection.value
    }

    /// Makes the in-memory service of one scenario; `nil` on the real server.
    func makeServer() -> TestServer? {
        guard self == .inMemory else { return nil }
        // Run limits are part of some scenarios, so time may jump to them.
        var options = TestServer.Options(clock: .skipping(), stallPolicy: .skip)
        // Some scenarios schedule tasks where no worker is.
        options.workerGrace = .seconds(2)
        options.searchAttributes = Self.searchAttributes
        return TestServer(options: options)
    }
}

/// Shows in the results whether the scenarios ran on a real server.
@Suite struct RealServer {
    @Test(
        .enabled(
            if: Backend.address != nil,
            "No scenario ran on a real server: set TEMPORAL_ADDRESS to the host:port of one."
        ),
        .timeLimit(.minutes(1))
    )
    func `the real server answers`() async throws {
        let scene = try await Scene(.realServer)
        let absent = scene.client.workflowHandle(id: "absent-\(UUID())")
        await #expect(throws: WorkflowNotFoundError.self) { try await absent.describe() }
    }
}
