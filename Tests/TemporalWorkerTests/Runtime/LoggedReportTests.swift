import Logging
import Synchronization
import Temporal
import TemporalTesting
import Testing

/// The report of a test that fails by itself, where no testing library is told.
@Suite(.timeLimit(.minutes(1))) struct LoggedReportTests {
    private struct Mine: Error {}

    @Test func `the report of a test that throws goes to its logger, and the error is thrown as it is`() async {
        let log = ErrorLog()
        var options = TestEnvironmentOptions()
        options.seed = 7
        options.logger = Logger(label: "test") { _ in log }
        await #expect(throws: Mine.self) {
            try await TestWorkflowEnvironment.run(workflows: [Quiet.self], options: options) { env in
                try await env.executeWorkflow(Quiet.self)
                throw Mine()
            }
        }
        #expect(log.texts.count == 1)
        let report = log.texts.first ?? ""
        for part in ["The test threw: Mine()", "Seed: 7", "WorkflowExecutionCompleted"] {
            #expect(report.contains(part), "\(part)")
        }
    }
}

@Workflow private actor Quiet {
    func run() async throws {}
}

private final class ErrorLog: LogHandler {
    private let noted = Mutex<[String]>([])

    var texts: [String] { noted.withLock { $0 } }

    func log(event: LogEvent) { noted.withLock { $0.append("\(event.message)") } }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    var logLevel: Logger.Level {
        get { .error }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
}
