public import Foundation
package import TemporalAPI

/// One encoded value, as Temporal stores it: bytes, and metadata that says how they are encoded.
///
/// Everything that crosses the service is a payload: inputs, results, signal and query arguments, heartbeat details,
/// memo and search attributes. A handler that takes or returns `Payload` gets and gives it unconverted.
public struct Payload: Sendable, Hashable {
    /// How ``data`` is encoded, and what else a converter or codec noted. The key `encoding` is always there.
    public var metadata: [String: Data]

    /// The encoded value.
    public var data: Data

    /// The sizes in bytes of what is stored elsewhere and this payload refers to, for the service to count.
    var externalSizes: [Int64] = []

    /// Makes a payload from its parts.
    ///
    /// - Parameters:
    ///   - metadata: The metadata, with the key `encoding`.
    ///   - data: The encoded bytes.
    public init(metadata: [String: Data], data: Data) {
        self.metadata = metadata
        self.data = data
    }

    /// Makes a payload of an encoding.
    ///
    /// - Parameters:
    ///   - encoding: The name of the encoding, such as `json/plain`.
    ///   - data: The encoded bytes.
    public init(encoding: String, data: Data) {
        self.init(metadata: ["encoding": Data(encoding.utf8)], data: data)
    }

    /// The metadata of most payloads, made once.
    static let jsonMetadata = ["encoding": jsonName]

    private static let jsonName = Data("json/plain".utf8)

    /// Whether the payload holds a `Codable` value as JSON.
    var isPlainJSON: Bool { metadata["encoding"] == Self.jsonName }

    /// The name of the encoding, or an empty text if the metadata has none that can be read.
    public var encoding: String {
        metadata["encoding"].map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    package init(_ proto: APIPayload) {
        self.init(metadata: proto.metadata, data: proto.data)
        if !proto.externalPayloads.isEmpty { externalSizes = proto.externalPayloads.map(\.sizeBytes) }
    }

    package var proto: APIPayload {
        var proto = APIPayload()
        proto.metadata = metadata
        proto.data = data
        if !externalSizes.isEmpty {
            proto.externalPayloads = externalSizes.map { size in
                var details = APIPayload.ExternalPayloadDetails()
                details.sizeBytes = size
                return details
            }
        }
        return proto
    }
}

// A payload as a value of its own: the converters pass it through unchanged, and no other coder can hold it.
extension Payload: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        throw DecodingError.dataCorruptedError(
            in: container,
            debugDescription: "A Payload stands for a whole argument or result and cannot be nested in another value."
        )
    }

    public func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self,
            .init(
                codingPath: encoder.codingPath,
                debugDescription:
                    "A Payload stands for a whole argument or result and cannot be nested in another value."
            )
        )
    }
}

extension APIPayloads {
    package init(_ payloads: [Payload]) {
        self.init()
        self.payloads = payloads.map(\.proto)
    }

    package var values: [Payload] {
        payloads.map(Payload.init)
    }
}
