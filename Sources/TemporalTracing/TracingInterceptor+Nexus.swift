public import Temporal
import Tracing

extension TracingInterceptor: NexusInterceptor {
    public func startOperation(
        _ input: StartNexusOperationInput,
        next: (StartNexusOperationInput) async throws -> NexusOperationResult<Payload>
    ) async throws -> NexusOperationResult<Payload> {
        try await handle("RunStartNexusOperationHandler", input.info) { try await next(input) }
    }

    public func cancelOperation(
        _ input: CancelNexusOperationInput,
        next: (CancelNexusOperationInput) async throws -> Void
    ) async throws {
        try await handle("RunCancelNexusOperationHandler", input.info) { try await next(input) }
    }

    private func handle<Value>(
        _ name: String,
        _ info: NexusOperationInfo,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let span = start(
            "\(name):\(info.service)/\(info.operation)",
            .server,
            parent: context(inText: info.headers),
            []
        )
        // What the code of the operation starts has its spans under this one.
        return try await InstrumentationContext.$current.withValue(span.context) {
            try await within(span, body)
        }
    }
}
