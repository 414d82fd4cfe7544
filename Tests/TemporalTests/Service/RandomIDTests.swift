import Foundation
import Testing

@testable import Temporal

@Suite struct RandomIDTests {
    @Test("ids are UUIDs of version 4 in lower case")
    func form() throws {
        for _ in 0..<100 {
            let id = RandomID.make()
            let uuid = try #require(UUID(uuidString: id))
            #expect(uuid.uuidString.lowercased() == id)
            #expect(uuid.uuid.6 >> 4 == 4)
            #expect(uuid.uuid.8 >> 6 == 0b10)
        }
    }

    @Test("no id comes twice")
    func differ() {
        #expect(Set((0..<1000).map { _ in RandomID.make() }).count == 1000)
    }

    @Test("all bits that do not tell the version count", arguments: 0..<128)
    func bits(bit: Int) {
        let (high, low): (UInt64, UInt64) = bit < 64 ? (1 << bit, 0) : (0, 1 << (bit - 64))
        let isFixed = (12...15).contains(bit) || bit >= 126
        #expect((RandomID.text(high, low) == RandomID.text(0, 0)) == isFixed)
    }
}
