import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// A server with shorthands for what a client and a worker call, so that a test reads as a script.
struct Script: Sendable {
    let server: TestServer
    var queue = "q"
    var sticky: String?

    /// A service on a skipping clock that starts at a round number.
    init(policy: TestServer.StallPolicy = .report, grace: Duration = .milliseconds(50)) {
        server = StoreCheck.server(Self.options(policy, grace))
    }

    /// A service on a skipping clock with the state of a store.
    ///
    /// - Parameters:
    ///   - store: The store.
    ///   - expiresClosedRuns: Whether what has ended is deleted once its namespace keeps it no longer.
    init(store: MemoryStateStore, expiresClosedRuns: Bool = false) throws {
        var options = Self.options(.report, .milliseconds(50))
        options.expiresClosedRuns = expiresClosedRuns
        server = try TestServer(options: options, store: store) { Issue.record($0) }
    }

    private static func options(_ policy: TestServer.StallPolicy, _ grace: Duration) -> TestServer.Options {
        var options = TestServer.Options(
            clock: .skipping(start: Date(timeIntervalSince1970: 1_700_000_000)),
            stallPolicy: policy
        )
        options.stallGrace = grace
        options.workerGrace = grace
        return options
    }

    /// Drives a service that is there.
    init(server: TestServer) {
        self.server = server
    }

    /// Seconds since the clock's start.
    var elapsed: Duration {
        .nanoseconds(server.moment.nanoseconds - 1_700_000_000 * 1_000_000_000)
    }

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ fill: (inout Request) throws -> Void
    ) async throws -> Response {
        var request = Request()
        try fill(&request)
        return try await server.call(method, request, options: .default)
    }

    // MARK: Client

    @discardableResult
    func start(
        _ id: String = "w",
        _ fill: (inout APIStartWorkflowExecutionRequest) -> Void = { _ in }
    ) async throws -> APIStartWorkflowExecutionResponse {
        try await call(.startWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowID = id
            $0.workflowType.name = "Flow"
            $0.taskQueue.name = queue
            $0.requestID = UUID().uuidString
            $0.identity = "client"
            fill(&$0)
        }
    }

    func signal(_ name: String = "poke", id: String = "w", requestID: String = "") async throws {
        _ = try await call(.signalWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = id
            $0.signalName = name
            $0.requestID = requestID
            $0.identity = "client"
        }
    }

    /// Waits for the last event of a run.
    func closeEvent(_ id: String = "w", run: String = "") async throws -> APIHistoryEvent {
        let response = try await call(.getWorkflowExecutionHistory) {
            $0.namespace = "default"
            $0.execution.workflowID = id
            $0.execution.runID = run
            $0.waitNewEvent = true
            $0.historyEventFilterType = .closeEvent
        }
        return response.history.events.last ?? APIHistoryEvent()
    }

    func history(_ id: String = "w", run: String = "") -> [APIHistoryEvent] {
        server.history(workflowID: id, runID: run)
    }

    /// The types of a run's events, in short.
    func types(_ id: String = "w", run: String = "") -> [APIEventType] {
        history(id, run: run).map(\.eventType)
    }

    func describe(_ id: String = "w", run: String = "") async throws -> APIDescribeWorkflowExecutionResponse {
        try await call(.describeWorkflowExecution) {
            $0.namespace = "default"
            $0.execution.workflowID = id
            $0.execution.runID = run
        }
    }

    // MARK: Worker

    func pollWorkflow(sticky: Bool = false) async throws -> APIPollWorkflowTaskQueueResponse {
        try await call(.pollWorkflowTaskQueue) {
            $0.namespace = "default"
            $0.identity = "worker"
            $0.taskQueue.name = sticky ? (self.sticky ?? queue) : queue
            $0.taskQueue.kind = sticky ? .sticky : .normal
        }
    }

    @discardableResult
    func complete(
        _ task: APIPollWorkflowTaskQueueResponse,
        _ commands: [APICommand] = [],
        _ fill: (inout APIRespondWorkflowTaskCompletedRequest) throws -> Void = { _ in }
    ) async throws -> APIRespondWorkflowTaskCompletedResponse {
        try await call(.respondWorkflowTaskCompleted) {
            $0.namespace = "default"
            $0.identity = "worker"
            $0.taskToken = task.taskToken
            $0.commands = commands
            if let sticky {
                $0.stickyAttributes.workerTaskQueue.name = sticky
                $0.stickyAttributes.scheduleToStartTimeout = Google_Protobuf_Duration(seconds: 10)
            }
            try fill(&$0)
        }
    }

    /// Takes the next workflow task and answers it.
    @discardableResult
    func step(_ commands: APICommand...) async throws -> APIPollWorkflowTaskQueueResponse {
        let task = try await pollWorkflow()
        try await complete(task, commands)
        return task
    }

    func failTask(_ task: APIPollWorkflowTaskQueueResponse) async throws {
        _ = try await call(.respondWorkflowTaskFailed) {
            $0.namespace = "default"
            $0.identity = "worker"
            $0.taskToken = task.taskToken
            $0.cause = .workflowWorkerUnhandledFailure
            $0.failure.message = "broken"
        }
    }

    func pollActivity() async throws -> APIPollActivityTaskQueueResponse {
        try await call(.pollActivityTaskQueue) {
            $0.namespace = "default"
            $0.identity = "worker"
            $0.taskQueue.name = queue
        }
    }

    func completeActivity(_ token: Data, _ result: String = "done") async throws {
        _ = try await call(.respondActivityTaskCompleted) {
            $0.namespace = "default"
            $0.identity = "worker"
            $0.taskToken = token
            $0.result = payloads(result)
        }
    }

    func failActivity(
        _ token: Data,
        type: String = "Trouble",
        nonRetryable: Bool = false,
        nextDelay: Duration? = nil
    ) async throws {
        _ = try await call(.respondActivityTaskFailed) {
            $0.namespace = "default"
            $0.identity = "worker"
            $0.taskToken = token
            $0.failure.message = "failed"
            $0.failure.applicationFailureInfo.type = type
            $0.failure.applicationFailureInfo.nonRetryable = nonRetryable
            if let nextDelay { $0.failure.applicationFailureInfo.nextRetryDelay = .init(nextDelay) }
        }
    }

    func heartbeat(_ token: Data, _ details: String) async throws -> Bool {
        try await call(.recordActivityTaskHeartbeat) {
            $0.namespace = "default"
            $0.taskToken = token
            $0.details = payloads(details)
        }
        .cancelRequested
    }
}

