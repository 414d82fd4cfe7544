import Testing

@testable import TemporalWorker

/// Slots are handed out in order, and none is lost.
@Suite(.timeLimit(.minutes(1))) struct SlotPoolTests {
    @Test func `a slot that is given back goes to the first that waits`() async throws {
        let pool = SlotPool(size: 1)
        try await pool.acquire()
        let waiter = Task { try await pool.acquire() }
        while pool.waiting == 0 { await Task.yield() }
        #expect(!pool.tryAcquire())
        pool.release()
        try await waiter.value
        #expect(pool.used == 1)
        pool.release()
        #expect(pool.used == 0)
    }

    @Test func `a cancelled wait takes no slot`() async throws {
        let pool = SlotPool(size: 1)
        try await pool.acquire()
        let waiter = Task { try await pool.acquire() }
        while pool.waiting == 0 { await Task.yield() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        pool.release()
        #expect(pool.used == 0)
        #expect(pool.tryAcquire())
    }

    @Test func `many tasks share few slots`() async throws {
        let pool = SlotPool(size: 3)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<500 {
                group.addTask {
                    try await pool.acquire()
                    defer { pool.release() }
                    await Task.yield()
                    return pool.used
                }
            }
            for try await used in group { #expect(used <= 3) }
        }
        #expect(pool.used == 0)
    }
}
