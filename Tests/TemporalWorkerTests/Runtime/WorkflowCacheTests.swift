import Temporal
import Testing

@testable import TemporalWorker

/// Tasks of one run take turns.
@Suite(.timeLimit(.minutes(1))) struct WorkflowCacheTests {
    private func name(_ checkOut: WorkflowCache.CheckOut) -> String {
        switch checkOut {
        case .taken: "taken"
        case .superseded: "superseded"
        }
    }

    /// Checks a run out in a task of its own, and waits until it stands in the queue.
    private func start(_ cache: WorkflowCache, isQuery: Bool = false) async -> Task<String, Never> {
        let before = cache.waiting("r")
        let task = Task { name(await cache.checkOut("r", isQuery: isQuery)) }
        while cache.waiting("r") == before { await Task.yield() }
        return task
    }

    @Test func `a task waits for the one before it`() async {
        let cache = WorkflowCache(capacity: 10)
        #expect(name(await cache.checkOut("r")) == "taken")
        #expect(name(await cache.checkOut("another")) == "taken")
        let second = await start(cache)
        #expect(cache.checkIn("r", keeping: nil).isEmpty)
        #expect(await second.value == "taken")
        #expect(cache.checkIn("r", keeping: nil).isEmpty)
        #expect(name(await cache.checkOut("r")) == "taken")
    }

    @Test func `a newer task takes the place of one that waits, queries stay`() async {
        let cache = WorkflowCache(capacity: 10)
        _ = await cache.checkOut("r")
        let query = await start(cache, isQuery: true)
        let older = await start(cache)
        let newer = Task { name(await cache.checkOut("r")) }
        #expect(await older.value == "superseded")
        _ = cache.checkIn("r", keeping: nil)
        #expect(await query.value == "taken")
        _ = cache.checkIn("r", keeping: nil)
        #expect(await newer.value == "taken")
    }

    @Test func `the run that was used longest ago leaves, and one that is at work stays`() async throws {
        let cache = WorkflowCache(capacity: 2)
        func use(_ id: String) async -> [String] {
            guard case .taken(let known) = await cache.checkOut(id) else { return ["superseded"] }
            return cache.checkIn(id, keeping: known ?? WorkflowRun.fresh(Idle.self, runID: id)).map(\.info.runID)
        }
        #expect(await use("a").isEmpty)
        #expect(await use("b").isEmpty)
        // Used again, so that b is the oldest.
        #expect(await use("a").isEmpty)
        #expect(await use("c") == ["b"])
        #expect(await use("a").isEmpty)
        #expect(await use("d") == ["c"])
        guard case .taken(let busy?) = await cache.checkOut("a") else {
            Issue.record("a has left")
            return
        }
        #expect(await use("e") == ["d"])
        #expect(await use("f") == ["e"])
        #expect(cache.checkIn("a", keeping: busy).isEmpty)
        #expect(cache.count == 2)
        #expect(Set(cache.removeAll().map(\.info.runID)) == ["a", "f"])
    }

    @Test func `a thousand tasks of one run take turns`() async {
        let cache = WorkflowCache(capacity: 0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<1000 {
                group.addTask {
                    guard case .taken = await cache.checkOut("r", isQuery: true) else { return }
                    await Task.yield()
                    _ = cache.checkIn("r", keeping: nil)
                }
            }
        }
        #expect(cache.count == 0)
    }
}

@Workflow private actor Idle {
    func run() async throws {}
}
