/// Sees, and may change, what reaches a Nexus operation and what it answers.
///
/// Each method has a default that only calls `next`. One interceptor serves all calls of a worker, at the same time.
/// ``NexusOperationContext/current`` is that of the call.
public protocol NexusInterceptor: Sendable {
    /// Stands around one attempt to start an operation.
    func startOperation(
        _ input: StartNexusOperationInput,
        next: (StartNexusOperationInput) async throws -> NexusOperationResult<Payload>
    ) async throws -> NexusOperationResult<Payload>

    /// Stands around a request to end an operation.
    func cancelOperation(
        _ input: CancelNexusOperationInput,
        next: (CancelNexusOperationInput) async throws -> Void
    ) async throws
}

extension NexusInterceptor {
    public func startOperation(
        _ input: StartNexusOperationInput,
        next: (StartNexusOperationInput) async throws -> NexusOperationResult<Payload>
    ) async throws -> NexusOperationResult<Payload> { try await next(input) }

    public func cancelOperation(
        _ input: CancelNexusOperationInput,
        next: (CancelNexusOperationInput) async throws -> Void
    ) async throws { try await next(input) }
}

/// An attempt to start a Nexus operation.
public struct StartNexusOperationInput: Sendable {
    /// What is known of the call, with the headers that came with it.
    public let info: NexusOperationInfo

    /// The input for the code, encoded; `nil` if none came.
    public var input: Payload?

    package init(info: NexusOperationInfo, input: Payload?) {
        self.info = info
        self.input = input
    }
}

/// A request to end a Nexus operation.
public struct CancelNexusOperationInput: Sendable {
    /// What is known of the call, with the headers that came with it.
    public let info: NexusOperationInfo

    /// The token by which the operation is known.
    public let token: String

    package init(info: NexusOperationInfo, token: String) {
        self.info = info
        self.token = token
    }
}
