import Dispatch
import Foundation
import Synchronization

/// Holds the thread of a workflow task until the scenario lets it go: what a slow worker does.
final class Gate: Sendable {
    /// How the workflow names the gate.
    let id = UUID().uuidString

    private let wasReached = Atomic<Bool>(false)
    private let semaphore = DispatchSemaphore(value: 0)

    /// Whether a workflow task has come to the gate.
    var isReached: Bool { wasReached.load(ordering: .acquiring) }

    /// Lets the workflow task go on.
    func open() { semaphore.signal() }

    fileprivate func pass() {
        // Only the first task is held; a replay goes through.
        guard !wasReached.exchange(true, ordering: .acquiringAndReleasing) else { return }
        semaphore.wait()
    }
}

/// The gates of all scenarios that run, as workflow code gets no objects from outside.
final class Gates: Sendable {
    private let gates = Mutex<[String: Gate]>([:])

    /// Makes a gate known.
    func add(_ gate: Gate) {
        gates.withLock { $0[gate.id] = gate }
    }

    /// Waits at a gate.
    func pass(_ id: String) {
        gates.withLock { $0[id] }?.pass()
    }
}
