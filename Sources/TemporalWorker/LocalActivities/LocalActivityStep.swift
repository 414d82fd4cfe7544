import Foundation
import Synchronization
import Temporal
import TemporalAPI

/// One step of a local activity, such as an attempt or a wait. It ends once, by whatever comes first.
final class LocalActivityStep: Sendable {
    /// How a step ended.
    enum End: Sendable {
        /// The code returned or threw.
        case returned(Result<Payload, any Error>)
        /// What was waited for came.
        case waited
        case timedOut(APITimeoutType)
        case cancelled
    }

    private enum State {
        case open
        case awaited(CheckedContinuation<End, Never>)
        case ended(End)
        case taken
    }

    private let state = Mutex(State.open)

    /// Ends the step.
    ///
    /// - Returns: Whether it had not ended before.
    @discardableResult
    func end(_ end: End) -> Bool {
        let (isFirst, waiter) = state.withLock { state -> (Bool, CheckedContinuation<End, Never>?) in
            switch state {
            case .open:
                state = .ended(end)
                return (true, nil)
            case .awaited(let waiter):
                state = .taken
                return (true, waiter)
            case .ended, .taken:
                return (false, nil)
            }
        }
        waiter?.resume(returning: end)
        return isFirst
    }

    /// Waits for the end. To be called once.
    func wait() async -> End {
        await withCheckedContinuation { continuation in
            let end = state.withLock { state -> End? in
                guard case .ended(let end) = state else {
                    state = .awaited(continuation)
                    return nil
                }
                state = .taken
                return end
            }
            if let end { continuation.resume(returning: end) }
        }
    }
}
