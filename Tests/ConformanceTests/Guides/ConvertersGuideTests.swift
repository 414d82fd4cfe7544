import Crypto
import Foundation
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

// The samples of the guide on converters that encrypt, as they stand there; `GuideTests` compares them.

private struct BoundCodec: ContextualPayloadCodec {
    var key: SymmetricKey
    var place = Data()

    func with(_ context: SerializationContext) -> any PayloadCodec {
        BoundCodec(key: key, place: Data("\(context.namespace)/\(context.workflowID)".utf8))
    }

    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { payload in
            let box = try AES.GCM.seal(payload.serialized(), using: key, authenticating: place)
            return Payload(encoding: "binary/encrypted", data: box.combined ?? Data())
        }
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { payload in
            guard payload.encoding == "binary/encrypted" else { return payload }
            let box = try AES.GCM.SealedBox(combined: payload.data)
            return try Payload(serialized: AES.GCM.open(box, using: key, authenticating: place))
        }
    }
}

private func encrypting(_ connection: any TemporalService, key: SymmetricKey) -> TemporalClient {
    let converter = DataConverter(
        failureConverter: FailureConverter(encodesCommonAttributes: true),
        codecs: [EncryptionCodec(key: key)]
    )
    let client = TemporalClient(service: connection, dataConverter: converter)
    return client
}

@Suite(.timeLimit(.minutes(1))) struct ConvertersGuideTests {
    @Test func `a payload that is bound to its workflow is read there only`() async throws {
        let codec = BoundCodec(key: SymmetricKey(size: .bits256))
        func bound(to id: String) -> any PayloadCodec {
            codec.with(SerializationContext(namespace: "default", workflowID: id))
        }
        let payload = try PayloadConverter().encode("secret")
        let sealed = try await bound(to: "a").encode([payload])
        #expect(sealed.map(\.encoding) == ["binary/encrypted"])
        #expect(try await bound(to: "a").decode(sealed) == [payload])
        await #expect(throws: (any Error).self) { try await bound(to: "b").decode(sealed) }
    }

    @Test func `what an encrypting client starts with is read by one with its key`() async throws {
        let server = TestServer()
        let client = encrypting(server, key: SymmetricKey(size: .bits256))
        let options = WorkflowOptions(id: "w", taskQueue: "q", memo: ["note": "secret"])
        let handle = try await client.startWorkflow(named: "Any", options: options)
        #expect(try await handle.describe().memo("note", as: String.self) == "secret")
        let plain = TemporalClient(service: server).workflowHandle(id: "w")
        await #expect(throws: (any Error).self) { try await plain.describe().memo("note", as: String.self) }
        server.shutdown()
    }
}
