package import SwiftProtobuf

// The health service of gRPC, which every Temporal server offers. No descriptor of the Temporal API carries it, so that
// its two messages are written by hand.

/// Asks whether a service of a server works: `grpc.health.v1.HealthCheckRequest`.
package nonisolated struct APIHealthCheckRequest: Message, Sendable, Equatable {
    package static let protoMessageName = "grpc.health.v1.HealthCheckRequest"

    /// The full name of the service; empty for the server as a whole.
    package var service = ""

    package var unknownFields = UnknownStorage()

    package init() {}

    package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
        while let field = try decoder.nextFieldNumber() {
            if field == 1 { try decoder.decodeSingularStringField(value: &service) }
        }
    }

    package func traverse<V: Visitor>(visitor: inout V) throws {
        if !service.isEmpty { try visitor.visitSingularStringField(value: service, fieldNumber: 1) }
        try unknownFields.traverse(visitor: &visitor)
    }

    package func isEqualTo(message: any Message) -> Bool { self == message as? Self }
}

/// Says whether a service of a server works: `grpc.health.v1.HealthCheckResponse`.
package nonisolated struct APIHealthCheckResponse: Message, Sendable, Equatable {
    package static let protoMessageName = "grpc.health.v1.HealthCheckResponse"

    /// The state as a number: 0 unknown, 1 serving, 2 not serving, 3 no such service.
    package var status: Int32 = 0

    package var unknownFields = UnknownStorage()

    package init() {}

    package mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {
        while let field = try decoder.nextFieldNumber() {
            // An enum is a number on the wire, and one that this version does not know stays what it is.
            if field == 1 { try decoder.decodeSingularInt32Field(value: &status) }
        }
    }

    package func traverse<V: Visitor>(visitor: inout V) throws {
        if status != 0 { try visitor.visitSingularInt32Field(value: status, fieldNumber: 1) }
        try unknownFields.traverse(visitor: &visitor)
    }

    package func isEqualTo(message: any Message) -> Bool { self == message as? Self }
}

extension ServiceMethod where Request == APIHealthCheckRequest, Response == APIHealthCheckResponse {
    /// `grpc.health.v1.Health/Check`. It is no RPC of the Temporal API, and so not in ``ServiceMethods/all``.
    package static var healthCheck: Self { Self(service: "grpc.health.v1.Health", name: "Check") }
}
