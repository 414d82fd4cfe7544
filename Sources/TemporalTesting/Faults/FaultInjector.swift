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
        /// The listed faults that happened, by their places in the list.
        var met: Set<Int> = []
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

    /// What went wrong so far, in its order, each with the number of its call.
    var happened: [Fault] { state.withLock(\.happened) }

    /// The faults that were to happen and did not, in words.
    var missing: [String] {
        guard case .listed(let faults) = plan else { return [] }
        return state.withLock { state in
            faults.indices.compactMap { index in
                let fault = faults[index]
                guard !state.met.contains(index), Fault.knownMethods.contains(fault.method) else { return nil }
                let count = state.calls[fault.method, default: 0]
                return "The fault '\(fault)' did not happen: \(fault.method) was called "
                    + (count == 0 ? "not at all." : count == 1 ? "once." : "\(count) times.")
            }
        }
    }

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
            var fault: Fault?
            switch plan {
            case .listed(let faults):
                if let index = faults.firstIndex(where: { $0.method == method && $0.calls.contains(number) }) {
                    state.met.insert(index)
                    fault = Fault(faults[index].kind, of: method, calls: number...number)
                }
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
        TestWorkflowEnvironment.current?.beginCrash()
    }
}

extension FaultPlan {
    /// What carries the plan out; `nil` if nothing goes wrong.
    func injector(seed: UInt64, server: TestServer?) -> FaultInjector? {
        guard isSomething, let server else { return nil }
        return FaultInjector(rule, seed: seed, server: server)
    }

    /// What is wrong with the plan itself, in words.
    ///
    /// - Parameter isInMemory: Whether the service is the one in memory.
    func mistakes(isInMemory: Bool) -> [String] {
        guard case .listed(let faults) = rule else { return [] }
        return faults.compactMap { fault in
            if !Fault.knownMethods.contains(fault.method) {
                return "The fault '\(fault)' is of no call that there is: name one in Temporal's words, such as "
                    + "'RespondActivityTaskCompleted'."
            }
            return isInMemory
                ? nil : "The fault '\(fault)' cannot happen: faults are there only with the service in memory."
        }
    }
}

extension Fault {
    /// All calls that can go wrong, by name.
    fileprivate static let knownMethods = Set(ServiceMethods.all.map { $0.name })
}
