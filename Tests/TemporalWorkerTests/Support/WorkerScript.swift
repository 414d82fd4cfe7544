import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI

/// A service that answers a worker as a test says, and remembers what it was asked. What has no answer is answered with
/// an empty response; a poll without an answer waits until it is cancelled.
final class WorkerScript: TemporalService {
    private typealias Answer = @Sendable (any Message & Sendable) async throws -> any Message & Sendable

    private struct State {
        var answers: [String: Answer] = [:]
        var requests: [(method: String, request: any Message & Sendable, options: CallOptions)] = []
    }

    private let state = Mutex(State())

    /// Says how a method is answered.
    func answer<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ answer: @escaping @Sendable (Request) async throws -> Response
    ) {
        state.withLock { state in
            state.answers[method.name] = { request in
                guard let request = request as? Request else {
                    throw RPCError(code: .internalError, message: "The script has another request type.")
                }
                return try await answer(request)
            }
        }
    }

    /// The names of what was asked, in order.
    var methods: [String] { state.withLock { $0.requests.map(\.method) } }

    /// The requests to a method, in order.
    func requests<Request, Response>(_ method: ServiceMethod<Request, Response>) -> [Request] {
        state.withLock { state in
            state.requests.filter { $0.method == method.name }.compactMap { $0.request as? Request }
        }
    }

    /// Waits until a method was called a number of times, or the time of the test is over.
    func waitForCalls<Request, Response>(_ method: ServiceMethod<Request, Response>, _ count: Int) async {
        while requests(method).count < count, !Task.isCancelled { await Task.yield() }
    }

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        let answer = state.withLock { state in
            state.requests.append((method.name, request, options))
            return state.answers[method.name]
        }
        guard let answer else {
            if method.name.hasPrefix("Poll") { await Self.waitForCancellation() }
            try Task.checkCancellation()
            return Response()
        }
        guard let response = try await answer(request) as? Response else {
            throw RPCError(code: .internalError, message: "The script has another response type.")
        }
        return response
    }

    /// Waits until the task is cancelled.
    static func waitForCancellation() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        // The stream ends with the task; nothing is ever sent.
        for await _ in stream {}
        continuation.finish()
    }
}
