import ArgumentParser
import Foundation

/// Measures what the project promises. Build it optimised: `swift run -c release benchmarks`.
@main struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks",
        abstract: "Measures the SDK. Figures are medians and CPU time; compare them within one run only.",
        subcommands: [
            TestEnvironmentBenchmark.self, ExecutorBenchmark.self, ReplayBenchmark.self, RecordHistory.self,
            WorkerBenchmark.self, MemoryBenchmark.self, SignalBenchmark.self, ActivityBenchmark.self,
            ClientBenchmark.self,
            ServiceBenchmark.self,
        ]
    )
}

/// What one benchmark measured.
struct Measurement {
    let name: String
    let seconds: [Double]
    let cpuSeconds: Double

    /// Runs a body several times.
    ///
    /// - Parameters:
    ///   - name: What is measured.
    ///   - rounds: How often.
    ///   - body: What to do in each round.
    init(_ name: String, rounds: Int, _ body: () async throws -> Void) async throws {
        try await body()
        var seconds: [Double] = []
        let cpuStart = Self.cpuTime()
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            try await body()
            let (whole, atto) = (ContinuousClock.now - start).components
            seconds.append(Double(whole) + Double(atto) / 1e18)
        }
        self.name = name
        self.seconds = seconds.sorted()
        self.cpuSeconds = (Self.cpuTime() - cpuStart) / Double(rounds)
    }

    var median: Double { seconds[seconds.count / 2] }

    /// One line: the median, the fastest, the CPU time of one round, and how the median compares with another.
    func report(against other: Measurement? = nil) {
        func microseconds(_ value: Double) -> String {
            value.isFinite ? "\(Int((value * 1e6).rounded())) µs" : "-"
        }
        let ratio = other.map { " (\((median / $0.median * 100).rounded() / 100)× \($0.name))" } ?? ""
        print(
            "\(name): median \(microseconds(median)), fastest \(microseconds(seconds[0])), "
                + "CPU \(microseconds(cpuSeconds))\(ratio)"
        )
    }

    /// The processor time of this process so far, in seconds.
    static func cpuTime() -> Double {
        var usage = rusage()
        getrusage(numericCast(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// The most memory that this process has held so far, in bytes.
    static func peakMemory() -> Int {
        var usage = rusage()
        getrusage(numericCast(RUSAGE_SELF.rawValue), &usage)
        #if canImport(Darwin)
            return Int(usage.ru_maxrss)
        #else
            return Int(usage.ru_maxrss) * 1024
        #endif
    }

    /// The memory that this process holds now, in bytes; 0 where the system does not tell.
    static func residentMemory() -> Int {
        guard let data = FileManager.default.contents(atPath: "/proc/self/statm") else { return 0 }
        let pages = String(decoding: data, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (pages ?? 0) * Int(getpagesize())
    }

    /// Ends the benchmark with an error if something took more memory than it may.
    ///
    /// - Parameters:
    ///   - bytes: How much one of them took.
    ///   - limit: How much it may, in bytes. It leaves room for what the allocator and the system make of it.
    ///   - what: What took it, for the message.
    static func check(_ bytes: Int, isAtMost limit: Int, for what: String) throws {
        guard residentMemory() > 0 else { return print("This system does not tell the memory of \(what).") }
        guard bytes <= limit else {
            throw ValidationError("\(what) takes \(bytes) bytes of memory, and may take \(limit).")
        }
    }
}
