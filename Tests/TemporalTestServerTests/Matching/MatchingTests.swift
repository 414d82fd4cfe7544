import Foundation
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// How tasks and waiting workers of several versions come together.
@Suite(.timeLimit(.minutes(1))) struct MatchingTests {
    /// Looking through all that waits for each task that comes would take many minutes here.
    @Test func `a worker of another version makes it no dearer to let tasks wait`() async throws {
        let script = Script()
        let workers = VersionedWorkers(script, ["1"])
        await workers.poll()
        try await script.start()
        let count = 30_000
        let waiting = script.server.transact { engine in
            let key = QueueKey(namespace: "default", name: "q", kind: .workflow)
            let task = QueuedTask.workflow(run: 0, stamp: engine.runs[0].workflowTask?.stamp ?? 0)
            for _ in 0..<count { engine.deliver(task, to: key) }
            return engine.queues[key]?.tasks.count
        }
        #expect(waiting == count + 1)
        #expect(try await script.pollWorkflow().workflowExecution.workflowID == "w")
        await workers.stop()
    }
}
