import Synchronization
import TemporalClient

/// A clock that stands still until a test moves it, and tells who waits for it.
final class ManualClock: Sendable {
    private struct Sleeper {
        let number: Int
        let deadline: Duration
        let duration: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Duration.zero
        var sleepers: [Sleeper] = []
        var counter = 0
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    /// How long each of those who wait wanted to wait, the shortest first.
    var sleeping: [Duration] { state.withLock { $0.sleepers.map(\.duration).sorted() } }

    /// The clock for a worker. Chance always draws the middle.
    var timing: CallTiming {
        CallTiming(
            now: { self.state.withLock { $0.now } },
            sleep: { try await self.sleep($0) },
            random: { 0.5 }
        )
    }

    /// Lets time pass, and wakes those whose time has come.
    func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now += duration
            let due = state.sleepers.filter { $0.deadline <= state.now }
            state.sleepers.removeAll { $0.deadline <= state.now }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// Waits until somebody waits for a duration, or the time of the test is over.
    func waitForSleeper(of duration: Duration) async {
        while !sleeping.contains(duration), !Task.isCancelled { await Task.yield() }
    }

    private func sleep(_ duration: Duration) async throws {
        let number = state.withLock { state in
            state.counter += 1
            return state.counter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    guard state.cancelled.remove(number) == nil else { return true }
                    state.sleepers.append(
                        Sleeper(
                            number: number,
                            deadline: state.now + duration,
                            duration: duration,
                            continuation: continuation
                        )
                    )
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.number == number }) else {
                    state.cancelled.insert(number)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
