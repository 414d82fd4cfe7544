/// Where an ``ExternalStorage`` keeps payloads: a bucket, a database, a disk.
///
/// Histories refer to what is stored for as long as the service keeps them. So nothing may be taken away before, nor changed. A
/// call may be made again: what is stored under a key that its content decides is stored once.
public protocol StorageDriver: Sendable {
    /// The name of the driver in the payloads that refer to it. It must never change.
    var name: String { get }

    /// Stores payloads.
    ///
    /// - Parameters:
    ///   - payloads: What to store, as the codecs before have encoded it.
    ///   - context: What the payloads belong to; `nil` where that is not known.
    /// - Returns: How each is found again, in the same order.
    func store(_ payloads: [Payload], of context: SerializationContext?) async throws -> [StorageClaim]

    /// Finds payloads again.
    ///
    /// - Parameter claims: What ``store(_:of:)`` returned, in this process or another.
    /// - Returns: The payloads, in the same order.
    func retrieve(_ claims: [StorageClaim]) async throws -> [Payload]
}

/// How a ``StorageDriver`` finds a payload again. The service keeps it, readable, in the payload's place.
public struct StorageClaim: Sendable, Hashable {
    /// What the driver needs, such as a bucket and a key.
    public var data: [String: String]

    /// Makes a claim.
    public init(_ data: [String: String]) {
        self.data = data
    }
}

/// A payload codec that keeps large payloads elsewhere, and gives the service a reference.
///
/// It stands last among the codecs, so that what is stored is encrypted and compressed as all else:
///
/// ```swift
/// let converter = DataConverter(codecs: [EncryptionCodec(key: key), ExternalStorage(bucket)])
/// ```
///
/// The references are those of the other SDKs that store payloads elsewhere, which can read them with a driver of the same name.
public struct ExternalStorage: ContextualPayloadCodec {
    private let driver: any StorageDriver
    private let others: [any StorageDriver]
    private let threshold: Int
    private var context: SerializationContext?

    /// Makes a storage.
    ///
    /// - Parameters:
    ///   - driver: Where payloads are stored.
    ///   - others: Where payloads were stored before, for those that are still referred to. Default: nowhere.
    ///   - threshold: The size in bytes, metadata included, from which on a payload is stored elsewhere. Default: 256 KiB.
    public init(_ driver: any StorageDriver, readingAlso others: [any StorageDriver] = [], threshold: Int = 256 * 1024)
    {
        self.driver = driver
        self.others = others
        self.threshold = threshold
    }

    public func with(_ context: SerializationContext) -> any PayloadCodec {
        var copy = self
        copy.context = context
        return copy
    }

    public func encode(_ payloads: [Payload]) async throws -> [Payload] {
        let sizes = try payloads.map { try $0.serialized().count }
        let large = payloads.indices.filter { sizes[$0] >= threshold }
        guard !large.isEmpty else { return payloads }
        let claims = try await driver.store(large.map { payloads[$0] }, of: context)
        guard claims.count == large.count else { throw ExternalStorageError.count(driver, large.count, claims.count) }
        var result = payloads
        for (index, claim) in zip(large, claims) {
            result[index] = try StorageReference(driverName: driver.name, claimData: claim.data).payload(sizes[index])
        }
        return result
    }

    public func decode(_ payloads: [Payload]) async throws -> [Payload] {
        let references = try payloads.map(StorageReference.init)
        var result = payloads
        for name in Set(references.compactMap { $0?.driverName }).sorted() {
            guard let driver = ([driver] + others).first(where: { $0.name == name }) else {
                throw ExternalStorageError.unknown(name)
            }
            let places = references.indices.filter { references[$0]?.driverName == name }
            let claims = places.compactMap { references[$0].map { StorageClaim($0.claimData) } }
            let stored = try await driver.retrieve(claims)
            guard stored.count == places.count else {
                throw ExternalStorageError.count(driver, places.count, stored.count)
            }
            for (place, payload) in zip(places, stored) { result[place] = payload }
        }
        return result
    }
}

/// Payloads that could not be stored elsewhere, or not be found again.
public struct ExternalStorageError: Error, Sendable, CustomStringConvertible {
    public let description: String

    static func count(_ driver: any StorageDriver, _ expected: Int, _ found: Int) -> ExternalStorageError {
        ExternalStorageError(
            description:
                "The storage driver '\(driver.name)' was given \(expected) payloads or claims, and answered \(found)."
        )
    }

    static func unknown(_ name: String) -> ExternalStorageError {
        ExternalStorageError(
            description:
                "A payload is stored by the driver '\(name)', which the data converter does not have: give it to "
                + "ExternalStorage, as a driver to read with."
        )
    }
}
