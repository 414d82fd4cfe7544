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

    /// Puts the codecs of a converter before a service.
    package init(_ base: any TemporalService, converter: DataConverter) {
        self.base = base
        self.converter = converter
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
        let response: Response
        do {
            response = try await base.call(method, try await converter.encoded(request), options: options)
        } catch let error as RPCError {
            throw try await decoded(error)
        }
        return Self.taskMethods.contains(method.name) ? response : try await converter.decoded(response)
    }

    /// An error whose details are decoded: what a query handler threw comes back in them.
    private func decoded(_ error: RPCError) async throws -> RPCError {
        guard let detail = error.detail(APIQueryFailedFailure.self), detail.hasFailure else { return error }
        return RPCError(
            code: error.code,
            message: error.message,
            detail: try await converter.decoded(detail)
        )
    }
}
