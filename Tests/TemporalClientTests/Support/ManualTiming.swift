import Synchronization

@testable import TemporalClient

/// A clock that a wait advances at once, and a chance that always draws the middle.
final class ManualTiming: Sendable {
    private struct State {
        var now = Duration.zero
        var waits: [Duration] = []
    }

    private let state = Mutex(State())

    /// How long was waited, in order, rounded to milliseconds.
    var waits: [Duration] {
        state.withLock { state in
            state.waits.map { .milliseconds(Int64(($0 / .milliseconds(1)).rounded())) }
        }
    }

    /// Lets time pass.
    func advance(by duration: Duration) {
        state.withLock { $0.now += duration }
    }

    var timing: CallTiming {
        CallTiming(
            now: { self.state.withLock { $0.now } },
            sleep: { duration in
                try Task.checkCancellation()
                self.state.withLock { state in
                    state.now += duration
                    state.waits.append(duration)
                }
            },
            random: { 0.5 }
        )
    }
}
