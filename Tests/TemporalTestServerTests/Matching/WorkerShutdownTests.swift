import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// Workers that stop, and say so.
@Suite(.timeLimit(.minutes(1))) struct WorkerShutdownTests {
    private func shutDown(
        _ script: Script,
        _ key: String,
        _ types: [APITaskQueueType] = [],
        queue: String = "q"
    ) async throws {
        _ = try await script.call(.shutdownWorker) {
            $0.namespace = "default"
            $0.identity = "worker"
            $0.workerInstanceKey = key
            $0.taskQueue = queue
            $0.taskQueueTypes = types
        }
    }

    private func poll(_ script: Script, _ key: String, sticky: Bool = false) async throws -> Bool {
        try await script.call(.pollWorkflowTaskQueue) {
            $0.namespace = "default"
            $0.identity = "worker"
            $0.workerInstanceKey = key
            $0.taskQueue.name = sticky ? "sticky of \(key)" : "q"
            $0.taskQueue.kind = sticky ? .sticky : .normal
        }
        .taskToken.isEmpty
    }

    private func pollers(_ script: Script) async throws -> [String] {
        try await script.call(.describeTaskQueue) {
            $0.namespace = "default"
            $0.taskQueue.name = "q"
        }
        .pollers.map(\.identity)
    }

    @Test func `the polls of a worker that stops are answered, and those of others wait on`() async throws {
        let script = Script()
        let ending = [false, true].map { sticky in Task { try await poll(script, "one", sticky: sticky) } }
        let other = Task { try await poll(script, "two") }
        await script.waits(3)
        try await shutDown(script, "one")
        for poll in ending { #expect(try await poll.value) }
        #expect(script.server.waitingCalls == 1)
        // It was about to poll again: a task would be lost.
        #expect(try await poll(script, "one"))
        try await script.start()
        #expect(try await !other.value)
    }

    @Test func `a worker that has stopped is not listed any more`() async throws {
        let script = Script()
        let ending = Task { try await poll(script, "one") }
        await script.waits(1)
        #expect(try await pollers(script) == ["worker"])
        try await shutDown(script, "one", [.workflow])
        #expect(try await ending.value)
        #expect(try await pollers(script).isEmpty)
    }

    @Test(arguments: [("", "q", [APITaskQueueType]()), ("one", "", []), ("one", "q", [.activity]), ("one", "x", [])])
    func `who does not say what stops, or what nobody polls, stops nothing`(
        _ key: String,
        _ queue: String,
        _ types: [APITaskQueueType]
    ) async throws {
        let script = Script()
        let waiting = Task { try await poll(script, "one") }
        await script.waits(1)
        try await shutDown(script, key, types, queue: queue)
        #expect(script.server.waitingCalls == 1)
        try await script.start()
        #expect(try await !waiting.value)
    }

    @Test func `namespaces say that polls end with their worker`() async throws {
        let described = try await Script().call(.describeNamespace) { $0.namespace = "default" }
        #expect(described.namespaceInfo.capabilities.workerPollCompleteOnShutdown)
    }
}
