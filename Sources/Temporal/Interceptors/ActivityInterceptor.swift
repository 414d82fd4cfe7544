/// Sees, and may change, what reaches an activity and what it reports.
///
/// Each method has a default that only calls `next`. One interceptor serves all attempts of a worker, at the same time.
public protocol ActivityInterceptor: Sendable {
    /// Stands around one attempt. ``ActivityContext/current`` is that of the attempt.
    func execute(
        _ input: ExecuteActivityInput,
        next: (ExecuteActivityInput) async throws -> Payload
    ) async throws -> Payload

    /// Stands around a heartbeat. It may not wait.
    func heartbeat(_ input: HeartbeatInput, next: (HeartbeatInput) -> Void)
}

extension ActivityInterceptor {
    public func execute(
        _ input: ExecuteActivityInput,
        next: (ExecuteActivityInput) async throws -> Payload
    ) async throws -> Payload { try await next(input) }

    public func heartbeat(_ input: HeartbeatInput, next: (HeartbeatInput) -> Void) { next(input) }
}

/// An attempt of an activity that begins.
public struct ExecuteActivityInput: Sendable {
    /// What is known of the attempt, with the headers that came with it.
    public let info: ActivityInfo

    /// The arguments for the code, encoded.
    public var arguments: [Payload]

    package init(info: ActivityInfo, arguments: [Payload]) {
        self.info = info
        self.arguments = arguments
    }
}

/// A heartbeat of an activity.
public struct HeartbeatInput: Sendable {
    /// What is known of the attempt.
    public let info: ActivityInfo

    /// What is reported, encoded.
    public var details: [Payload]

    package init(info: ActivityInfo, details: [Payload]) {
        self.info = info
        self.details = details
    }
}
