import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#endif

/// Reads the usage of the machine from the operating system: on Linux that of the container, if it has limits.
public final class SystemMonitor: ResourceMonitor {
    /// Processor time, as far as it was counted at one moment.
    private struct CPUTime {
        /// Time in use, in any unit.
        var busy: Double
        /// Time that could have been in use, in the same unit.
        var total: Double
    }

    private let root: String
    private let now: @Sendable () -> Duration
    private let last = Mutex<(time: CPUTime, usage: Double)?>(nil)

    /// Makes a monitor of this machine.
    public convenience init() {
        let start = ContinuousClock.now
        self.init(root: "/") { ContinuousClock.now - start }
    }

    /// Makes a monitor that reads the files of Linux below a directory.
    ///
    /// - Parameters:
    ///   - root: The directory, with a slash at its end.
    ///   - now: The time since some moment.
    init(root: String, now: @escaping @Sendable () -> Duration) {
        self.root = root
        self.now = now
    }

    public func usage() -> ResourceUsage {
        ResourceUsage(memory: memory() ?? 0, cpu: cpu())
    }

    /// The part of processor time that was in use between two looks.
    private func cpu() -> Double {
        guard let time = containerCPU() ?? machineCPU() else { return 0 }
        return last.withLock { last in
            guard let before = last else {
                last = (time, 0)
                return 0
            }
            let span = time.total - before.time.total
            guard span > 0 else { return before.usage }
            let usage = min(1, max(0, (time.busy - before.time.busy) / span))
            last = (time, usage)
            return usage
        }
    }

    // MARK: Linux

    /// The text of a file, `nil` if there is none.
    private func read(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: root + path) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    /// The number behind a name in a file of lines such as `anon 4096` or `MemTotal: 16 kB`.
    private func number(_ name: String, in text: String) -> Double? {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "\t" })
            if words.count > 1, words[0] == name { return Double(words[1]) }
        }
        return nil
    }

    /// Time in microseconds, from the limits of control groups version 2; `nil` without a limit.
    private func containerCPU() -> CPUTime? {
        guard let limit = read("sys/fs/cgroup/cpu.max")?.split(whereSeparator: \.isWhitespace), limit.count == 2,
            let quota = Double(limit[0]), let period = Double(limit[1]), period > 0,
            let used = read("sys/fs/cgroup/cpu.stat").flatMap({ number("usage_usec", in: $0) })
        else { return nil }
        return CPUTime(busy: used, total: now() / .microseconds(1) * quota / period)
    }

    #if canImport(Darwin)
        private func machineCPU() -> CPUTime? {
            var info = host_cpu_load_info()
            var count = mach_msg_type_number_t(MemoryLayout<host_cpu_load_info>.size / MemoryLayout<integer_t>.size)
            let status = withUnsafeMutablePointer(to: &info) { pointer in
                pointer.withMemoryRebound(to: integer_t.self, capacity: Int(count)) {
                    host_statistics(mach_host_self(), HOST_CPU_LOAD_INFO, $0, &count)
                }
            }
            guard status == KERN_SUCCESS else { return nil }
            let (user, system, idle, nice) = info.cpu_ticks
            let busy = Double(user) + Double(system) + Double(nice)
            return CPUTime(busy: busy, total: busy + Double(idle))
        }

        private func memory() -> Double? {
            var info = vm_statistics64()
            var count = mach_msg_type_number_t(MemoryLayout<vm_statistics64>.size / MemoryLayout<integer_t>.size)
            let status = withUnsafeMutablePointer(to: &info) { pointer in
                pointer.withMemoryRebound(to: integer_t.self, capacity: Int(count)) {
                    host_statistics64(mach_host_self(), HOST_VM_INFO64, $0, &count)
                }
            }
            guard status == KERN_SUCCESS else { return nil }
            let pages = Double(info.active_count) + Double(info.wire_count) + Double(info.compressor_page_count)
            return pages * Double(getpagesize()) / Double(ProcessInfo.processInfo.physicalMemory)
        }
    #else
        /// Time in ticks since the machine started.
        private func machineCPU() -> CPUTime? {
            guard let line = read("proc/stat")?.split(separator: "\n").first else { return nil }
            let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
            guard ticks.count >= 5 else { return nil }
            let total = ticks.reduce(0, +)
            return CPUTime(busy: total - ticks[3] - ticks[4], total: total)
        }

        /// What processes hold themselves: files that the system keeps in memory can be dropped.
        private func memory() -> Double? {
            if let limit = read("sys/fs/cgroup/memory.max").flatMap({ Double($0.filter { !$0.isWhitespace }) }),
                let used = read("sys/fs/cgroup/memory.stat").flatMap({ number("anon", in: $0) }), limit > 0
            {
                return used / limit
            }
            guard let text = read("proc/meminfo"), let total = number("MemTotal", in: text),
                let available = number("MemAvailable", in: text), total > 0
            else { return nil }
            return (total - available) / total
        }
    #endif
}
