import Crypto
import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// What the service sees and what everybody else sees when payloads are encrypted.
@Suite(.timeLimit(.minutes(2))) struct CodecScenarios {
    static let backends = Backend.available

    /// Texts that must not be anywhere in what the service keeps.
    static let secret = "sesame-7391"

    private func withEncryption(_ backend: Backend, _ body: (Scene) async throws -> Void) async throws {
        let converter = DataConverter(
            failureConverter: FailureConverter(encodesCommonAttributes: true),
            codecs: [EncryptionCodec(key: SymmetricKey(size: .bits256))]
        )
        try await withScene(backend, workflows: [Vault.self, Call.self], dataConverter: converter, body)
    }

    /// The events of a run as the service has them.
    private func stored(_ scene: Scene, _ id: String, _ runID: String?) async throws -> Data {
        let handle = scene.plainClient.workflowHandle(id: id, runID: runID)
        return try await handle.history().proto.serializedBytes()
    }

    @Test(arguments: backends)
    func `nothing of a workflow's values is readable, and everything works`(_ backend: Backend) async throws {
        try await withEncryption(backend) { scene in
            let handle = try await scene.start(Vault.self, Self.secret, String?.none) {
                $0.memo = ["note": Self.secret]
                $0.staticSummary = Self.secret
                $0.staticDetails = Self.secret
            }
            try await handle.signal(Vault.put, "\(Self.secret)-signal")
            try await scene.eventually { try await handle.query(Vault.content, "?") == "\(Self.secret)-signal?" }
            #expect(try await handle.describe().memo("note", as: String.self) == Self.secret)
            #expect(try await handle.describe().staticSummary() == Self.secret)
            let first = try #require(handle.resultRunID)
            try await handle.signal(Vault.put, "next")
            let result = try await handle.result()
            #expect(result == "\(Self.secret) \(Self.secret)-signal echoed, memo \(Self.secret)")
            let last = try await handle.describe().runID
            #expect(last != first)
            for run in [first, last] {
                let events = try await stored(scene, handle.id, run)
                #expect(!events.contains(text: Self.secret))
                #expect(events.contains(text: "binary/encrypted"))
            }
            let described = try await scene.plainClient.workflowHandle(id: handle.id).describe()
            let description: Data = try described.proto.serializedBytes()
            #expect(!description.contains(text: Self.secret))
            await #expect(throws: PayloadConversionError.self) {
                try await scene.plainClient.workflowHandle(for: Vault.self, id: handle.id).result()
            }
        }
    }

    @Test(arguments: backends)
    func `large values are stored elsewhere, encrypted, and everything works`(_ backend: Backend) async throws {
        let url = URL.temporaryDirectory.appending(path: "storage-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        let converter = DataConverter(
            codecs: [
                EncryptionCodec(key: SymmetricKey(size: .bits256)),
                ExternalStorage(Folder(url: url), threshold: 10_000),
            ]
        )
        try await withScene(backend, workflows: [Vault.self], dataConverter: converter) { scene in
            let large = String(repeating: Self.secret, count: 2000)
            let handle = try await scene.start(Vault.self, large, String?.none)
            try await handle.signal(Vault.put, "small")
            try await scene.eventually { try await handle.query(Vault.content, "?") == "small?" }
            let first = try #require(handle.resultRunID)
            try await handle.signal(Vault.put, "next")
            let result = try await handle.result()
            #expect(result.hasPrefix(large))
            let events = try await stored(scene, handle.id, first)
            #expect(events.contains(text: "temporal.api.sdk.v1.ExternalStorageReference"))
            #expect(!events.contains(text: Self.secret))
            #expect(events.count < large.utf8.count)
            let files = try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
            #expect(!files.isEmpty)
            for file in files { #expect(try !Data(contentsOf: file).contains(text: Self.secret)) }
            // Without what is stored nothing can be read, and the error says which codec it was.
            for file in files { try FileManager.default.removeItem(at: file) }
            let error = await #expect(throws: PayloadCodecError.self) { try await handle.result() }
            #expect(error?.message.contains("ExternalStorage") == true)
        }
    }

    @Test(arguments: backends)
    func `failures keep their texts and details to themselves`(_ backend: Backend) async throws {
        try await withEncryption(backend) { scene in
            let handle = try await scene.start(
                Call.self,
                Plan(activity: "leak", input: Self.secret, maximumAttempts: 2)
            )
            let failed = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            let cause = try #require((failed?.cause as? ActivityError)?.cause as? ApplicationError)
            #expect(cause.message == "leaked \(Self.secret)")
            #expect(cause.type == "Leak")
            #expect(try cause.detail(as: String.self) == Self.secret)
            let events = try await stored(scene, handle.id, nil)
            #expect(!events.contains(text: Self.secret))
            #expect(events.contains(text: "Encoded failure"))
        }
    }

    @Test(arguments: backends)
    func `heartbeats reach the next attempt`(_ backend: Backend) async throws {
        try await withEncryption(backend) { scene in
            let plan = Plan(activity: "silent", input: Self.secret, heartbeat: 1000)
            let handle = try await scene.start(Call.self, plan)
            #expect(try await handle.result() == "attempt 2 found \(Self.secret) 50")
            let events = try await stored(scene, handle.id, nil)
            #expect(!events.contains(text: Self.secret))
        }
    }

    @Test(arguments: backends)
    func `a query that fails tells why to those who have the key`(_ backend: Backend) async throws {
        try await withEncryption(backend) { scene in
            let handle = try await scene.start(Vault.self, "x", String?.none)
            let failed = await #expect(throws: QueryFailedError.self) {
                try await handle.query(Vault.content, "throw \(Self.secret)")
            }
            #expect(failed?.message.contains(Self.secret) == false)
            #expect(failed?.cause?.message == "throw \(Self.secret)")
            try await handle.terminate(details: Self.secret)
            let events = try await stored(scene, handle.id, nil)
            #expect(!events.contains(text: Self.secret))
        }
    }
}

