/// Nexus operations that belong together, and share what they need: connections, clients, settings.
///
/// `@NexusService` writes the conformance for a type whose methods are marked with `@NexusOperation`. By hand it is a
/// name and a list:
///
/// ```swift
/// struct Translations: NexusService {
///     static let nexusServiceName = "Translations"
///     static let translate = NexusOperationReference<Text, Text>(service: nexusServiceName, name: "translate")
///
///     var nexusOperations: [NexusOperationDefinition] {
///         [NexusOperationDefinition(Self.translate) { text in text.reversed() }]
///     }
/// }
/// ```
public protocol NexusService: Sendable {
    /// The name of the service on the wire.
    static var nexusServiceName: String { get }

    /// The operations, bound to this instance.
    var nexusOperations: [NexusOperationDefinition] { get }
}

/// A Nexus operation that a worker can run: its name and its code.
public struct NexusOperationDefinition: Sendable {
    /// The name of the service on the wire.
    public let service: String

    /// The name of the operation on the wire.
    public let name: String

    /// Decodes the input, runs the code, encodes what it has come to.
    package let start: @Sendable (Payload?, PayloadConverter) async throws -> NexusOperationResult<Payload>

    /// Asks for the end of an operation by its token; `nil` for one that is never under way.
    package let cancel: (@Sendable (_ token: String) async throws -> Void)?

    /// Defines an operation that ends while its caller waits, within seconds.
    ///
    /// - Parameters:
    ///   - reference: Its name and types.
    ///   - body: Its code. ``NexusOperationContext/current`` is that of the call.
    public init<each Input, Output>(
        _ reference: NexusOperationReference<repeat each Input, Output>,
        _ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> Output
    ) {
        self.init(service: reference.service, name: reference.name, start: erase(reference, body), cancel: nil)
    }

    /// Defines an operation that goes on as the run of a workflow, and ends with it.
    ///
    /// A cancellation of the operation cancels the workflow.
    ///
    /// - Parameters:
    ///   - reference: Its name and types.
    ///   - body: Starts the workflow, with `startWorkflow` of ``NexusOperationContext/current``.
    /// - Returns: The definition.
    public static func workflowRun<each Input, Output>(
        _ reference: NexusOperationReference<repeat each Input, Output>,
        _ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> NexusWorkflowRun<Output>
    ) -> NexusOperationDefinition {
        NexusOperationDefinition(
            service: reference.service,
            name: reference.name,
            start: erase(reference, body),
            cancel: { try await NexusOperationContext.current.cancelWorkflow(token: $0) }
        )
    }

    /// Defines an operation of any other kind: one that may go on elsewhere, under a token of its own.
    ///
    /// What goes on elsewhere ends when somebody tells the caller's ``NexusOperationInfo/callbackURL``, by the rules of
    /// Nexus.
    ///
    /// - Parameters:
    ///   - reference: Its name and types.
    ///   - start: Its code: ends the operation, or says by which token it goes on.
    ///   - cancel: Asks for the end of an operation by its token. It does not wait for the end.
    /// - Returns: The definition.
    public static func asynchronous<each Input, Output>(
        _ reference: NexusOperationReference<repeat each Input, Output>,
        start: @escaping @concurrent @Sendable (repeat each Input) async throws -> NexusOperationResult<Output>,
        cancel: @escaping @concurrent @Sendable (_ token: String) async throws -> Void
    ) -> NexusOperationDefinition {
        NexusOperationDefinition(
            service: reference.service,
            name: reference.name,
            start: erase(reference, start),
            cancel: cancel
        )
    }

    private init(
        service: String,
        name: String,
        start: @escaping @Sendable (Payload?, PayloadConverter) async throws -> NexusOperationResult<Payload>,
        cancel: (@Sendable (String) async throws -> Void)?
    ) {
        self.service = service
        self.name = name
        self.start = start
        self.cancel = cancel
    }
}

// Functions of their own, because a parameter pack cannot be expanded in the initializers above.

private func erase<each Input, Output>(
    _ reference: NexusOperationReference<repeat each Input, Output>,
    _ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> Output
) -> @Sendable (Payload?, PayloadConverter) async throws -> NexusOperationResult<Payload> {
    { payload, converter in
        let input = try reference.input(payload, converter: converter)
        return .completed(try reference.output.encode(try await body(repeat each input), converter))
    }
}

private func erase<each Input, Output>(
    _ reference: NexusOperationReference<repeat each Input, Output>,
    _ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> NexusWorkflowRun<Output>
) -> @Sendable (Payload?, PayloadConverter) async throws -> NexusOperationResult<Payload> {
    { payload, converter in
        let input = try reference.input(payload, converter: converter)
        return .started(token: try await body(repeat each input).token)
    }
}

private func erase<each Input, Output>(
    _ reference: NexusOperationReference<repeat each Input, Output>,
    _ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> NexusOperationResult<Output>
) -> @Sendable (Payload?, PayloadConverter) async throws -> NexusOperationResult<Payload> {
    { payload, converter in
        let input = try reference.input(payload, converter: converter)
        switch try await body(repeat each input) {
        case .completed(let output): return .completed(try reference.output.encode(output, converter))
        case .started(let token): return .started(token: token)
        }
    }
}

extension NexusOperationReference {
    /// The values of a call, for its handler.
    ///
    /// - Throws: ``NexusHandlerError`` of the kind `BAD_REQUEST` if the payload holds something else: another attempt
    ///   would bring the same.
    fileprivate func input(_ payload: Payload?, converter: PayloadConverter) throws -> (repeat each Input) {
        var reader = ArgumentReader(payload.map { [$0] } ?? [], converter: converter, of: label)
        do {
            return (repeat try reader.next((each Input).self))
        } catch {
            throw NexusHandlerError(
                "The input of the operation cannot be read: \(error)",
                type: .badRequest,
                cause: error
            )
        }
    }
}

/// How an operation that may go on elsewhere begins.
public enum NexusOperationResult<Output: Sendable>: Sendable {
    /// It has ended already.
    case completed(Output)
    /// It goes on, and is known by a token.
    case started(token: String)
}

/// The run of a workflow that an operation goes on as.
///
/// `startWorkflow` of ``NexusOperationContext`` makes one.
public struct NexusWorkflowRun<Output: Sendable>: Sendable {
    /// The id of the workflow.
    public let workflowID: String

    /// The run that was started, or found.
    public let runID: String

    /// The token by which the caller knows the operation.
    package let token: String

    package init(workflowID: String, runID: String, token: String) {
        self.workflowID = workflowID
        self.runID = runID
        self.token = token
    }
}
