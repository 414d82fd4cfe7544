import Foundation
import Logging
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalWorker
import Testing

/// What one scenario works with: a service, a client, and a task queue of its own.
final class Scene: Sendable {
    /// What the scenario runs on.
    let backend: Backend
    /// A client of the service.
    let client: TemporalClient
    /// A client without codecs: it sees what the service keeps.
    let plainClient: TemporalClient
    /// A task queue that no other scenario uses.
    let taskQueue = "conformance-\(UUID().uuidString.lowercased())"

    /// The in-memory service; `nil` on the real server.
    let server: TestServer?
    private let state = Mutex<[String]>([])

    init(_ backend: Backend, dataConverter: DataConverter = DataConverter()) async throws {
        let server = backend.makeServer()
        let logger = Logger(label: "conformance") { _ in SwiftLogNoOpLogHandler() }
        self.backend = backend
        self.server = server
        let service: any TemporalService = if let server { server } else { try await Backend.connected() }
        client = TemporalClient(
            service: service,
            identity: "conformance",
            dataConverter: dataConverter,
            logger: logger
        )
        plainClient = TemporalClient(service: service, identity: "conformance", logger: logger)
    }

    // MARK: Workers

    /// Runs a worker of the task queue while `body` runs.
    func withWorker<Value>(
        workflows: [any Workflow.Type],
        nexusServices: [any NexusService] = [],
        configure: (inout WorkerOptions) -> Void = { _ in },
        _ body: () async throws -> Value
    ) async throws -> Value {
        var options = WorkerOptions()
        options.workflowTaskPollers = 2
        options.activityTaskPollers = 1
        options.nexusTaskPollers = 1
        // Heartbeats go out as they come: the throttle is in wall time, the timeouts may not be.
        options.maximumHeartbeatThrottleInterval = .milliseconds(10)
        options.willCompleteAsynchronously = { [server] in server?.activityWillCompleteAsynchronously(taskToken: $0) }
        if let server {
            options.localActivityTime = LocalActivityTime(
                now: { server.now },
                sleep: { try await server.sleep(for: $0, onBegin: $1.onBegin, onEnd: $1.onEnd) },
                setIdle: { server.setWorkflowTask(runID: $0.runID, isIdle: $0.isIdle, stamp: $0.stamp) }
            )
        }
        configure(&options)
        let worker = try TemporalWorker(
            client: client,
            taskQueue: taskQueue,
            workflows: workflows,
            activities: [Acts(scene: self)],
            nexusServices: nexusServices,
            options: options
        )
        if backend == .realServer { try await Backend.places.acquire() }
        defer { if backend == .realServer { Backend.places.release() } }
        let running = Task { try await worker.run() }
        let result: Result<Value, any Error>
        do {
            result = .success(try await Backend.$current.withValue(backend) { try await body() })
        } catch {
            result = .failure(error)
        }
        running.cancel()
        try await running.value
        return try result.get()
    }

    // MARK: Workflows

    /// How to start a workflow: an id of its own, on the scene's task queue.
    func options(_ change: (inout WorkflowOptions) -> Void = { _ in }) -> WorkflowOptions {
        var options = WorkflowOptions(id: "conformance-\(UUID().uuidString.lowercased())", taskQueue: taskQueue)
        change(&options)
        return options
    }

    /// Starts a workflow with an id of its own.
    func start<W: Workflow, each Input: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        change: (inout WorkflowOptions) -> Void = { _ in }
    ) async throws -> WorkflowHandle<W> where W.RunInputs == Inputs<repeat each Input> {
        try await client.startWorkflow(type, repeat each input, options: options(change))
    }

    /// The handle of a single run.
    func run<W: Workflow>(_ handle: WorkflowHandle<W>, _ runID: String? = nil) -> WorkflowHandle<W> {
        client.workflowHandle(id: handle.id, runID: runID ?? handle.resultRunID)
    }

    // MARK: Time

    /// Waits by the clock of the service.
    func sleep(_ duration: Duration) async throws {
        if let server {
            try await server.sleep(for: duration)
        } else {
            try await Task.sleep(for: duration)
        }
    }

    /// Waits until something is so, while the service's clock stands still or runs by itself.
    func eventually(
        within limit: Duration = .seconds(60),
        sourceLocation: SourceLocation = #_sourceLocation,
        _ condition: () async throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < end else {
                Issue.record("What the scenario waits for did not come.", sourceLocation: sourceLocation)
                throw CancellationError()
            }
            // The service tells nobody of what is waited for here, so it is asked again.
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// In a local activity: lets time pass by the clock of the service.
    func pause(_ duration: Duration) async throws {
        if server != nil, let local = try ActivityContext.current.runtime as? any PausableActivity {
            try await local.pause(for: duration)
        } else {
            try await Task.sleep(for: duration)
        }
    }

    /// In an activity: waits until the attempt is cancelled, and does not hold the service's clock.
    func hang() async throws {
        try server?.activityWillCompleteAsynchronously(taskToken: ActivityContext.current.taskToken)
        try await pause(.seconds(3600))
    }

    // MARK: What the service can do

    /// Whether the namespace of the service can do something that older servers cannot.
    func hasCapability(_ capability: KeyPath<APINamespaceInfo.Capabilities, Bool>) async throws -> Bool {
        var request = APIDescribeNamespaceRequest()
        request.namespace = client.namespace
        let response = try await client.service.call(.describeNamespace, request, options: .default)
        return response.namespaceInfo.capabilities[keyPath: capability]
    }

    // MARK: Notes

    /// Notes something for the scenario to look at.
    func note(_ note: String) {
        state.withLock { $0.append(note) }
    }

    /// What was noted.
    var notes: [String] { state.withLock { $0 } }
}

/// Runs a scenario with a worker.
func withScene(
    _ backend: Backend,
    workflows: [any Workflow.Type],
    dataConverter: DataConverter = DataConverter(),
    configure: (inout WorkerOptions) -> Void = { _ in },
    _ body: (Scene) async throws -> Void
) async throws {
    let scene = try await Scene(backend, dataConverter: dataConverter)
    try await scene.withWorker(workflows: workflows, configure: configure) { try await body(scene) }
}

/// How a workflow ended, in one line: its result, or the chain of its errors.
func outcome<W: Workflow>(of handle: WorkflowHandle<W>) async throws -> String {
    do {
        return "\(try await handle.result())"
    } catch let error as WorkflowFailedError {
        return describe(error.cause)
    }
}

/// An error and its causes in one line, without what differs from run to run.
func describe(_ error: any Error) -> String {
    var text: String
    switch error {
    case let error as ActivityError: text = "ActivityError(\(error.activityType), \(error.retryState))"
    case let error as ChildWorkflowError: text = "ChildWorkflowError(\(error.workflowType), \(error.retryState))"
    case let error as ExternalWorkflowError: text = "ExternalWorkflowError(\(error.request), \(error.reason))"
    case let error as ApplicationError:
        text = "ApplicationError(\(error.type)\(error.nonRetryable ? ", nonRetryable" : ""))"
    case let error as TimeoutError: text = "TimeoutError(\(error.kind))"
    case let error as NexusOperationError: text = "NexusOperationError(\(error.service)/\(error.operation))"
    case let error as NexusHandlerError: text = "NexusHandlerError(\(error.type))"
    default: text = "\(type(of: error))"
    }
    if let cause = (error as? any TemporalError)?.cause { text += " < " + describe(cause) }
    return text
}
