import GRPCCore
import NIOCore
import NIOPosix
import Testing

@testable import TemporalClient

@Suite(.timeLimit(.minutes(1)))
struct LineExecutorTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()
    private let executor: LineExecutor

    init() {
        executor = LineExecutor(loop)
    }

    @Test(arguments: [
        (Duration.nanoseconds(5), "5n"), (.milliseconds(50), "50000000n"), (.milliseconds(100), "100000u"),
        (.seconds(70), "70000000u"), (.seconds(100), "100000m"), (.seconds(100_000), "100000S"),
        (.seconds(1_000_000_000), "16666666M"), (.seconds(Int64.max), "52560000M"), (.seconds(-1), "0n"),
    ])
    func `the server is told the time of a call in at most eight digits`(limit: Duration, header: String) {
        #expect(LineExecutor.header(limit) == header)
    }

    @Test func `the tasks of a call run on the event loop, one after the other`() async throws {
        let counts = try await executor.run(within: .seconds(60)) { [loop] in
            await withTaskGroup(of: Int.self) { group in
                // Not atomic: a second thread would lose some of it, and the thread sanitizer would tell.
                let box = Box()
                for _ in 0..<1_000 {
                    group.addTask { [loop] in
                        box.value += loop.inEventLoop ? 1 : 0
                        await Task.yield()
                        box.value += loop.inEventLoop ? 1 : 0
                        return 2
                    }
                }
                return (await group.reduce(0, +), box.value)
            }
        }
        #expect(counts.0 == 2_000)
        #expect(counts.1 == 2_000)
    }

    @Test func `a call is cancelled when its time is over, with the error that says so`() async throws {
        let error = await #expect(throws: RPCError.self) {
            try await executor.run(within: .milliseconds(10)) { try await Task.sleep(for: .seconds(600)) }
        }
        #expect(error?.code == .deadlineExceeded)
    }

    @Test func `a call that is in time is not cancelled, whatever it throws`() async throws {
        struct Own: Error {}
        await #expect(throws: Own.self) {
            try await executor.run(within: .seconds(Int64.max)) { throw Own() }
        }
    }

    @Test func `a call of a cancelled task is cancelled`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let call = Task { [executor] in
            try await executor.run(within: .seconds(600)) {
                start.yield()
                try await Task.sleep(for: .seconds(600))
            }
        }
        for await _ in started { break }
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
    }

    private final class Box: @unchecked Sendable {
        var value = 0
    }
}
