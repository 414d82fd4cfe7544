import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// What is left of environments, and that the clock's bookkeeping is right at all times.
@Suite(.timeLimit(.minutes(5)), .serialized) struct IsolationTests {
    // MARK: D10

    @Test func `nothing is left of an environment when its test is over`() async throws {
        let left = Left()
        for kind in 0..<6 {
            try? await left.run([Gate.self, Lingering.self, Nap.self]) { env in
                let mock = env.mock(Till.charge).hangs().atLeast(0)
                _ = mock
                let gate = try await env.startWorkflow(Gate.self)
                switch kind {
                case 0: break
                case 1: try await gate.signal(Gate.open)
                case 2: _ = try await env.startWorkflow(Lingering.self)
                case 3: env.schedule(after: .seconds(1_000_000)) {}
                case 4: try await env.crashWorker()
                default: throw CancellationError()
                }
            }
        }
        await left.expectNothing()
    }

    /// The last answer of a worker ends the test, while others take the place of the worker.
    @Test(arguments: 0..<10) func `a worker that is lost as the test ends leaves no other behind`(_: Int) async throws {
        let left = Left()
        let faults: FaultPlan = [Fault(.crashAfter, of: "RespondWorkflowTaskCompleted", calls: 2...2)]
        try await left.run([Nap.self], faults: faults) { env in
            try await env.executeWorkflow(Nap.self, 60)
        }
        await left.expectNothing()
    }

    @Test func `a mock that takes its worker down as the test ends leaves no other behind`() async throws {
        let left = Left()
        try await left.run([Purchase.self]) { env in
            let (crashes, crash) = AsyncStream.makeStream(of: Void.self)
            env.mock(Till.charge).whenCalled { _ in
                crash.yield()
                return true
            }.crashesWorker()
            _ = try await env.startWorkflow(Purchase.self, .init())
            for await _ in crashes { break }
        }
        await left.expectNothing()
    }

    /// How many environments are made; the variable makes it more.
    static let environments: Result<Int, any Error> = Result {
        guard let text = ProcessInfo.processInfo.environment["TEMPORAL_TEST_ENVIRONMENTS"] else { return 2000 }
        return try #require(Int(text), "TEMPORAL_TEST_ENVIRONMENTS is '\(text)', and not a number of environments.")
    }

    @Test func `thousands of environments one after the other leave none behind, and no memory`() async throws {
        let left = Left()
        let count = try Self.environments.get() / 2

        func makeEnvironments() async throws {
            for _ in 0..<count {
                try await left.run([Nap.self]) { try await $0.executeWorkflow(Nap.self, 60) }
                // Those that ended a moment ago may still be on their way.
                #expect(left.count <= 100 * Left.perEnvironment)
            }
            await left.expectNothing()
        }

        // What the first ones bring that stays, such as the metadata of types and what the allocator keeps.
        try await makeEnvironments()
        // Other tests of the process need memory too, but not again and again while this one runs.
        var more: [Int] = []
        repeat {
            let before = residentMemory()
            try await makeEnvironments()
            more.append((residentMemory() - before) / count)
        } while more.allSatisfy { $0 > 4096 } && more.count < 4
        #expect(more.contains { $0 <= 4096 }, "bytes for each environment: \(more)")
    }

    // MARK: C8

    @Test(arguments: UInt64(1)...10)
    func `whether the clock is held is what the state of the runs says, at all times`(_ seed: UInt64) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Gate.self, Purchase.self, Nap.self, Lingering.self]) { env in
            env.mock(Till.charge).when { $0 == 1 }.hangs().atLeast(0)
            env.mock(Till.charge).when { $0 == 2 }.fails(ApplicationError("no")).atLeast(0)
            env.mock(Till.charge).returns("paid").after(.seconds(3)).atLeast(0)
            var chance = Chance(state: seed)
            var open: [UntypedWorkflowHandle] = []
            for _ in 0..<40 {
                switch Int.random(in: 0..<8, using: &chance) {
                case 0: open.append(try await env.startWorkflow(Gate.self).untyped)
                case 1: open.append(try await env.startWorkflow(Nap.self, 50).untyped)
                case 2:
                    let plan = Purchase.Plan(cents: Int.random(in: 0...3, using: &chance), attempts: 4)
                    open.append(try await env.startWorkflow(Purchase.self, plan).untyped)
                case 3: open.append(try await env.startWorkflow(Lingering.self).untyped)
                case 4: try? await open.randomElement(using: &chance)?.terminate()
                case 5: try? await open.randomElement(using: &chance)?.cancel()
                case 6: try? await open.randomElement(using: &chance)?.signal("open")
                default: try await env.sleep(for: .seconds(Int.random(in: 1...20, using: &chance)))
                }
                let holders = env.server.clockHolders
                #expect(holders.counted == holders.recomputed)
            }
            try await env.waitUntilIdle()
            #expect(env.server.clockHolders.counted == [])
            #expect(env.server.clockHolders.recomputed == [])
        }
    }
}

