import Logging
import Temporal
import TemporalClient
import TemporalTesting
import TemporalWorker
import Testing

/// What workflow code logs, over replays.
@Suite(.timeLimit(.minutes(1))) struct WorkflowLogTests {
    @Test(arguments: [1000, 0])
    func `each line is logged once, however often its task is replayed`(_ cacheSize: Int) async throws {
        let log = NotedLog()
        var options = TestEnvironmentOptions()
        options.logger = log.logger
        options.maximumCachedWorkflows = cacheSize
        let history = try await TestWorkflowEnvironment.run(workflows: [Diary.self], options: options) { env in
            let handle = try await env.startWorkflow(Diary.self)
            #expect(try await handle.query(Diary.pages) == 1)
            try await handle.signal(Diary.write, "rain")
            try await handle.result()
            // A query of a run that is not in memory replays all of it.
            #expect(try await handle.query(Diary.pages) == 4)
            return try await handle.history()
        }
        // At its end, the environment has replayed the run once more.
        let lines = log.lines.filter { $0.message.hasPrefix("page ") }
        #expect(lines.map(\.message) == ["page 0", "page rain", "page 1", "page 2"])
        #expect(lines.map(\.level) == [.info, .notice, .info, .info])
        for line in lines {
            #expect(line.metadata["namespace"] == "default")
            #expect(line.metadata["task_queue"] == options.taskQueue)
            #expect(line.metadata["workflow_id"] == history.workflowID)
            #expect(line.metadata["run_id"] == history.runID)
            #expect(line.metadata["workflow_type"] == "Diary")
            #expect(line.metadata["attempt"] == "1")
        }
        let replayLog = NotedLog()
        try await WorkflowReplayer(workflows: [Diary.self], logger: replayLog.logger).replay(history)
        #expect(replayLog.lines.filter { $0.message.hasPrefix("page ") }.isEmpty)
    }
}

@Workflow private actor Diary {
    private var count = 0

    func run() async throws {
        for number in 0..<3 {
            context.logger.info("page \(number)")
            count += 1
            if number == 0 { try await context.waitCondition { self.count > 1 } }
            try await context.sleep(.seconds(60))
        }
    }

    @Signal func write(_ text: String) {
        context.logger.notice("page \(text)")
        count += 1
    }

    @Query func pages() -> Int { count }
}
