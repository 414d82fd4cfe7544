/// How many polls for tasks of one kind wait at the service at a time.
public struct PollerBehavior: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// The fewest polls.
    let minimum: Int

    /// The number of polls at the start.
    let initial: Int

    /// The most polls.
    let maximum: Int

    /// Whether nobody has chosen.
    private let isStandard: Bool

    /// Whether the number follows the load.
    var isAutoscaling: Bool { minimum != maximum }

    /// What the namespace chooses for workers that choose nothing: five polls always, or `.autoscaling()`.
    public static let standard = PollerBehavior(minimum: 5, initial: 5, maximum: 5, isStandard: true)

    /// Always the same number of polls.
    ///
    /// - Parameter count: How many: at least 1, and for workflow tasks of a worker with a cache at least 2.
    public static func fixed(_ count: Int) -> PollerBehavior {
        PollerBehavior(minimum: count, initial: count, maximum: count)
    }

    /// As many polls as the load asks for, by the advice that the service gives with its answers.
    ///
    /// - Parameters:
    ///   - minimum: The fewest polls. Default: 1.
    ///   - initial: How many to start with. Default: 5.
    ///   - maximum: The most polls. Default: 100.
    public static func autoscaling(minimum: Int = 1, initial: Int = 5, maximum: Int = 100) -> PollerBehavior {
        PollerBehavior(minimum: minimum, initial: min(max(initial, minimum), maximum), maximum: maximum)
    }

    private init(minimum: Int, initial: Int, maximum: Int, isStandard: Bool = false) {
        self.isStandard = isStandard
        self.minimum = minimum
        self.initial = initial
        self.maximum = maximum
    }

    /// As many polls as the number says, always.
    public init(integerLiteral value: Int) {
        self = .fixed(value)
    }

    /// The behaviour in a namespace.
    func chosen(by capabilities: NamespaceCapabilities) -> PollerBehavior {
        isStandard && capabilities.pollerAutoscalingIsStandard ? .autoscaling() : self
    }

    /// The shares of the shared queue and of the queue of this worker.
    ///
    /// - Parameters:
    ///   - isSticky: Whether the worker has a queue of its own.
    ///   - ratio: The part of a fixed number that is for the shared queue. Each queue has at least one poll.
    func shares(isSticky: Bool, ratio: Double = 0.2) -> (normal: PollerBehavior, sticky: PollerBehavior?) {
        guard isSticky else { return (self, nil) }
        guard !isAutoscaling else { return (self, self) }
        let normal = max(1, min(Int(Double(maximum) * ratio), maximum - 1))
        return (.fixed(normal), .fixed(max(1, maximum - normal)))
    }
}
