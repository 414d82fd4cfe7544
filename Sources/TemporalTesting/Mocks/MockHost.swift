import Temporal
import TemporalTestServer

/// What the answer of a mocked activity can do besides returning and throwing.
struct MockHost: Sendable {
    /// The service whose clock the answer waits on.
    let server: TestServer

    /// Whether ``server`` is the service that the activity belongs to.
    let isInMemory: Bool

    /// The attempt.
    let info: ActivityInfo

    /// Makes the test fail.
    let note: @Sendable (String) -> Void

    /// Lets time pass in which the attempt does nothing.
    ///
    /// - Throws: `CancellationError` if the attempt is cancelled meanwhile.
    func wait(_ duration: Duration) async throws {
        if let local = ActivityContext.running?.runtime as? any PausableActivity {
            try await local.pause(for: duration)
        } else if isInMemory {
            try await server.sleepInTask(taskToken: info.taskToken, for: duration)
        } else {
            try await Task.sleep(for: duration)
        }
    }

    /// Waits until the attempt is cancelled or given up.
    func waitForEver() async throws -> CancellationError {
        try await wait(.seconds(100 * 365 * 86_400))
        return CancellationError()
    }

    /// Lets as much time pass as a recorded call took; if the attempt is cancelled or given up meanwhile, what is left of it does
    /// not pass.
    ///
    /// - Parameters:
    ///   - duration: How long the call took.
    ///   - isAlive: Whether the attempt reports meanwhile that it is alive, so that no heartbeat timeout ends it.
    func pass(_ duration: Duration, isAlive: Bool) async {
        let pace = info.heartbeatTimeout.flatMap { isAlive && $0 > .zero ? $0 / 2 : nil }
        var rest = duration
        do {
            while rest > .zero {
                let step = min(rest, pace ?? rest)
                try await wait(step)
                rest -= step
                if rest > .zero { try ActivityContext.running?.heartbeat() }
            }
        } catch {
            // It is the end of the wait and not of the call: that is as it was recorded.
        }
    }

    /// Leaves the end of the attempt to others.
    ///
    /// - Returns: What to throw in the attempt.
    func leaveOpen() async throws -> any Error {
        // Nobody else can complete a local activity: it hangs until its workflow or a timeout ends it.
        info.isLocal ? try await waitForEver() : CompletesAsynchronously()
    }

    /// Loses the worker of the environment, with all that it has. It is not waited for: what crashes the worker is cancelled
    /// with it.
    func crashWorker() {
        TestWorkflowEnvironment.current?.beginCrash()
    }

    /// Leaves the attempt to one of its timeouts.
    ///
    /// - Returns: What to throw in the attempt.
    func leave(to kind: TimeoutError.Kind) async throws -> any Error {
        if info.isLocal { return try await waitForEver() }
        let timeout: TestServer.ActivityTimeout
        switch kind {
        case .startToClose: timeout = .startToClose
        case .heartbeat: timeout = .heartbeat
        case .scheduleToClose: timeout = .scheduleToClose
        case .scheduleToStart: timeout = .scheduleToStart
        case .unspecified: return impossible("it has no timeout of the kind 'unspecified'")
        }
        if isInMemory {
            guard server.leaveActivity(taskToken: info.taskToken, to: timeout) else {
                return impossible("it was scheduled without one")
            }
        } else if kind == .scheduleToStart {
            return impossible("a worker has taken it, and only the service in memory can pretend otherwise")
        }
        return CompletesAsynchronously()

        func impossible(_ reason: String) -> any Error {
            unexpected("Activity '\(info.activityType)' cannot run into its \(kind.rawValue) timeout: \(reason).")
        }
    }

    /// Makes the test fail, whatever the workflow makes of the error.
    ///
    /// - Returns: What to throw in the attempt.
    func unexpected(_ problem: String) -> any Error {
        note(problem)
        return ApplicationError(problem, type: "UnexpectedActivityCall", nonRetryable: true)
    }
}
