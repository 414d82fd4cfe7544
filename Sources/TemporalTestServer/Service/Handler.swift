import Temporal
import TemporalAPI
import SwiftProtobuf

/// How long a call may wait, and what it is answered when nothing came.
struct Wait<Value: Sendable>: Sendable {
    let onExpiry: Result<Value, any Error>

    /// The limit, from the options of the service; `nil` for none. Applies on a wall clock only.
    let limit: (@Sendable (TestServer.Options) -> Duration)?
}

/// What answers one RPC.
final class Handler<Request: Message & Sendable, Response: Message & Sendable>: Sendable {
    enum Body: Sendable {
        /// Answered within one transaction.
        case immediate(@Sendable (Engine, Request) throws -> Response)

        /// May wait for its answer.
        case parking(@Sendable (Engine, Request, Reply<Response>) throws -> Void, Wait<Response>)
    }

    let body: Body

    init(_ body: Body) {
        self.body = body
    }
}

/// Names one RPC.
struct MethodKey: Hashable {
    let service: String
    let name: String
}

extension ServiceMethod {
    /// The key of the method in ``MethodTable``.
    var key: MethodKey { MethodKey(service: service, name: name) }
}
