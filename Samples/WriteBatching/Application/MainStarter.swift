import Foundation
import Temporal
package import TemporalClient

/// Starts main workflows and waits for their ends.
package struct MainStarter: Sendable {
    private let client: TemporalClient
    private let taskQueue: String
    private let shards: Shards
    private let prefix: String

    /// Prepares a starter.
    ///
    /// - Parameters:
    ///   - client: What starts the workflows.
    ///   - taskQueue: The task queue of their worker.
    ///   - shards: The batchers that they write with.
    ///   - prefix: What their ids begin with.
    package init(client: TemporalClient, taskQueue: String, shards: Shards, prefix: String = "main-workflow") {
        self.client = client
        self.taskQueue = taskQueue
        self.shards = shards
        self.prefix = prefix
    }

    /// Starts workflows, all at once, and waits.
    ///
    /// - Parameters:
    ///   - count: The number of workflows.
    ///   - ended: Told of each that ended: how many have by then, its id, and its result or why there is none.
    /// - Returns: The number of workflows that failed.
    package func run(_ count: Int, ended: (Int, String, Result<String, any Error>) -> Void) async throws -> Int {
        try await withThrowingTaskGroup(of: (String, Result<String, any Error>).self) { group in
            for number in 0..<count {
                group.addTask {
                    let digits = String(number)
                    let id = prefix + "-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
                    do {
                        return (id, .success(try await execute(id, number)))
                    } catch let error as CancellationError {
                        throw error
                    } catch {
                        return (id, .failure(error))
                    }
                }
            }
            var failures = 0
            var done = 0
            for try await (id, result) in group {
                done += 1
                if case .failure = result { failures += 1 }
                ended(done, id, result)
            }
            return failures
        }
    }

    private func execute(_ id: String, _ number: Int) async throws -> String {
        try await client.executeWorkflow(
            MainWorkflow.self,
            MainInput(data: "business-data-\(number)", shards: shards),
            options: WorkflowOptions(id: id, taskQueue: taskQueue)
        )
    }
}
