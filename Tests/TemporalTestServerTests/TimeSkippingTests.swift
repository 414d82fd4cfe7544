import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// What clients of other SDKs ask of the clock: to lock it, to unlock it, and to sleep.
@Suite(.timeLimit(.minutes(1))) struct TimeSkippingTests {
    private let script = Script()

    private func lock() async throws { _ = try await script.call(.testServiceLockTimeSkipping) { _ in } }

    private func unlock() async throws { _ = try await script.call(.testServiceUnlockTimeSkipping) { _ in } }

    private var locks: Int { script.server.transact { $0.timeLocks } }

    private var isOnTheWall: Bool { script.server.transact { $0.pace != nil } }

    @Test func `a clock that is locked goes with the wall until it is unlocked as often`() async throws {
        #expect(!isOnTheWall)
        try await lock()
        try await lock()
        try await unlock()
        #expect(locks == 1 && isOnTheWall)
        try await unlock()
        #expect(locks == 0 && !isOnTheWall)
        // An unlock that comes first counts too.
        try await unlock()
        try await lock()
        #expect(locks == 0 && !isOnTheWall)
    }

    @Test func `a sleep skips, unless the clock is locked`() async throws {
        _ = try await script.call(.testServiceSleep) { $0.duration.seconds = 3600 }
        #expect(script.elapsed == .seconds(3600))
        _ = try await script.call(.testServiceSleepUntil) { $0.timestamp.seconds = 1_700_000_000 + 7200 }
        #expect(script.elapsed == .seconds(7200))
        try await lock()
        let sleeper = Task { try await script.call(.testServiceSleep) { $0.duration.seconds = 3600 } }
        await script.waits(1)
        #expect(script.elapsed < .seconds(7300))
        sleeper.cancel()
        _ = await sleeper.result
    }

    @Test func `a sleep that unlocks the clock locks it again when it ends`() async throws {
        try await lock()
        _ = try await script.call(.testServiceUnlockTimeSkippingWithSleep) { $0.duration.seconds = 3600 }
        #expect(script.elapsed >= .seconds(3600) && script.elapsed < .seconds(3700))
        #expect(locks == 1 && isOnTheWall)
        // One of no length, and one that is given up.
        _ = try await script.call(.testServiceUnlockTimeSkippingWithSleep) { $0.duration.seconds = 0 }
        #expect(locks == 1 && isOnTheWall)
        script.server.pauseSkipping()
        let sleeper = Task {
            try await script.call(.testServiceUnlockTimeSkippingWithSleep) { $0.duration.seconds = 3600 }
        }
        await script.waits(1)
        #expect(locks == 0 && !isOnTheWall)
        sleeper.cancel()
        _ = await sleeper.result
        #expect(locks == 1 && isOnTheWall)
    }

    @Test func `to wait for a timer is no stall while the clock goes with the wall`() async throws {
        try await script.start()
        try await lock()
        async let end = script.closeEvent()
        // Longer than it takes to report a stall.
        try await script.step(.timer("t", .milliseconds(500)))
        try await script.step(.complete())
        #expect(try await end.eventType == .workflowExecutionCompleted)
    }

    @Test func `a service that was shut down takes no more calls`() async throws {
        try await script.start()
        script.server.shutdown()
        let calls: [() async throws -> Void] = [
            { try await script.start("other") }, { _ = try await script.describe() }, { try await script.signal() },
            { _ = try await script.pollActivity() }, { _ = try await script.closeEvent() }, { try await lock() },
        ]
        for call in calls {
            let error = await #expect(throws: RPCError.self) { try await call() }
            #expect(error?.code == .unavailable)
        }
        #expect(script.types() == [.workflowExecutionStarted, .workflowTaskScheduled])
    }
}
