import Dispatch
import Foundation
import Synchronization
import Temporal

/// Writes the changes of transactions to a store in their order, and lets their effects happen once they last.
///
/// While one group of transactions is being written, the next one gathers, so that a slow disk makes groups larger
/// instead of making every caller wait for the disk alone.
final class CommitQueue: Sendable {
    private struct State {
        var changes: [PendingChange] = []
        var effects: [@Sendable () -> Void] = []

        /// The number of the last transaction that was handed in, and of the last that lasts.
        var submitted: UInt64 = 0
        var committed: UInt64 = 0

        var isWriting = false
        var waiters: [(transaction: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
        var failure: (any Error)?

        /// Everything that waits to be written; `nil` if nothing does.
        mutating func takeGroup() -> Group? {
            guard submitted > committed else {
                isWriting = false
                return nil
            }
            defer {
                changes = []
                effects = []
            }
            return Group(changes: changes, effects: effects, last: submitted)
        }
    }

    private struct Group {
        let changes: [PendingChange]
        let effects: [@Sendable () -> Void]
        let last: UInt64
    }

    private let store: any StateStore
    private let onFailure: @Sendable (any Error) -> Void
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "temporal.test-server.store")

    /// Writes to a store.
    ///
    /// - Parameters:
    ///   - store: The store.
    ///   - onFailure: Told once, when the store fails. Nothing is acknowledged from then on.
    init(_ store: any StateStore, onFailure: @escaping @Sendable (any Error) -> Void) {
        self.store = store
        self.onFailure = onFailure
    }

    /// Takes a transaction. Called under the lock of the service, so that the order is that of the transactions.
    ///
    /// - Parameters:
    ///   - changes: What it has changed.
    ///   - effects: What happens once the changes last, and with them all that came before.
    /// - Returns: The number of the transaction for ``wait(for:)``, and the effects that can happen at once.
    func submit(
        _ changes: [PendingChange],
        effects: [@Sendable () -> Void]
    ) -> (transaction: UInt64, effects: [@Sendable () -> Void]) {
        let (result, starts) = state.withLock { state in
            if changes.isEmpty, state.submitted == state.committed { return ((state.committed, effects), false) }
            state.submitted += 1
            // Whoever is answered after a failure learns of it from ``check()`` or ``wait(for:)``.
            if state.failure != nil { return ((state.submitted, effects), false) }
            state.changes += changes
            state.effects += effects
            let starts = !state.isWriting
            if starts { state.isWriting = true }
            return ((state.submitted, []), starts)
        }
        if starts { queue.async { self.write() } }
        return result
    }

    /// Waits until a transaction, and all before it, last.
    ///
    /// - Throws: `UNAVAILABLE` if the store has failed.
    func wait(for transaction: UInt64) async throws {
        if state.withLock({ $0.failure == nil && $0.committed >= transaction }) { return }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let result: Result<Void, any Error>? = state.withLock { state in
                if let failure = state.failure { return .failure(Self.error(failure)) }
                if state.committed >= transaction { return .success(()) }
                state.waiters.append((transaction, continuation))
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// Asks whether answers count.
    ///
    /// - Throws: `UNAVAILABLE` if the store has failed.
    func check() throws {
        if let failure = state.withLock({ $0.failure }) { throw Self.error(failure) }
    }

    /// Waits until everything that was handed in lasts.
    func drain() async throws {
        try await wait(for: state.withLock { $0.submitted })
    }

    private func write() {
        let encoder = JSONEncoder.forStore
        while true {
            guard let group = state.withLock({ $0.takeGroup() }) else { return }
            do {
                if !group.changes.isEmpty {
                    try store.write(group.changes.withoutRepetitions.map { try $0.encoded(with: encoder) })
                }
            } catch {
                return fail(error, group)
            }
            let waiters = state.withLock { state in
                state.committed = group.last
                let ready = state.waiters.filter { $0.transaction <= group.last }
                state.waiters.removeAll { $0.transaction <= group.last }
                return ready
            }
            for effect in group.effects { effect() }
            for waiter in waiters { waiter.continuation.resume() }
        }
    }

    private func fail(_ error: any Error, _ group: Group) {
        let (effects, waiters) = state.withLock { state in
            state.failure = error
            defer {
                state.changes = []
                state.effects = []
                state.waiters = []
            }
            return (group.effects + state.effects, state.waiters)
        }
        for effect in effects { effect() }
        for waiter in waiters { waiter.continuation.resume(throwing: Self.error(error)) }
        onFailure(error)
    }

    private static func error(_ cause: any Error) -> RPCError {
        RPCError(code: .unavailable, message: "The state of the service could not be written: \(cause)")
    }
}

extension [PendingChange] {
    /// The changes without those of keys that are changed again later.
    fileprivate var withoutRepetitions: [PendingChange] {
        var seen: Set<Data> = []
        return reversed().filter { change in
            switch change {
            case .put(let key, _), .delete(let key): seen.insert(key).inserted
            case .deleteAll: true
            }
        }.reversed()
    }
}
