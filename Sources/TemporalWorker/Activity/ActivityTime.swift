package import TemporalClient

/// The time by which attempts of activities report and time out. Tests give that of their service.
package struct ActivityTime: Sendable {
    /// The time since an arbitrary moment.
    package var now: @Sendable () -> Duration

    /// Does something later, and returns what takes it back as long as it has not begun.
    package var after: @Sendable (Duration, @escaping @Sendable () async -> Void) -> @Sendable () -> Void

    /// Puts the parts together.
    package init(
        now: @escaping @Sendable () -> Duration,
        after: @escaping @Sendable (Duration, @escaping @Sendable () async -> Void) -> @Sendable () -> Void
    ) {
        self.now = now
        self.after = after
    }

    /// The time that calls are timed by.
    package init(_ timing: CallTiming) {
        now = timing.now
        after = { delay, body in
            let task = Task {
                // The only error is the cancellation that takes it back.
                if delay > .zero { try? await timing.sleep(delay) }
                guard !Task.isCancelled else { return }
                await body()
            }
            return { task.cancel() }
        }
    }
}
