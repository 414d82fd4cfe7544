import Foundation
import Temporal
package import TemporalClient

/// Starts batchers, or finds them running, and watches them.
package struct BatcherMonitor: Sendable {
    private let client: TemporalClient
    private let shards: Shards
    private let say: @Sendable (String) -> Void

    /// Prepares a monitor.
    ///
    /// - Parameters:
    ///   - client: What starts and asks them.
    ///   - shards: The batchers.
    ///   - say: Takes what there is to tell.
    package init(client: TemporalClient, shards: Shards, say: @escaping @Sendable (String) -> Void) {
        self.client = client
        self.shards = shards
        self.say = say
    }

    /// Starts the batchers that do not run.
    package func start(taskQueue: String, settings: BatcherSettings) async throws {
        for id in shards.ids {
            do {
                _ = try await client.startWorkflow(
                    Batcher.self,
                    BatcherState(settings: settings),
                    options: WorkflowOptions(id: id, taskQueue: taskQueue)
                )
                say("Started \(id)")
            } catch is WorkflowAlreadyStartedError {
                say("Found \(id) running")
            }
        }
    }

    /// Tells how the batchers stand, again and again until the task is cancelled.
    ///
    /// - Parameter interval: The time between two looks.
    package func watch(every interval: Duration) async throws {
        var runs: [String: String] = [:]
        while true {
            for id in shards.ids { try await look(at: id, &runs) }
            try await Task.sleep(for: interval)
        }
    }

    private func look(at id: String, _ runs: inout [String: String]) async throws {
        let handle = client.workflowHandle(for: Batcher.self, id: id)
        do {
            let run = try await handle.describe().runID
            if let before = runs[id], before != run { say("\(id) has continued as run \(run)") }
            runs[id] = run
            say("\(id): \(try await handle.query(Batcher.statistics).line)")
        } catch let error as WorkflowNotFoundError {
            say("\(id) does not run: \(error.message)")
        } catch let error as RPCError where error.code == .failedPrecondition {
            // It has just continued: a run cannot be asked before its first task.
            say("\(id) is between two runs")
        } catch let error as QueryFailedError {
            say("\(id) does not answer: \(error)")
        }
    }
}

extension BatcherStatistics {
    /// All of it in a line.
    package var line: String {
        """
        pending writes \(pendingWrites), batches \(processedBatches), written \(writtenRequests), \
        signals of this run \(sessionSignalsReceived), tracked request ids \(trackedRequestIDs), \
        continue-as-new cycle \(continueAsNewCycle), suggested \(isContinueAsNewSuggested ? "yes" : "no"), \
        undelivered \(undeliveredConfirmations), given up \(abandonedConfirmations)
        """
    }
}

extension BatcherMonitor {
    /// Ends the batchers that run.
    package func stop() async throws {
        for id in shards.ids {
            do {
                try await client.workflowHandle(for: Batcher.self, id: id).terminate(reason: "the demo is over")
            } catch is WorkflowNotFoundError {
                // It does not run: nothing is to be ended.
            }
        }
    }
}