/// What a test had, to be looked for when it is over.
///
/// Parts of an environment that tests do not see are looked for by what they hold: an interceptor of the client, one of the
/// workers, activities, a mock.
private final class Left: Sendable {
    private struct Weak: @unchecked Sendable {
        // Only read after it was set.
        weak var object: AnyObject?
    }

    /// How much is looked for of one environment.
    static let perEnvironment = 6

    private let objects = Mutex<[Weak]>([])

    private func note(_ new: [AnyObject]) {
        let new = new.map { Weak(object: $0) }
        objects.withLock { objects in
            objects.removeAll { $0.object == nil }
            objects += new
        }
    }

    /// Runs a test, and notes what it has.
    func run(
        _ workflows: [any Workflow.Type],
        faults: FaultPlan = .none,
        _ body: (TestWorkflowEnvironment) async throws -> Void
    ) async throws {
        let (ofClient, ofWorker, activities) = (Passing(), Passing(), Refunds())
        var options = TestEnvironmentOptions()
        options.faults = faults
        options.clientInterceptors = [ofClient]
        options.workflowInterceptors = [ofWorker]
        options.activityInterceptors = [ofWorker]
        try await TestWorkflowEnvironment.run(workflows: workflows, activities: [activities], options: options) { env in
            let ofMock = Passing()
            note([env, env.server, ofClient, ofWorker, activities, ofMock])
            env.mock(Till.refund).whenCalled { [ofMock] in ofMock.passes($0) }.returns("").atLeast(0)
            try await body(env)
        }
    }

    /// How much of it is there.
    var count: Int { objects.withLock { $0.count { $0.object != nil } } }

    /// Expects everything to be gone, which tasks that were on their way to their ends may delay a little.
    func expectNothing() async {
        for _ in 0..<200 where count > 0 { try? await Task.sleep(for: .milliseconds(10)) }
        #expect(count == 0)
    }
}

/// Something that a part of an environment holds.
private final class Passing: ClientInterceptor, WorkflowInterceptor, ActivityInterceptor {
    func passes(_ info: ActivityInfo) -> Bool { !info.activityType.isEmpty }
}

/// Activities that the workers of an environment hold.
@Activities private final class Refunds: Sendable {
    @Activity func refund(_ receipt: String) async throws -> String { receipt }
}

/// The memory that this process holds now, in bytes; 0 where the system does not tell.
private func residentMemory() -> Int {
    guard let data = FileManager.default.contents(atPath: "/proc/self/statm") else { return 0 }
    let pages = String(decoding: data, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return (pages ?? 0) * Int(getpagesize())
}

/// Leaves a task behind that waits for ever, and an activity that nobody completes.
@Workflow private actor Lingering {
    func run() async throws {
        Task { [self] in
            _ = context
            try await context.waitCondition { false }
        }
        Task { [self] in
            _ = context
            _ = try await context.executeActivity(
                Till.charge,
                1,
                startToCloseTimeout: .seconds(1000),
                cancellation: .abandon
            )
        }
        try await context.sleep(.seconds(30))
    }
}
