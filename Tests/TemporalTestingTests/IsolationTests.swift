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
            try? await TestWorkflowEnvironment.run(workflows: [Gate.self, Lingering.self, Nap.self]) { env in
                left.note(env)
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
        var options = TestEnvironmentOptions()
        options.faults = [Fault(.crashAfter, of: "RespondWorkflowTaskCompleted", calls: 2...2)]
        try await TestWorkflowEnvironment.run(workflows: [Nap.self], options: options) { env in
            left.note(env)
            try await env.executeWorkflow(Nap.self, 60)
        }
        await left.expectNothing()
    }

    @Test func `a mock that takes its worker down as the test ends leaves no other behind`() async throws {
        let left = Left()
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            left.note(env)
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
    static let environments =
        ProcessInfo.processInfo.environment["TEMPORAL_TEST_ENVIRONMENTS"].flatMap { Int($0) } ?? 600

    @Test func `hundreds of environments one after the other leave none behind`() async throws {
        let left = Left()
        for _ in 0..<Self.environments {
            try await TestWorkflowEnvironment.run(workflows: [Nap.self]) { env in
                left.note(env)
                try await env.executeWorkflow(Nap.self, 60)
            }
            // Those that ended a moment ago may still be on their way.
            #expect(left.count <= 200)
        }
        await left.expectNothing()
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
private final class Left: Sendable {
    private struct Weak: @unchecked Sendable {
        // Only read after it was set.
        weak var object: AnyObject?
    }

    private let objects = Mutex<[Weak]>([])

    func note(_ env: TestWorkflowEnvironment) {
        objects.withLock { objects in
            objects.removeAll { $0.object == nil }
            objects += [Weak(object: env), Weak(object: env.server)]
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
