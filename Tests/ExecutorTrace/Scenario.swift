// One scenario on the workflow executor, printed as a trace. Built with and without optimisation by run.sh: the traces
// must be equal, because a history that a debug build wrote must replay in a release build.

/// What workflow code can wait for here: numbered gates that the scenario opens.
final class Gates: @unchecked Sendable {
    private let executor: WorkflowExecutor
    private var waiting: [Int: UnsafeContinuation<Void, any Error>] = [:]
    private var opened: Set<Int> = []
    private(set) var trace: [String] = []

    init(_ executor: WorkflowExecutor) {
        self.executor = executor
    }

    func note(_ line: String) {
        trace.append(line)
    }

    nonisolated(nonsending) func wait(_ number: Int) async throws {
        let prefers = withUnsafeCurrentTask { $0?.unownedTaskExecutor != nil }
        if prefers { return try await suspend(number) }
        try await withTaskExecutorPreference(executor) { try await suspend(number) }
    }

    private nonisolated(nonsending) func suspend(_ number: Int) async throws {
        try Task.checkCancellation()
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { waiting[number] = $0 }
        } onCancel: {
            waiting.removeValue(forKey: number)?.resume(throwing: CancellationError())
        }
    }

    func open(_ number: Int) {
        waiting.removeValue(forKey: number)?.resume()
    }
}

actor Scenario {
    private nonisolated let executor: WorkflowExecutor
    private let gates: Gates
    private var total = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ executor: WorkflowExecutor, _ gates: Gates) {
        self.executor = executor
        self.gates = gates
    }

    func run() async throws -> Int {
        gates.note("run starts")
        async let first = child("async let 1", 1)
        async let second = child("async let 2", 2)
        let plain = Task {
            gates.note("plain task starts")
            try await gates.wait(3)
            gates.note("plain task goes on")
            await step("plain")
            return 5
        }
        gates.note("run goes on")
        let grouped = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 10..<14 {
                group.addTask { try await self.child("group \(number)", number) }
            }
            var order: [Int] = []
            for try await number in group { order.append(number) }
            gates.note("group order \(order)")
            return order.reduce(0, +)
        }
        let sum = try await first + second + grouped + plain.value
        gates.note("sum \(sum)")
        await cancelled()
        for round in 0..<3 {
            await step("loop \(round)")
            try await gates.wait(20 + round)
        }
        return sum + total
    }

    private func child(_ name: String, _ number: Int) async throws -> Int {
        gates.note("\(name) starts")
        await step(name)
        try await gates.wait(number)
        gates.note("\(name) goes on")
        await nonisolatedStep(name)
        gates.note("\(name) ends")
        return number
    }

    private func step(_ name: String) async {
        total += 1
        gates.note("step \(name) \(total)")
    }

    @concurrent private nonisolated func nonisolatedStep(_ name: String) async {
        await step("\(name), from outside")
    }

    private func cancelled() async {
        await withTaskGroup(of: Void.self) { group in
            for number in 30..<33 {
                group.addTask {
                    do {
                        try await self.gates.wait(number)
                    } catch {
                        await self.note("cancelled \(number)")
                    }
                }
            }
            await Task.yield()
            gates.note("cancelling")
            group.cancelAll()
        }
        gates.note("all cancelled")
    }

    private func note(_ line: String) {
        gates.note(line)
    }

    func handle(_ name: String, _ gate: Int) async throws {
        gates.note("handler \(name) starts")
        try await gates.wait(gate)
        gates.note("handler \(name) ends")
    }
}

@main struct Main {
    static func main() {
        let executor = WorkflowExecutor()
        let gates = Gates(executor)
        let scenario = Scenario(executor, gates)
        var result = executor.pump {
            Task(executorPreference: executor) {
                do {
                    gates.note("result \(try await scenario.run())")
                } catch {
                    gates.note("error \(error)")
                }
            }
            for (name, gate) in [("a", 40), ("b", 41)] {
                Task(executorPreference: executor) { try await scenario.handle(name, gate) }
            }
        }
        for gates_ in [[3], [41, 2], [12, 10], [1, 40], [13, 11], [20], [21], [22]] {
            gates.note("--- \(gates_)")
            result = executor.pump { gates_.forEach(gates.open) }
        }
        gates.note("\(result)")
        for line in gates.trace { print(line) }
    }
}
