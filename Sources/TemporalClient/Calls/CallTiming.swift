import Dispatch

/// The time and the chance that retries depend on, so that tests need not wait.
package struct CallTiming: Sendable {
    /// The time since an arbitrary moment.
    package var now: @Sendable () -> Duration

    /// Waits; throws `CancellationError` if the task is cancelled meanwhile.
    package var sleep: @Sendable (Duration) async throws -> Void

    /// A number from 0 up to, but not including, 1.
    package var random: @Sendable () -> Double

    /// Puts the parts together.
    package init(
        now: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
    }

    /// The clock of the machine.
    package static let system = CallTiming(
        now: { .nanoseconds(Int64(clamping: DispatchTime.now().uptimeNanoseconds)) },
        sleep: { try await Task.sleep(for: $0) },
        random: { .random(in: 0..<1) }
    )
}
