import Foundation
import Temporal
import TemporalAPI
import TemporalTestServer
import TemporalWorker

/// The mocks of Nexus operations.
extension MockRegistry {
    /// What runs in place of the Nexus operations of the environment's workers.
    var nexusIntercept: NexusIntercept {
        NexusIntercept(
            start: { [self] in try await start($0, $1, $2, $3) },
            cancel: { [self] in try await cancel($0, token: $1, $2) }
        )
    }

    private func start(
        _ info: NexusOperationInfo,
        _ input: Payload?,
        _ converter: PayloadConverter,
        _ definition: NexusOperationDefinition?
    ) async throws -> NexusOperationResult<Payload> {
        let call = MockedOperation(info: info, input: input, converter: converter, definition: definition)
        let entry = log.begin("Nexus operation '\(Self.name(of: info))'", attempt: 1, input.map { [$0] } ?? [])
        do {
            let result = try await answer(call)
            log.end(entry, operation: .success(result))
            return result
        } catch {
            log.end(entry, operation: .failure(error))
            throw error
        }
    }

    private func answer(_ call: MockedOperation) async throws -> NexusOperationResult<Payload> {
        let info = call.info
        let name = Self.name(of: info)
        let candidates = nexusExpectations.filter { $0.name == name }
        guard !candidates.isEmpty else {
            if let definition = call.definition { return try await definition.start(call.input, call.converter) }
            throw unexpectedOperation(
                "Nexus operation '\(name)' was called, but it is neither mocked nor given to the environment."
            )
        }
        let answer: NexusExpectation.Answer
        do {
            answer = try NexusExpectation.give(call, to: candidates).answer
        } catch {
            throw unexpectedOperation("Nexus operation '\(name)' was called, but \(error.reason).")
        }
        if answer.delay > .zero { try await host.server.sleepInTask(taskToken: info.taskToken, for: answer.delay) }
        switch answer.body(call) {
        case .now(let body): return try await body()
        case .later(let duration, let end):
            guard host.isInMemory else {
                throw unexpectedOperation(
                    "A mock of Nexus operation '\(name)' goes on after its start (goesOn, completesAsynchronously): only "
                        + "the service in memory can end it."
                )
            }
            return goOn(info, for: duration, end)
        }
    }

    /// Makes the test fail, whatever the caller makes of the error.
    ///
    /// - Returns: What to throw in the operation.
    func unexpectedOperation(_ problem: String) -> NexusHandlerError {
        note(problem)
        return NexusHandlerError(problem, type: .notFound)
    }

    /// Lets an operation go on.
    private func goOn(
        _ info: NexusOperationInfo,
        for duration: Duration?,
        _ end: @escaping @Sendable () throws -> Payload
    ) -> NexusOperationResult<Payload> {
        // Each attempt of a call has the same id, and starts the same operation.
        let token = "mock-\(info.requestID)"
        let isNew = addOperation(info)
        if let duration, isNew {
            host.server.schedule(after: duration) { [weak self] in self?.endOperation(of: info, Result { try end() }) }
        }
        return .started(token: token)
    }

    /// Ends an operation that goes on; one that has ended is left alone.
    func endOperation(of info: NexusOperationInfo, _ result: Result<Payload, any Error>) {
        guard removeOperation(info) else { return }
        let failure: any Error =
            switch result {
            case .success: CancelledError()
            case .failure(let error as NexusUnsuccessfulOperation):
                error.state == .cancelled
                    ? CancelledError(error.message, cause: error.cause)
                    : ApplicationError(error.message, type: "OperationError", nonRetryable: true, cause: error.cause)
            case .failure(let error): error
            }
        let payload = try? result.get()
        let proto = host.failureConverter.failure(failure)
        guard !host.dataConverter.codecs.isEmpty else { return complete(info, payload, proto) }
        // Codecs may wait; time stands still meanwhile.
        host.server.schedule(after: .zero) { [weak self] in await self?.completeEncoded(info, payload, proto) }
    }

    private func completeEncoded(_ info: NexusOperationInfo, _ result: Payload?, _ failure: APIFailure) async {
        do {
            let payloads = try await host.dataConverter.encoded(APIPayloads(result.map { [$0] } ?? []))
            complete(info, payloads.values.first, try await host.dataConverter.encoded(failure))
        } catch {
            note("The end of Nexus operation '\(Self.name(of: info))' cannot be encoded: \(error)")
        }
    }

    private func complete(_ info: NexusOperationInfo, _ result: Payload?, _ failure: APIFailure) {
        host.server.completeNexusOperation(
            callbackHeaders: info.callbackHeaders,
            operationToken: "mock-\(info.requestID)",
            result: result,
            failure: failure
        )
    }

    private func cancel(
        _ info: NexusOperationInfo,
        token: String,
        _ definition: NexusOperationDefinition?
    ) async throws {
        if let call = operation(token: token) {
            // After the answer to this request, as everywhere.
            host.server.schedule(after: .zero) { [weak self] in
                self?.endOperation(of: call, .failure(CancelledError("The operation was cancelled")))
            }
            return
        }
        guard !token.hasPrefix("mock-") else { return }  // It has ended meanwhile.
        guard let definition else {
            throw NexusHandlerError(
                "Nexus operation '\(Self.name(of: info))' is not there to be cancelled.",
                type: .notFound
            )
        }
        try await definition.cancel(token: token)
    }

    private static func name(of info: NexusOperationInfo) -> String { "\(info.service)/\(info.operation)" }
}
