import Foundation
import Temporal
import TemporalAPI
import Testing

@Suite struct PayloadConverterTests {
    private let converter = PayloadConverter()

    // MARK: The same bytes as another SDK

    /// A value, and the payload that the Python SDK 1.35 makes of the same value.
    struct Fixture: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let encoding: String
        let data: Data
        let encode: @Sendable (PayloadConverter) throws -> Payload
        let decodesEqual: @Sendable (PayloadConverter, Payload) throws -> Bool

        init<Value: Codable & Equatable & Sendable>(_ name: String, _ value: Value, _ encoding: String, _ data: String)
        {
            self.init(name, value, encoding, Data(data.utf8))
        }

        init<Value: Codable & Equatable & Sendable>(_ name: String, _ value: Value, _ encoding: String, _ data: Data) {
            self.testDescription = name
            self.encoding = encoding
            self.data = data
            self.encode = { try $0.encode(value) }
            self.decodesEqual = { try $0.decode($1, as: Value.self) == value }
        }
    }

    struct Inner: Codable, Hashable {
        var name: String
        var values: [Int]
    }

    struct Outer: Codable, Hashable {
        var inner: Inner
        var note: String?
        var tags: [String: Double]
    }

    enum Color: String, Codable { case red }

    enum Size: Int, Codable { case large = 3 }

    @Test(
        arguments: [
            Fixture("nil", Int?.none, "binary/null", ""),
            Fixture("nested nil", Int??.some(nil), "binary/null", ""),
            Fixture("nil bytes", Data?.none, "binary/null", ""),
            Fixture("true", true, "json/plain", "true"),
            Fixture("false", false, "json/plain", "false"),
            Fixture("optional", Int?.some(7), "json/plain", "7"),
            Fixture("zero", 0, "json/plain", "0"),
            Fixture("largest Int64", Int64.max, "json/plain", "9223372036854775807"),
            Fixture("smallest Int64", Int64.min, "json/plain", "-9223372036854775808"),
            Fixture("largest UInt64", UInt64.max, "json/plain", "18446744073709551615"),
            Fixture("Double", 0.1, "json/plain", "0.1"),
            Fixture("a third", 1.0 / 3, "json/plain", "0.3333333333333333"),
            Fixture("large Double", 1e300, "json/plain", "1e+300"),
            Fixture("smallest Double", Double.leastNonzeroMagnitude, "json/plain", "5e-324"),
            Fixture("empty text", "", "json/plain", "\"\""),
            Fixture("text with slashes", "https://a/b?c=\\d", "json/plain", #""https://a/b?c=\\d""#),
            Fixture("bytes", Data([0, 255, 16, 104]), "binary/plain", Data([0, 255, 16, 104])),
            Fixture("array of bytes", [0, 255, 16, 104] as [UInt8], "binary/plain", Data([0, 255, 16, 104])),
            Fixture("no bytes", Data(), "binary/plain", ""),
            Fixture("empty array of bytes", [UInt8](), "binary/plain", ""),
            Fixture("optional bytes", Data?.some(Data([1])), "binary/plain", Data([1])),
            Fixture("optional array of bytes", [UInt8]?.some([1]), "binary/plain", Data([1])),
            Fixture("array", [1, 2, 3], "json/plain", "[1,2,3]"),
            Fixture("empty array", [Int](), "json/plain", "[]"),
            Fixture("empty array of texts", [String](), "json/plain", "[]"),
            Fixture("optional empty array", [String]?.some([]), "json/plain", "[]"),
            Fixture("array with null", [nil, "a"], "json/plain", #"[null,"a"]"#),
            Fixture("dictionary", ["b": 1, "a": 2], "json/plain", #"{"a":2,"b":1}"#),
            Fixture("empty dictionary", [String: Int](), "json/plain", "{}"),
            Fixture("enum of texts", Color.red, "json/plain", "\"red\""),
            Fixture("enum of integers", Size.large, "json/plain", "3"),
        ]
    )
    func `A value is encoded as Python encodes it, and comes back`(_ fixture: Fixture) throws {
        let payload = try fixture.encode(converter)
        #expect(payload == Payload(encoding: fixture.encoding, data: fixture.data))
        #expect(try fixture.decodesEqual(converter, payload))
    }

    /// What Python writes differently, but means the same.
    @Test(
        arguments: [
            Fixture(
                "text in escapes",
                "Grüße 🚀 日本 \u{2028}",
                "json/plain",
                #""Gr\u00fc\u00dfe \ud83d\ude80 \u65e5\u672c \u2028""#
            ),
            Fixture("control characters", "\"\n\t\u{1}\u{7f}", "json/plain", #""\"\n\t\u0001\u007f""#),
            Fixture("whole Double", 3.0, "json/plain", "3.0"),
            Fixture("integer from a whole number", 3, "json/plain", "3.0"),
            Fixture("Double from an integer", 3.0, "json/plain", "3"),
            Fixture("negative zero", -0.0, "json/plain", "-0.0"),
            Fixture("Double from 2^70", 1_180_591_620_717_411_303_424.0, "json/plain", "1180591620717411303424"),
            Fixture("bytearray", [97, 98] as [UInt8], "json/plain", "[97,98]"),
            Fixture("base64 of other SDKs", Data([1, 2, 3]), "json/plain", #""AQID""#),
            Fixture("JSON null of older SDKs", Int?.none, "json/plain", "null"),
            Fixture(
                "nested with explicit null",
                Outer(inner: Inner(name: "a/b", values: [1, 2, 3]), note: nil, tags: ["x": 1.5]),
                "json/plain",
                #"{"inner":{"name":"a/b","values":[1,2,3]},"note":null,"tags":{"x":1.5}}"#
            ),
            Fixture(
                "field unknown here",
                Inner(name: "", values: []),
                "json/plain",
                #"{"name":"","values":[],"new":{}}"#
            ),
            Fixture("white space", [1, 2], "json/plain", " [ 1,\n2 ] "),
            Fixture(
                "UUID",
                UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xab)),
                "json/plain",
                #""01020304-0506-0708-090a-0b0c0d0e0fab""#
            ),
        ]
    )
    func `What others write differently is read, and comes back`(_ fixture: Fixture) throws {
        let foreign = Payload(encoding: fixture.encoding, data: fixture.data)
        #expect(try fixture.decodesEqual(converter, foreign))
        #expect(try fixture.decodesEqual(converter, fixture.encode(converter)))
    }

    @Test func `A nested value without its optionals leaves their keys out`() throws {
        let value = Outer(inner: Inner(name: "a/b", values: [1]), note: nil, tags: ["x": 1.5])
        let json = #"{"inner":{"name":"a/b","values":[1]},"tags":{"x":1.5}}"#
        #expect(try converter.encode(value) == Payload(encoding: "json/plain", data: Data(json.utf8)))
    }

    @Test func `Equal values have equal bytes, whatever the order of their keys`() throws {
        let pairs = (0..<200).map { ("key\($0)", $0) }
        let first = try converter.encode(Dictionary(uniqueKeysWithValues: pairs))
        let second = try converter.encode(Dictionary(uniqueKeysWithValues: pairs.reversed()))
        #expect(first == second)
    }

    @Test func `A payload passes through as it is`() throws {
        let raw = Payload(metadata: ["encoding": Data("my/own".utf8), "key": Data([1])], data: Data([2]))
        #expect(try converter.encode(raw) == raw)
        #expect(try converter.decode(raw, as: Payload.self) == raw)
        #expect(try converter.encode(Payload?.some(raw)) == raw)
        #expect(try converter.decode(raw, as: Payload?.self) == raw)
        #expect(try converter.encode(Payload?.none).encoding == "binary/null")
        let null = Payload(encoding: "binary/null", data: Data())
        #expect(try converter.decode(null, as: Payload?.self) == nil)
        #expect(try converter.decode(null, as: Payload.self) == null)
    }

    @Test func `A payload inside of another value is refused`() {
        let raw = Payload(encoding: "my/own", data: Data())
        let error = #expect(throws: PayloadConversionError.self) { try converter.encode([raw]) }
        #expect(error?.message.contains("cannot be nested in another value") == true)
    }

    @Test func `The metadata of a payload survives the wire`() {
        let raw = Payload(metadata: ["encoding": Data("my/own".utf8), "key": Data([1])], data: Data([2]))
        #expect(Payload(raw.proto) == raw)
        #expect(Payload(APIPayload()).encoding.isEmpty)
    }

    // MARK: Errors

    @Test func `An unknown encoding is named with the known ones`() throws {
        let payload = Payload(encoding: "binary/encrypted", data: Data([1]))
        let error = #expect(throws: PayloadConversionError.self) { try converter.decode(payload, as: Int.self) }
        #expect(error?.message.contains("'binary/encrypted'") == true)
        #expect(
            error?.message.hasSuffix(
                "Known: binary/null, binary/plain, json/protobuf, binary/protobuf, json/plain."
            ) == true
        )
        #expect(throws: PayloadConversionError.self) {
            try converter.decode(Payload(metadata: [:], data: Data("1".utf8)), as: Int.self)
        }
    }

    @Test(arguments: ["{", "", "NaN", "[1,", "\"\\ud800\"", "\u{feff}", "1 2", "nul"])
    func `Malformed JSON is an error`(_ json: String) {
        let payload = Payload(encoding: "json/plain", data: Data(json.utf8))
        #expect(throws: PayloadConversionError.self) { try converter.decode(payload, as: [String].self) }
        #expect(throws: PayloadConversionError.self) { try converter.decode(payload, as: Int.self) }
    }

    @Test(arguments: ["9223372036854775808", "1180591620717411303424", "1.5", "\"1\"", "true", "null"])
    func `A number that is no Int64 is an error`(_ json: String) {
        let payload = Payload(encoding: "json/plain", data: Data(json.utf8))
        #expect(throws: PayloadConversionError.self) { try converter.decode(payload, as: Int64.self) }
    }

    @Test func `A mismatch inside of a value says where`() {
        let payload = Payload(encoding: "json/plain", data: Data(#"{"inner":{"name":1,"values":[]},"tags":{}}"#.utf8))
        let error = #expect(throws: PayloadConversionError.self) { try converter.decode(payload, as: Outer.self) }
        #expect(error?.message.contains("at 'inner.name'") == true)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `A number that JSON does not have is an error`(_ number: Double) {
        #expect(throws: PayloadConversionError.self) { try converter.encode(number) }
    }

    @Test func `Null and bytes are no values of other types`() {
        let null = Payload(encoding: "binary/null", data: Data())
        #expect(throws: PayloadConversionError.self) { try converter.decode(null, as: Int.self) }
        #expect(throws: PayloadConversionError.self) { try converter.decode(null, as: Data.self) }
        let empty = Payload(encoding: "binary/plain", data: Data())
        #expect(throws: PayloadConversionError.self) { try converter.decode(empty, as: [Int].self) }
        #expect(throws: PayloadConversionError.self) { try converter.decode(empty, as: [String]?.self) }
        #expect(throws: PayloadConversionError.self) { try converter.decode(empty, as: String.self) }
    }

    // MARK: Other encodings

    @Test func `The first encoding that takes a value writes it, each reads its own`() throws {
        let shouting = PayloadConverter(encodings: [Shout(), JSONEncoding()])
        let payload = try shouting.encode("hello")
        #expect(payload == Payload(encoding: "text/shout", data: Data("HELLO".utf8)))
        #expect(try shouting.decode(payload, as: String.self) == "HELLO")
        #expect(try shouting.encode(1) == Payload(encoding: "json/plain", data: Data("1".utf8)))
        #expect(throws: PayloadConversionError.self) { try PayloadConverter(encodings: [Shout()]).encode(1) }
    }

    private struct Shout: EncodingConverter {
        let encoding = "text/shout"

        func encode<Value: Encodable>(_ value: Value) -> Payload? {
            (value as? String).map { Payload(encoding: encoding, data: Data($0.uppercased().utf8)) }
        }

        func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type) throws -> Value {
            try #require(String(decoding: payload.data, as: UTF8.self) as? Value)
        }
    }
}
