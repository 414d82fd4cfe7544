import Synchronization

/// What an activity has of the worker that runs it.
package struct ActivityHost: Sendable {
    /// That the worker has begun to stop.
    package let stop: StopNotice

    /// The client of the worker, of a type that this module does not know; `nil` if there is none.
    package let client: (any Sendable)?

    package init(stop: StopNotice = StopNotice(), client: (any Sendable)? = nil) {
        self.stop = stop
        self.client = client
    }
}

/// That something has begun to stop: to ask for and to wait for.
package final class StopNotice: Sendable {
    private struct State {
        var isGiven = false
        var count = 0
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Whether it was given.
    package var isGiven: Bool { state.withLock(\.isGiven) }

    /// Gives it, once and for all.
    package func give() {
        let waiting = state.withLock { state in
            state.isGiven = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until it is given.
    ///
    /// - Throws: `CancellationError` if the task is cancelled before.
    package func wait() async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // A cancellation that comes after the look at it finds the continuation in its place.
                let outcome = state.withLock { state -> Result<Void, any Error>? in
                    if state.isGiven { return .success(()) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiting[number] = continuation
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(throwing: CancellationError())
        }
    }
}
