import Foundation
import Synchronization
import TemporalAPI
import Testing

@testable import Temporal

/// What is stored elsewhere, what the service has in its place, and how it is found again.
@Suite(.timeLimit(.minutes(1))) struct ExternalStorageTests {
    /// What the Python SDK writes for 300,000 bytes that its driver `shelf` has stored.
    static let python = Payload(
        metadata: [
            "encoding": Data("json/protobuf".utf8),
            "messageType": Data("temporal.api.sdk.v1.ExternalStorageReference".utf8),
        ],
        data: Data(#"{"claimData":{"key":"a/1"},"driverName":"shelf"}"#.utf8)
    )

    private func payload(_ size: Int) -> Payload {
        Payload(encoding: "binary/plain", data: Data(repeating: 7, count: size))
    }

    @Test func `large payloads are stored together, and small ones stay where they are`() async throws {
        let shelf = Shelf("shelf")
        let context = SerializationContext(namespace: "default", workflowID: "w")
        let storage = ExternalStorage(shelf, threshold: 100).with(context)
        let payloads = [payload(10), payload(200), payload(300)]
        let encoded = try await storage.encode(payloads)
        #expect(encoded[0] == payloads[0])
        #expect(encoded[1...].allSatisfy { $0.encoding == "json/protobuf" && $0.data.count < 100 })
        #expect(shelf.calls == ["store 2 of w"])
        #expect(try await storage.decode(encoded) == payloads)
        #expect(shelf.calls == ["store 2 of w", "retrieve 2"])
        // Nothing is asked where nothing is to be done.
        _ = try await storage.decode(storage.encode([payload(10)]))
        #expect(shelf.calls.count == 2)
    }

    @Test func `a reference is what other SDKs write and read, with the size for the service`() async throws {
        let shelf = Shelf("shelf")
        let storage = ExternalStorage(shelf, threshold: 100)
        let large = payload(300_000)
        let reference = try await storage.encode([large])[0]
        #expect(reference.metadata == Self.python.metadata)
        #expect(reference.data == Self.python.data)
        #expect(try reference.proto.externalPayloads.map(\.sizeBytes) == [Int64(large.serialized().count)])
        // The size goes along where the payload is read and written again.
        #expect(Payload(reference.proto) == reference)
        #expect(try await storage.decode([Self.python]) == [large])
        let bare = Payload(metadata: Self.python.metadata, data: Data(#"{"driverName":"shelf"}"#.utf8))
        await #expect(throws: (any Error).self) { try await storage.decode([bare]) }
    }

    @Test func `what was stored by another driver is found by it`() async throws {
        let old = Shelf("old")
        let new = Shelf("new")
        let stored = try await ExternalStorage(old, threshold: 0).encode([payload(1), payload(2)])
        let storage = ExternalStorage(new, readingAlso: [old], threshold: 0)
        let mixed = [stored[0], try await storage.encode([payload(3)])[0], stored[1]]
        #expect(try await storage.decode(mixed) == [payload(1), payload(3), payload(2)])
        #expect(old.calls == ["store 2 of -", "retrieve 2"] && new.calls == ["store 1 of -", "retrieve 1"])
        let error = await #expect(throws: ExternalStorageError.self) {
            try await ExternalStorage(new).decode(stored)
        }
        #expect(error?.description.contains("'old'") == true)
    }

    @Test func `a driver that answers too little is an error`() async throws {
        let shelf = Shelf("shelf", loses: 1)
        let storage = ExternalStorage(shelf, threshold: 0)
        let error = await #expect(throws: ExternalStorageError.self) {
            try await storage.encode([payload(1), payload(2)])
        }
        #expect(error?.description.contains("2 payloads") == true && error?.description.contains("answered 1") == true)
    }

    @Test func `other messages of protobuf pass`() async throws {
        let message = Payload(
            metadata: ["encoding": Data("json/protobuf".utf8), "messageType": Data("acme.Order".utf8)],
            data: Data("{}".utf8)
        )
        #expect(try await ExternalStorage(Shelf("shelf")).decode([message]) == [message])
    }
}

/// Keeps payloads in memory.
private final class Shelf: StorageDriver {
    let name: String
    private let loses: Int
    private let state = Mutex<(payloads: [String: Payload], calls: [String])>(([:], []))

    var calls: [String] { state.withLock(\.calls) }

    init(_ name: String, loses: Int = 0) {
        self.name = name
        self.loses = loses
    }

    func store(_ payloads: [Payload], of context: SerializationContext?) async throws -> [StorageClaim] {
        state.withLock { state in
            state.calls.append("store \(payloads.count) of \(context?.workflowID ?? "-")")
            return payloads.dropLast(loses).map { payload in
                let key = "a/\(state.payloads.count + 1)"
                state.payloads[key] = payload
                return StorageClaim(["key": key])
            }
        }
    }

    func retrieve(_ claims: [StorageClaim]) async throws -> [Payload] {
        try state.withLock { state in
            state.calls.append("retrieve \(claims.count)")
            return try claims.map { claim in
                guard let payload = claim.data["key"].flatMap({ state.payloads[$0] }) else { throw Missing() }
                return payload
            }
        }
    }

    private struct Missing: Error {}
}
