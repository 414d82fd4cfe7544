import Foundation
import Temporal
import Testing

@testable import TemporalTestServer

@Suite struct TaskTokenTests {
    @Test(
        "a token that comes back is the one that was given out",
        arguments: [
            TaskToken.workflow(run: 3, scheduledEventID: 1 << 40, stamp: .max),
            .activity(run: .max, scheduledEventID: .max, stamp: 7),
            .query(number: .max),
            .nexus(number: 0x0102_0304_0506_0708),
            .standaloneActivity(number: 5, attempt: .max, stamp: 0),
        ]
    )
    func roundTrip(token: TaskToken) throws {
        #expect(try TaskToken(token.data) == token)
        // As a part of something larger, where the first byte is not at index 0.
        #expect(try TaskToken((Data([9, 9]) + token.data).dropFirst(2)) == token)
    }

    @Test(
        "anything else is refused",
        arguments: [
            Data(), Data([1]), Data(repeating: 1, count: 24), Data(repeating: 1, count: 26),
            // A kind that is none, and numbers that are too large for what they stand for.
            Data([0]) + Data(count: 24), Data([6]) + Data(count: 24), Data([1]) + Data(repeating: 0xFF, count: 24),
            Data([5]) + Data(count: 8) + Data(repeating: 0x7F, count: 16),
        ]
    )
    func bad(data: Data) {
        #expect(throws: RPCError.self) { try TaskToken(data) }
    }
}
