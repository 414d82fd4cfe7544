package import Foundation
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
    package func sleepInActivity(taskToken: Data, for duration: Duration) async {
        await withCheckedContinuation { continuation in
            transact { engine in
                engine.setActivity(taskToken, holdsClock: false)
                engine.schedule(after: Span(duration)) { [weak self] in
                    // Time stands still until this returns, and then the activity holds it again.
                    self?.transact { $0.setActivity(taskToken, holdsClock: true) }
                    continuation.resume()
                }
            }
        }
    }
}
