package import Foundation
import Synchronization
import TemporalAPI

extension TestServer {
    /// Names one run, in the order in which the service started it.
    package struct RunName: Sendable, Hashable {
        /// The workflow id.
        package let workflowID: String
        /// The run id.
        package let runID: String
        /// The name of the workflow type.
        package let workflowType: String
    }

    /// All runs of a namespace, in the order in which they were started.
    ///
    /// - Parameter namespace: The namespace.
    package func runs(in namespace: String = "default") -> [RunName] {
        transact { engine in
            engine.runs.filter { $0.namespace == namespace }.map { run in
                RunName(workflowID: run.workflowID, runID: run.runID, workflowType: run.start.workflowType.name)
            }
        }
    }

    /// Tells that a worker leaves a workflow task to time out: it no longer holds the clock.
    ///
    /// - Parameter runID: The run of the task.
    package func workflowTaskWasDropped(runID: String) {
        transact { $0.workflowTaskWasDropped(runID: runID) }
    }

    /// Lets an activity wait on the service's clock: meanwhile it does not hold the clock.
    ///
    /// - Parameters:
    ///   - taskToken: The token of the activity's task.
    ///   - duration: How long it waits.
    /// - Throws: `CancellationError` if the activity is cancelled meanwhile.
    package func sleepInActivity(taskToken: Data, for duration: Duration) async throws {
        let end = SleepEnd()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                end.attach(continuation)
                transact { engine in
                    engine.setActivity(taskToken, holdsClock: false)
                    engine.schedule(after: Span(duration)) { [weak self] in
                        // Time stands still until this returns, and then the activity holds it again.
                        self?.transact { $0.setActivity(taskToken, holdsClock: true) }
                        end.come(.success(()))
                    }
                }
            }
        } onCancel: {
            end.come(.failure(CancellationError()))
        }
    }
}

/// The end of a wait, which comes once: by the clock or by a cancellation, before or after somebody waits for it.
private final class SleepEnd: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Void, any Error>)
        case ended(Result<Void, any Error>)
    }

    private let state = Mutex(State.open)

    func attach(_ continuation: CheckedContinuation<Void, any Error>) {
        let result = state.withLock { state -> Result<Void, any Error>? in
            if case .ended(let result) = state { return result }
            state = .awaited(continuation)
            return nil
        }
        if let result { continuation.resume(with: result) }
    }

    func come(_ result: Result<Void, any Error>) {
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
