import Synchronization
import TemporalTestServer
import Testing

/// Gives all services of a test a store, and checks at the test's end that the store has all that the service has.
struct StoreCheck: TestTrait, SuiteTrait, TestScoping {
    var isRecursive: Bool { true }

    private final class Services: Sendable {
        let all = Mutex<[(server: TestServer, store: MemoryStateStore)]>([])
    }

    @TaskLocal private static var services: Services?

    /// Starts a service, with a store if it is checked.
    static func server(_ options: TestServer.Options) -> TestServer {
        let store = MemoryStateStore()
        guard let services,
            let server = try? TestServer(options: options, store: store, onStoreFailure: { Issue.record($0) })
        else { return TestServer(options: options) }
        services.all.withLock { $0.append((server, store)) }
        return server
    }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let services = Services()
        try await Self.$services.withValue(services) { try await function() }
        for (server, store) in services.all.withLock({ $0 }) {
            for difference in try await server.differences(from: store) {
                Issue.record("The entry \(difference).")
            }
        }
    }
}

extension Trait where Self == StoreCheck {
    /// Gives all services of a test a store, and checks it at the end.
    static var storesEverything: StoreCheck { StoreCheck() }
}
