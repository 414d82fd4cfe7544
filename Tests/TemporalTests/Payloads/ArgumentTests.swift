import Foundation
import Temporal
import Testing

@Suite struct ArgumentTests {
    private let converter = PayloadConverter()

    private func reader(_ payloads: [Payload]) -> ArgumentReader {
        ArgumentReader(payloads, converter: converter, of: "Signal 'add'")
    }

    @Test func `Several arguments are one payload each, with the bytes of Python`() throws {
        let payloads = try ArgumentReader.encode(1, Int?.none, "x", Data("y".utf8), converter: converter)
        #expect(
            payloads == [
                Payload(encoding: "json/plain", data: Data("1".utf8)),
                Payload(encoding: "binary/null", data: Data()),
                Payload(encoding: "json/plain", data: Data("\"x\"".utf8)),
                Payload(encoding: "binary/plain", data: Data("y".utf8)),
            ]
        )
        var arguments = reader(payloads)
        #expect(try arguments.next(Int.self) == 1)
        #expect(try arguments.next(Int?.self) == nil)
        #expect(try arguments.next(String?.self) == "x")
        #expect(try arguments.next(Data.self) == Data("y".utf8))
    }

    @Test func `No arguments are no payloads`() throws {
        #expect(try ArgumentReader.encode(converter: converter).isEmpty)
    }

    @Test func `A missing argument is nil where the type is optional`() throws {
        var arguments = reader(try ArgumentReader.encode(1, converter: converter))
        #expect(try arguments.next(Int.self) == 1)
        #expect(try arguments.next(String?.self) == nil)
        #expect(try arguments.next(Data?.self) == nil)
        #expect(try arguments.next(Payload?.self) == nil)
    }

    @Test func `A missing argument is named`() throws {
        var arguments = reader(try ArgumentReader.encode(1, converter: converter))
        #expect(try arguments.next(Int.self) == 1)
        let error = #expect(throws: PayloadConversionError.self) { try arguments.next(String.self) }
        #expect(error?.message == "Signal 'add', argument 2 of type String is missing: 1 came.")
        #expect(throws: PayloadConversionError.self) { try arguments.next(Payload.self) }
    }

    @Test func `Surplus arguments are ignored`() throws {
        var arguments = reader(try ArgumentReader.encode(1, "surplus", converter: converter))
        #expect(try arguments.next(Int.self) == 1)
    }

    @Test func `An argument of another type is named`() throws {
        var arguments = reader(try ArgumentReader.encode(1, "two", converter: converter))
        #expect(try arguments.next(Int.self) == 1)
        let error = #expect(throws: PayloadConversionError.self) { try arguments.next(Int.self) }
        #expect(error?.message.hasPrefix("Signal 'add', argument 2: ") == true)
        #expect(error?.message.contains("is no Int") == true)
        #expect(error?.cause is PayloadConversionError)
    }

    // MARK: Results

    @Test func `A result that is missing is nil or an error`() throws {
        #expect(try ActivityReference<Int?>(name: "a").result([], converter: converter) == nil)
        let error = #expect(throws: PayloadConversionError.self) {
            try ActivityReference<Int>(name: "a").result([], converter: converter)
        }
        #expect(error?.message == "There is no result, but one of type Int is expected.")
    }

    @Test func `No result is null on the wire, and anything that comes is ignored`() throws {
        let reference = ActivityReference<String, Void>(name: "a")
        #expect(try reference.payload((), converter: converter) == Payload(encoding: "binary/null", data: Data()))
        try reference.result([], converter: converter)
        try reference.result([Payload(encoding: "unknown", data: Data())], converter: converter)
    }

    @Test func `A value is a result`() throws {
        let reference = ActivityReference<String, [Int]>(name: "a")
        let payload = try reference.payload([1, 2], converter: converter)
        #expect(try reference.result([payload], converter: converter) == [1, 2])
    }
}
