import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import Testing

@testable import TemporalWorker

/// What workflow code can do, with runs kept in memory and with every task replayed from the start.
@Suite(.timeLimit(.minutes(1))) struct WorkflowCodeTests {
    static let cacheSizes = [1000, 0]

    private func options(_ cacheSize: Int) -> TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        return options
    }

    @Test(arguments: cacheSizes)
    func `concurrent children, groups and plain tasks run in one order`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Concurrent.self], options: options(cacheSize)) { env in
            env.mock(Work.double) { $0 * 2 }
            let result = try await env.executeWorkflow(Concurrent.self, 4)
            #expect(result == [2, 4, 6, 8, 100, 200])
        }
    }

    @Test(arguments: cacheSizes)
    func `conditions wake in the order in which they were waited for`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Conditions.self], options: options(cacheSize)) { env in
            let handle = try await env.startWorkflow(Conditions.self)
            env.schedule(after: .seconds(5)) { try await handle.signal(Conditions.set, 3) }
            #expect(try await handle.result() == ["late false", "a true", "b true"])
        }
    }

    @Test(arguments: cacheSizes)
    func `a cancelled run cleans up in a shield`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Cancellable.self], options: options(cacheSize)) { env in
            env.mock(Work.double) { $0 * 2 }
            let handle = try await env.startWorkflow(Cancellable.self)
            env.schedule(after: .seconds(10)) { try await handle.cancel() }
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect(error?.cause is CancelledError)
            #expect(try await handle.query(Cancellable.log) == ["cancelled after 10", "cleaned 42"])
        }
    }

    @Test(arguments: cacheSizes)
    func `cancelling one of two children leaves the other`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Race.self], options: options(cacheSize)) { env in
            let result = try await env.executeWorkflow(Race.self)
            #expect(result == "fast in 1 s")
        }
    }

    @Test(arguments: cacheSizes)
    func `signals that come with the start are handled before run`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Collector.self], options: options(cacheSize)) { env in
            let handle = try await env.client.signalWithStart(
                Collector.self,
                signal: Collector.add,
                signalInput: "with start",
                options: WorkflowOptions(id: "collector", taskQueue: env.options.taskQueue)
            )
            #expect(try await handle.result() == ["with start"])
        }
    }

    @Test(arguments: cacheSizes)
    func `continue as new keeps the state and starts an empty history`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Counter.self], options: options(cacheSize)) { env in
            let handle = try await env.startWorkflow(Counter.self, 0)
            #expect(try await handle.result() == 3)
            let first = try await env.client.workflowHandle(id: handle.id, runID: handle.resultRunID).history()
            #expect(first.last?.type == "WorkflowExecutionContinuedAsNew")
        }
    }

    @Test(arguments: cacheSizes)
    func `random numbers and UUIDs are the same on replay`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Chance.self], options: options(cacheSize)) { env in
            env.mock(Work.echo) { $0 }
            let result = try await env.executeWorkflow(Chance.self)
            #expect(Set(result).count == 4)
        }
    }

    @Test func `the error of an activity keeps its causes`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Failing.self]) { env in
            env.mock(Work.double) { _ in
                throw ApplicationError("outer", type: "Outer", cause: ApplicationError("inner", type: "Inner"))
            }.times(2)
            let error = await #expect(throws: WorkflowFailedError.self) { try await env.executeWorkflow(Failing.self) }
            let activity = try #require(error?.cause as? ActivityError)
            #expect(activity.activityType == "double")
            #expect(activity.retryState == .maximumAttemptsReached)
            let outer = try #require(activity.cause as? ApplicationError)
            #expect(outer.type == "Outer")
            #expect((outer.cause as? ApplicationError)?.type == "Inner")
        }
    }

    @Test func `an unknown query lists the known ones, also after the end`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Cancellable.self]) { env in
            let handle = try await env.startWorkflow(Cancellable.self)
            let unknown = QueryReference<Cancellable, String>(name: "unknown")
            let error = await #expect(throws: QueryFailedError.self) { try await handle.query(unknown) }
            #expect(error?.message.contains("Known queries: [log]") == true)
            try await handle.terminate(reason: "done")
            #expect(try await handle.query(Cancellable.log) == [])
        }
    }

    @Test func `a query handler that acts fails the query, not the run`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Nosy.self]) { env in
            let handle = try await env.startWorkflow(Nosy.self)
            await #expect(throws: QueryFailedError.self) { try await handle.query(Nosy.draw) }
            #expect(try await handle.result() == 1)
        }
    }

    @Test func `input at construction`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Constructed.self]) { env in
            let result = try await env.executeWorkflow(Constructed.self, "Ada", 3)
            #expect(result == "Ada 3")
        }
    }
}

