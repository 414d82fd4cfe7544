import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@Suite struct ProtobufTests {
    private let converter = PayloadConverter()

    private var execution: APIWorkflowExecution {
        .with {
            $0.workflowID = "w"
            $0.runID = "r"
        }
    }

    private func payload(_ encoding: String, _ type: String, _ data: Data) -> Payload {
        Payload(metadata: ["encoding": Data(encoding.utf8), "messageType": Data(type.utf8)], data: data)
    }

    @Test func `A message is JSON with its type, as Python has it`() throws {
        let encoded = try converter.encode(ProtobufValue(execution))
        #expect(encoded.encoding == "json/protobuf")
        #expect(encoded.metadata["messageType"] == Data("temporal.api.common.v1.WorkflowExecution".utf8))
        let json = Data(#"{"runId":"r","workflowId":"w"}"#.utf8)
        let foreign = payload("json/protobuf", "temporal.api.common.v1.WorkflowExecution", json)
        for payload in [encoded, foreign] {
            let decoded = try converter.decode(payload, as: ProtobufValue<APIWorkflowExecution>.self)
            #expect(decoded.message == execution)
        }
    }

    @Test func `A well-known type has its JSON form of its own`() throws {
        let duration = Google_Protobuf_Duration.with {
            $0.seconds = 90
            $0.nanos = 500_000_000
        }
        let fixture = payload("json/protobuf", "google.protobuf.Duration", Data("\"90.500s\"".utf8))
        #expect(try converter.encode(ProtobufValue(duration)) == fixture)
        #expect(try converter.decode(fixture, as: ProtobufValue<Google_Protobuf_Duration>.self).message == duration)
    }

    @Test func `A message in binary form is read, and written where it is the first encoding`() throws {
        let fixture = payload(
            "binary/protobuf",
            "temporal.api.common.v1.WorkflowExecution",
            Data([0x0a, 0x01, 0x77, 0x12, 0x01, 0x72])
        )
        #expect(try converter.decode(fixture, as: ProtobufValue<APIWorkflowExecution>.self).message == execution)
        let binary = PayloadConverter(encodings: [BinaryProtobufEncoding()])
        #expect(try binary.encode(ProtobufValue(execution)) == fixture)
    }

    @Test func `A message may be optional`() throws {
        typealias Value = ProtobufValue<APIWorkflowExecution>
        let payload = try converter.encode(Value?.some(ProtobufValue(execution)))
        #expect(payload.encoding == "json/protobuf")
        #expect(try converter.decode(payload, as: Value?.self)?.message == execution)
        let null = try converter.encode(Value?.none)
        #expect(null.encoding == "binary/null")
        #expect(try converter.decode(null, as: Value?.self) == nil)
    }

    @Test func `Fields that are unknown here are ignored`() throws {
        let json = Data(#"{"workflowId":"w","runId":"r","added":{"later":[1]}}"#.utf8)
        let foreign = payload("json/protobuf", "temporal.api.common.v1.WorkflowExecution", json)
        #expect(try converter.decode(foreign, as: ProtobufValue<APIWorkflowExecution>.self).message == execution)
    }

    @Test func `A message is no other value, and garbage is no message`() {
        let json = payload("json/protobuf", "temporal.api.common.v1.WorkflowExecution", Data("{}".utf8))
        let error = #expect(throws: PayloadConversionError.self) { try converter.decode(json, as: String.self) }
        #expect(error?.message.contains("take a ProtobufValue") == true)
        for encoding in ["json/protobuf", "binary/protobuf"] {
            let garbage = payload(encoding, "temporal.api.common.v1.WorkflowExecution", Data([0x7b, 0xff]))
            #expect(throws: PayloadConversionError.self) {
                try converter.decode(garbage, as: ProtobufValue<APIWorkflowExecution>.self)
            }
        }
    }

    @Test func `A message inside of another value comes back`() throws {
        let payload = try converter.encode(["a": ProtobufValue(execution)])
        #expect(payload.encoding == "json/plain")
        let decoded = try converter.decode(payload, as: [String: ProtobufValue<APIWorkflowExecution>].self)
        #expect(decoded["a"]?.message == execution)
    }
}
