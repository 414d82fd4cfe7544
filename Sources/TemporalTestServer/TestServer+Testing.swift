package import Foundation
import OrderedCollections
import Synchronization
package import Temporal
package import TemporalAPI

extension TestServer {
    /// Names one run, in the order in which the service started it.
    package struct RunName: Sendable, Hashable {
        /// The namespace.
        package let namespace: String
        /// The workflow id.
        package let workflowID: String
        /// The run id.
        package let runID: String
        /// The name of the workflow type.
        package let workflowType: String

        init(_ run: Run) {
            namespace = run.namespace
            workflowID = run.workflowID
            runID = run.runID
            workflowType = run.start.workflowType.name
        }
    }

    /// All runs of a namespace, in the order in which they were started.
    ///
    /// - Parameter namespace: The namespace.
    package func runs(in namespace: String = "default") -> [RunName] {
        transact { engine in
            engine.runs.filter { $0.namespace == namespace }.map { RunName($0) }
        }
    }

    /// The type of a run.
    ///
    /// - Parameters:
    ///   - namespace: The namespace of the run.
    ///   - workflowID: The id of its workflow.
    ///   - runID: The run; empty for the newest one of the id.
    package func type(namespace: String, workflowID: String, runID: String) -> String? {
        transact { engine in
            engine.runs.last { run in
                run.namespace == namespace && run.workflowID == workflowID && (runID.isEmpty || run.runID == runID)
            }?.start.workflowType.name
        }
    }

    /// Hands on every event that enters a history from now on, in their order.
    ///
    /// - Parameter listener: Called under the service's lock, so that the order holds: it may not call the service.
    /// - Returns: A ticket for ``stopListening(_:)``.
    package func listen(_ listener: @escaping @Sendable (RunName, APIHistoryEvent) -> Void) -> UInt64 {
        transact { engine in
            let ticket = engine.nextNumber()
            engine.listeners[ticket] = listener
            return ticket
        }
    }

    /// Ends what ``listen(_:)`` began.
    package func stopListening(_ ticket: UInt64) {
        transact { engine in _ = engine.listeners.removeValue(forKey: ticket) }
    }

    /// Tells that a worker leaves a workflow task to time out: it no longer holds the clock.
    ///
    /// - Parameter runID: The run of the task.
    package func workflowTaskWasDropped(runID: String) {
        transact { $0.workflowTaskWasDropped(runID: runID) }
    }

    /// Tells the end of a Nexus operation that goes on elsewhere; nothing happens if it has ended.
    ///
    /// - Parameters:
    ///   - callbackHeaders: What came with the request to start the operation.
    ///   - operationToken: The token by which its handler knows it.
    ///   - result: The result; `nil` if there is none.
    ///   - failure: Why it failed, in that case.
    package func completeNexusOperation(
        callbackHeaders: [String: String],
        operationToken: String,
        result: Payload?,
        failure: APIFailure
    ) {
        transact { engine in
            guard let text = callbackHeaders[Engine.callbackTokenHeader], let token = NexusCallbackToken(text) else {
                return
            }
            let isCancelled = if case .canceledFailureInfo = failure.failureInfo { true } else { false }
            let end: NexusEnd =
                result.map { .completed($0.proto) } ?? (isCancelled ? .cancelled(failure) : .failed(failure))
            engine.readClock()
            // The only error is that of an operation that has ended meanwhile.
            try? engine.completeNexusOperation(
                token,
                end,
                operationToken: operationToken,
                startTime: nil,
                links: []
            )
        }
    }

