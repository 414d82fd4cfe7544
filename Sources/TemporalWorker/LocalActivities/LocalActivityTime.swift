package import Foundation
import Temporal

/// The time by which local activities are timed and wait. Tests give that of their service.
package struct LocalActivityTime: Sendable {
    /// What to do when a wait has begun, and before it is over.
    package struct Wait: Sendable {
        /// Called once the wait is on the clock. Not at all if the task was cancelled before.
        package var onBegin: @Sendable () -> Void
        /// Called when the wait ends, by time or by a cancellation, before time goes on.
        package var onEnd: @Sendable () -> Void
    }

    /// Whether all that the workflow task of a run does is to wait for time to pass.
    package struct Idleness: Sendable {
        /// The run.
        package var runID: String
        /// Whether it only waits.
        package var isIdle: Bool
        /// Grows with time: of two in the wrong order, the later counts.
        package var stamp: UInt64
    }

    /// What the clock shows.
    package var now: @Sendable () -> Date

    /// Waits. It throws `CancellationError` if the task is cancelled before.
    package var sleep: @Sendable (Duration, Wait) async throws -> Void

    /// Told of each change.
    package var setIdle: @Sendable (Idleness) -> Void

    /// Where those run that wait for its time; `nil` for anywhere.
    package var executor: (any TaskExecutor)?

    package init(
        now: @escaping @Sendable () -> Date,
        sleep: @escaping @Sendable (Duration, Wait) async throws -> Void,
        setIdle: @escaping @Sendable (Idleness) -> Void,
        executor: (any TaskExecutor)? = nil
    ) {
        self.now = now
        self.sleep = sleep
        self.setIdle = setIdle
        self.executor = executor
    }

    /// The time of the machine. It does not follow when the clock on the wall is set.
    package static var wall: LocalActivityTime {
        let (start, origin) = (Date(), ContinuousClock.now)
        return LocalActivityTime(
            now: { start.addingTimeInterval((ContinuousClock.now - origin).timeInterval) },
            sleep: { duration, wait in
                wait.onBegin()
                defer { wait.onEnd() }
                try await Task.sleep(for: duration)
            },
            setIdle: { _ in }
        )
    }
}
