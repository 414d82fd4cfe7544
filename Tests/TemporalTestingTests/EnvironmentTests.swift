import Foundation
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// Time, isolation and the end of environments.
@Suite(.timeLimit(.minutes(1))) struct EnvironmentTests {
    @Test func `a sleep of ten years is exact and takes no time`() async throws {
        try await expectNoWait(within: .milliseconds(100)) {
            try await TestWorkflowEnvironment.run(workflows: [Sleeper.self]) { env in
                let start = env.now
                let years = 10 * 365 * 24 * 3600
                try await env.executeWorkflow(Sleeper.self, years)
                #expect(env.now.timeIntervalSince(start) == TimeInterval(years))
                #expect(env.server.jumps == 1)
            }
        }
    }

    @Test func `every environment has its own time`() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for seconds in 1...100 {
                group.addTask {
                    var options = TestEnvironmentOptions()
                    options.startTime = Date(timeIntervalSince1970: 1_000_000)
                    return try await TestWorkflowEnvironment.run(workflows: [Sleeper.self], options: options) { env in
                        try await env.executeWorkflow(Sleeper.self, seconds)
                        return env.now == Date(timeIntervalSince1970: 1_000_000 + TimeInterval(seconds))
                    }
                }
            }
            for try await isExact in group { #expect(isExact) }
        }
    }

    @Test func `time stands still while the test does not wait`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Sleeper.self]) { env in
            let start = env.now
            let handle = try await env.startWorkflow(Sleeper.self, 60)
            #expect(try await handle.describe().status == .running)
            #expect(env.now == start)
            try await env.sleep(for: .seconds(59))
            #expect(try await handle.describe().status == .running)
            try await env.sleep(for: .seconds(1))
            try await handle.result()
            #expect(env.now.timeIntervalSince(start) == 60)
        }
    }

    @Test func `waiting for what never comes is reported with what the run waits for`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Waiter.self]) { env in
            let handle = try await env.startWorkflow(Waiter.self)
            let error = await #expect(throws: RPCError.self) { try await handle.result() }
            #expect(error?.code == .failedPrecondition)
            #expect(error?.message.contains("Waiter") == true)
            try await handle.signal(Waiter.go)
            try await handle.result()
        }
    }

    @Test func `one seed makes one history`() async throws {
        func runIDs(_ seed: UInt64) async throws -> [String?] {
            var options = TestEnvironmentOptions()
            options.seed = seed
            return try await TestWorkflowEnvironment.run(workflows: [Sleeper.self], options: options) { env in
                var ids: [String?] = []
                for _ in 0..<3 { ids.append(try await env.startWorkflow(Sleeper.self, 1).resultRunID) }
                return ids
            }
        }
        #expect(try await runIDs(7) == runIDs(7))
        #expect(try await runIDs(7) != runIDs(8))
    }
}

/// Activity code by itself.
@Suite(.timeLimit(.minutes(1))) struct TestActivityEnvironmentTests {
    @Test func `heartbeats and details are seen`() async throws {
        let converter = PayloadConverter()
        let environment = TestActivityEnvironment(
            info: .forTests(activityType: "count", attempt: 2, heartbeatDetails: [try converter.encode(40)])
        )
        let result = try await environment.run {
            let context = try ActivityContext.current
            let start = try context.heartbeatDetails(Int.self) ?? 0
            for step in 1...2 { try context.heartbeat(start + step) }
            return "\(context.info.activityType) \(context.info.attempt)"
        }
        #expect(result == "count 2")
        #expect(try environment.heartbeats(of: Int.self) == [41, 42])
    }

    @Test func `a cancellation arrives with its reason`() async throws {
        let environment = TestActivityEnvironment()
        let running = Task {
            try await environment.run {
                try? await Task.sleep(for: .seconds(3600))
                return try ActivityContext.current.cancellationReason
            }
        }
        environment.cancel(.paused)
        #expect(try await running.value == .paused)
    }
}

@Workflow private actor Sleeper {
    func run(_ seconds: Int) async throws {
        try await context.sleep(.seconds(seconds))
    }
}

@Workflow private actor Waiter {
    private var mayGo = false

    func run() async throws {
        try await context.waitCondition { self.mayGo }
    }

    @Signal func go() { mayGo = true }
}