extension Data {
    fileprivate func contains(text: String) -> Bool { range(of: Data(text.utf8)) != nil }
}

/// Encrypts payloads with AES-GCM, in the form that the samples of the other SDKs use.
struct EncryptionCodec: PayloadCodec {
    let key: SymmetricKey

    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { payload in
            let box = try AES.GCM.seal(payload.serialized(), using: key)
            return Payload(encoding: "binary/encrypted", data: box.combined ?? Data())
        }
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { payload in
            guard payload.encoding == "binary/encrypted" else { return payload }
            return try Payload(serialized: AES.GCM.open(.init(combined: payload.data), using: key))
        }
    }
}

/// Keeps what it is given, and passes it through everything that has payloads.
@Workflow actor Vault {
    private var entries: [String] = []

    func run(_ input: String, _ kept: String?) async throws -> String {
        if let kept { return "\(input) \(kept), memo \(try context.memo("note", as: String.self) ?? "")" }
        try await context.waitCondition { self.entries.count == 2 }
        let echo = try await context.executeActivity(
            ActivityReference<String, String>(name: "echo"),
            entries[0],
            startToCloseTimeout: .seconds(30),
            summary: input
        )
        try context.continueAsNew(Vault.self, input, String?.some("\(echo) echoed"))
    }

    @Signal func put(_ text: String) { entries.append(text) }

    @Query func content(_ suffix: String) throws -> String {
        if suffix.hasPrefix("throw") { throw ApplicationError(suffix) }
        return (entries.last ?? "") + suffix
    }
}

struct Folder: StorageDriver {
    let name = "acme.folder"
    var url: URL

    func store(_ payloads: [Payload], of context: SerializationContext?) async throws -> [StorageClaim] {
        try payloads.map { payload in
            let bytes = try payload.serialized()
            let key = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
            try bytes.write(to: url.appending(path: key), options: .atomic)
            return StorageClaim(["key": key])
        }
    }

    func retrieve(_ claims: [StorageClaim]) async throws -> [Payload] {
        try claims.map { claim in
            try Payload(serialized: Data(contentsOf: url.appending(path: claim.data["key"] ?? "")))
        }
    }
}
