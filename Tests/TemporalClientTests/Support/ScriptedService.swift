import Foundation
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI

/// A service that answers as a test says, and remembers what it was asked.
final class ScriptedService: TemporalService {
    struct Call: Sendable {
        let method: String
        let request: any Message & Sendable
        let options: CallOptions
    }

    private typealias Answer = @Sendable (any Message & Sendable) async throws -> any Message & Sendable

    private struct State {
        var answers: [String: [Answer]] = [:]
        var calls: [Call] = []
    }

    private let state = Mutex(State())

    /// Everything that was asked, in order.
    var calls: [Call] { state.withLock { $0.calls } }

    /// Adds an answer to a method. Answers are given in their order; the last one stays.
    func answer<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ answer: @escaping @Sendable (Request) async throws -> Response
    ) {
        state.withLock { state in
            state.answers[method.name, default: []].append { request in
                guard let request = request as? Request else {
                    throw RPCError(code: .internalError, message: "The script has another request type.")
                }
                return try await answer(request)
            }
        }
    }

    /// The requests to a method, in order.
    func requests<Request, Response>(_ method: ServiceMethod<Request, Response>) -> [Request] {
        calls.filter { $0.method == method.name }.compactMap { $0.request as? Request }
    }

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        let answer = state.withLock { state -> Answer? in
            state.calls.append(Call(method: method.name, request: request, options: options))
            guard var answers = state.answers[method.name], let first = answers.first else { return nil }
            if answers.count > 1 { answers.removeFirst() }
            state.answers[method.name] = answers
            return first
        }
        guard let answer else {
            throw RPCError(code: .unimplemented, message: "The script has no answer to \(method.name).")
        }
        guard let response = try await answer(request) as? Response else {
            throw RPCError(code: .internalError, message: "The script has another response type.")
        }
        return response
    }
}
