public import Temporal
import TemporalAPI
import TemporalClient

/// What a workflow finds of a run that came before it.
public struct WorkflowPast: Sendable {
    /// The result of the run before, as `context.lastCompletionResult`. Default: none.
    public var lastResult: (any Encodable & Sendable)?

    /// What the run before failed with, as `context.info.lastFailure`. Default: nothing.
    public var lastFailure: (any Error)?

    /// The run before, as `context.info.continuedRunID`. Only in memory. Default: none.
    public var runID: String?

    /// Headers of the start, as interceptors of workflows find them. Default: none.
    public var headers: [String: Payload] = [:]

    /// No past.
    public init() {}

    /// A client that starts workflows with this past.
    func client(like client: TemporalClient, _ options: TestEnvironmentOptions) throws -> TemporalClient {
        let service = PastService(
            base: client.service,
            lastResult: try lastResult.map { try client.dataConverter.payloadConverter.encode($0) },
            lastFailure: lastFailure.map { client.dataConverter.failureConverter.failure($0) },
            headers: headers
        )
        return TemporalClient(
            service: service,
            namespace: client.namespace,
            identity: client.identity,
            // The codecs come after: they are those of the service beneath.
            dataConverter: DataConverter(
                payloadConverter: client.dataConverter.payloadConverter,
                failureConverter: client.dataConverter.failureConverter
            ),
            interceptors: options.clientInterceptors,
            logger: client.logger
        )
    }
}

/// A service that adds a past to what is started.
private struct PastService: TemporalService {
    let base: any TemporalService
    let lastResult: Payload?
    let lastFailure: APIFailure?
    let headers: [String: Payload]

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        guard var start = request as? APIStartWorkflowExecutionRequest else {
            return try await base.call(method, request, options: options)
        }
        if let lastResult { start.lastCompletionResult = APIPayloads([lastResult]) }
        if let lastFailure { start.continuedFailure = lastFailure }
        for (name, payload) in headers { start.header.fields[name] = payload.proto }
        return try await base.call(method, start as? Request ?? request, options: options)
    }
}
