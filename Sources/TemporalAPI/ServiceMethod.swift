public import SwiftProtobuf

/// One RPC of a Temporal service: its name, and the types that it takes and returns.
///
/// A value of this type is all that a ``TemporalService`` needs to know of a call, so that gRPC and the in-memory
/// service share one entry point and no stubs are generated.
public struct ServiceMethod<Request: Message & Sendable, Response: Message & Sendable>: Sendable, Hashable {
    /// The full name of the service, such as `temporal.api.workflowservice.v1.WorkflowService`.
    public let service: String

    /// The name of the RPC in its service, such as `StartWorkflowExecution`.
    public let name: String

    /// Names an RPC.
    ///
    /// - Parameters:
    ///   - service: The full name of the service, with its package.
    ///   - name: The name of the RPC, as written in the service definition.
    package init(service: String, name: String) {
        self.service = service
        self.name = name
    }
}

/// A ``ServiceMethod`` whose request and response types are not known to the compiler.
package protocol AnyServiceMethod: Sendable {
    associatedtype Request: Message & Sendable
    associatedtype Response: Message & Sendable

    /// The full name of the service.
    var service: String { get }

    /// The name of the RPC in its service.
    var name: String { get }
}

extension ServiceMethod: AnyServiceMethod {}
