import Foundation
package import SwiftProtobuf

/// A call that the Temporal Service refused, or that did not reach it.
public struct RPCError: Error, Sendable, CustomStringConvertible {
    /// The gRPC status codes, with gRPC's numbers.
    public enum Code: Int, Sendable, Hashable, CaseIterable {
        case cancelled = 1
        case unknown = 2
        case invalidArgument = 3
        case deadlineExceeded = 4
        case notFound = 5
        case alreadyExists = 6
        case permissionDenied = 7
        case resourceExhausted = 8
        case failedPrecondition = 9
        case aborted = 10
        case outOfRange = 11
        case unimplemented = 12
        case internalError = 13
        case unavailable = 14
        case dataLoss = 15
        case unauthenticated = 16

        /// The name in the spelling of the gRPC specification, such as `NOT_FOUND`: the label of metrics.
        public var name: String {
            switch self {
            case .cancelled: "CANCELLED"
            case .unknown: "UNKNOWN"
            case .invalidArgument: "INVALID_ARGUMENT"
            case .deadlineExceeded: "DEADLINE_EXCEEDED"
            case .notFound: "NOT_FOUND"
            case .alreadyExists: "ALREADY_EXISTS"
            case .permissionDenied: "PERMISSION_DENIED"
            case .resourceExhausted: "RESOURCE_EXHAUSTED"
            case .failedPrecondition: "FAILED_PRECONDITION"
            case .aborted: "ABORTED"
            case .outOfRange: "OUT_OF_RANGE"
            case .unimplemented: "UNIMPLEMENTED"
            case .internalError: "INTERNAL"
            case .unavailable: "UNAVAILABLE"
            case .dataLoss: "DATA_LOSS"
            case .unauthenticated: "UNAUTHENTICATED"
            }
        }
    }

    /// What kind of error it is.
    public var code: Code

    /// What the service said.
    public var message: String

    /// The details of the status, which carry the typed part of Temporal's errors.
    package var details: [Google_Protobuf_Any]

    /// The error below this one, such as a broken connection.
    public var cause: (any Error)?

    /// Describes a failed call.
    package init(
        code: Code,
        message: String,
        details: [Google_Protobuf_Any] = [],
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.details = details
        self.cause = cause
    }

    /// Describes a failed call with one typed detail, as the Temporal server attaches them.
    ///
    /// - Parameters:
    ///   - code: The kind of error.
    ///   - message: What went wrong.
    ///   - detail: A message of `temporal.api.errordetails.v1`.
    package init(code: Code, message: String, detail: some Message) {
        var any = Google_Protobuf_Any()
        any.typeURL = "type.googleapis.com/\(type(of: detail).protoMessageName)"
        // A message without required fields always serializes, and proto3 has none.
        any.value = (try? detail.serializedBytes()) ?? Data()
        self.init(code: code, message: message, details: [any])
    }

    /// The first detail of a type, if the status has one that can be read.
    package func detail<Detail: Message>(_ type: Detail.Type) -> Detail? {
        details.lazy
            .filter { $0.typeURL.hasSuffix("/" + Detail.protoMessageName) }
            .compactMap { try? Detail(serializedBytes: $0.value) }
            .first
    }

    public var description: String {
        "\(code.name): \(message)"
    }
}
