import Logging
package import Temporal

/// The code of a worker's Nexus operations, by service and name.
struct NexusCode: Sendable {
    private let converter: PayloadConverter
    private let services: [String: [String: NexusOperationDefinition]]
    private let interceptors: [any NexusInterceptor]
    private let intercept: NexusIntercept?

    /// Collects the operations of a worker.
    ///
    /// - Parameters:
    ///   - definitions: The operations.
    ///   - converter: What turns their values into payloads and back.
    ///   - interceptors: What stands around each call; the first is the outermost.
    ///   - intercept: Runs in place of all of them; for tests.
    init(
        _ definitions: [NexusOperationDefinition],
        converter: PayloadConverter,
        interceptors: [any NexusInterceptor] = [],
        intercept: NexusIntercept? = nil
    ) {
        self.converter = converter
        self.interceptors = interceptors
        self.intercept = intercept
        self.services = Dictionary(grouping: definitions, by: \.service).mapValues { definitions in
            Dictionary(definitions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Starts an operation in a context of its own.
    ///
    /// - Throws: What the code throws; ``NexusHandlerError`` of the kind `NOT_FOUND` if there is no such operation.
    func start(_ context: NexusOperationContext, _ input: Payload?) async throws -> NexusOperationResult<Payload> {
        try await NexusOperationContext.$running.withValue(context) {
            try await throughInterceptors(
                interceptors[...],
                StartNexusOperationInput(info: context.info, input: input),
                { try await $0.startOperation($1, next: $2) },
                { input in
                    if let intercept {
                        let definition = services[input.info.service]?[input.info.operation]
                        return try await intercept.start(input.info, input.input, converter, definition)
                    }
                    return try await definition(of: input.info).start(input.input, converter)
                }
            )
        }
    }

    /// Asks for the end of an operation in a context of its own.
    ///
    /// - Throws: What the code throws; ``NexusHandlerError`` if there is no such operation, or it is never under way.
    func cancel(_ context: NexusOperationContext, token: String) async throws {
        try await NexusOperationContext.$running.withValue(context) {
            try await throughInterceptors(
                interceptors[...],
                CancelNexusOperationInput(info: context.info, token: token),
                { try await $0.cancelOperation($1, next: $2) },
                { input in
                    if let intercept {
                        let definition = services[input.info.service]?[input.info.operation]
                        return try await intercept.cancel(input.info, input.token, definition)
                    }
                    try await definition(of: input.info).cancel(token: input.token)
                }
            )
        }
    }

    private func definition(of info: NexusOperationInfo) throws -> NexusOperationDefinition {
        guard let operations = services[info.service] else {
            throw NexusHandlerError(
                "Nexus service '\(info.service)' is not registered with this worker. "
                    + "Registered: [\(services.keys.sorted().joined(separator: ", "))].",
                type: .notFound
            )
        }
        guard let definition = operations[info.operation] else {
            throw NexusHandlerError(
                "Nexus service '\(info.service)' of this worker has no operation '\(info.operation)'. "
                    + "It has: [\(operations.keys.sorted().joined(separator: ", "))].",
                type: .notFound
            )
        }
        return definition
    }
}

extension NexusOperationDefinition {
    /// Asks for the end of an operation.
    package func cancel(token: String) async throws {
        guard let cancel else {
            throw NexusHandlerError(
                "Operation '\(name)' of service '\(service)' ends while its caller waits: there is nothing to cancel.",
                type: .notImplemented
            )
        }
        try await cancel(token)
    }
}

/// Runs in place of the code of Nexus operations, with its definition if it is registered. Tests mock operations with it.
package struct NexusIntercept: Sendable {
    /// Starts an operation.
    package var start:
        @Sendable (NexusOperationInfo, Payload?, PayloadConverter, NexusOperationDefinition?) async throws ->
            NexusOperationResult<Payload>

    /// Asks for the end of an operation.
    package var cancel: @Sendable (NexusOperationInfo, String, NexusOperationDefinition?) async throws -> Void

    /// Puts the two together.
    package init(
        start:
            @escaping @Sendable (NexusOperationInfo, Payload?, PayloadConverter, NexusOperationDefinition?) async throws
            -> NexusOperationResult<Payload>,
        cancel: @escaping @Sendable (NexusOperationInfo, String, NexusOperationDefinition?) async throws -> Void
    ) {
        self.start = start
        self.cancel = cancel
    }
}

extension Logger {
    /// The logger with the metadata of a call of a Nexus operation.
    func describing(_ info: NexusOperationInfo) -> Logger {
        // This one throws away what it is given.
        guard !(handler is SwiftLogNoOpLogHandler) else { return self }
        var logger = self
        logger[metadataKey: "namespace"] = "\(info.namespace)"
        logger[metadataKey: "task_queue"] = "\(info.taskQueue)"
        logger[metadataKey: "nexus_endpoint"] = "\(info.endpoint)"
        logger[metadataKey: "nexus_service"] = "\(info.service)"
        logger[metadataKey: "nexus_operation"] = "\(info.operation)"
        return logger
    }
}
