/// Which batcher a workflow's requests go to.
package struct Shards: Codable, Sendable, Hashable {
    /// The number of batchers.
    package var count: Int

    /// What the names of the batchers begin with.
    package var name: String

    package init(count: Int, name: String = "batcher") {
        self.count = count
        self.name = name
    }

    /// The workflow ids of the batchers.
    package var ids: [String] { (0..<count).map(id) }

    /// The batcher of a workflow: the same one in every process, for ever.
    package func batcher(for workflowID: String) -> String {
        // FNV-1a; Swift's own hash differs from process to process.
        let hash = workflowID.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3
        }
        return id(Int(hash % UInt64(max(count, 1))))
    }

    private func id(_ shard: Int) -> String { count == 1 ? "\(name)-main" : "\(name)-\(shard)-of-\(count)" }
}
