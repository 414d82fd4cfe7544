import Foundation
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import Testing

/// Which payloads of which messages the codecs see, and what happens when one fails.
@Suite struct DataConverterTests {
    private let converter = DataConverter(codecs: [Mark("a"), Mark("b")])

    private func payload(_ text: String) -> APIPayload {
        Payload(encoding: "json/plain", data: Data(text.utf8)).proto
    }

    /// How a payload looks after the two codecs.
    private func marked(_ text: String) -> APIPayload {
        Payload(encoding: "json/plain", data: Data("b(a(\(text)))".utf8)).proto
    }

    @Test func `codecs encode in their order and decode in reverse`() async throws {
        let message = APIPayloads.with { $0.payloads = [payload("1"), payload("2")] }
        let encoded = try await converter.encoded(message)
        #expect(encoded.payloads == [marked("1"), marked("2")])
        #expect(try await converter.decoded(encoded) == message)
    }

    @Test func `commands of a task are encoded in one call, but for search attributes, headers and own notes`()
        async throws
    {
        let codec = Mark("a")
        let converter = DataConverter(codecs: [codec, Mark("b")])
        var request = APIRespondWorkflowTaskCompletedRequest()
        request.commands = [
            .with {
                $0.userMetadata.summary = payload("summary")
                $0.scheduleActivityTaskCommandAttributes.input.payloads = [payload("input")]
                $0.scheduleActivityTaskCommandAttributes.header.fields = ["h": payload("header")]
            },
            .with {
                $0.startChildWorkflowExecutionCommandAttributes.input.payloads = [payload("child")]
                $0.startChildWorkflowExecutionCommandAttributes.memo.fields = ["m": payload("memo")]
                $0.startChildWorkflowExecutionCommandAttributes.searchAttributes.indexedFields = ["s": payload("s")]
            },
            .with {
                $0.recordMarkerCommandAttributes.markerName = "core_local_activity"
                $0.recordMarkerCommandAttributes.details = [
                    "data": .with { $0.payloads = [payload("own")] }, "result": .with { $0.payloads = [payload("r")] },
                ]
            },
            .with { $0.failWorkflowExecutionCommandAttributes.failure = failure(payload) },
        ]
        request.queryResults = ["q": .with { $0.answer.payloads = [payload("answer")] }]
        request.messages = [
            .with { message in
                message.body = packed(
                    APIUpdateResponse.with { $0.outcome.success.payloads = [payload("outcome")] }
                )
            }
        ]
        let encoded = try await converter.encoded(request)
        #expect(codec.calls == 1)
        let commands = encoded.commands
        #expect(commands[0].userMetadata.summary == marked("summary"))
        #expect(commands[0].scheduleActivityTaskCommandAttributes.input.payloads == [marked("input")])
        #expect(commands[0].scheduleActivityTaskCommandAttributes.header.fields == ["h": payload("header")])
        let child = commands[1].startChildWorkflowExecutionCommandAttributes
        #expect(child.input.payloads == [marked("child")])
        #expect(child.memo.fields == ["m": marked("memo")])
        #expect(child.searchAttributes.indexedFields == ["s": payload("s")])
        let details = commands[2].recordMarkerCommandAttributes.details
        #expect(details["data"]?.payloads == [payload("own")])
        #expect(details["result"]?.payloads == [marked("r")])
        #expect(commands[3].failWorkflowExecutionCommandAttributes.failure == failure(marked))
        #expect(encoded.queryResults["q"]?.answer.payloads == [marked("answer")])
        let response = try APIUpdateResponse(unpackingAny: encoded.messages[0].body)
        #expect(response.outcome.success.payloads == [marked("outcome")])
        var decoded = try await converter.decoded(encoded)
        let update = try APIUpdateResponse(unpackingAny: decoded.messages[0].body)
        #expect(update.outcome.success.payloads == [payload("outcome")])
        // Packed messages compare by how they were packed.
        (decoded.messages, request.messages) = ([], [])
        #expect(decoded == request)
    }

    private func failure(_ payload: (String) -> APIPayload) -> APIFailure {
        .with {
            $0.message = "Encoded failure"
            $0.encodedAttributes = payload("texts")
            $0.cause.applicationFailureInfo.details.payloads = [payload("d1"), payload("d2")]
            $0.cause.cause.timeoutFailureInfo.lastHeartbeatDetails.payloads = [payload("beat")]
        }
    }

    private func packed(_ message: some Message) -> Google_Protobuf_Any {
        var any = Google_Protobuf_Any()
        any.typeURL = "type.googleapis.com/\(type(of: message).protoMessageName)"
        any.value = (try? message.serializedBytes()) ?? Data()
        return any
    }

