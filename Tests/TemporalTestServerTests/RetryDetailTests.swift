import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// What a run that is tried again, or that is next by its schedule, takes over, and how long it waits.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct RetryDetailTests {
    private let script = Script()

    private func fail(after delay: Duration) -> APICommand {
        var command = APICommand.fail()
        command.failWorkflowExecutionCommandAttributes.failure.applicationFailureInfo.nextRetryDelay = .init(delay)
        return command
    }

    private var started: APIWorkflowExecutionStartedEventAttributes {
        get throws { try #require(script.history().first).workflowExecutionStartedEventAttributes }
    }

    @Test(arguments: [(60, 10), (5, 5), (0, 10)])
    func `a workflow waits no longer than its policy says`(_ asked: Int, _ wait: Int) async throws {
        try await script.start { $0.retryPolicy.maximumInterval.seconds = 10 }
        try await script.step(fail(after: .seconds(asked)))
        #expect(try started.attempt == 2)
        #expect(try started.firstWorkflowTaskBackoff.seconds == Int64(wait))
    }

    @Test func `an activity waits as long as it is told, and ends where that is no time`() async throws {
        try await script.start()
        try await script.step(.activity { $0.retryPolicy.maximumInterval.seconds = 10 })
        try await script.failActivity(try await script.pollActivity().taskToken, nextDelay: .seconds(60))
        let pending = try #require(try await script.describe().pendingActivities.first)
        #expect(pending.currentRetryInterval.seconds == 60)
        script.server.advance(by: .seconds(60))
        try await script.failActivity(try await script.pollActivity().taskToken, nextDelay: .zero)
        let failed = try #require(script.history().last { $0.eventType == .activityTaskFailed })
        #expect(failed.activityTaskFailedEventAttributes.retryState == .timeout)
    }

    @Test func `a run knows the last result after a timeout, and not after a failure`() async throws {
        try await script.start {
            $0.retryPolicy.initialInterval.seconds = 1
            $0.workflowRunTimeout.seconds = 5
            $0.lastCompletionResult = payloads("last")
        }
        script.server.advance(by: .seconds(6))
        #expect(try started.attempt == 2)
        #expect(try started.lastCompletionResult.text == "last")
        try await script.step(.fail())
        #expect(try started.attempt == 3)
        #expect(try !started.hasLastCompletionResult)
    }

    // MARK: Callbacks

    private func startWithCallback(_ fill: (inout APIStartWorkflowExecutionRequest) -> Void) async throws -> String {
        try await script.start {
            $0.completionCallbacks = [.with { $0.nexus.url = "temporal://system" }]
            fill(&$0)
        }
        .runID
    }

    private func callbacks(_ run: String = "") async throws -> [APICallbackState] {
        try await script.describe(run: run).callbacks.map(\.state)
    }

    @Test func `who waits for a run hears its end, and not those of the next ones by its schedule`() async throws {
        let run = try await startWithCallback { $0.cronSchedule = "@every 60s" }
        script.server.advance(by: .seconds(60))
        try await script.step(.complete())
        // Nobody has called, so nobody can be told.
        #expect(try await callbacks(run) == [.failed])
        #expect(try await callbacks() == [])
    }

    @Test func `who waits for a run that is tried again hears the end of the last attempt`() async throws {
        let run = try await startWithCallback { $0.retryPolicy.initialInterval.seconds = 1 }
        try await script.step(.fail())
        #expect(try await callbacks(run) == [.standby])
        script.server.advance(by: .seconds(1))
        try await script.step(.complete())
        #expect(try await callbacks() == [.failed])
    }

    @Test func `who waits for a run that continues as new hears the end of the last`() async throws {
        let run = try await startWithCallback { _ in }
        try await script.step(.continueAsNew("next"))
        #expect(try await callbacks(run) == [.standby])
        script.server.advance(by: .seconds(1))
        try await script.step(.complete())
        #expect(try await callbacks() == [.failed])
    }
}
