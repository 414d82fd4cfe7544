import Foundation

/// What the service keeps of a payload that is stored elsewhere: JSON of Temporal's message for it.
struct StorageReference: Codable {
    static let messageType = Data("temporal.api.sdk.v1.ExternalStorageReference".utf8)
    static let encoding = Data("json/protobuf".utf8)

    var driverName: String
    var claimData: [String: String]

    init(driverName: String, claimData: [String: String]) {
        self.driverName = driverName
        self.claimData = claimData
    }

    /// Reads a payload; `nil` if it is no reference.
    init?(_ payload: Payload) throws {
        guard payload.metadata["messageType"] == Self.messageType, payload.metadata["encoding"] == Self.encoding else {
            return nil
        }
        self = try JSONDecoder().decode(Self.self, from: payload.data)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // JSON of messages leaves out what is empty.
        driverName = try container.decodeIfPresent(String.self, forKey: .driverName) ?? ""
        claimData = try container.decodeIfPresent([String: String].self, forKey: .claimData) ?? [:]
    }

    /// The reference as a payload.
    ///
    /// - Parameter size: The size in bytes of what is stored, which the service counts.
    func payload(_ size: Int) throws -> Payload {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var payload = Payload(
            metadata: ["encoding": Self.encoding, "messageType": Self.messageType],
            data: try encoder.encode(self)
        )
        payload.externalSizes = [Int64(size)]
        return payload
    }
}
