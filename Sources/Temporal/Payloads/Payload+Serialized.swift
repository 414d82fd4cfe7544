public import Foundation
import SwiftProtobuf
import TemporalAPI

extension Payload {
    /// Reads a payload that ``serialized()`` has written, in this SDK or another.
    ///
    /// - Parameter bytes: The serialized payload.
    /// - Throws: An error of the protobuf library if the bytes are no payload.
    public init(serialized bytes: Data) throws {
        self.init(try APIPayload(serializedBytes: bytes))
    }

    /// The whole payload, metadata and data, as the bytes of a protobuf message: what a codec encrypts or compresses.
    ///
    /// - Throws: An error of the protobuf library if the payload is too large.
    public func serialized() throws -> Data {
        try proto.serializedBytes()
    }
}
