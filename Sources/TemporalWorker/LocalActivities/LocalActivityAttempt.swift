import Temporal

/// What the code of one attempt sees of its execution.
struct LocalActivityAttempt: ActivityRuntime, PausableActivity {
    let execution: LocalActivityExecution
    let board: LocalActivityBoard

    /// Reports go nowhere: the server does not know the activity.
    func heartbeat(_ details: [Payload]) {}

    var cancellationReason: ActivityCancellationReason? { execution.cancellationReason }

    func pause(for duration: Duration) async throws {
        try await board.sleep(duration)
    }
}
