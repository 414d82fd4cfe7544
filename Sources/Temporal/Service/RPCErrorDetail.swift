public import Foundation
import SwiftProtobuf
import TemporalAPI

/// One typed part of the status of a failed call, as the service attached it.
///
/// The status of a gRPC call carries messages beside its code and its text: Temporal's are those of
/// `temporal.api.errordetails.v1`.
public struct RPCErrorDetail: Sendable, Hashable, CustomStringConvertible {
    /// The full name of the message, such as `temporal.api.errordetails.v1.NamespaceNotFoundFailure`.
    public let typeName: String

    /// The message as protobuf.
    public let data: Data

    /// The message as JSON, with the names of its fields. `nil` for a message that this version of the SDK does not know,
    /// or that cannot be read.
    public var json: String? {
        guard let type = Self.known[typeName], let message = try? type.init(serializedBytes: data) else { return nil }
        return try? message.jsonString()
    }

    /// The last part of the name, and the JSON where it is known.
    public var description: String {
        let name = typeName.split(separator: ".").last.map(String.init) ?? typeName
        return json.map { "\(name) \($0)" } ?? "\(name) (\(data.count) bytes)"
    }

    private static let known: [String: any Message.Type] = {
        let types: [any Message.Type] = [
            APINotFoundFailure.self, APIWorkflowExecutionAlreadyStartedFailure.self, APINamespaceNotActiveFailure.self,
            APINamespaceUnavailableFailure.self, APINamespaceInvalidStateFailure.self, APINamespaceNotFoundFailure.self,
            APINamespaceAlreadyExistsFailure.self, APIClientVersionNotSupportedFailure.self,
            APIServerVersionNotSupportedFailure.self, APICancellationAlreadyRequestedFailure.self,
            APIQueryFailedFailure.self, APIPermissionDeniedFailure.self, APIResourceExhaustedFailure.self,
            APISystemWorkflowFailure.self, APIWorkflowNotReadyFailure.self, APINewerBuildExistsFailure.self,
            APIMultiOperationExecutionFailure.self, APIActivityExecutionAlreadyStartedFailure.self,
            APINexusOperationExecutionAlreadyStartedFailure.self, APIWorkflowTaskCompletionBufferLostFailure.self,
        ]
        return Dictionary(uniqueKeysWithValues: types.map { ($0.protoMessageName, $0) })
    }()
}

extension RPCError {
    /// The typed parts of the status, in the service's order; empty if it sent none.
    public var typedDetails: [RPCErrorDetail] {
        details.map { detail in
            let name = detail.typeURL.split(separator: "/").last.map(String.init) ?? detail.typeURL
            return RPCErrorDetail(typeName: name, data: detail.value)
        }
    }

    /// Which limit a call with the code ``Code/resourceExhausted`` came up against, in Temporal's words, such as
    /// `rpsLimit`, and whether it is one of the namespace or of the whole system. `nil` if the service did not say.
    public var exhaustedResource: (cause: String, scope: String)? {
        detail(APIResourceExhaustedFailure.self).map { ("\($0.cause)", "\($0.scope)") }
    }
}
