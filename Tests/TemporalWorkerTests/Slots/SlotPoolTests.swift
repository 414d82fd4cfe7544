import Testing

@testable import TemporalWorker

/// Slots are handed out in order, and none is lost.
@Suite(.timeLimit(.minutes(1))) struct SlotPoolTests {
    private func pool(_ size: Int) -> (SlotPool, FixedSlotSupplier) {
        let supplier = FixedSlotSupplier(size: size)
        let pool = SlotPool(
            .activity,
            supplier,
            taskQueue: "queue",
            identity: "test",
            timing: ManualClock().timing,
            logger: NotedLog().logger
        )
        return (pool, supplier)
    }

    @Test func `a slot that is given back goes to the first that waits`() async throws {
        let (pool, supplier) = pool(1)
        let first = try await pool.acquire()
        let waiter = Task { try await pool.acquire() }
        while supplier.waiting == 0 { await Task.yield() }
        #expect(pool.tryAcquire() == nil)
        first.release()
        let second = try await waiter.value
        #expect(pool.issued == 1)
        second.release()
        #expect(pool.issued == 0)
    }

    @Test func `a cancelled wait takes no slot`() async throws {
        let (pool, supplier) = pool(1)
        let first = try await pool.acquire()
        let waiter = Task { try await pool.acquire() }
        while supplier.waiting == 0 { await Task.yield() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        first.release()
        #expect(pool.issued == 0)
        #expect(pool.tryAcquire() != nil)
    }

    @Test func `many tasks share few slots`() async throws {
        let (pool, _) = pool(3)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<500 {
                group.addTask {
                    let slot = try await pool.acquire()
                    defer { slot.release() }
                    await Task.yield()
                    return pool.issued
                }
            }
            for try await issued in group { #expect(issued <= 3) }
        }
        #expect(pool.issued == 0)
    }

    @Test func `a slot counts as used from its task on, and is released once`() async throws {
        let (pool, _) = pool(2)
        let slot = try await pool.acquire()
        #expect((pool.issued, pool.used) == (1, 0))
        slot.markUsed(by: "step")
        #expect((pool.issued, pool.used) == (1, 1))
        slot.release()
        slot.release()
        #expect((pool.issued, pool.used, pool.processed) == (0, 0, 1))
        let unused = try await pool.acquire()
        unused.release()
        #expect((pool.issued, pool.used, pool.processed) == (0, 0, 1))
    }
}
