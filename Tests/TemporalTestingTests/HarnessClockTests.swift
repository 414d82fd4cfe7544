import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// When the clock of an environment moves, and when it does not.
@Suite(.timeLimit(.minutes(2))) struct HarnessClockTests {
    // MARK: C1, C2

    @Test func `the clock does not jump while an activity is at work, and jumps once afterwards`() async throws {
        let gate = Held()
        try await TestWorkflowEnvironment.run(workflows: [Racing.self]) { env in
            env.mock(Till.charge) { _ in
                await gate.wait()
                return "paid"
            }
            let handle = try await env.startWorkflow(Racing.self, 3600)
            async let result = handle.result()
            await gate.reached()
            #expect(env.server.jumps == 0)
            gate.open()
            let value1 = try await result
            #expect(value1 == "the activity won")
            #expect(env.server.jumps == 0)
            try await env.sleep(for: .seconds(60))
            #expect(env.server.jumps == 1)
        }
    }

    @Test func `five hundred environments at the same time have each their own time`() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for seconds in 1...500 {
                group.addTask {
                    var options = TestEnvironmentOptions()
                    options.startTime = Date(timeIntervalSince1970: 1_000_000)
                    return try await TestWorkflowEnvironment.run(workflows: [Nap.self], options: options) { env in
                        try await env.executeWorkflow(Nap.self, seconds)
                        return env.now == Date(timeIntervalSince1970: 1_000_000 + TimeInterval(seconds))
                    }
                }
            }
            var exact = 0
            for try await isExact in group where isExact { exact += 1 }
            #expect(exact == 500)
        }
    }

    // MARK: C3

    @Test func `timers of one moment fire in the order in which they were started, whatever the seed`() async throws {
        var orders: Set<[Int]> = []
        for seed in UInt64(1)...5 {
            var options = TestEnvironmentOptions()
            options.seed = seed
            let order = try await TestWorkflowEnvironment.run(workflows: [ManyTimers.self], options: options) { env in
                try await env.executeWorkflow(ManyTimers.self, 100)
            }
            orders.insert(order)
        }
        #expect(orders == [Array(0..<100)])
    }

    // MARK: C6

    @Test func `a manual clock stands still until the test moves it`() async throws {
        var options = TestEnvironmentOptions()
        options.time = .manual
        options.startTime = Date(timeIntervalSince1970: 1000)
        try await TestWorkflowEnvironment.run(workflows: [Nap.self], options: options) { env in
            let short = try await env.startWorkflow(Nap.self, 60)
            let long = try await env.startWorkflow(Nap.self, 3600)
            try await env.waitUntilIdle()
            #expect(env.now == Date(timeIntervalSince1970: 1000))
            try await env.advance(by: .nanoseconds(59_999_999_999))
            let value5 = try await short.describe().status
            #expect(value5 == .running)
            try await env.advance(by: .nanoseconds(1))
            try await env.waitUntilIdle()
            let value6 = try await short.describe().status
            #expect(value6 == .completed)
            #expect(try await env.advanceToNextEvent())
            #expect(env.now == Date(timeIntervalSince1970: 4600))
            let value7 = try await long.describe().status
            #expect(value7 == .completed)
            #expect(try await !env.advanceToNextEvent())
            try await env.advance(to: Date(timeIntervalSince1970: 5000))
            #expect(env.now == Date(timeIntervalSince1970: 5000))
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `scopes without skipping nest in every way`(_ seed: UInt64) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Nap.self]) { env in
            var chance = Chance(state: seed)
            let handle = try await env.startWorkflow(Nap.self, 1000)
            let start = env.now
            var moved = 0

            func nest(_ depth: Int) async throws {
                try await env.withoutSkipping {
                    for _ in 0..<Int.random(in: 0...2, using: &chance) where depth < 4 { try await nest(depth + 1) }
                    let step = Int.random(in: 0...20, using: &chance)
                    try await env.advance(by: .seconds(step))
                    moved += step
                    #expect(env.now.timeIntervalSince(start) == TimeInterval(moved))
                }
            }

            try await nest(0)
            let value8 = try await handle.describe().status
            #expect(value8 == .running)
            try await handle.result()
            #expect(env.now.timeIntervalSince(start) == 1000)
        }
    }

    @Test func `a wall clock takes its time`() async throws {
        var options = TestEnvironmentOptions()
        options.time = .wall
        let took = try await ContinuousClock().measure {
            try await TestWorkflowEnvironment.run(workflows: [Nap.self], options: options) { env in
                try await env.executeWorkflow(Nap.self, 1)
            }
        }
        #expect(took >= .seconds(1))
    }

    // MARK: C7

    @Test(arguments: [(29, "the activity won"), (31, "the timer won")])
    func `who wins a race with a timer is decided by how long an activity is said to take`(
        _ minutes: Int,
        _ winner: String
    ) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Racing.self], activities: [Till()]) { env in
            env.mock(Till.charge).callsReal(taking: .seconds(minutes * 60))
            let start = env.now
            let result = try await env.executeWorkflow(Racing.self, 30 * 60)
            #expect(result == winner)
            #expect(env.now.timeIntervalSince(start) == TimeInterval(min(minutes, 30) * 60))
        }
    }

    @Test(arguments: [(29, "the activity won"), (31, "the timer won")])
    func `a real activity that sleeps by the test's clock takes as long`(
        _ minutes: Int,
        _ winner: String
    ) async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Racing.self],
            activities: [SlowTill(seconds: minutes * 60, clock: .test)]
        ) { env in
            let start = env.now
            let result = try await env.executeWorkflow(Racing.self, 30 * 60)
            #expect(result == winner)
            #expect(env.now.timeIntervalSince(start) == TimeInterval(min(minutes, 30) * 60))
        }
    }

    @Test func `a real activity at the pace of the wall takes as long as its code`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self], activities: [Till()]) { env in
            env.mock(Till.charge).callsRealAtWallPace()
            let start = env.now
            let wall = ContinuousClock().now
            _ = try await env.executeWorkflow(Purchase.self, .init())
            #expect(env.now > start)
            #expect(.seconds(env.now.timeIntervalSince(start)) <= ContinuousClock().now - wall)
        }
    }

    @Test func `real code that fails takes as long as it is said to`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [CarelessPurchase.self], activities: [BrokenTill()]) { env in
            env.mock(BrokenTill.charge).callsReal(taking: .seconds(7))
            let start = env.now
            let result = try await env.executeWorkflow(CarelessPurchase.self)
            #expect(result == "never mind")
            #expect(env.now.timeIntervalSince(start) == 7)
        }
    }

    @Test func `real code that fails takes as long as on the wall`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [CarelessPurchase.self], activities: [BrokenTill()]) { env in
            env.mock(BrokenTill.charge).callsRealAtWallPace()
            let start = env.now
            _ = try await env.executeWorkflow(CarelessPurchase.self)
            #expect(env.now > start)
        }
    }

    @Test func `real code that leaves its end to others leaves it at once`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self], activities: [LeavingTill()]) { env in
            env.mock(LeavingTill.charge).callsReal(taking: .seconds(7))
            let start = env.now
            let handle = try await env.startWorkflow(Purchase.self, .init())
            try await env.waitUntilIdle()
            try await env.client.asyncActivity(workflowID: handle.id, runID: nil, activityID: "1").complete("later")
            #expect(try await handle.result() == "later")
            #expect(env.now == start)
        }
    }

    @Test func `a task queue that the environment does not work for is told, with the options that name it`()
        async throws
    {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            let start = WorkflowOptions(id: "elsewhere", taskQueue: "elsewhere")
            let error = await #expect(throws: RPCError.self) {
                try await env.executeWorkflow(Purchase.self, .init(), options: start)
            }
            let message = try #require(error?.message)
            #expect(message.contains("no worker polls task queue 'elsewhere'"))
            #expect(message.contains("TestEnvironmentOptions.otherTaskQueues"))
            try await env.client.workflowHandle(id: "elsewhere").terminate()
        }
    }

    // MARK: C8

    @Test func `a run that ends with an activity under way does not hold the clock`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Abandoning.self, Nap.self]) { env in
            env.mock(Till.charge).hangs().times(1)
            let start = env.now
            try await env.executeWorkflow(Abandoning.self)
            try await env.executeWorkflow(Nap.self, 86_400)
            #expect(env.now.timeIntervalSince(start).rounded() == 86_400)
        }
    }

    // MARK: C9, C10

    @Test func `a wait for what never comes is reported at once, with the code that waits`() async throws {
        let reached = Reached()
        try await TestWorkflowEnvironment.run(workflows: [Stuck.self]) { env in
            let options = WorkflowOptions(id: "stuck", taskQueue: env.options.taskQueue, runTimeout: .seconds(3600))
            let handle = try await env.startWorkflow(Stuck.self, options: options)
            try await handle.signal(Stuck.follow)
            let start = env.now
            // Ten seconds that stretch on a busy machine as everything else does.
            let tenSeconds = Task {
                for _ in 0..<200 { try await Task.sleep(for: .milliseconds(50)) }
                reached.note()
            }
            let error = await #expect(throws: RPCError.self) { try await handle.result() }
            #expect(!reached.isNoted)
            tenSeconds.cancel()
            #expect(env.now == start)
            let message = try #require(error?.message)
            #expect(message.contains("Workflow 'stuck'"))
            #expect(message.contains("type Stuck"))
            #expect(message.contains("nobody has sent"))
            #expect(message.contains("run waits for a condition"), "\(message)")
            #expect(message.contains("signal 'follow' waits for"), "\(message)")
            try await handle.terminate()
        }
    }

    @Test func `a policy lets a stalled run run into its time limit`() async throws {
        var options = TestEnvironmentOptions()
        options.stallPolicy = .skip
        try await TestWorkflowEnvironment.run(workflows: [Gate.self], options: options) { env in
            let start = env.now
            let started = WorkflowOptions(id: "gate", taskQueue: env.options.taskQueue, runTimeout: .seconds(3600))
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Gate.self, options: started)
            }
            #expect(error?.cause is TimeoutError)
            #expect(env.now.timeIntervalSince(start) == 3600)
        }
    }

    @Test func `an activity that somebody has to complete holds no clock, and is named when nobody does`() async throws
    {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self, Nap.self]) { env in
            env.mock(Till.charge).completesAsynchronously()
            let start = env.now
            let handle = try await env.startWorkflow(Purchase.self, .init(startToClose: nil, scheduleToClose: 864_000))
            try await env.executeWorkflow(Nap.self, 60)
            #expect(env.now.timeIntervalSince(start) == 60)
            let pending = env.server.pendingWork().flatMap(\.work)
            #expect(pending.contains { $0.contains("(charge), which somebody has to complete by its token or id") })
            try await handle.terminate()
        }
    }
}

