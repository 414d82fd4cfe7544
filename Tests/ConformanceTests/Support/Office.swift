import Foundation
import Synchronization
import Temporal
import TemporalClient

/// A Nexus service of the scenarios.
@NexusService(name: "Office")
final class Office: Sendable {
    private let scene: Scene
    private let attempts = Mutex<[String: Int]>([:])

    init(scene: Scene) {
        self.scene = scene
    }

    /// Answers at once, in the way that the input names.
    @NexusOperation
    func ask(_ what: String) async throws -> String {
        let requestID = try NexusOperationContext.current.info.requestID
        let attempt = attempts.withLock { attempts in
            attempts[requestID, default: 0] += 1
            return attempts[requestID] ?? 0
        }
        switch what {
        case "failed": throw NexusUnsuccessfulOperation("no luck", cause: ApplicationError("why", type: "Reason"))
        case "plainly failed": throw NexusUnsuccessfulOperation("no luck")
        case "canceled": throw NexusUnsuccessfulOperation("not today", state: .cancelled)
        case "bad request": throw NexusHandlerError("not like this", type: .badRequest)
        case "internal, not retryable":
            throw NexusHandlerError("never", type: .internalError, retryBehavior: .nonRetryable)
        case "application error": throw ApplicationError("for good", type: "Broken", nonRetryable: true)
        case "busy" where attempt == 1: throw NexusHandlerError("not now", type: .unavailable)
        case "always busy": throw NexusHandlerError("not now", type: .unavailable)
        case "headers":
            let info = try NexusOperationContext.current.info
            return [info.headers["color"] ?? "", info.headers["operation-timeout"] ?? ""].joined(separator: " ")
        case let what where what.hasPrefix("signal "):
            let worker = try NexusOperationContext.current.client.workflowHandle(id: String(what.dropFirst(7)))
            try await worker.signal("finish", "signalled")
            return "signalled"
        case let what where what.hasPrefix("start "):
            let context = try NexusOperationContext.current
            let plan = WorkPlan(id: String(what.dropFirst(6)))
            try await context.client.signalWithStart(
                Worker.self,
                plan,
                signal: Worker.finish,
                signalInput: "started",
                options: WorkflowOptions(id: plan.id, taskQueue: context.info.taskQueue)
            )
            return "started"
        default: return "\(what), attempt \(attempt)"
        }
    }

    /// Takes nothing and returns nothing.
    @NexusOperation
    func ping() async throws {}

    /// Goes on as a workflow.
    @NexusOperation
    func work(_ plan: WorkPlan) async throws -> NexusWorkflowRun<String> {
        let context = try NexusOperationContext.current
        var options = WorkflowOptions(id: plan.id, taskQueue: context.info.taskQueue)
        if plan.sharesWorkflow { options.idConflictPolicy = .useExisting }
        if plan.limit > 0 { options.runTimeout = .milliseconds(plan.limit) }
        return try await context.startWorkflow(Worker.self, plan, options: options)
    }
}

/// A Nexus service whose operation nobody can end.
struct WaitingRoom: NexusService {
    static let nexusServiceName = "WaitingRoom"
    static let wait = NexusOperationReference<String, String>(service: nexusServiceName, name: "wait")

    var nexusOperations: [NexusOperationDefinition] {
        [
            .asynchronous(
                Self.wait,
                start: { .started(token: "seat of \($0)") },
                cancel: { _ in throw NexusHandlerError("not before noon", type: .badRequest) }
            )
        ]
    }
}

/// What the workflow of an operation does.
struct WorkPlan: Codable, Sendable {
    var id = "work-\(UUID().uuidString.lowercased())"
    /// How often it continues as new first.
    var continuations = 0
    /// Its run timeout in milliseconds; 0 for none.
    var limit = 0
    /// Whether it is one for all callers.
    var sharesWorkflow = false
}

/// Goes on as an operation until it is told how to end.
@Workflow
actor Worker {
    private var end: String?

    func run(_ plan: WorkPlan) async throws -> String {
        if plan.continuations > 0 {
            var next = plan
            next.continuations -= 1
            try context.continueAsNew(Worker.self, next)
        }
        try await context.waitCondition { self.end != nil }
        if end == "fail" { throw ApplicationError("broken", type: "Broken", nonRetryable: true) }
        return "work: \(end ?? "")"
    }

    @Signal func finish(_ how: String) { end = how }
}

/// Calls an operation that answers at once.
@Workflow
actor Asker {
    func run(_ endpoint: String, _ what: String, _ millisecondsToClose: Int) async throws -> String {
        let options = NexusOperationOptions(
            scheduleToCloseTimeout: millisecondsToClose > 0 ? .milliseconds(millisecondsToClose) : nil,
            headers: what == "headers" ? ["color": "blue"] : [:],
            summary: "a question"
        )
        if what == "ping" {
            try await context.executeNexusOperation(Office.ping, endpoint: endpoint)
            return "pong"
        }
        return try await context.executeNexusOperation(Office.ask, what, endpoint: endpoint, options: options)
    }
}

/// Calls an operation that goes on as a workflow.
@Workflow
actor Boss {
    private var mayCancel = false

    func run(_ endpoint: String, _ plan: WorkPlan, _ cancellation: String) async throws -> String {
        var options = NexusOperationOptions()
        switch cancellation {
        case "abandon": options.cancellation = .abandon
        case "try": options.cancellation = .tryCancel
        case "requested": options.cancellation = .waitCancellationRequested
        default: break
        }
        let operation = try await context.startNexusOperation(Office.work, plan, endpoint: endpoint, options: options)
        if cancellation.isEmpty { return try await operation.result() }
        let canceller = Task {
            try await self.context.waitCondition { self.mayCancel }
            try operation.cancel()
        }
        do {
            let result = try await operation.result()
            try await canceller.value
            return result
        } catch let error as NexusOperationError {
            return describe(error)
        }
    }

    @Signal func cancel() { mayCancel = true }
}

/// Calls an operation that it wants to cancel as soon as that has started.
@Workflow
actor Visitor {
    func run(_ endpoint: String) async throws -> String {
        let operation = try await context.startNexusOperation(WaitingRoom.wait, "Ada", endpoint: endpoint)
        try operation.cancel()
        return try await operation.result()
    }
}

extension Scene {
    /// Makes an endpoint that leads to the scene's task queue while `body` runs.
    func withEndpoint(_ body: (String) async throws -> Void) async throws {
        let endpoint = try await client.operator.createNexusEndpoint(
            "office-\(UUID().uuidString.lowercased())",
            target: .worker(namespace: client.namespace, taskQueue: taskQueue)
        )
        let result: Result<Void, any Error>
        do {
            // A real server takes a moment to know an endpoint, and fails workflow tasks that name it before.
            if backend == .realServer { _ = try await start(Asker.self, endpoint.name, "ready?", 0).result() }
            result = .success(try await body(endpoint.name))
        } catch {
            result = .failure(error)
        }
        try await client.operator.deleteNexusEndpoint(endpoint)
        try result.get()
    }
}

/// Runs a scenario with a worker that has the Nexus service, and an endpoint for it.
func withOffice(
    _ backend: Backend,
    dataConverter: DataConverter = DataConverter(),
    _ body: (_ scene: Scene, _ endpoint: String) async throws -> Void
) async throws {
    let scene = try await Scene(backend, dataConverter: dataConverter)
    try await scene.withWorker(
        workflows: [Asker.self, Boss.self, Visitor.self, Worker.self],
        nexusServices: [Office(scene: scene), WaitingRoom()]
    ) {
        try await scene.withEndpoint { endpoint in try await body(scene, endpoint) }
    }
}
