import Foundation
import Synchronization

/// Notices workflow code that does not give its thread back.
final class DeadlockWatch: Sendable {
    /// The watch of the process: one thread, which ends when nothing has run for a while.
    static let shared = DeadlockWatch(isOff: isOff(in: ProcessInfo.processInfo.environment))

    private struct Entry {
        var deadline: ContinuousClock.Instant
        var report: @Sendable () -> Void
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var counter = 0
        var isRunning = false
    }

    private let state = Mutex(State())
    private let isOff: Bool

    /// Sets a watch up.
    ///
    /// - Parameter isOff: Whether it lets code take any time.
    init(isOff: Bool = false) {
        self.isOff = isOff
    }

    /// Whether an environment asks for no watch, so that a debugger can stop workflow code: `TEMPORAL_DEBUG` has a value, as
    /// for other SDKs.
    static func isOff(in environment: [String: String]) -> Bool {
        environment["TEMPORAL_DEBUG"]?.isEmpty == false
    }

    /// Watches one pump.
    ///
    /// - Parameters:
    ///   - limit: How long the pump may take.
    ///   - report: Called once, on another thread, if it takes longer.
    ///   - body: The pump.
    /// - Returns: Whether the pump took longer than the limit.
    func watch(limit: Duration, report: @escaping @Sendable () -> Void, _ body: () -> Void) -> Bool {
        guard !isOff else {
            body()
            return false
        }
        let entry = Entry(deadline: .now + limit, report: report)
        let (number, starts) = state.withLock { state in
            state.counter += 1
            state.entries[state.counter] = entry
            let starts = !state.isRunning
            state.isRunning = true
            return (state.counter, starts)
        }
        if starts { startThread() }
        body()
        return state.withLock { $0.entries.removeValue(forKey: number) == nil }
    }

    private func startThread() {
        let thread = Thread { [self] in
            var idleRounds = 0
            while idleRounds < 50 {
                Thread.sleep(forTimeInterval: 0.05)
                let now = ContinuousClock.now
                let (late, isIdle) = state.withLock { state in
                    let late = state.entries.filter { $0.value.deadline <= now }
                    for number in late.keys { state.entries[number] = nil }
                    return (late.values.map(\.report), state.entries.isEmpty)
                }
                late.forEach { $0() }
                idleRounds = isIdle ? idleRounds + 1 : 0
            }
            let restarts = state.withLock { state in
                state.isRunning = !state.entries.isEmpty
                return state.isRunning
            }
            if restarts { startThread() }
        }
        thread.name = "temporal-deadlock-watch"
        thread.start()
    }
}