@Activities private struct Work {
    @Activity func double(_ number: Int) async throws -> Int { number * 2 }
    @Activity func echo(_ text: String) async throws -> String { text }
}

@Workflow private actor Concurrent {
    private var results: [Int] = []

    func run(_ count: Int) async throws -> [Int] {
        async let hundred = double(50)
        let plain = Task { try await double(100) }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...count {
                group.addTask { try await self.double(number) }
            }
            for try await result in group { results.append(result) }
        }
        results.sort()
        results.append(try await hundred)
        results.append(try await plain.value)
        return results
    }

    private func double(_ number: Int) async throws -> Int {
        try await context.executeActivity(Work.double, number, startToCloseTimeout: .seconds(10))
    }
}

@Workflow private actor Conditions {
    private var value = 0
    private var log: [String] = []

    func run() async throws -> [String] {
        async let first: Void = note("a", timeout: nil)
        async let second: Void = note("b", timeout: nil)
        async let late: Void = note("late", timeout: .seconds(1))
        _ = try await (first, second, late)
        return log
    }

    private func note(_ name: String, timeout: Duration?) async throws {
        let holds = try await context.waitCondition(timeout: timeout) { self.value == 3 }
        log.append("\(name) \(holds)")
    }

    @Signal func set(_ value: Int) { self.value = value }
}

@Workflow private actor Cancellable {
    private var lines: [String] = []

    func run() async throws {
        let start = context.now
        do {
            try await context.sleep(.seconds(3600))
        } catch {
            lines.append("cancelled after \(Int(context.now.timeIntervalSince(start)))")
            let cleaned = try await context.withoutCancellation {
                try await self.context.sleep(.seconds(1))
                return try await self.context.executeActivity(Work.double, 21, startToCloseTimeout: .seconds(1))
            }
            lines.append("cleaned \(cleaned)")
            throw error
        }
    }

    @Query func log() -> [String] { lines }
}

@Workflow private actor Race {
    func run() async throws -> String {
        let start = context.now
        let winner = try await withThrowingTaskGroup(of: String.self) { group in
            for (name, seconds) in [("slow", 1000), ("fast", 1)] {
                group.addTask {
                    try await self.context.sleep(.seconds(seconds))
                    return name
                }
            }
            defer { group.cancelAll() }
            return try await group.next() ?? ""
        }
        return "\(winner) in \(Int(context.now.timeIntervalSince(start))) s"
    }
}

@Workflow private actor Collector {
    private var all: [String] = []

    func run() async throws -> [String] { all }

    @Signal func add(_ text: String) { all.append(text) }
}

@Workflow private actor Counter {
    func run(_ count: Int) async throws -> Int {
        guard count < 3 else { return count }
        try await context.sleep(.seconds(1))
        try context.continueAsNew(Counter.self, count + 1)
    }
}

@Workflow private actor Chance {
    func run() async throws -> [String] {
        var random = context.random
        let drawn = [
            String(random.next()), String(Int.random(in: 0..<1_000_000, using: &random)), try context.uuid().uuidString,
        ]
        let first = try await context.executeActivity(Work.echo, drawn[0], startToCloseTimeout: .seconds(1))
        let last = try await context.executeActivity(
            Work.echo,
            try context.uuid().uuidString,
            startToCloseTimeout: .seconds(1)
        )
        return [first, drawn[1], drawn[2], last]
    }
}

@Workflow private actor Failing {
    func run() async throws {
        _ = try await context.executeActivity(
            Work.double,
            1,
            startToCloseTimeout: .seconds(1),
            retryPolicy: RetryPolicy(maximumAttempts: 2)
        )
    }
}

@Workflow private actor Nosy {
    func run() async throws -> Int {
        try await context.sleep(.seconds(10))
        return 1
    }

    @Query func draw() throws -> String { try context.uuid().uuidString }
}

@Workflow private actor Constructed {
    private let greeting: String

    init(context: WorkflowContext, name: String, count: Int) {
        self.context = context
        self.greeting = "\(name) \(count)"
    }

    func run(_ name: String, _ count: Int) async throws -> String { greeting }
}