/// One payload of plain text.
func payloads(_ text: String) -> APIPayloads {
    .with { $0.payloads = [.with { $0.data = Data(text.utf8) }] }
}

extension APIPayloads {
    /// The text of the first payload.
    var text: String { payloads.first.map { String(decoding: $0.data, as: UTF8.self) } ?? "" }
}

extension APICommand {
    static func activity(
        _ id: String = "a",
        startToClose: Duration? = .seconds(10),
        _ fill: (inout APIScheduleActivityTaskCommandAttributes) -> Void = { _ in }
    ) -> APICommand {
        .with {
            $0.commandType = .scheduleActivityTask
            var attributes = APIScheduleActivityTaskCommandAttributes()
            attributes.activityID = id
            attributes.activityType.name = "Act"
            attributes.taskQueue.name = "q"
            if let startToClose { attributes.startToCloseTimeout = .init(startToClose) }
            fill(&attributes)
            $0.scheduleActivityTaskCommandAttributes = attributes
        }
    }

    static func cancelActivity(_ scheduledEventID: Int64) -> APICommand {
        .with {
            $0.commandType = .requestCancelActivityTask
            $0.requestCancelActivityTaskCommandAttributes.scheduledEventID = scheduledEventID
        }
    }

    static func timer(_ id: String = "t", _ length: Duration) -> APICommand {
        .with {
            $0.commandType = .startTimer
            $0.startTimerCommandAttributes.timerID = id
            $0.startTimerCommandAttributes.startToFireTimeout = .init(length)
        }
    }

    static func cancelTimer(_ id: String = "t") -> APICommand {
        .with {
            $0.commandType = .cancelTimer
            $0.cancelTimerCommandAttributes.timerID = id
        }
    }

    static func complete(_ result: String = "ok") -> APICommand {
        .with {
            $0.commandType = .completeWorkflowExecution
            $0.completeWorkflowExecutionCommandAttributes.result = payloads(result)
        }
    }

    static func fail(_ message: String = "bad", type: String = "Trouble", nonRetryable: Bool = false) -> APICommand {
        .with {
            $0.commandType = .failWorkflowExecution
            $0.failWorkflowExecutionCommandAttributes.failure = .with {
                $0.message = message
                $0.applicationFailureInfo.type = type
                $0.applicationFailureInfo.nonRetryable = nonRetryable
            }
        }
    }

    static var cancel: APICommand {
        .with {
            $0.commandType = .cancelWorkflowExecution
            $0.cancelWorkflowExecutionCommandAttributes = .init()
        }
    }

    static func continueAsNew(_ input: String) -> APICommand {
        .with {
            $0.commandType = .continueAsNewWorkflowExecution
            $0.continueAsNewWorkflowExecutionCommandAttributes.input = payloads(input)
        }
    }
}

extension Script {
    /// Returns once so many calls wait for their answer.
    func waits(_ count: Int) async {
        while server.waitingCalls != count { await Task.yield() }
    }

    /// Starts to poll the sticky queue, and returns once the poll waits there.
    func stickyPoll() async -> Task<APIPollWorkflowTaskQueueResponse, any Error> {
        let waiting = server.waitingCalls
        let task = Task { try await pollWorkflow(sticky: true) }
        await waits(waiting + 1)
        return task
    }
}
