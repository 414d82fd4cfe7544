import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// Code that holds the clock, and waits for time or does not end.
@Suite(.timeLimit(.minutes(1))) struct StandstillTests {
    // MARK: Waits that work

    @Test(arguments: [false, true])
    func `a mock of an activity waits on the environment's clock`(_ isLocal: Bool) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            env.mock(Till.charge).runs { [env] _ in
                try await env.sleep(for: .seconds(5))
                return "after a while"
            }
            let start = env.now
            let result = try await env.executeWorkflow(Purchase.self, .init(isLocal: isLocal))
            #expect(result == "after a while")
            #expect(env.now.timeIntervalSince(start) == 5)
        }
    }

    @Test func `an activity without a workflow waits on the environment's clock, until a timeout`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            env.mock(Till.charge).runs { [env] seconds in
                try await env.sleep(for: .seconds(seconds))
                return "after a while"
            }
            let start = env.now
            var options = ActivityOptions(id: "short", taskQueue: "test", startToCloseTimeout: .seconds(10))
            let result = try await env.executeActivity(Till.charge, 7, options: options)
            #expect(result == "after a while")
            #expect(env.now.timeIntervalSince(start) == 7)
            options.id = "long"
            options.retryPolicy = RetryPolicy(maximumAttempts: 1)
            await #expect(throws: (any Error).self) {
                _ = try await env.executeActivity(Till.charge, 70, options: options)
            }
            #expect(env.now.timeIntervalSince(start) == 17)
        }
    }

    @Test(arguments: ["real", "mock", "mock with the test clock"])
    func `a Nexus operation waits on the environment's clock`(_ what: String) async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Caller.self],
            nexusServices: [SlowDesk()],
            options: withDesk
        ) { env in
            if what == "mock" {
                env.mock(SlowDesk.wait) { [env] seconds in
                    try await env.sleep(for: .seconds(seconds))
                    return "waited"
                }
            } else if what == "mock with the test clock" {
                env.mock(SlowDesk.wait) { seconds in
                    try await TestClock().sleep(for: .seconds(seconds))
                    return "waited"
                }
            }
            let start = env.now
            let result = try await env.executeWorkflow(Caller.self, 5)
            #expect(result == "waited")
            #expect(env.now.timeIntervalSince(start) == 5)
        }
    }

    // MARK: Waits that cannot work

    /// What lets time pass, or waits for those who are at work.
    enum Move: String, CaseIterable, CustomTestStringConvertible {
        case sleep, advanceBy, advanceTo, advanceToNextEvent, waitUntilIdle, step

        var testDescription: String { rawValue }

        func make(_ env: TestWorkflowEnvironment) async throws {
            switch self {
            case .sleep: try await env.sleep(for: .seconds(1))
            case .advanceBy: try await env.advance(by: .seconds(1))
            case .advanceTo: try await env.advance(to: env.now.addingTimeInterval(1))
            case .advanceToNextEvent: try await env.advanceToNextEvent()
            case .waitUntilIdle: try await env.waitUntilIdle()
            case .step: try await env.step()
            }
        }
    }

    @Test(arguments: Move.allCases)
    func `a planned action is told that time stands still`(_ move: Move) async {
        let failure = await failure(of: [Nap.self]) { env in
            env.schedule(after: .seconds(1)) { [env] in try await move.make(env) }
            try await env.sleep(for: .seconds(2))
        }
        #expect(
            failure?.problems == [
                "What was scheduled after 1.0 seconds failed: Time stands still while a planned action runs: plan the next "
                    + "step with schedule(after:) of its own."
            ]
        )
    }

    @Test func `the test clock tells a planned action that time stands still`() async {
        let failure = await failure(of: [Nap.self]) { env in
            env.schedule(after: .seconds(1)) { try await TestClock().sleep(for: .seconds(1)) }
            try await env.sleep(for: .seconds(2))
        }
        #expect(failure?.problems.first?.contains("Time stands still") == true)
    }

    @Test(arguments: Move.allCases.filter { $0 != .sleep }, [false, true])
    func `an activity that moves the clock fails the test, though the workflow swallows the error`(
        _ move: Move,
        _ isNexus: Bool
    ) async {
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(
                workflows: [CarelessPurchase.self, Caller.self],
                options: withDesk
            ) { env in
                if isNexus {
                    env.mock(SlowDesk.wait) { [env] _ in
                        try await move.make(env)
                        return "moved"
                    }
                    _ = try? await env.executeWorkflow(Caller.self, 1)
                } else {
                    env.mock(Till.charge).runs { [env] _ in
                        try await move.make(env)
                        return "moved"
                    }
                    let result = try await env.executeWorkflow(CarelessPurchase.self)
                    #expect(result == "never mind")
                }
            }
        }
        let name = isNexus ? "Nexus operation 'SlowDesk/wait'" : "activity 'charge'"
        #expect(
            failure?.problems == [
                "Time waits for \(name), which cannot move it or wait until nobody is at work: let it wait with sleep(for:)."
            ]
        )
    }

    // MARK: Code that does not end

    private var impatient: TestEnvironmentOptions {
        var options = withDesk
        options.stopPatience = .milliseconds(40)
        return options
    }

    @Test(arguments: ["activity", "mock", "local activity", "Nexus operation"])
    func `what does not heed cancellation is left behind at the end, and named`(_ what: String) async throws {
        let latch = Latch()
        defer { latch.open() }
        let failure = await failure(
            of: [Purchase.self, Caller.self],
            activities: what == "activity" ? [Stubborn(latch: latch)] : [],
            options: impatient
        ) { env in
            let wait: @Sendable (Int) async throws -> String = { _ in
                await latch.wait()
                return "late"
            }
            switch what {
            case "activity": break
            case "Nexus operation": env.mock(SlowDesk.wait) { try await wait($0) }
            default: env.mock(Till.charge).runs { try await wait($0) }
            }
            if what == "Nexus operation" {
                _ = try await env.startWorkflow(Caller.self, 100)
            } else {
                _ = try await env.startWorkflow(Purchase.self, .init(isLocal: what == "local activity"))
            }
            await latch.isAwaited()
        }
        let name = what == "Nexus operation" ? "Nexus operation 'SlowDesk/wait'" : "activity 'charge'"
        #expect(
            failure?.problems == [
                "A worker cannot stop: \(name) (100) has not ended although it was cancelled. Let its code heed cancellation."
            ]
        )
    }

    @Test func `what does not heed cancellation is left behind when its worker is lost`() async throws {
        let latch = Latch()
        defer { latch.open() }
        let failure = await failure(of: [Purchase.self], options: impatient) { env in
            env.mock(Till.charge).onAttempts(1...1).runs { _ in
                await latch.wait()
                return "late"
            }
            env.mock(Till.charge).onAttempts(2...2).returns("from the second worker")
            let purchase = try await env.startWorkflow(Purchase.self, .init(attempts: 2))
            await latch.isAwaited()
            try await env.crashWorker()
            let result = try await purchase.result()
            #expect(result == "from the second worker")
        }
        #expect(failure?.problems.count == 1)
        #expect(
            failure?.problems.first?.hasPrefix("A worker cannot stop: activity 'charge' (100) has not ended") == true
        )
    }

    @Test func `a test that is cancelled leaves behind what does not heed cancellation`() async throws {
        let latch = Latch()
        defer { latch.open() }
        let options = impatient
        let test = Task {
            try await TestWorkflowEnvironment.run(
                workflows: [Purchase.self],
                activities: [Stubborn(latch: latch)],
                options: options
            ) { env in
                _ = try await env.executeWorkflow(Purchase.self, .init())
            }
        }
        await latch.isAwaited()
        test.cancel()
        let failure = await #expect(throws: TestFailure.self) { try await test.value }
        #expect(failure?.error is CancellationError)
        #expect(failure?.problems.first?.hasPrefix("A worker cannot stop: activity 'charge' (100)") == true)
    }
}

