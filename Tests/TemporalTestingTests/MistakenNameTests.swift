import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// Names in tests that nothing has: such a test would pass whatever the workflow does.
@Suite(.timeLimit(.minutes(1))) struct MistakenNameTests {
    @Test func `a type of events that there is none of fails the test, though none was expected`() async {
        let failure = await failure(of: [Nap.self]) { env in
            let nap = try await env.startWorkflow(Nap.self, 5)
            try await nap.result()
            let history = try await nap.history()
            #expect(history.count(of: .type("TimerFird")) == 0)
            #expect(history.count(of: .type("TimerFired")) == 1)
            #expect(history.count(of: .type("WorkflowExecutionSignaled")) == 0)
        }
        #expect(
            failure?.problems == [
                "EventPattern.type(\"TimerFird\") names no type of events that Temporal has. Names are written as in histories, "
                    + "such as TimerFired or ActivityTaskScheduled."
            ]
        )
    }

    @Test func `a withheld patch that no run asks for fails the test`() async throws {
        var options = TestEnvironmentOptions()
        options.withheldPatches = ["mail", "male"]
        let failure = await failure(of: [Post.self], options: options) { env in
            let way = try await env.executeWorkflow(Post.self)
            #expect(way == "old")
        }
        #expect(
            failure?.problems == [
                "Patch 'male' is withheld (TestEnvironmentOptions.withheldPatches), but no run asked for it: mend its name, or "
                    + "leave it out."
            ]
        )
    }
}

@Workflow private actor Post {
    func run() async throws -> String { context.patched("mail") ? "new" : "old" }
}