    /// Lets an activity or a Nexus operation wait on the service's clock: meanwhile it does not hold the clock.
    ///
    /// - Parameters:
    ///   - taskToken: The token of its task.
    ///   - duration: How long it waits.
    /// - Throws: `CancellationError` if it is cancelled meanwhile.
    package func sleepInTask(taskToken: Data, for duration: Duration) async throws {
        try Task.checkCancellation()
        let end = SleepEnd()
        let action = transact { engine in
            engine.setTask(taskToken, holdsClock: false)
            return engine.schedule(after: Span(duration)) { [weak self] in
                guard end.claim() else { return }
                // Time stands still until this returns, and then the activity holds it again.
                self?.transact { $0.setTask(taskToken, holdsClock: true) }
                end.come(.success(()))
            }
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { end.attach($0) }
        } onCancel: {
            guard end.claim() else { return }
            transact { engine in
                engine.actions[action] = nil
                engine.setTask(taskToken, holdsClock: true)
            }
            end.come(.failure(CancellationError()))
        }
    }

    /// Does something at a later moment of the service's clock, unless it is taken back before. Time stands still until it
    /// has returned.
    ///
    /// - Parameters:
    ///   - delay: How far from now.
    ///   - body: What to do then.
    /// - Returns: What takes it back.
    package func planned(
        after delay: Duration,
        _ body: @escaping @Sendable () async -> Void
    ) -> @Sendable () -> Void {
        let number = transact { $0.schedule(after: Span(delay), body) }
        return { [weak self] in self?.transact { $0.actions[number] = nil } }
    }
}

extension TestServer {
    /// Tells whether all that the worker of a run's workflow task does is to wait for time to pass.
    ///
    /// - Parameters:
    ///   - runID: The run.
    ///   - isIdle: Whether the task does not hold the clock.
    ///   - stamp: Grows with time: of two calls in the wrong order, the later counts.
    package func setWorkflowTask(runID: String, isIdle: Bool, stamp: UInt64) {
        transact { $0.setWorkflowTask(runID: runID, isIdle: isIdle, stamp: stamp) }
    }

    /// Waits on the service's clock, for somebody who tells when the clock may go on.
    ///
    /// - Parameters:
    ///   - duration: How long.
    ///   - onBegin: Called once the wait is on the clock. Not at all if the waiting task was cancelled before.
    ///   - onEnd: Called when the wait ends, by time or by a cancellation, while time stands still.
    ///   - end: Lets somebody else end it.
    /// - Throws: `CancellationError` if the waiting task is cancelled.
    package func sleep(
        for duration: Duration,
        until end: SleepEnd = SleepEnd(),
        onBegin: @escaping @Sendable () -> Void,
        onEnd: @escaping @Sendable () -> Void
    ) async throws {
        try Task.checkCancellation()
        let action = transact { engine in
            engine.schedule(after: Span(duration)) {
                guard end.claim() else { return }
                onEnd()
                end.come(.success(()))
            }
        }
        onBegin()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { end.attach($0) }
        } onCancel: {
            guard end.claim() else { return }
            onEnd()
            end.come(.failure(CancellationError()))
            transact { $0.actions[action] = nil }
        }
    }
}

/// The end of a wait, which comes once: by the clock or by a cancellation, before or after somebody waits for it.
package final class SleepEnd: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Void, any Error>)
        case ended(Result<Void, any Error>)
    }

    private let state = Mutex(State.open)
    private let isClaimed = Atomic<Bool>(false)

    /// The end of a wait that has not begun.
    package init() {}

    /// Ends the wait now, if it has not ended. What is to be called at its end is not called.
    package func end() {
        if claim() { come(.success(())) }
    }

    /// Whether the caller is the first to decide how the wait ends.
    fileprivate func claim() -> Bool { !isClaimed.exchange(true, ordering: .acquiringAndReleasing) }

    fileprivate func attach(_ continuation: CheckedContinuation<Void, any Error>) {
        let result = state.withLock { state -> Result<Void, any Error>? in
            if case .ended(let result) = state { return result }
            state = .awaited(continuation)
            return nil
        }
        if let result { continuation.resume(with: result) }
    }

    fileprivate func come(_ result: Result<Void, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            switch state {
            case .open:
                state = .ended(result)
                return nil
            case .awaited(let continuation):
                state = .ended(result)
                return continuation
            case .ended:
                return nil
            }
        }
        continuation?.resume(with: result)
    }
}
