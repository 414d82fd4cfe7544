import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

@Suite struct LifecycleTests {
    @Test(.timeLimit(.minutes(1)))
    func `a workflow with an activity runs to its end`() async throws {
        let script = Script()
        try await script.start()
        async let end = script.closeEvent()
        try await script.step(.activity())
        let task = try await script.pollActivity()
        try await script.completeActivity(task.taskToken)
        try await script.step(.complete("42"))
        #expect(try await end.workflowExecutionCompletedEventAttributes.result.text == "42")
        #expect(
            script.types() == [
                .workflowExecutionStarted, .workflowTaskScheduled, .workflowTaskStarted, .workflowTaskCompleted,
                .activityTaskScheduled, .activityTaskStarted, .activityTaskCompleted, .workflowTaskScheduled,
                .workflowTaskStarted, .workflowTaskCompleted, .workflowExecutionCompleted,
            ]
        )
        try HistoryValidator.validate(script.history())
    }
}
