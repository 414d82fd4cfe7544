import Synchronization
import Temporal
import TemporalAPI

/// A connection that can be cut: whoever is behind it is then as good as dead, and nothing that it does counts.
final class Wire: TemporalService {
    private struct State {
        var isCut = false
        var underWay: [Int: @Sendable () -> Void] = [:]
        var calls = 0
    }

    private let service: any TemporalService
    private let state = Mutex(State())

    init(to service: any TemporalService) {
        self.service = service
    }

    /// Cuts the connection: calls under way get no answer, and later ones do not arrive.
    func cut() {
        let underWay = state.withLock { state in
            state.isCut = true
            return Array(state.underWay.values)
        }
        for cancel in underWay { cancel() }
    }

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        let started: (task: Task<Response, any Error>, number: Int)? = state.withLock { state in
            guard !state.isCut else { return nil }
            let task = Task { [service] in try await service.call(method, request, options: options) }
            state.calls += 1
            state.underWay[state.calls] = { task.cancel() }
            return (task, state.calls)
        }
        guard let (task, number) = started else { throw disconnected }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        let isCut = state.withLock { state in
            state.underWay[number] = nil
            return state.isCut
        }
        if isCut { throw disconnected }
        return try result.get()
    }

    // A code that is not tried again, so that the dead give up at once.
    private var disconnected: RPCError { RPCError(code: .permissionDenied, message: "The connection was cut.") }
}
