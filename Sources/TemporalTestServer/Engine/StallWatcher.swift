import Synchronization

/// Looks at the services of this process that may have stalled, with one timer for all of them: most are gone long before
/// it is time, and a timer for each would cost more than what they do.
final class StallWatcher: Sendable {
    /// A service, and what was seen of it.
    private struct Place {
        let host: WeakHost
        var seen: UInt64?
        var quiet = Duration.zero
        /// After which wait the service is looked at again, and when that is.
        var step = Duration.zero
        var next: ContinuousClock.Instant

        /// Looks at the service if it is time.
        ///
        /// - Returns: Whether there is anything to watch any more.
        mutating func look(at now: ContinuousClock.Instant) -> Bool {
            guard next <= now else { return true }
            // What was planned, not what has passed: on a busy machine waits stretch, as everything else that runs does.
            quiet += step
            guard let step = host.watchForStall(&seen, &quiet) else { return false }
            (self.step, next) = (step, .now + step)
            return true
        }
    }

    private struct State {
        var places: [Place] = []
        var isRunning = false
    }

    static let shared = StallWatcher()

    /// The longest wait between two looks around: by so much can the first look at a service come late.
    private static let tick: Duration = .milliseconds(5)

    private let state = Mutex(State())

    /// Watches a service until it says that there is nothing to watch.
    func watch(_ host: WeakHost) {
        let starts = state.withLock { state in
            state.places.append(Place(host: host, next: .now))
            defer { state.isRunning = true }
            return !state.isRunning
        }
        // It outlives whoever comes first, and takes nothing over from there.
        if starts { Task.detached { await self.run() } }
    }

    private func run() async {
        while let pause = lookAround() {
            // Nobody cancels this task.
            try? await Task.sleep(for: pause)
        }
    }

    /// Looks at the services for which it is time.
    ///
    /// - Returns: After which wait to look again; `nil` if no service is left.
    private func lookAround() -> Duration? {
        // Without the lock: a look takes the lock of the service, and services come here holding theirs.
        let places = state.withLock { state in
            defer { state.places = [] }
            return state.places
        }
        let now = ContinuousClock.now
        var kept: [Place] = []
        for var place in places where place.look(at: now) { kept.append(place) }
        return state.withLock { state in
            state.places = kept + state.places
            state.isRunning = !state.places.isEmpty
            guard state.isRunning else { return nil }
            return max(.milliseconds(1), state.places.reduce(Self.tick) { min($0, now.duration(to: $1.next)) })
        }
    }
}
