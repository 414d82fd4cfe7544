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
        var late: [Int: LateCall] = [:]
        var lateCalls = 0
    }

    private struct LateCall {
        let end: SleepEnd
        /// The run of the workflow task or the query that it answers.
        let runID: String?
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
                guard !state.met.contains(index), Fault.knownMethods.contains(fault.method), fault.misfit == nil else {
                    return nil
                }
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
        for call in late { call.end.end() }
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
        guard let fault = next(method.name, isForWorkers: method.isForWorkers) else {
            let response = try await send(request)
            if let task = response as? APIPollWorkflowTaskQueueResponse { catchUp(with: task) }
            return response
        }
        switch fault.kind.value {
        case .error(let code):
            // An answer that nobody gives again is lost.
            if code.isFinal { letGo(answered(by: request)) }
            throw RPCError(code: code, message: "A fault of the test: \(fault).")
        case .lostRequest:
            letGo(answered(by: request))
            return Response()
        case .lostResponse:
            // What comes with it is lost too.
            for token in tasks(in: try await send(request)) { letGo(token) }
            throw RPCError(code: .unavailable, message: "A fault of the test: \(fault).")
        case .duplicate:
            let response = try await send(request)
            // The second one may be refused: whoever made the call never learns of it.
            _ = try? await send(request)
            return response
        case .lostTask:
            for token in tasks(in: try await send(request)) { letGo(token) }
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
            let token = answered(by: request)
            let reach = { @Sendable [server] isOut in
                if let token { server.setTask(token: token, isOutOfReach: isOut) }
            }
            let end = SleepEnd()
            let runID = token.flatMap { server.runID(ofTask: $0) }
            let number = state.withLock { state -> Int? in
                guard !state.isClosed else { return nil }
                state.lateCalls += 1
                state.late[state.lateCalls] = LateCall(end: end, runID: runID)
                return state.lateCalls
            }
            if let number {
                defer { state.withLock { $0.late[number] = nil } }
                try await server.sleep(for: duration, until: end, onBegin: { reach(true) }, onEnd: { reach(false) })
            }
            return try await send(request)
        }
    }

    /// Lets late answers of a run reach the service when a worker gets the next task of the run: it works on one at a time,
    /// and while it has that one, no time passes for the others.
    private func catchUp(with task: APIPollWorkflowTaskQueueResponse) {
        let runID = task.workflowExecution.runID
        guard !runID.isEmpty else { return }
        let late = state.withLock { state in state.late.values.filter { $0.runID == runID } }
        for call in late { call.end.end() }
    }

    private func next(_ method: String, isForWorkers: Bool) -> Fault? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            let number = state.calls[method, default: 0] + 1
            state.calls[method] = number
            var fault: Fault?
            switch plan {
            case .listed(let faults):
                if let index = faults.firstIndex(where: {
                    $0.method == method && $0.calls.contains(number) && $0.misfit == nil
                }) {
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
        case _ where Fault.polls.contains(method):
            [.error(.unavailable), .timeout, .lostTask]
        case "RecordActivityTaskHeartbeat":
            [.error(.unavailable), .lostRequest, .lostResponse, .duplicate]
        case _ where method.hasPrefix("Respond") && isForWorkers:
            [.error(.unavailable), .lostResponse, .duplicate, .crashBefore, .crashAfter, .delay(.milliseconds(500))]
        case "GetWorkflowExecutionHistory", "QueryWorkflow", "DescribeWorkflowExecution":
            [.error(.unavailable)]
        case "CreateNexusEndpoint", "UpdateNexusEndpoint", "DeleteNexusEndpoint":
            // Made again, they would be refused.
            [.error(.unavailable)]
        default:
            [.error(.unavailable), .lostResponse, .duplicate]
        }
    }

    /// The tokens of the tasks that come with a response.
    private func tasks(in response: some Message) -> [Data] {
        switch response {
        case let task as APIPollWorkflowTaskQueueResponse: [task.taskToken]
        case let task as APIPollActivityTaskQueueResponse: [task.taskToken]
        case let task as APIPollNexusTaskQueueResponse: [task.taskToken]
        case let answer as APIRespondWorkflowTaskCompletedResponse:
            [answer.workflowTask.taskToken] + answer.activityTasks.map(\.taskToken)
        case let start as APIStartWorkflowExecutionResponse: [start.eagerWorkflowTask.taskToken]
        case let several as APIExecuteMultiOperationResponse:
            several.responses.map(\.startWorkflow.eagerWorkflowTask.taskToken)
        default: []
        }
    }

    /// The token of the task that a request of a worker answers.
    private func answered(by request: some Message) -> Data? {
        switch request {
        case let answer as APIRespondWorkflowTaskCompletedRequest: answer.taskToken
        case let answer as APIRespondWorkflowTaskFailedRequest: answer.taskToken
        case let answer as APIRespondActivityTaskCompletedRequest: answer.taskToken
        case let answer as APIRespondActivityTaskFailedRequest: answer.taskToken
        case let answer as APIRespondActivityTaskCanceledRequest: answer.taskToken
        case let answer as APIRespondNexusTaskCompletedRequest: answer.taskToken
        case let answer as APIRespondNexusTaskFailedRequest: answer.taskToken
        case let answer as APIRespondQueryTaskCompletedRequest: answer.taskToken
        default: nil
        }
    }

    private func letGo(_ token: Data?) {
        if let token, !token.isEmpty { server.taskWasLost(token: token) }
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
            if let misfit = fault.misfit { return "The fault '\(fault)' cannot happen: \(misfit)" }
            return isInMemory
                ? nil : "The fault '\(fault)' cannot happen: faults are there only with the service in memory."
        }
    }
}

extension Fault {
    /// All calls that can go wrong, by name.
    fileprivate static let knownMethods = Set(ServiceMethods.all.map { $0.name })

    /// The calls with which workers wait for tasks.
    fileprivate static let polls: Set = ["PollWorkflowTaskQueue", "PollActivityTaskQueue", "PollNexusTaskQueue"]

    /// Why the fault cannot happen with a call of its method, in words; `nil` if it can.
    fileprivate var misfit: String? {
        let isPoll = Self.polls.contains(method)
        switch kind.value {
        case .delay where !method.hasPrefix("Respond") || method.hasSuffix("ById"):
            return "only the answers of workers take a while, such as RespondActivityTaskCompleted."
        case .duplicate where isPoll:
            return "the second call would wait for a task of its own. Name .lostTask for a task that is lost."
        case .lostTask where !isPoll:
            return "only a poll brings a task, such as PollActivityTaskQueue."
        default:
            return nil
        }
    }
}

extension RPCError.Code {
    /// Whether nobody gives an answer again that fails with it.
    fileprivate var isFinal: Bool {
        switch self {
        case .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .failedPrecondition, .unimplemented,
            .unauthenticated, .deadlineExceeded, .cancelled:
            true
        case .dataLoss, .internalError, .unknown, .aborted, .outOfRange, .unavailable, .resourceExhausted:
            false
        }
    }
}
