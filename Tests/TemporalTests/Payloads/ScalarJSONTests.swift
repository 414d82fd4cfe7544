import Foundation
import Temporal
import Testing

/// Plain values take a short way through the converter: its bytes and its values are those of the coder.
@Suite struct ScalarJSONTests {
    private let short = PayloadConverter()
    /// Another order of encodings, so that the short way is not taken.
    private let long = PayloadConverter(encodings: [JSONEncoding(), NullEncoding()])

    private func expectSame<Value: Codable & Equatable & Sendable>(_ values: [Value]) throws {
        for value in values {
            let payload = try short.encode(value)
            #expect(payload == (try long.encode(value)), "\(value)")
            #expect(try short.decode(payload, as: Value.self) == value)
        }
    }

    @Test func `values are encoded as by a coder`() throws {
        try expectSame([0, 1, -1, 42, Int.max, Int.min, 999_999_999_999_999_999, 1_000_000_000_000_000_000])
        try expectSame([true, false])
        try expectSame(
            [
                "", "a", "a/b", "say \"x\"", "back\\slash", "line\nbreak", "tab\t", "ä", "日本", "👩‍👩‍👧", "\u{7f}", "\u{0}",
                "\u{2028}",
            ]
        )
        try expectSame([1.5, 1.0, -0.0])
        try expectSame([[1, 2], []])
        try expectSame([Int?.some(5)])
    }

    @Test(arguments: [
        "5", " 5", "5 ", "-5", "-0", "00", "05", "5.0", "5e0", "1e3", "5.5", "+5", "", "-", "9223372036854775807",
        "9223372036854775808", "12345678901234567890123", "\"5\"", "true", "false", "tru", "null", "\"\"", "\"a", "a\"",
        "\"",
        "\"\\u0041\"", "\"a\\/b\"", "\"\u{1}\"", "\"ä\"", "[1]",
    ])
    func `bytes are read as by a coder`(json: String) {
        let payload = Payload(encoding: "json/plain", data: Data(json.utf8))
        func same<Value: Codable & Equatable & Sendable>(_ type: Value.Type) {
            let (mine, theirs) = (try? short.decode(payload, as: type), try? long.decode(payload, as: type))
            #expect(mine == theirs, "\(json) as \(type)")
        }
        same(Int.self)
        same(String.self)
        same(Bool.self)
    }
}
