package import TemporalAPI
import SwiftProtobuf

/// A service whose callers see values, and whose other side sees what the codecs of a ``DataConverter`` make of them.
///
/// The tasks that a worker polls for are handed on as they came: the worker decodes each with
/// ``DataConverter/decoded(_:)``, so that one which cannot be decoded fails itself and not the poll.
package struct CodecService: TemporalService {
    /// The service that sees encoded payloads.
    package let base: any TemporalService

    private let converter: DataConverter
    private let isContextual: Bool

    /// Puts the codecs of a converter before a service.
    package init(_ base: any TemporalService, converter: DataConverter) {
        self.base = base
        self.converter = converter
        self.isContextual = converter.hasContextualCodecs
    }

    /// The RPCs that answer with tasks.
    private static let taskMethods: Set<String> = [
        "PollWorkflowTaskQueue", "PollActivityTaskQueue", "PollNexusTaskQueue", "RespondWorkflowTaskCompleted",
        "StartWorkflowExecution", "StartActivityExecution",
    ]

    package func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        let scope = options.scope ?? (isContextual ? SerializationScope(of: request) : nil)
        let response: Response
        do {
            let encoded = try await converter.encoded(request, in: scope)
            response = try await base.call(method, encoded, options: options)
        } catch let error as RPCError {
            throw try await decoded(error, scope)
        }
        return Self.taskMethods.contains(method.name) ? response : try await converter.decoded(response, in: scope)
    }

    /// An error whose details are decoded: what a query handler threw comes back in them.
    private func decoded(_ error: RPCError, _ scope: SerializationScope?) async throws -> RPCError {
        guard let detail = error.detail(APIQueryFailedFailure.self), detail.hasFailure else { return error }
        return RPCError(
            code: error.code,
            message: error.message,
            detail: try await converter.decoded(detail, in: scope)
        )
    }
}