    @Test func `headers are encoded on request`() async throws {
        let request = APISignalWorkflowExecutionRequest.with { $0.header.fields = ["h": payload("header")] }
        let converter = DataConverter(codecs: [Mark("a"), Mark("b")], encodesHeaders: true)
        let encoded = try await converter.encoded(request)
        #expect(encoded.header.fields == ["h": marked("header")])
        #expect(try await converter.decoded(encoded) == request)
    }

    @Test func `histories are decoded, and what groups count is left alone`() async throws {
        var history = APIHistory()
        history.events = [
            .with {
                $0.workflowExecutionStartedEventAttributes.input.payloads = [marked("in")]
                $0.workflowExecutionStartedEventAttributes.lastCompletionResult.payloads = [marked("last")]
                $0.workflowExecutionStartedEventAttributes.searchAttributes.indexedFields = ["s": payload("s")]
            },
            .with { $0.activityTaskCompletedEventAttributes.result.payloads = [marked("out")] },
        ]
        let decoded = try await converter.decoded(history)
        let start = decoded.events[0].workflowExecutionStartedEventAttributes
        #expect(start.input.payloads == [payload("in")])
        #expect(start.lastCompletionResult.payloads == [payload("last")])
        #expect(start.searchAttributes.indexedFields == ["s": payload("s")])
        #expect(decoded.events[1].activityTaskCompletedEventAttributes.result.payloads == [payload("out")])
        let counts = APICountWorkflowExecutionsResponse.with {
            $0.groups = [.with { $0.groupValues = [payload("Running")] }]
        }
        #expect(try await converter.decoded(counts) == counts)
    }

    @Test func `a codec that throws or loses payloads is named, without what it threw`() async throws {
        let message = APIPayloads.with { $0.payloads = [payload("1"), payload("2")] }
        let thrown = await #expect(throws: PayloadCodecError.self) {
            try await DataConverter(codecs: [Broken(error: Secret(text: "the key"))]).encoded(message)
        }
        #expect(thrown?.message == "The payload codec Broken could not encode 2 payloads: it threw Secret.")
        #expect(thrown?.cause is Secret)
        let lost = await #expect(throws: PayloadCodecError.self) {
            try await DataConverter(codecs: [Broken(error: nil)]).decoded(message)
        }
        #expect(lost?.message == "The payload codec Broken was to decode 2 payloads and returned 0.")
        await #expect(throws: CancellationError.self) {
            try await DataConverter(codecs: [Broken(error: CancellationError())]).encoded(message)
        }
    }

    @Test func `a whole payload survives as bytes`() throws {
        var payload = Payload(encoding: "json/plain", data: Data("1".utf8))
        payload.metadata["more"] = Data([0, 255])
        #expect(try Payload(serialized: payload.serialized()) == payload)
        #expect(throws: (any Error).self) { try Payload(serialized: Data([255])) }
    }

    @Test func `fields are measured as the service measures them`() throws {
        let inputs = APIPayloads.with { $0.payloads = [payload("1"), payload(String(repeating: "x", count: 300))] }
        let memo = APIMemo.with { $0.fields = ["name": payload("12345"), "": payload("")] }
        let request = APIStartWorkflowExecutionRequest.with {
            $0.input = inputs
            $0.memo = memo
        }
        var reader = PayloadReader.measuring
        request.readPayloads(&reader)
        let bytes: Data = try inputs.serializedBytes()
        #expect(reader.largestField == bytes.count)
        #expect(reader.largestMemo == 9)
        #expect(reader.payloads.isEmpty)
    }
}

/// Writes its name around the data.
private final class Mark: PayloadCodec {
    private let name: String
    private let count = Mutex(0)

    init(_ name: String) { self.name = name }

    /// How often it was asked to encode.
    var calls: Int { count.withLock { $0 } }

    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        count.withLock { $0 += 1 }
        return payloads.map { change($0) { "\(name)(\($0))" } }
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] {
        payloads.map { change($0) { String($0.dropFirst(2).dropLast()) } }
    }

    private func change(_ payload: Payload, _ body: (String) -> String) -> Payload {
        Payload(metadata: payload.metadata, data: Data(body(String(decoding: payload.data, as: UTF8.self)).utf8))
    }
}

/// Throws, or returns nothing.
private struct Broken: PayloadCodec {
    var error: (any Error)?

    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        if let error { throw error }
        return []
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] { try await encode(payloads) }
}

private struct Secret: Error { var text: String }
