/// Activities that run in the worker of the workflow, within its workflow task.
extension WorkflowContext {
    /// Runs an activity in this worker, without a round trip over the task queue, and waits for its result.
    ///
    /// It is for short work: a look-up, a computation that is not deterministic. The history has one marker with the result.
    /// An activity that takes longer than the workflow task keeps the task alive; one whose worker is lost starts over.
    ///
    /// Either `startToCloseTimeout` or `scheduleToCloseTimeout` must be given.
    ///
    /// - Parameters:
    ///   - activity: Which activity, and its types. The worker of the workflow must have it.
    ///   - input: What it takes.
    ///   - scheduleToCloseTimeout: How long all attempts together may take.
    ///   - scheduleToStartTimeout: How long an attempt may wait for a free slot. Not retried.
    ///   - startToCloseTimeout: How long one attempt may take.
    ///   - retryPolicy: How it is tried again; by default for ever, after 1 s, 2 s, 4 s and so on.
    ///   - localRetryThreshold: The longest wait between attempts that the workflow task is kept open for; a longer one
    ///     becomes a timer. Default: 60 s.
    ///   - activityID: An id of one's own, unique in the run; `nil` for a number.
    ///   - cancellation: What a cancellation of this task means for the activity. Default: wait until it has ended.
    ///   - summary: A line for the Web UI and the command line.
    /// - Returns: The result of the activity.
    /// - Throws: ``ActivityError`` if it failed, timed out or was cancelled; ``PayloadConversionError`` if an input or
    ///   the result cannot be converted.
    public func executeLocalActivity<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>,
        _ input: repeat each Input,
        scheduleToCloseTimeout: Duration? = nil,
        scheduleToStartTimeout: Duration? = nil,
        startToCloseTimeout: Duration? = nil,
        retryPolicy: RetryPolicy = RetryPolicy(),
        localRetryThreshold: Duration = .seconds(60),
        activityID: String? = nil,
        cancellation: ActivityCancellationType = .waitCancellationCompleted,
        summary: String? = nil
    ) async throws -> Output {
        guard startToCloseTimeout != nil || scheduleToCloseTimeout != nil else {
            throw WorkflowMisuse(
                "Local activity '\(activity.name)' has no timeout: give startToCloseTimeout or scheduleToCloseTimeout."
            )
        }
        func limited(_ timeout: Duration?) -> Duration? {
            guard let timeout, let limit = scheduleToCloseTimeout else { return timeout }
            return min(timeout, limit)
        }
        let converter = converter(ofActivity: activity.name, isLocal: true)
        let call = LocalActivityCall(
            name: activity.name,
            input: try ArgumentReader.encode(repeat each input, converter: converter),
            activityID: activityID,
            scheduleToCloseTimeout: scheduleToCloseTimeout,
            scheduleToStartTimeout: limited(scheduleToStartTimeout),
            startToCloseTimeout: limited(startToCloseTimeout),
            retryPolicy: retryPolicy,
            localRetryThreshold: localRetryThreshold,
            cancellation: cancellation,
            summary: summary
        )
        return try activity.result(try await execute(call), converter: converter)
    }

    private func execute(_ call: LocalActivityCall) async throws -> [Payload] {
        guard hasInterceptors else { return try await perform(call) }
        return try await intercepting(call.name, isLocal: true, call.input) { [self] input in
            var call = call
            (call.input, call.headers) = (input.arguments, input.headers)
            return try await perform(call)
        }
    }

    /// Calls until an attempt ends the activity, with timers where the waits between attempts are long.
    private func perform(_ call: LocalActivityCall) async throws -> [Payload] {
        var call = call
        while true {
            do {
                return try await perform(.localActivity(call))
            } catch let backoff as LocalActivityBackoff {
                do {
                    try await sleep(backoff.delay)
                } catch is CancellationError {
                    throw ActivityError(
                        "Local Activity cancelled",
                        activityType: call.name,
                        activityID: call.activityID ?? "",
                        retryState: .cancelRequested,
                        cause: CancelledError()
                    )
                }
                call.attempt = backoff.nextAttempt
                call.originalScheduleTime = backoff.originalScheduleTime
            }
        }
    }
}
