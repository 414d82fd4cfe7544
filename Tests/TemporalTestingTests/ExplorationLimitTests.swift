import Logging
import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// Explorations that try nothing, or not all.
@Suite(.timeLimit(.minutes(1))) struct ExplorationLimitTests {
    @Test(
        arguments: [
            (.seeds(0), "Exploration.seeds(0) tries no order at all. Ask for one seed at least."),
            (.seeds(-3), "Exploration.seeds(-3) tries no order at all. Ask for one seed at least."),
            (
                .exhaustive(limit: 0),
                "Exploration.exhaustive(limit: 0) tries no order at all. Give it a limit of one at least."
            ),
            (
                .choices([0, -1]),
                "Exploration.choices([0, -1]) is no order: choices count from 0. Use those that a failure of an exploration names."
            ),
        ] as [(Exploration, String)]
    )
    func `an exploration that would try nothing is an error`(_ exploration: Exploration, _ problem: String) async {
        let error = await #expect(throws: (any Error).self) {
            try await TestWorkflowEnvironment.explore(exploration, workflows: [Gate.self]) { _ in }
        }
        #expect(error.map { "\($0)" } == problem)
    }

    /// A test with a choice of six orders.
    private func orders(limit: Int, _ log: WarningLog) async throws -> [[String]] {
        var options = TestEnvironmentOptions()
        options.logger = log.logger
        let found = Mutex<[[String]]>([])
        let count = try await TestWorkflowEnvironment.explore(
            .exhaustive(limit: limit),
            workflows: [Gate.self],
            options: options
        ) { env in
            let gate = try await env.startWorkflow(Gate.self)
            for text in ["a", "b"] {
                env.schedule(after: .seconds(10)) { try await gate.signal(Gate.note, text) }
            }
            env.schedule(after: .seconds(20)) { try await gate.signal(Gate.open) }
            let order = try await gate.result()
            found.withLock { $0.append(order) }
        }
        let orders = found.withLock { $0 }
        #expect(orders.count == count)
        return orders
    }

    @Test func `an exploration that stops at its limit warns, and one that tries all does not`() async throws {
        let log = WarningLog()
        let all = try await orders(limit: 300, log)
        try #require(all.count < 300 && all.count > 2)
        #expect(log.warnings == [])
        let some = try await orders(limit: all.count - 1, log)
        #expect(some.count == all.count - 1)
        try #require(log.warnings.count == 1)
        #expect(log.warnings[0].hasPrefix("Not all orders of the test were tried"))
        // A limit that is just enough is none.
        _ = try await orders(limit: all.count, log)
        #expect(log.warnings.count == 1)
        // The usual order is the first.
        #expect(all.first == ["a", "b"])
        #expect(all.contains(["b", "a"]))
    }
}

/// Keeps the warnings that are logged.
private final class WarningLog: Sendable {
    private let lines = Mutex<[String]>([])

    var warnings: [String] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "warnings") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: WarningLog
        var logLevel = Logger.Level.warning
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.lines.withLock { $0.append("\(event.message)") }
        }
    }
}
