import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Activities that come with the answer to a workflow task.
@Suite(.timeLimit(.minutes(1))) struct EagerActivityTests {
    private func eager(_ id: String) -> APICommand {
        var command = APICommand.activity(id)
        command.scheduleActivityTaskCommandAttributes.requestEagerExecution = true
        return command
    }

    @Test func `those that ask for it come in their order, started, and the others by their task queue`() async throws {
        let script = Script()
        try await script.start()
        let response = try await script.complete(
            try await script.pollWorkflow(),
            [eager("a"), .activity("b"), eager("c")]
        )
        #expect(response.activityTasks.map(\.activityID) == ["a", "c"])
        #expect(response.activityTasks.allSatisfy { $0.attempt == 1 && $0.hasStartedTime && !$0.taskToken.isEmpty })
        let polled = try await script.pollActivity()
        #expect(polled.activityID == "b")
        for task in response.activityTasks { try await script.completeActivity(task.taskToken) }
        #expect(script.types().suffix(4).contains(.activityTaskCompleted))
        try HistoryValidator.validate(script.history())
    }

    @Test func `one that times out is tried again by its task queue`() async throws {
        let script = Script()
        try await script.start()
        let response = try await script.complete(try await script.pollWorkflow(), [eager("a")])
        #expect(response.activityTasks.count == 1)
        script.server.advance(by: .seconds(11))
        let again = try await script.pollActivity()
        #expect(again.activityID == "a")
        #expect(again.attempt == 2)
    }

    @Test func `none come with the end of a run, and none where the service does not grant it`() async throws {
        let script = Script()
        try await script.start()
        let end = try await script.complete(try await script.pollWorkflow(), [eager("a"), .complete()])
        #expect(end.activityTasks.isEmpty)

        var options = TestServer.Options(clock: .skipping())
        options.grantsEagerActivities = false
        let strict = Script(server: TestServer(options: options))
        try await strict.start()
        let response = try await strict.complete(try await strict.pollWorkflow(), [eager("a")])
        #expect(response.activityTasks.isEmpty)
        let polled = try await strict.pollActivity()
        #expect(polled.activityID == "a")
    }
}
