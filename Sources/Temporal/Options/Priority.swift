package import TemporalAPI

/// In which order waiting tasks of one task queue are handed out.
public struct Priority: Sendable, Hashable {
    /// The rank of the task: 1 is the most urgent. `nil` for the server's default, which is 3 of 5.
    public var key: Int?

    /// Tasks of one fairness key share the queue with those of other keys by weight.
    public var fairnessKey: String?

    /// The weight of the fairness key, 0.001 to 1000. `nil` for 1.
    public var fairnessWeight: Double?

    /// Describes a priority.
    public init(key: Int? = nil, fairnessKey: String? = nil, fairnessWeight: Double? = nil) {
        self.key = key
        self.fairnessKey = fairnessKey
        self.fairnessWeight = fairnessWeight
    }

    package init(_ proto: APIPriority) {
        self.init(
            key: proto.priorityKey == 0 ? nil : Int(proto.priorityKey),
            fairnessKey: proto.fairnessKey.isEmpty ? nil : proto.fairnessKey,
            fairnessWeight: proto.fairnessWeight == 0 ? nil : Double(proto.fairnessWeight)
        )
    }

    package var proto: APIPriority {
        var proto = APIPriority()
        if let key { proto.priorityKey = Int32(clamping: key) }
        if let fairnessKey { proto.fairnessKey = fairnessKey }
        if let fairnessWeight { proto.fairnessWeight = Float(fairnessWeight) }
        return proto
    }
}
