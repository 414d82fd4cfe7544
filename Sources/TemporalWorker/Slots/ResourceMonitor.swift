/// Tells how much of the machine is in use.
public protocol ResourceMonitor: Sendable {
    /// What is in use now.
    func usage() -> ResourceUsage
}

/// How much of the machine is in use, or of what the container may use.
public struct ResourceUsage: Sendable, Hashable {
    /// The part of the memory in use, from 0 to 1.
    public var memory: Double

    /// The part of the processors in use since the last look, from 0 to 1.
    public var cpu: Double

    /// Describes a usage.
    public init(memory: Double, cpu: Double) {
        self.memory = memory
        self.cpu = cpu
    }
}
