public import Temporal
import Tracing

extension TracingInterceptor: ActivityInterceptor {
    public func execute(
        _ input: ExecuteActivityInput,
        next: (ExecuteActivityInput) async throws -> Payload
    ) async throws -> Payload {
        let span = start(
            "RunActivity:\(input.info.activityType)",
            .server,
            parent: context(in: input.info.headers),
            [
                ("temporalWorkflowID", input.info.workflowID), ("temporalRunID", input.info.runID),
                ("temporalActivityID", input.info.activityID),
            ]
        )
        // The code of the activity makes its spans under this one.
        return try await InstrumentationContext.$current.withValue(span.context) {
            try await within(span) { try await next(input) }
        }
    }
}