/// A small source of chance.
struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

/// Something that an activity waits at until the test lets it go on.
private final class Held: Sendable {
    private let (arrivals, arrive) = AsyncStream.makeStream(of: Void.self)
    private let (openings, letGo) = AsyncStream.makeStream(of: Void.self)

    func wait() async {
        arrive.yield()
        for await _ in openings { return }
    }

    func reached() async {
        for await _ in arrivals { return }
    }

    func open() { letGo.yield() }
}

@Activities private struct SlowTill {
    let seconds: Int
    let clock: TestClock

    @Activity(name: "charge") func charge(_ cents: Int) async throws -> String {
        try await clock.sleep(for: .seconds(seconds))
        return "slow"
    }
}

@Workflow private actor Racing {
    func run(_ seconds: Int) async throws -> String {
        try await withThrowingTaskGroup(of: String.self) { [self] group in
            group.addTask { [self] in
                _ = try await context.executeActivity(Till.charge, 1, startToCloseTimeout: .seconds(86_400))
                return "the activity won"
            }
            group.addTask { [self] in
                try await context.sleep(.seconds(seconds))
                return "the timer won"
            }
            let winner = try await group.next() ?? ""
            group.cancelAll()
            return winner
        }
    }
}

@Workflow private actor ManyTimers {
    private var order: [Int] = []

    func run(_ count: Int) async throws -> [Int] {
        try await withThrowingTaskGroup(of: Void.self) { [self] group in
            for number in 0..<count {
                group.addTask { [self] in
                    try await context.sleep(.seconds(60))
                    await note(number)
                }
            }
            try await group.waitForAll()
        }
        return order
    }

    private func note(_ number: Int) { order.append(number) }
}

@Workflow private actor Abandoning {
    func run() async throws {
        async let _ = context.executeActivity(
            Till.charge,
            1,
            startToCloseTimeout: .seconds(864_000),
            cancellation: .abandon
        )
        // The activity is scheduled with the timer.
        try await context.sleep(.milliseconds(1))
    }
}

@Workflow private actor Stuck {
    private var isReady = false

    func run() async throws {
        try await context.waitCondition { self.isReady }
    }

    @Signal func follow() async throws {
        try await context.waitCondition { self.isReady }
    }
}

/// Something that happens once, or not.
private final class Reached: Sendable {
    private let value = Atomic<Bool>(false)

    var isNoted: Bool { value.load(ordering: .relaxed) }

    func note() { value.store(true, ordering: .relaxed) }
}

/// A till whose code fails.
@Activities private struct BrokenTill {
    @Activity func charge(_ cents: Int) async throws -> String { throw ApplicationError("broken", nonRetryable: true) }
}

/// A till that somebody else ends the work of.
@Activities private struct LeavingTill {
    @Activity func charge(_ cents: Int) async throws -> String { throw CompletesAsynchronously() }
}
