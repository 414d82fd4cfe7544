import Foundation
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI

extension WorkerScript {
    /// Hands out one task. Further polls wait until they are cancelled.
    func handOut<Request, Response: Message>(_ method: ServiceMethod<Request, Response>, _ task: Response) {
        let left = Mutex<Response?>(task)
        answer(method) { _ in
            if let task = left.withLock({ $0.take() }) { return task }
            await WorkerScript.waitForCancellation()
            throw CancellationError()
        }
    }

    /// Says what the namespace can do.
    func capable(_ change: @escaping @Sendable (inout APINamespaceInfo) -> Void) {
        answer(.describeNamespace) { _ in
            var response = APIDescribeNamespaceResponse()
            change(&response.namespaceInfo)
            return response
        }
    }
}

extension APIPollWorkflowTaskQueueResponse {
    /// The first task of a run.
    ///
    /// - Parameters:
    ///   - workflowType: What to run.
    ///   - workflowID: The workflow.
    static func first(of workflowType: String, workflowID: String = "w") -> Self {
        var task = APIPollWorkflowTaskQueueResponse()
        task.taskToken = Data([1])
        task.workflowExecution.workflowID = workflowID
        task.workflowExecution.runID = "r"
        task.workflowType.name = workflowType
        task.attempt = 1
        task.add(.workflowExecutionStarted) {
            $0.workflowExecutionStartedEventAttributes.workflowType.name = workflowType
            $0.workflowExecutionStartedEventAttributes.originalExecutionRunID = "r"
            $0.workflowExecutionStartedEventAttributes.workflowTaskTimeout.seconds = 10
        }
        task.addTask()
        return task
    }

    /// Goes on with an event.
    mutating func add(_ type: APIEventType, _ fill: (inout APIHistoryEvent) -> Void) {
        history.events.append(.of(Int64(history.events.count + 1), type, fill))
    }

    /// Goes on with a task that has started, which is the one to be worked on from now on.
    mutating func addTask() {
        add(.workflowTaskScheduled) { $0.workflowTaskScheduledEventAttributes = .init() }
        add(.workflowTaskStarted) { $0.workflowTaskStartedEventAttributes.historySizeBytes = 500 }
        previousStartedEventID = startedEventID
        startedEventID = Int64(history.events.count)
    }
}

extension APIPollActivityTaskQueueResponse {
    /// A first attempt.
    ///
    /// - Parameters:
    ///   - activityType: What to run.
    ///   - change: What is special.
    static func first(of activityType: String, _ change: (inout Self) -> Void = { _ in }) -> Self {
        var task = APIPollActivityTaskQueueResponse()
        task.taskToken = Data([7])
        task.activityID = "1"
        task.activityType.name = activityType
        task.workflowExecution.workflowID = "w"
        task.workflowExecution.runID = "r"
        task.workflowType.name = "W"
        task.startToCloseTimeout.seconds = 1000
        change(&task)
        return task
    }
}
