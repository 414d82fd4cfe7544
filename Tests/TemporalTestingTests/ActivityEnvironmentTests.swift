import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// Activity code by itself, on a clock of its own.
@Suite(.timeLimit(.minutes(1))) struct ActivityEnvironmentTests {
    private func info(startToClose: Duration? = .seconds(60), heartbeat: Duration? = nil) -> ActivityInfo {
        var info = ActivityInfo.forTests()
        info.startToCloseTimeout = startToClose
        info.heartbeatTimeout = heartbeat
        return info
    }

    @Test func `waits pass in no time, in the order of their ends`() async throws {
        let environment = TestActivityEnvironment(info: info(startToClose: .seconds(7200)))
        let start = environment.now
        let order = try await environment.run {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for seconds in [3600, 5, 600] {
                    group.addTask {
                        try await TestClock().sleep(for: .seconds(seconds))
                        return seconds
                    }
                }
                var order: [Int] = []
                for try await seconds in group { order.append(seconds) }
                return order
            }
        }
        #expect(order == [5, 600, 3600])
        #expect(environment.now.timeIntervalSince(start) == 3600)
    }

    @Test func `the start-to-close timeout cancels the activity, on the environment's clock`() async throws {
        let environment = TestActivityEnvironment(info: info(startToClose: .seconds(30)))
        let start = environment.now
        let reason = try await environment.run {
            try? await TestClock().sleep(for: .seconds(3600))
            return try ActivityContext.current.cancellationReason
        }
        #expect(reason == .timedOut)
        #expect(environment.now.timeIntervalSince(start) == 30)
    }

    @Test func `an activity is told that the worker begins to stop, and has a client`() async throws {
        let environment = TestActivityEnvironment()
        let (before, after, namespace) = try await environment.run {
            let context = try ActivityContext.current
            let before = context.isWorkerStopping
            environment.beginWorkerStop()
            try await context.waitUntilWorkerStops()
            return (before, context.isWorkerStopping, try context.client.namespace)
        }
        #expect(!before)
        #expect(after)
        #expect(namespace == "default")
        // What stopped one run says nothing of the next.
        let next = try await environment.run { try ActivityContext.current.isWorkerStopping }
        #expect(!next)
        environment.beginWorkerStop()
        let last = try await environment.run { try ActivityContext.current.isWorkerStopping }
        #expect(last)
    }

    @Test func `the heartbeat timeout cancels an activity that does not report`() async throws {
        let environment = TestActivityEnvironment(info: info(startToClose: .seconds(3600), heartbeat: .seconds(10)))
        let start = environment.now
        let reason = try await environment.run {
            let clock = TestClock()
            for step in 0..<4 {
                try ActivityContext.current.heartbeat(step)
                try await clock.sleep(for: .seconds(9))
            }
            try? await clock.sleep(for: .seconds(3600))
            return try ActivityContext.current.cancellationReason
        }
        #expect(reason == .timedOut)
        // The last report was sent at 27 s.
        #expect(environment.now.timeIntervalSince(start) == 37)
    }

    @Test func `heartbeats are seen as they were made, and as a worker would have sent them`() async throws {
        let environment = TestActivityEnvironment(info: info(heartbeat: .seconds(10)))
        try await environment.run {
            for step in 0..<20 {
                try ActivityContext.current.heartbeat(step)
                try await TestClock().sleep(for: .seconds(1))
            }
        }
        let value1 = try environment.heartbeats(of: Int.self)
        #expect(value1 == Array(0..<20))
        let converter = PayloadConverter()
        let sent = try environment.sentHeartbeats.compactMap(\.first).map { try converter.decode($0, as: Int.self) }
        // At once, and then the newest each 8 s.
        #expect(sent == [0, 8, 16] || sent == [0, 7, 15])
    }

    @Test(arguments: [
        ActivityCancellationReason.requested, .notFound, .timedOut, .workerShutdown, .paused, .reset,
    ])
    func `every reason of a cancellation arrives`(_ reason: ActivityCancellationReason) async throws {
        let environment = TestActivityEnvironment()
        environment.cancel(reason)
        environment.cancel(.requested)
        let seen = try await environment.run {
            try? await TestClock().sleep(for: .seconds(1))
            return try (ActivityContext.current.cancellationReason, Task.isCancelled)
        }
        #expect(seen.0 == reason)
        #expect(seen.1)
    }

    @Test func `what cancelled one run does not cancel the next`() async throws {
        let environment = TestActivityEnvironment(info: info(startToClose: .seconds(30), heartbeat: .seconds(20)))
        @Sendable func run(_ seconds: Int) async throws -> ActivityCancellationReason? {
            try await environment.run {
                try ActivityContext.current.heartbeat(1)
                try ActivityContext.current.heartbeat(2)
                try? await TestClock().sleep(for: .seconds(seconds))
                return try ActivityContext.current.cancellationReason
            }
        }
        #expect(try await run(3600) == .timedOut)
        #expect(try await run(1) == nil)
        environment.cancel(.paused)
        #expect(try await run(1) == .paused)
        #expect(try await run(1) == nil)
        // The report that is due then is no sign of life of a run that is over.
        environment.advance(by: .seconds(3600))
        #expect(try await run(1) == nil)
    }

    @Test func `a test moves the clock of code that waits for something else`() async throws {
        let environment = TestActivityEnvironment(info: info(startToClose: .seconds(30)))
        let (waits, arrive) = AsyncStream.makeStream(of: Void.self)
        async let reason = environment.run {
            arrive.yield()
            try? await Task.sleep(for: .seconds(3600))
            return try ActivityContext.current.cancellationReason
        }
        for await _ in waits { break }
        environment.advance(by: .seconds(29))
        environment.advance(by: .seconds(1))
        let value2 = try await reason
        #expect(value2 == .timedOut)
    }

    @Test func `an activity that takes a client talks to a service in memory`() async throws {
        let environment = TestActivityEnvironment()
        let client = environment.client
        let error = try await environment.run { () -> String in
            do {
                try await client.workflowHandle(id: "nobody").signal("hello")
                return "sent"
            } catch is WorkflowNotFoundError {
                return "not found"
            }
        }
        #expect(error == "not found")
        try await environment.run {
            _ = try await client.startWorkflow(
                named: "Other",
                options: WorkflowOptions(id: "other", taskQueue: "elsewhere")
            )
        }
        let value3 = try await client.workflowHandle(id: "other").describe().status
        #expect(value3 == .running)
    }

    @Test func `interceptors and details of earlier attempts are there`() async throws {
        let seen = Mutex<[String]>([])
        struct Noting: ActivityInterceptor {
            let note: @Sendable (String) -> Void
            func heartbeat(_ input: HeartbeatInput, next: (HeartbeatInput) -> Void) {
                note("heartbeat of \(input.info.activityType)")
                next(input)
            }
        }
        let details = [try PayloadConverter().encode(5)]
        let environment = TestActivityEnvironment(
            info: .forTests(activityType: "count", attempt: 3, heartbeatDetails: details),
            interceptors: [Noting { text in seen.withLock { $0.append(text) } }]
        )
        let found = try await environment.run { () -> Int? in
            try ActivityContext.current.heartbeat()
            return try ActivityContext.current.heartbeatDetails(Int.self)
        }
        #expect(found == 5)
        #expect(seen.withLock { $0 } == ["heartbeat of count"])
    }

    @Test func `interceptors stand around the code, with the headers of the info and its context`() async throws {
        struct Tenant: ActivityInterceptor {
            @TaskLocal static var current = "nobody"

            func execute(
                _ input: ExecuteActivityInput,
                next: (ExecuteActivityInput) async throws -> Payload
            ) async throws -> Payload {
                let tenant = try PayloadConverter().decode(try #require(input.info.headers["tenant"]), as: String.self)
                #expect(try ActivityContext.current.info.activityType == "count")
                return try await Self.$current.withValue(tenant) { try await next(input) }
            }
        }
        var info = ActivityInfo.forTests(activityType: "count")
        info.headers = ["tenant": try PayloadConverter().encode("acme")]
        let environment = TestActivityEnvironment(info: info, interceptors: [Tenant()])
        #expect(try await environment.run { Tenant.current } == "acme")
        // A result that is none is one.
        #expect(try await environment.run { nil as Int? } == nil)
        await #expect(throws: ApplicationError.self) { try await environment.run { throw ApplicationError("no") } }
    }

    @Test func `an interceptor that keeps the code from running is told`() async throws {
        struct Refusing: ActivityInterceptor {
            func execute(
                _ input: ExecuteActivityInput,
                next: (ExecuteActivityInput) async throws -> Payload
            ) async throws -> Payload { Payload(encoding: "binary/null", data: Data()) }
        }
        let environment = TestActivityEnvironment(interceptors: [Refusing()])
        let error = await #expect(throws: (any Error).self) { try await environment.run { 5 } }
        #expect("\(error.map { "\($0)" } ?? "")".contains("without running its code"))
    }

    @Test func `the first heartbeat of each run is sent at once, and nothing of the run before`() async throws {
        let environment = TestActivityEnvironment(info: info(heartbeat: .seconds(10)))
        for run in 1...3 {
            try await environment.run {
                try ActivityContext.current.heartbeat(run)
                try ActivityContext.current.heartbeat(-run)
            }
        }
        environment.advance(by: .seconds(60))
        let converter = PayloadConverter()
        let sent = try environment.sentHeartbeats.compactMap(\.first).map { try converter.decode($0, as: Int.self) }
        #expect(sent == [1, 2, 3])
    }
}
