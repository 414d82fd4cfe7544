import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// A worker and client of bare RPCs, for what a history looks like after exactly these calls.
struct RawWorker: Sendable {
    let service: any TemporalService
    let taskQueue: String

    /// Works on a scene's service and task queue.
    init(_ scene: Scene) {
        service = scene.client.service
        taskQueue = scene.taskQueue
    }

    /// Makes a call whose request is filled in by a closure.
    @discardableResult
    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ fill: (inout Request) throws -> Void
    ) async throws -> Response {
        var request = Request()
        try fill(&request)
        return try await service.call(method, request, options: .default)
    }

    /// Starts a workflow and returns its run id.
    func start(
        _ id: String,
        _ fill: (inout APIStartWorkflowExecutionRequest) -> Void = { _ in }
    ) async throws -> String {
        try await call(.startWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowID = id
            $0.workflowType.name = "Flow"
            $0.taskQueue.name = taskQueue
            $0.requestID = UUID().uuidString
            $0.identity = "client"
            fill(&$0)
        }
        .runID
    }

    /// Sends a signal.
    func signal(_ id: String, _ name: String) async throws {
        try await call(.signalWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = id
            $0.signalName = name
            $0.identity = "client"
        }
    }

    /// Takes the next workflow task of a task queue; of the scene's if none is named.
    func poll(_ queue: String? = nil) async throws -> APIPollWorkflowTaskQueueResponse {
        while true {
            let task: APIPollWorkflowTaskQueueResponse = try await call(.pollWorkflowTaskQueue) {
                $0.namespace = "default"
                $0.identity = "worker"
                $0.taskQueue.name = queue ?? taskQueue
            }
            // An empty answer only says that the wait was long.
            if !task.taskToken.isEmpty { return task }
        }
    }

    /// Completes a workflow task.
    func complete(
        _ task: APIPollWorkflowTaskQueueResponse,
        _ commands: [APICommand] = [],
        messages: [APIProtocolMessage] = []
    ) async throws {
        try await call(.respondWorkflowTaskCompleted) {
            $0.namespace = "default"
            $0.identity = "worker"
            $0.taskToken = task.taskToken
            $0.commands = commands
            $0.messages = messages
        }
    }

    /// Takes the next workflow task and completes it.
    func step(_ commands: APICommand..., queue: String? = nil) async throws {
        try await complete(try await poll(queue), commands)
    }

    /// Takes the next task of a Nexus operation.
    func pollNexus() async throws -> APIPollNexusTaskQueueResponse {
        while true {
            let task: APIPollNexusTaskQueueResponse = try await call(.pollNexusTaskQueue) {
                $0.namespace = "default"
                $0.identity = "worker"
                $0.taskQueue.name = taskQueue
            }
            if !task.taskToken.isEmpty { return task }
        }
    }

    /// The events of a run, or of the current run.
    func events(_ id: String, _ runID: String = "") async throws -> [APIHistoryEvent] {
        try await call(.getWorkflowExecutionHistory) {
            $0.namespace = "default"
            $0.execution.workflowID = id
            $0.execution.runID = runID
        }
        .history.events
    }

    /// The types of a run's events in short, with what belongs to them: `signaled a`.
    func history(_ id: String, _ runID: String = "") async throws -> [String] {
        try await events(id, runID).map { event in
            switch event.attributes {
            case .workflowExecutionSignaledEventAttributes(let signal): "signaled \(signal.signalName)"
            case .workflowExecutionUpdateAdmittedEventAttributes(let admitted):
                "updateAdmitted \(admitted.request.meta.updateID) \(admitted.origin)"
            case .workflowTaskFailedEventAttributes(let failed):
                "taskFailed \(failed.cause) \(failed.failure.message) by \(failed.identity)"
            case .workflowExecutionTerminatedEventAttributes(let terminated):
                "terminated \(terminated.reason) by \(terminated.identity)"
            default:
                "\(event.eventType)".replacing("workflowExecution", with: "").replacing("workflowTask", with: "task")
                    .firstLowercased
            }
        }
    }

    /// Describes a run, or the current run.
    func describe(_ id: String, _ runID: String = "") async throws -> APIDescribeWorkflowExecutionResponse {
        try await call(.describeWorkflowExecution) {
            $0.namespace = "default"
            $0.execution.workflowID = id
            $0.execution.runID = runID
        }
    }

    /// Resets a run and returns the id of the new one.
    func reset(
        _ id: String,
        _ runID: String,
        to eventID: Int64,
        _ fill: (inout APIResetWorkflowExecutionRequest) -> Void = { _ in }
    ) async throws -> String {
        try await call(.resetWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = id
            $0.workflowExecution.runID = runID
            $0.reason = "why"
            $0.workflowTaskFinishEventID = eventID
            $0.requestID = UUID().uuidString
            fill(&$0)
        }
        .runID
    }
}

extension String {
    /// The text with a small first letter.
    fileprivate var firstLowercased: String { prefix(1).lowercased() + dropFirst() }
}

extension APICommand {
    static func timer(_ id: String, _ seconds: Int64) -> APICommand {
        .with {
            $0.commandType = .startTimer
            $0.startTimerCommandAttributes.timerID = id
            $0.startTimerCommandAttributes.startToFireTimeout.seconds = seconds
        }
    }

    static func activity(_ id: String, queue: String) -> APICommand {
        .with {
            $0.commandType = .scheduleActivityTask
            $0.scheduleActivityTaskCommandAttributes = .with {
                $0.activityID = id
                $0.activityType.name = "Act"
                $0.taskQueue.name = queue
                $0.startToCloseTimeout.seconds = 100
            }
        }
    }

    static func child(_ id: String, queue: String) -> APICommand {
        .with {
            $0.commandType = .startChildWorkflowExecution
            $0.startChildWorkflowExecutionCommandAttributes = .with {
                $0.workflowID = id
                $0.workflowType.name = "Child"
                $0.taskQueue.name = queue
            }
        }
    }

    static var completion: APICommand {
        .with {
            $0.commandType = .completeWorkflowExecution
            $0.completeWorkflowExecutionCommandAttributes = .init()
        }
    }

    static func message(_ id: String) -> APICommand {
        .with {
            $0.commandType = .protocolMessage
            $0.protocolMessageCommandAttributes.messageID = id
        }
    }
}
