import Temporal
import Testing

@Suite struct CancellationTests {
    private func activity(_ cause: (any Error)?) -> ActivityError {
        ActivityError(activityType: "a", activityID: "1", cause: cause)
    }

    private func child(_ cause: (any Error)?) -> ChildWorkflowError {
        ChildWorkflowError(namespace: "n", workflowID: "w", runID: "r", workflowType: "t", cause: cause)
    }

    @Test func `A cancellation is recognised in activities and children`() {
        #expect(isCancellation(CancellationError()))
        #expect(isCancellation(CancelledError()))
        #expect(isCancellation(activity(CancelledError())))
        #expect(isCancellation(child(activity(CancelledError()))))
    }

    @Test func `Another error with a cancelled cause is none`() {
        #expect(!isCancellation(ApplicationError("broken", cause: CancelledError())))
        #expect(!isCancellation(TimeoutError(kind: .startToClose)))
        #expect(!isCancellation(activity(nil)))
        #expect(!isCancellation(activity(ApplicationError("broken"))))
        #expect(!isCancellation(child(nil)))
    }

    @Test func `An error describes itself with its causes`() {
        let error = activity(ApplicationError("broken", cause: TimeoutError("late", kind: .heartbeat)))
        #expect(
            error.description == "ActivityError: Activity error (cause: ApplicationError: broken "
                + "(cause: TimeoutError: late))"
        )
    }
}
