import CoreMetrics
import Logging
import Synchronization
import Temporal
import TemporalClient
import Testing

@testable import TemporalWorker

/// How polls are made, repeated and ended, on a clock that the test moves.
@Suite(.timeLimit(.minutes(1))) struct TaskPollerTests {
    private final class Count: Sendable {
        private let value = Mutex(0)

        var current: Int { value.withLock { $0 } }

        @discardableResult func next() -> Int {
            value.withLock { value in
                value += 1
                return value
            }
        }

        func wait(for count: Int) async {
            while current < count { await Task.yield() }
        }
    }

    private let clock = ManualClock()
    private let polls = Count()
    private let log = NotedLog()

    private func poller(
        _ count: Int = 1,
        limiter: RateLimiter? = nil,
        slots: Int = 10,
        supplier: (any SlotSupplier)? = nil
    ) -> TaskPoller {
        TaskPoller(
            TaskPoller.Environment(
                names: [.shared: "activity_task"],
                slots: SlotPool(
                    .activity,
                    supplier ?? FixedSlotSupplier(size: slots),
                    taskQueue: "queue",
                    identity: "test",
                    timing: clock.timing,
                    logger: log.logger
                ),
                plan: PollPlan(shared: PollerScaler(.fixed(count)), sticky: nil, limit: slots),
                limiter: limiter,
                timing: clock.timing,
                metrics: WorkerMetrics(
                    factory: NOOPMetricsHandler.instance,
                    namespace: "default",
                    taskQueue: "queue"
                ),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        )
    }

    @Test func `a poll that fails is made again, later each time`() async throws {
        let poller = poller()
        let running = Task { [polls] in
            try await poller.run { _, _, slot in
                if polls.next() < 4 { throw RPCError(code: .unavailable, message: "down") }
                slot.release()
                await WorkerScript.waitForCancellation()
                throw CancellationError()
            }
        }
        for (count, wait) in [(1, 200), (2, 400), (3, 800)] {
            await polls.wait(for: count)
            await clock.waitForSleeper(of: .milliseconds(wait))
            clock.advance(by: .milliseconds(wait))
        }
        await polls.wait(for: 4)
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
    }

    @Test func `a poll that is cancelled from elsewhere is made again, later each time`() async throws {
        let poller = poller()
        let running = Task { [polls] in
            try await poller.run { _, _, slot in
                if polls.next() < 3 { throw CancellationError() }
                slot.release()
                await WorkerScript.waitForCancellation()
                throw CancellationError()
            }
        }
        for (count, wait) in [(1, 200), (2, 400)] {
            await polls.wait(for: count)
            await clock.waitForSleeper(of: .milliseconds(wait))
            clock.advance(by: .milliseconds(wait))
        }
        await polls.wait(for: 3)
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(polls.current == 3)
    }

    @Test func `an error that looks final is tried again for a minute, then ends the poller`() async throws {
        let poller = poller()
        let running = Task { [polls] in
            try await poller.run { _, _, _ in
                polls.next()
                throw RPCError(code: .permissionDenied, message: "not yet")
            }
        }
        for count in 1...6 {
            await polls.wait(for: count)
            await clock.waitForSleeper(of: .seconds(10))
            clock.advance(by: .seconds(10))
        }
        let error = await #expect(throws: RPCError.self) { try await running.value }
        #expect(error?.code == .permissionDenied)
        #expect(polls.current == 7)
    }

    @Test func `an error that looks final is so once a poll was answered`() async throws {
        let poller = poller()
        let running = Task { [polls] in
            try await poller.run { _, _, slot in
                guard polls.next() == 1 else { throw RPCError(code: .permissionDenied, message: "no more") }
                slot.release()
                return PollAnswer(isEmpty: true)
            }
        }
        let error = await #expect(throws: RPCError.self) { try await running.value }
        #expect(error?.code == .permissionDenied)
        #expect(polls.current == 2)
    }

    @Test func `a connection that was closed ends the poller at once, though no poll was answered`() async throws {
        let poller = poller()
        let running = Task { [polls] in
            try await poller.run { _, _, _ in
                polls.next()
                throw RPCError(code: .failedPrecondition, message: "closed", cause: ConnectionClosedError())
            }
        }
        let error = await #expect(throws: RPCError.self) { try await running.value }
        #expect(error?.code == .failedPrecondition)
        #expect(polls.current == 1)
    }

    @Test func `a rate of next to nothing lets the first poll through`() async throws {
        let limiter = RateLimiter(perSecond: 1e-30, timing: clock.timing)
        try await limiter.wait()
        let second = Task { try await limiter.wait() }
        while clock.sleeping.isEmpty { await Task.yield() }
        #expect(clock.sleeping.allSatisfy { $0 > .seconds(999_999_999) })
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
    }

    @Test func `polls are spaced out by the rate`() async throws {
        let poller = poller(limiter: RateLimiter(perSecond: 4, timing: clock.timing))
        let running = Task { [polls] in
            try await poller.run { _, _, slot in
                polls.next()
                slot.release()
                return PollAnswer(isEmpty: false)
            }
        }
        for count in 1...4 {
            await polls.wait(for: count)
            await clock.waitForSleeper(of: .milliseconds(250))
            #expect(polls.current == count)
            clock.advance(by: .milliseconds(250))
        }
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
    }

    @Test func `a stopped poller waits for the polls under way and makes no more`() async throws {
        let poller = poller()
        let answered = Wakeup()
        let running = Task { [polls] in
            try await poller.run { _, _, slot in
                polls.next()
                await answered.wait()
                slot.release()
                return PollAnswer(isEmpty: true)
            }
        }
        await polls.wait(for: 1)
        #expect(poller.summary(.shared).current == 1)
        poller.stop()
        answered.signal()
        try await running.value
        #expect(polls.current == 1)
        #expect(poller.summary(.shared).current == 0)
    }

    @Test func `a stopped poller does not wait for a slot`() async throws {
        let supplier = FixedSlotSupplier(size: 1)
        let poller = poller(slots: 1, supplier: supplier)
        let held = Mutex<Slot?>(nil)
        let running = Task { [polls] in
            try await poller.run { _, _, slot in
                held.withLock { $0 = slot }
                polls.next()
                return PollAnswer(isEmpty: false)
            }
        }
        while supplier.waiting == 0 { await Task.yield() }
        poller.stop()
        try await running.value
        held.withLock { $0 }?.release()
        #expect(polls.current == 1)
        #expect(supplier.waiting == 0)
        #expect(
            supplier.tryReserve(SlotRequest(kind: .activity, taskQueue: "", identity: "", isSticky: false, issued: 0))
                != nil
        )
    }

    @Test func `a supplier that is cancelled from elsewhere is asked again, later each time, and that is logged`()
        async throws
    {
        let supplier = UnsteadySupplier(failures: 3)
        let poller = poller(supplier: supplier)
        let running = Task { [polls] in
            try await poller.run { _, _, slot in
                polls.next()
                slot.release()
                await WorkerScript.waitForCancellation()
                throw CancellationError()
            }
        }
        for wait in [200, 400, 800] {
            await clock.waitForSleeper(of: .milliseconds(wait))
            #expect(polls.current == 0)
            clock.advance(by: .milliseconds(wait))
        }
        await polls.wait(for: 1)
        #expect(log.lines.map(\.level) == [.warning, .warning, .warning])
        #expect(log.lines.map { $0.metadata["attempt"] } == ["1", "2", "3"])
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
    }

    @Test func `a stopped poller does not ask its supplier again`() async throws {
        let poller = poller(supplier: UnsteadySupplier(failures: .max))
        let running = Task { try await poller.run { _, _, _ in throw CancellationError() } }
        await clock.waitForSleeper(of: .milliseconds(200))
        poller.stop()
        try await running.value
        #expect(log.lines.count == 1)
    }

    @Test func `a stopped poller does not make a poll again that failed`() async throws {
        let poller = poller()
        let running = Task { [polls] in
            try await poller.run { _, _, _ in
                polls.next()
                throw RPCError(code: .unavailable, message: "down")
            }
        }
        await clock.waitForSleeper(of: .milliseconds(200))
        poller.stop()
        try await running.value
        #expect(polls.current == 1)
    }

    @Test func `a stopped poller does not wait for its turn`() async throws {
        let poller = poller(limiter: RateLimiter(perSecond: 4, timing: clock.timing))
        let running = Task { [polls] in
            try await poller.run { _, _, slot in
                polls.next()
                slot.release()
                return PollAnswer(isEmpty: false)
            }
        }
        await clock.waitForSleeper(of: .milliseconds(250))
        poller.stop()
        try await running.value
        #expect(polls.current == 1)
    }
}

/// Throws cancellations that nobody asked for, and then gives slots.
private final class UnsteadySupplier: SlotSupplier {
    private let failures: Mutex<Int>

    init(failures: Int) {
        self.failures = Mutex(failures)
    }

    var maximumSlots: Int? { nil }

    func reserve(_ request: SlotRequest) async throws -> SlotPermit {
        let fails = failures.withLock { failures in
            failures -= 1
            return failures >= 0
        }
        if fails { throw CancellationError() }
        return SlotPermit()
    }

    func tryReserve(_ request: SlotRequest) -> SlotPermit? { nil }
    func markUsed(_ permit: SlotPermit, for use: SlotUse) {}
    func release(_ permit: SlotPermit, after use: SlotUse?) {}
}
