import Foundation
import Synchronization

/// The answers that are still to be given: when, and to which task.
final class Callbacks: Sendable {
    /// One answer.
    struct Callback: Sendable, Equatable {
        /// When it is due.
        var due: ContinuousClock.Instant
        /// The task that waits for it.
        var taskToken: Data
        /// What it is about, for the log.
        var title: String
    }

    private let waiting = Mutex<[Callback]>([])

    /// How many are still to be given.
    var count: Int { waiting.withLock { $0.count } }

    /// Keeps an answer until it is due.
    func add(_ callback: Callback) {
        waiting.withLock { $0.append(callback) }
    }

    /// Takes out what is due by now, the earliest first.
    func takeDue(at now: ContinuousClock.Instant) -> [Callback] {
        waiting.withLock { waiting in
            let due = waiting.filter { $0.due <= now }
            waiting.removeAll { $0.due <= now }
            return due.sorted { $0.due < $1.due }
        }
    }
}
