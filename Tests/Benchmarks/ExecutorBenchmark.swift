import ArgumentParser
import TemporalWorker

/// How fast the workflow executor wakes code and lets it wait again.
struct ExecutorBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "executor",
        abstract: "Activations and jobs per second of the deterministic executor."
    )

    @Option(help: "How many activations are measured in one round.")
    var activations = 100_000

    func validate() throws {
        guard activations > 0 else { throw ValidationError("--activations must be at least 1.") }
    }

    func run() async throws {
        let executor = WorkflowExecutor()
        let waiter = Waiter(executor)
        _ = executor.pump {
            Task(executorPreference: executor) { await waiter.run() }
        }
        var jobs = 0
        let measurement = try await Measurement("\(activations) activations", rounds: 7) {
            let before = executor.jobCount
            for _ in 0..<activations {
                guard executor.pump({ waiter.wake() }) == .idle else {
                    throw ValidationError("The executor was disturbed.")
                }
            }
            jobs = executor.jobCount - before
        }
        _ = executor.pump { waiter.stop() }
        measurement.report()
        print(
            "\(Int(Double(activations) / measurement.median)) activations per second, "
                + "\(Double(jobs) / Double(activations)) jobs each"
        )
    }
}

/// A task that waits, goes on, and waits again.
///
/// Unchecked, because everything happens on the thread that pumps the executor.
private final class Waiter: @unchecked Sendable {
    private let body: Body
    private var continuation: UnsafeContinuation<Bool, Never>?

    private actor Body {
        nonisolated let executor: WorkflowExecutor
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
        private var count = 0

        init(_ executor: WorkflowExecutor) {
            self.executor = executor
        }

        func run(_ waiter: Waiter) async {
            while await withUnsafeContinuation({ waiter.continuation = $0 }) { count += 1 }
        }
    }

    init(_ executor: WorkflowExecutor) {
        body = Body(executor)
    }

    func run() async {
        await body.run(self)
    }

    func wake() {
        continuation.take()?.resume(returning: true)
    }

    func stop() {
        continuation.take()?.resume(returning: false)
    }
}
