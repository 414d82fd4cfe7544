import Logging
import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// What is said of handlers and signals that the end of a run leaves undone.
@Suite(.timeLimit(.minutes(1))) struct UnfinishedHandlerTests {
    /// Runs ``Closing`` with updates and signals that do not end, and returns the warnings.
    private func warnings(_ how: String, waits: Bool = false) async throws -> [String] {
        let log = Log()
        var options = TestEnvironmentOptions()
        options.logger = log.logger
        try await TestWorkflowEnvironment.run(workflows: [Closing.self], options: options) { env in
            let handle = try await env.startWorkflow(Closing.self, waits)
            switch how {
            case "update": _ = try await handle.startUpdate(Closing.linger, id: "u1")
            case "signal": try await handle.signal(Closing.stay)
            case "abandoned": _ = try await handle.startUpdate(Closing.abandoned)
            default: try await handle.untyped.signal(how, 1)
            }
            try await handle.signal(Closing.close)
            _ = try await handle.result()
        }
        return log.warnings
    }

    @Test func `an update handler at work is warned of once`() async throws {
        let warnings = try await warnings("update")
        #expect(warnings.count == 1)
        #expect(
            warnings.first?.hasPrefix(
                "[TMPRL1102] The workflow closed while update handlers were at work: update 'linger' (u1)."
            ) == true
        )
    }

    @Test func `a signal handler at work is warned of`() async throws {
        let warnings = try await warnings("signal")
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("signal handlers were at work: signal 'stay'.") == true)
    }

    @Test func `handlers that may be abandoned are not warned of`() async throws {
        #expect(try await warnings("abandoned") == [])
    }

    @Test func `a run that waits for its handlers leaves none`() async throws {
        #expect(try await warnings("update", waits: true) == [])
    }

    @Test func `a signal that nothing handled is told of when it comes and when the run closes`() async throws {
        let warnings = try await warnings("unknown")
        #expect(warnings.count == 2)
        #expect(warnings.first?.contains("No handler for signal 'unknown'") == true)
        #expect(warnings.first?.contains("Known signals: [close, stay]") == true)
        #expect(warnings.last == "The workflow closed with signals that nothing handled: 'unknown'.")
    }
}

@Workflow private actor Closing {
    private var isClosed = false

    func run(_ waits: Bool) async throws {
        try await context.waitCondition { self.isClosed }
        if waits { try await context.waitCondition { self.context.allHandlersFinished } }
    }

    @Signal func close() { isClosed = true }

    @Signal func stay() async throws { try await context.sleep(.seconds(60)) }

    @Update func linger() async throws { try await context.sleep(.seconds(60)) }

    @Update(unfinished: .abandon) func abandoned() async throws { try await context.sleep(.seconds(60)) }
}

/// Keeps the warnings that are logged.
private final class Log: Sendable {
    private let lines = Mutex<[String]>([])

    var warnings: [String] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: Log
        var logLevel = Logger.Level.warning
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard event.level == .warning else { return }
            log.lines.withLock { $0.append("\(event.message)") }
        }
    }
}
