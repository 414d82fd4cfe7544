import Foundation
import Synchronization
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer

/// Lets calls go wrong by a plan, and notes which did.
final class FaultInjector: Sendable {
    private struct State {
        var calls: [String: Int] = [:]
        var generator: SplitMix64
        var left: Int
        var happened: [Fault] = []
        var isClosed = false
        /// The calls that are late, by their number.
        var late: [Int: SleepEnd] = [:]
        var lateCalls = 0
    }

    private let plan: FaultPlan.Rule
    private let server: TestServer
    private let state: Mutex<State>

    init(_ plan: FaultPlan.Rule, seed: UInt64, server: TestServer) {
        self.plan = plan
        self.server = server
        let limit = if case .random(_, let limit) = plan { limit } else { Int.max }
        state = Mutex(State(generator: SplitMix64(state: seed), left: limit))
    }

    /// What went wrong so far, in its order.
    var happened: [Fault] { state.withLock(\.happened) }

    /// Lets nothing go wrong from now on. Calls that are late are made.
    func close() {
        let late = state.withLock { state in
            state.isClosed = true
            return state.late.values
        }
        for end in late { end.end() }
    }

    /// Makes a call, well or not.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - request: What is asked.
    ///   - send: Asks the service.
    func call<Request: Message & Sendable, Response: Message & Sendable>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        _ send: (Request) async throws -> Response
    ) async throws -> Response {
        guard let fault = next(method.name, isForWorkers: method.isForWorkers) else { return try await send(request) }
        switch fault.kind.value {
        case .error(let code):
            throw RPCError(code: code, message: "A fault of the test: \(fault).")
        case .lostRequest:
            return Response()
        case .lostResponse:
            let response = try await send(request)
            if let answer = response as? APIRespondWorkflowTaskCompletedResponse {
                // What came with it is lost too.
                letGo(answer.workflowTask.taskToken)
                for task in answer.activityTasks { letGo(task.taskToken) }
            }
            throw RPCError(code: .unavailable, message: "A fault of the test: \(fault).")
        case .duplicate:
            let response = try await send(request)
            // The second one may be refused: whoever made the call never learns of it.
            _ = try? await send(request)
            return response
        case .lostTask:
            letGo(token(of: try await send(request)))
            throw RPCError(code: .unavailable, message: "A fault of the test: \(fault).")
        case .crashBefore:
            crash()
            throw WorkerWasLost.error
        case .crashAfter:
            _ = try await send(request)
            crash()
            throw WorkerWasLost.error
        case .codecFailure:
            throw PayloadCodecError("A fault of the test: \(fault).", cause: nil)
        case .delay(let duration):
            // The service waits for the answer, and its time goes on meanwhile.
            let token = token(of: request)
            let reach = { @Sendable [server] isOut in
                if let token { server.setTask(token: token, isOutOfReach: isOut) }
            }
            let end = SleepEnd()
            let number = state.withLock { state -> Int? in
                guard !state.isClosed else { return nil }
                state.lateCalls += 1
                state.late[state.lateCalls] = end
                return state.lateCalls
            }
            if let number {
                defer { state.withLock { $0.late[number] = nil } }
                try await server.sleep(for: duration, until: end, onBegin: { reach(true) }, onEnd: { reach(false) })
            }
            return try await send(request)
        }
    }

    private func next(_ method: String, isForWorkers: Bool) -> Fault? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            let number = state.calls[method, default: 0] + 1
            state.calls[method] = number
            let fault: Fault?
            switch plan {
            case .listed(let faults):
                fault = faults.first { $0.method == method && $0.calls.contains(number) }
            case .random(let rate, _):
                guard state.left > 0, Double.random(in: 0..<1, using: &state.generator) < rate else { return nil }
                let kinds = Self.kinds(of: method, isForWorkers: isForWorkers)
                fault = kinds.randomElement(using: &state.generator).map {
                    Fault($0, of: method, calls: number...number)
                }
            }
            if let fault {
                state.left -= 1
                state.happened.append(fault)
            }
            return fault
        }
    }

    /// What can go wrong with a method without being a mistake of the test.
    private static func kinds(of method: String, isForWorkers: Bool) -> [Fault.Kind] {
        switch method {
        case "GetSystemInfo", "DescribeNamespace", "ShutdownWorker", "RecordWorkerHeartbeat":
            []
        case "PollWorkflowTaskQueue", "PollActivityTaskQueue":
            [.error(.unavailable), .timeout, .lostTask]
        case "RecordActivityTaskHeartbeat":
            [.error(.unavailable), .lostRequest, .lostResponse, .duplicate]
        case _ where method.hasPrefix("Respond") && isForWorkers:
            [.error(.unavailable), .lostResponse, .duplicate, .crashBefore, .crashAfter, .delay(.milliseconds(500))]
        case "GetWorkflowExecutionHistory", "QueryWorkflow", "DescribeWorkflowExecution":
            [.error(.unavailable)]
        default:
            [.error(.unavailable), .lostResponse, .duplicate]
        }
    }

    private func token(of message: some Message) -> Data? {
        switch message {
        case let task as APIPollWorkflowTaskQueueResponse: task.taskToken
        case let task as APIPollActivityTaskQueueResponse: task.taskToken
        case let answer as APIRespondWorkflowTaskCompletedRequest: answer.taskToken
        case let answer as APIRespondActivityTaskCompletedRequest: answer.taskToken
        case let answer as APIRespondActivityTaskFailedRequest: answer.taskToken
        default: nil
        }
    }

    private func letGo(_ token: Data?) {
        if let token, !token.isEmpty { server.setTask(token: token, isOutOfReach: true) }
    }

    private func crash() {
        // Not awaited: whoever makes the call is part of what crashes.
        Task {
            guard let environment = TestWorkflowEnvironment.current else { return }
            do {
                try await environment.crashWorker()
            } catch {
                environment.mocks.note("No worker took the place of the one that was lost: \(error)")
            }
        }
    }
}

extension FaultPlan {
    /// What carries the plan out; `nil` if nothing goes wrong.
    func injector(seed: UInt64, server: TestServer?) -> FaultInjector? {
        guard isSomething, let server else { return nil }
        return FaultInjector(rule, seed: seed, server: server)
    }
}

/// SplitMix64: small, and the same on every platform.
struct SplitMix64: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
