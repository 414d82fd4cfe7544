import Testing
import WriteBatching

/// Which batcher a workflow's requests go to.
@Suite struct ShardTests {
    @Test func `a workflow has the same batcher in every process`() {
        let shards = Shards(count: 4)
        let first = ["a", "main-workflow-001", "main-workflow-002", "ü"].map(shards.batcher)
        #expect(first == ["batcher-0-of-4", "batcher-0-of-4", "batcher-1-of-4", "batcher-2-of-4"])
    }

    @Test func `workflows are spread over all batchers`() {
        let shards = Shards(count: 4)
        let used = Dictionary(grouping: (0..<1000).map { shards.batcher(for: "main-workflow-\($0)") }) { $0 }
        #expect(Set(used.keys) == Set(shards.ids))
        #expect(used.values.allSatisfy { $0.count > 150 })
    }

    @Test func `a single batcher has a plain name`() {
        #expect(Shards(count: 1).batcher(for: "x") == "batcher-main")
    }
}
