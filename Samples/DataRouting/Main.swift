import Temporal
import TemporalClient
import TemporalWorker
import Logging
import Foundation

@Activities
struct Acts {
    @Activity func greet(_ name: String) async throws -> String {
        if ActivityContext.current.info.attempt < 2 { throw ApplicationError("flaky") }
        return "Hello \(name)"
    }
    @Activity func nothing() {}
}

@Workflow
actor Greeting {
    var seen: [String] = []
    func run(_ name: String, _ n: Int) async throws -> String {
        context.logger.info("start")
        let a = try await context.executeActivity(Acts.greet, name, startToCloseTimeout: .seconds(5))
        try await context.executeActivity(Acts.nothing, startToCloseTimeout: .seconds(5))
        async let x = context.executeActivity(Acts.greet, "x", startToCloseTimeout: .seconds(5), retryPolicy: RetryPolicy(initialInterval: .milliseconds(10)))
        async let y: Void = context.sleep(.milliseconds(100))
        _ = try await (x, y)
        let ok = try await context.waitCondition(timeout: .seconds(10)) { self.seen.count >= n }
        return "\(a) \(seen) \(ok)"
    }
    @Signal func add(_ s: String) { seen.append(s) }
    @Query func list() -> [String] { seen }
}

@main struct M {
    static func main() async throws {
        let client = try await TemporalClient.connect(to: ProcessInfo.processInfo.environment["TEMPORAL_ADDRESS"] ?? "127.0.0.1:7301")
        let worker = try TemporalWorker(client: client, taskQueue: "q", workflows: [Greeting.self], activities: [Acts()])
        let running = Task { try await worker.run() }
        let handle = try await client.startWorkflow(Greeting.self, "World", 2, options: WorkflowOptions(id: "g-\(UUID())", taskQueue: "q"))
        try await handle.signal(Greeting.add, "one")
        print(try await handle.query(Greeting.list))
        try await handle.signal(Greeting.add, "two")
        print(try await handle.result())
        print(try await handle.query(Greeting.list))
        for event in try await handle.history().events { print(event) }
        let start = ContinuousClock.now
        for i in 0..<20 {
            let h = try await client.startWorkflow(Greeting.self, "World", 0, options: WorkflowOptions(id: "g-\(UUID())", taskQueue: "q"))
            if i == 19 { print(try await h.result()) }
        }
        print(ContinuousClock.now - start)
        running.cancel()
        try await running.value
    }
}
