import Foundation
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// What remains of a workflow task whose commands were refused: nothing.
@Suite(.timeLimit(.minutes(1))) struct RollbackTests {
    @Test func `the time of a timer that never was does not fire another`() async throws {
        let script = Script()
        try await script.start()
        for _ in 1...2 {
            let task = try await script.pollWorkflow()
            await #expect(throws: RPCError.self) {
                try await script.complete(task, [.timer("t", .seconds(15)), .timer("", .seconds(1))])
            }
        }
        // The second attempt is left to its time limit, and leaves no event: this timer gets the id of the one that was taken
        // back with it.
        script.server.advance(by: .seconds(10))
        try await script.step(.timer("t", .seconds(10)))
        script.server.advance(by: .seconds(9))
        #expect(!script.types().contains(.timerFired))
        script.server.advance(by: .seconds(1))
        #expect(script.types().contains(.timerFired))
    }
}
