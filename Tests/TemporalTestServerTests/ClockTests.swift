import Foundation
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

@Suite struct ClockTests {
    @Test(.timeLimit(.minutes(1)))
    func `ten years pass in no time when somebody waits`() async throws {
        let script = Script()
        try await script.start()
        async let end = script.closeEvent()
        try await script.step(.timer("t", .seconds(10 * 365 * 86400)))
        try await script.step(.complete())
        _ = try await end
        #expect(script.elapsed == .seconds(10 * 365 * 86400))
    }

    @Test(.timeLimit(.minutes(2)))
    func `a thousand timers of one moment fire in their order, with every seed`() async throws {
        var orders: Set<[String]> = []
        for seed in UInt64(1)...100 {
            let script = Script(server: TestServer(options: .init(clock: .skipping(), seed: seed)))
            try await script.start()
            let task = try await script.pollWorkflow()
            _ = try await script.complete(task, (0..<1000).map { .timer("\($0)", .seconds(60)) })
            script.server.advance(by: .seconds(60))
            orders.insert(
                script.history().compactMap { event in
                    guard case .timerFiredEventAttributes(let fired) = event.attributes else { return nil }
                    return fired.timerID
                }
            )
        }
        #expect(orders == [(0..<1000).map { "\($0)" }])
    }

    @Test(.timeLimit(.minutes(1)))
    func `time stands still while nobody waits`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("t", .seconds(5)))
        #expect(script.elapsed == .zero)
        try await script.server.sleep(for: .seconds(3))
        #expect(script.elapsed == .seconds(3))
        #expect(!script.types().contains(.timerFired))
        try await script.server.sleep(for: .seconds(2))
        #expect(script.types().contains(.timerFired))
    }

    @Test(.timeLimit(.minutes(1)))
    func `a task that no worker takes does not keep a sleeper from waking`() async throws {
        let script = Script()
        try await script.start()
        try await script.server.sleep(for: .seconds(7))
        #expect(script.elapsed == .seconds(7))
    }

    @Test(.timeLimit(.minutes(1)))
    func `a pause keeps the clock from skipping`() async throws {
        let script = Script()
        script.server.pauseSkipping()
        let sleeper = Task { try await script.server.sleep(for: .seconds(9)) }
        script.server.advance(by: .seconds(4))
        #expect(script.elapsed == .seconds(4))
        script.server.resumeSkipping()
        try await sleeper.value
        #expect(script.elapsed >= .seconds(9))
    }

    @Test(.timeLimit(.minutes(1)))
    func `planned actions happen in their order, at their moments, and hold the clock`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("t", .seconds(100)))
        let seen = Mutex<[Duration]>([])
        for seconds in [20, 10] {
            script.server.schedule(after: .seconds(seconds)) {
                seen.withLock { $0.append(script.elapsed) }
                await Task.yield()
                try? await script.signal()
            }
        }
        async let end = script.closeEvent()
        let task = try await script.pollWorkflow()
        await script.waits(1)
        #expect(script.elapsed == .seconds(10), "the task holds the clock")
        try await script.complete(task)
        try await script.step(.complete())
        _ = try await end
        #expect(seen.withLock { $0 } == [.seconds(10), .seconds(20)])
    }

    @Test(.timeLimit(.minutes(1)))
    func `waiting for what never comes is reported, with what the run waits for`() async throws {
        let script = Script()
        try await script.start { $0.workflowRunTimeout = .init(.seconds(1000)) }
        try await script.step()
        let error = try await #require(throws: RPCError.self) { try await script.closeEvent() }
        #expect(error.code == .failedPrecondition)
        #expect(error.message.contains("Workflow 'w'"))
        #expect(error.message.contains("type Flow"))
        #expect(error.message.contains("signal"))
        #expect(script.elapsed == .zero)
    }

    @Test(.timeLimit(.minutes(1)))
    func `waiting without a worker is reported`() async throws {
        let script = Script()
        try await script.start()
        let error = try await #require(throws: RPCError.self) { try await script.closeEvent() }
        #expect(error.message.contains("no worker polls task queue 'q'"))
    }

    @Test(.timeLimit(.minutes(1)))
    func `an activity that no worker takes does not stop the clock for ever`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.activity { $0.scheduleToStartTimeout = .init(.seconds(30)) })
        async let end = script.closeEvent()
        try await script.step(.complete())
        _ = try await end
        #expect(script.elapsed == .seconds(30))
        #expect(script.types().contains(.activityTaskTimedOut))
    }

    @Test(.timeLimit(.minutes(1)))
    func `what a lost worker had times out, and others take it over`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.activity())
        _ = try await script.pollActivity()
        async let end = script.closeEvent()
        script.server.workerWasLost(identity: "worker")
        let task = try await script.pollActivity()
        #expect(task.attempt == 2)
        #expect(script.elapsed == .seconds(11))
        try await script.completeActivity(task.taskToken)
        _ = try await script.pollWorkflow()
        script.server.workerWasLost(identity: "worker")
        try await script.step(.complete())
        #expect(try await end.eventType == .workflowExecutionCompleted)
        #expect(script.elapsed == .seconds(21))
        #expect(script.types().contains(.workflowTaskTimedOut))
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `on the wall clock timers take their time`() async throws {
        var script = Script()
        script = Script(server: TestServer(options: .init(clock: .wall)))
        try await script.start()
        try await script.step(.timer("t", .milliseconds(20)))
        let began = ContinuousClock.now
        try await script.step(.complete())
        #expect(began.duration(to: .now) > .milliseconds(15))
    }

    @Test(.timeLimit(.minutes(1)))
    func `on the wall clock a poll is answered empty when nothing came`() async throws {
        var options = TestServer.Options(clock: .wall)
        options.pollTimeout = .milliseconds(10)
        let script = Script(server: TestServer(options: options))
        #expect(try await script.pollWorkflow().taskToken.isEmpty)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a shut down service answers whoever waits`() async throws {
        let script = Script()
        try await script.start()
        let poll = Task { try await script.pollActivity() }
        let end = Task { try await script.closeEvent() }
        await script.waits(2)
        script.server.shutdown()
        #expect(try await poll.value.taskToken.isEmpty)
        let error = try await #require(throws: RPCError.self) { try await end.value }
        #expect(error.code == .unavailable)
    }
}
