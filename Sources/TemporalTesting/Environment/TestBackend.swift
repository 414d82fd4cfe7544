public import Temporal
import TemporalClient

/// The Temporal Service that a test works with: the same test runs on each.
public struct TestBackend: Sendable {
    /// A service that exists already.
    struct Existing: Sendable {
        var service: any TemporalService
        var namespace: String
    }

    /// The service; `nil` for one in memory.
    let existing: Existing?

    /// A service in memory, for each test its own, on a clock that skips waiting.
    public static let inMemory = TestBackend(existing: nil)

    /// A service that exists already, such as a development server, on the clock of the wall. The environment works on a
    /// task queue of its own there, and terminates what the test has left open.
    ///
    /// What only the service in memory can do is not there: skipping time, steps, choices, faults, seeds.
    ///
    /// - Parameters:
    ///   - service: The service, such as a `GRPCConnection`.
    ///   - namespace: The namespace to work in.
    public static func existing(_ service: any TemporalService, namespace: String = "default") -> Self {
        TestBackend(existing: Existing(service: service, namespace: namespace))
    }

    /// A development server that runs already.
    ///
    /// - Parameters:
    ///   - address: Its address as `host:port`.
    ///   - namespace: The namespace to work in.
    /// - Throws: As `GRPCConnection.connect`.
    public static func devServer(at address: String = "127.0.0.1:7233", namespace: String = "default") async throws
        -> Self
    {
        existing(try await GRPCConnection.connect(ConnectionOptions(address: address)), namespace: namespace)
    }
}
