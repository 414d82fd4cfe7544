public import Temporal
package import TemporalAPI

/// An error of a call to the Temporal Service: the family of all that ``TemporalClient``, its handles and the clients that
/// it gives out throw, except `CancellationError` and `PayloadConversionError`.
///
/// Each says what happened, to which id, and what to do. What no type of its own is for is an `RPCError`, which is one of
/// the family. <doc:Errors> lists them all.
public protocol ClientError: Error, Sendable, CustomStringConvertible {}

extension RPCError: ClientError {}
extension PayloadCodecError: ClientError {}

/// A namespace that the service does not know.
///
/// Check the spelling. If the namespace was registered just now, try again: the service may take some seconds to know it.
public struct NamespaceNotFoundError: ClientError {
    /// The name of the namespace, or its id if that was asked for.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Namespace '\(namespace)' is not known to the Temporal Service: check its name, or register it. (\(message))"
    }
}

/// A namespace that cannot be registered because its name is in use.
public struct NamespaceAlreadyExistsError: ClientError {
    /// The name of the namespace.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Namespace '\(namespace)' is there already: use another name, or update it. (\(message))"
    }
}

/// A call that whoever makes it may not make.
///
/// Check the API key or the client certificate, and what they give rights to.
public struct PermissionDeniedError: ClientError {
    /// The name of the RPC, such as `StartWorkflowExecution`.
    public let operation: String

    /// The namespace of the client.
    public let namespace: String

    /// Why, in the words of the service's authorizer. Empty if it did not say.
    public let reason: String

    /// What the service said.
    public let message: String

    public var description: String {
        let reason = reason.isEmpty ? message : reason
        return "\(operation) is not allowed in namespace '\(namespace)': check the API key or the client certificate. "
            + "(\(reason))"
    }
}

/// Runs a call, and gives errors of certain codes their types.
///
/// - Parameters:
///   - types: What errors become, by their codes, from what the service said.
///   - body: The call.
func withErrors<Value>(
    _ types: [RPCError.Code: (String) -> any ClientError],
    _ body: () async throws -> Value
) async throws -> Value {
    do {
        return try await body()
    } catch let error as RPCError {
        guard let type = types[error.code] else { throw error }
        throw type(error.message)
    }
}

extension TemporalClient {
    /// Makes one call through the interceptors, and gives its error a type where one is the same for all calls.
    ///
    /// - Throws: ``NamespaceNotFoundError``, ``PermissionDeniedError``, `RPCError` for anything else, `CancellationError`
    ///   if the calling task was cancelled; what an interceptor throws.
    package func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions = .default
    ) async throws -> Response {
        guard !interceptors.isEmpty else { return try await callDirectly(method, request, options) }
        return try await throughInterceptors(
            interceptors[...],
            ServiceCallInput(name: method.name, request: request, options: options),
            { try await $0.callService($1, next: $2) },
            { try await callDirectly(method, request, $0.options) }
        )
    }

    private func callDirectly<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        _ options: CallOptions
    ) async throws -> Response {
        do {
            return try await service.call(method, request, options: options)
        } catch let error as RPCError {
            throw clientError(error, method.name)
        }
    }

    private func clientError(_ error: RPCError, _ operation: String) -> any Error {
        switch error.code {
        case .notFound:
            guard let detail = error.detail(APINamespaceNotFoundFailure.self) else { return error }
            return NamespaceNotFoundError(
                namespace: detail.namespace.isEmpty ? namespace : detail.namespace,
                message: error.message
            )
        case .permissionDenied:
            return PermissionDeniedError(
                operation: operation,
                namespace: namespace,
                reason: error.detail(APIPermissionDeniedFailure.self)?.reason ?? "",
                message: error.message
            )
        default:
            return error
        }
    }
}