private let withDesk: TestEnvironmentOptions = {
    var options = TestEnvironmentOptions()
    options.nexusEndpoints = ["desk"]
    return options
}()

/// Lets wait, whatever becomes of those who do, until it is opened.
private final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var isAwaited = false
        var waiters: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func wait() async {
        await withCheckedContinuation { waiter in
            let ready = state.withLock { state in
                state.isAwaited = true
                defer { state.watchers = [] }
                guard !state.isOpen else { return state.watchers + [waiter] }
                state.waiters.append(waiter)
                return state.watchers
            }
            for waiter in ready { waiter.resume() }
        }
    }

    /// Waits until somebody waits.
    func isAwaited() async {
        await withCheckedContinuation { watcher in
            let isAwaited = state.withLock { state in
                if !state.isAwaited { state.watchers.append(watcher) }
                return state.isAwaited
            }
            if isAwaited { watcher.resume() }
        }
    }

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// Does not heed its cancellation.
@Activities private struct Stubborn {
    let latch: Latch

    @Activity(name: "charge") func charge(_ cents: Int) async throws -> String {
        await latch.wait()
        return "late"
    }
}

@NexusService private struct SlowDesk {
    @NexusOperation func wait(_ seconds: Int) async throws -> String {
        try await TestClock().sleep(for: .seconds(seconds))
        return "waited"
    }
}

@Workflow private actor Caller {
    func run(_ seconds: Int) async throws -> String {
        try await context.executeNexusOperation(SlowDesk.wait, seconds, endpoint: "desk")
    }
}
