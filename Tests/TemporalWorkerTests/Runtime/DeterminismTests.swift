import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import Testing

@testable import TemporalWorker

/// What workflow code must not do, and what becomes of it.
@Suite(.timeLimit(.minutes(1))) struct DeterminismTests {
    /// Runs a workflow whose task must fail, and returns what the test is told. The worker must live on.
    private func problem<W: Workflow>(_ type: W.Type) async throws -> String
    where W.RunInputs == Inputs<>, W.RunOutput == Void {
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [type, Healthy.self], options: quick) { env in
                try await useWorker(env, type)
            }
        }
        return failure?.problems.joined(separator: "\n") ?? ""
    }

    private func useWorker<W: Workflow>(_ env: TestWorkflowEnvironment, _ type: W.Type) async throws
    where W.RunInputs == Inputs<>, W.RunOutput == Void {
        await #expect(throws: (any Error).self) { try await env.executeWorkflow(type) }
        // The worker works on.
        #expect(try await env.executeWorkflow(Healthy.self) == "fine")
    }

    private var quick: TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.deadlockTimeout = .milliseconds(300)
        return options
    }

    @Test func `Task.sleep fails the workflow task with the cause and the cure`() async throws {
        let problem = try await problem(Sleeper.self)
        #expect(problem.contains("'Sleeper'"))
        #expect(problem.contains("context.sleep"))
    }

    @Test func `Task.sleep beside a timer is found when it comes back`() async throws {
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [SleeperBesideTimer.self]) { env in
                let handle = try await env.startWorkflow(SleeperBesideTimer.self)
                // Nobody waits on the environment's clock now, so that the foreign job comes before the timer. On a very
                // busy machine it comes after: then the run is found to wait for nothing that can come.
                try await Task.sleep(for: .milliseconds(300))
                try await handle.result()
            }
        }
        #expect(failure?.problems.first?.contains("outside of") == true)
        #expect(failure?.problems.first?.contains("context.sleep") == true)
    }

    @Test func `a detached task fails the workflow task`() async throws {
        #expect(try await problem(Detacher.self).contains("'Detacher'"))
    }

    @Test func `a callback from another thread fails the workflow task`() async throws {
        #expect(try await problem(CallbackWaiter.self).contains("'CallbackWaiter'"))
    }

    @Test func `waiting for nothing that can come is reported at once`() async throws {
        #expect(try await problem(Stuck.self).contains("waits on nothing that the Temporal Service could end"))
    }

    @Test func `code that does not yield is reported, and other workflows go on`() async throws {
        #expect(try await problem(Busy.self).contains("[TMPRL1101]"))
    }

    @Test func `the replay at the end of a test has the time limit of the test`() async {
        // Quick at first, and slow when it is replayed.
        SlowAgain.runs.store(0, ordering: .relaxed)
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [SlowAgain.self], options: quick) { env in
                try await env.executeWorkflow(SlowAgain.self)
            }
        }
        #expect(failure?.problems.count == 1)
        #expect(failure?.problems.first?.contains("The replay of workflow") == true)
        #expect(failure?.problems.first?.contains("[TMPRL1101]") == true)
    }

    @Test func `an error that is no Temporal error fails the task, not the workflow`() async throws {
        #expect(try await problem(Bug.self).contains("some bug"))
    }

    @Test func `a call without a timeout fails the task and says what is missing`() async throws {
        #expect(try await problem(NoTimeout.self).contains("startToCloseTimeout"))
    }

    @Test func `a failed workflow task is retried, later and later, until the code is mended`() async throws {
        Mended.attempts.store(0, ordering: .relaxed)
        var options = TestEnvironmentOptions()
        options.taskFailurePolicy = .retry
        try await TestWorkflowEnvironment.run(workflows: [Mended.self], options: options) { env in
            let start = env.now
            let handle = try await env.startWorkflow(Mended.self)
            #expect(try await handle.result() == 4)
            // The second attempt came at once; the third and the fourth after a workflow task had timed out.
            #expect(env.now.timeIntervalSince(start) >= 20)
            let types = try await handle.history().map(\.type)
            #expect(types.filter { $0 == "WorkflowTaskFailed" }.count == 1)
        }
    }

    @Test func `code that differs between runs is found by the replay at the end`() async throws {
        Flipping.flips.store(0, ordering: .relaxed)
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [Flipping.self]) { env in
                try await env.executeWorkflow(Flipping.self)
            }
        }
        #expect(failure?.problems.contains { $0.contains("[TMPRL1100]") } == true)
    }
}

@Workflow private actor Healthy {
    func run() async throws -> String {
        try await context.sleep(.seconds(1))
        return "fine"
    }
}

@Workflow private actor Sleeper {
    func run() async throws {
        try await Task.sleep(for: .milliseconds(50))
    }
}

@Workflow private actor SleeperBesideTimer {
    func run() async throws {
        async let timer: Void = context.sleep(.seconds(3600))
        try await Task.sleep(for: .milliseconds(50))
        try await timer
    }
}

@Workflow private actor Detacher {
    func run() async throws {
        await Task.detached {}.value
    }
}

@Workflow private actor CallbackWaiter {
    func run() async throws {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                // Late enough for the workflow to have suspended.
                Thread.sleep(forTimeInterval: 0.5)
                continuation.resume()
            }
        }
    }
}

@Workflow private actor Stuck {
    func run() async throws {
        let stream = AsyncStream<Int> { _ in }
        for await _ in stream {}
    }
}

@Workflow private actor Busy {
    func run() async throws {
        let end = ContinuousClock.now + .seconds(1)
        while ContinuousClock.now < end {}
    }
}

@Workflow private actor Bug {
    struct SomeBug: Error, CustomStringConvertible {
        let description = "some bug"
    }

    func run() async throws {
        throw SomeBug()
    }
}

@Workflow private actor Mended {
    struct NotYet: Error {}

    static let attempts = Atomic<Int>(0)

    func run() async throws -> Int {
        let attempt = Self.attempts.wrappingAdd(1, ordering: .relaxed).newValue
        guard attempt >= 4 else { throw NotYet() }
        return 4
    }
}

@Workflow private actor NoTimeout {
    func run() async throws {
        try await context.executeActivity(ActivityReference<Void>(name: "any"))
    }
}

@Workflow private actor Flipping {
    static let flips = Atomic<Int>(0)

    func run() async throws {
        let isFirst = Self.flips.wrappingAdd(1, ordering: .relaxed).oldValue == 0
        try await context.sleep(isFirst ? .seconds(1) : .zero)
    }
}

@Workflow private actor SlowAgain {
    static let runs = Atomic<Int>(0)

    func run() async throws {
        guard Self.runs.wrappingAdd(1, ordering: .relaxed).oldValue > 0 else { return }
        let end = ContinuousClock.now + .seconds(1)
        while ContinuousClock.now < end {}
    }
}
