import Synchronization
package import TemporalClient

/// Keeps the use of memory and processors near a target. The suppliers of all kinds of tasks share one.
public final class ResourceController: Sendable {
    /// What was last measured, and what the regulators made of it.
    struct Reading: Sendable, Equatable {
        var usage: ResourceUsage
        var memoryOutput: Double
        var cpuOutput: Double
    }

    private struct State {
        var memory: PIDRegulator
        var cpu: PIDRegulator
        var readAt: Duration?
        var reading: Reading
    }

    /// How old a measurement may be.
    static let freshness: Duration = .milliseconds(100)

    /// The outputs above which a further task may be taken on.
    static let thresholds = (memory: 0.25, cpu: 0.05)

    let timing: CallTiming
    private let monitor: any ResourceMonitor
    private let targetMemory: Double
    private let state: Mutex<State>

    /// Makes a controller.
    ///
    /// - Parameters:
    ///   - targetMemory: The part of the memory that may be in use, from 0 to 1. A value below 0.8 is advisable.
    ///   - targetCPU: The part of the processors that may be in use, from 0 to 1.
    ///   - monitor: What tells the use. Default: the operating system.
    public convenience init(
        targetMemory: Double,
        targetCPU: Double,
        monitor: any ResourceMonitor = SystemMonitor()
    ) {
        self.init(targetMemory: targetMemory, targetCPU: targetCPU, monitor: monitor, timing: .system)
    }

    /// Makes a controller with a clock of one's own.
    package init(targetMemory: Double, targetCPU: Double, monitor: any ResourceMonitor, timing: CallTiming) {
        self.targetMemory = targetMemory
        self.timing = timing
        self.monitor = monitor
        self.state = Mutex(
            State(
                memory: PIDRegulator(target: targetMemory),
                cpu: PIDRegulator(target: targetCPU),
                reading: Reading(usage: ResourceUsage(memory: 0, cpu: 0), memoryOutput: 0, cpuOutput: 0)
            )
        )
    }

    /// What was measured at most 100 ms ago.
    var reading: Reading {
        let now = timing.now()
        return state.withLock { state in
            if let readAt = state.readAt, now - readAt < Self.freshness { return state.reading }
            let usage = monitor.usage()
            state.reading = Reading(
                usage: usage,
                memoryOutput: state.memory.next(usage.memory),
                cpuOutput: state.cpu.next(usage.cpu)
            )
            state.readAt = now
            return state.reading
        }
    }

    /// Whether the machine has room for a further task.
    var hasRoom: Bool {
        let reading = reading
        return reading.memoryOutput > Self.thresholds.memory && reading.cpuOutput > Self.thresholds.cpu
            && reading.usage.memory <= targetMemory
    }
}
