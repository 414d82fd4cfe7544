import CoreMetrics
import Foundation
import Logging
import MetricsTestKit
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@testable import TemporalWorker

/// Failures are counted with their reasons, on a scripted service.
@Suite(.timeLimit(.minutes(1))) struct FailureMetricsTests {
    private let metrics = TestMetrics()
    private let script = WorkerScript()
    private static let tooLarge = RPCError(
        code: .resourceExhausted,
        message: "grpc: received message larger than max (9 vs. 4)"
    )

    /// Lets a worker work until something holds.
    private func work(until isDone: () -> Bool) async throws {
        // A namespace with a limit that only `large` exceeds.
        script.capable { $0.limits.blobSizeLimitError = 10_000 }
        let client = TemporalClient(
            service: script,
            identity: "test",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            metrics: metrics
        )
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "queue",
            workflows: [Sum.self, Broken.self, LargeSum.self],
            activities: [Yard()]
        )
        let running = Task { try await worker.run() }
        while !isDone(), !Task.isCancelled { await Task.yield() }
        running.cancel()
        try await running.value
    }

    /// How often each reason was counted.
    private func reasons(_ name: String) -> [String: Int64] {
        let counters = metrics.counters.filter { $0.label == "temporal_\(name)" }
        return Dictionary(grouping: counters) { counter in
            counter.dimensions.first { $0.0 == "failure_reason" }?.1 ?? ""
        }.mapValues { $0.reduce(0) { $0 + $1.totalValue } }
    }

    @Test(arguments: [
        ("Broken", "WorkflowError"), ("Unknown", "WorkflowError"), ("Changed", "NonDeterminismError"),
        ("LargeSum", "PayloadsTooLarge"), ("Sum", "GrpcMessageTooLarge"),
    ])
    func `a workflow task that fails is counted with its reason`(type: String, reason: String) async throws {
        var task = APIPollWorkflowTaskQueueResponse.first(of: type == "Changed" ? "Sum" : type)
        if type == "Changed" {
            task.add(.workflowTaskCompleted) { $0.workflowTaskCompletedEventAttributes = .init() }
            task.add(.timerStarted) { $0.timerStartedEventAttributes.timerID = "1" }
            task.addTask()
        }
        script.handOut(.pollWorkflowTaskQueue, task)
        script.answer(.respondWorkflowTaskCompleted) { _ in throw Self.tooLarge }
        try await work { !script.requests(.respondWorkflowTaskFailed).isEmpty }
        #expect(reasons("workflow_task_execution_failed") == [reason: 1])
    }

    @Test func `later attempts of a workflow task are counted, and left to time out`() async throws {
        var task = APIPollWorkflowTaskQueueResponse.first(of: "Broken")
        task.attempt = 2
        script.handOut(.pollWorkflowTaskQueue, task)
        try await work { !reasons("workflow_task_execution_failed").isEmpty }
        #expect(reasons("workflow_task_execution_failed") == ["WorkflowError": 1])
        #expect(script.requests(.respondWorkflowTaskFailed).isEmpty)
    }

    @Test(arguments: [
        ("refuse", "ActivityError"), ("nobody", "ActivityError"), ("expect", nil), ("large", "PayloadsTooLarge"),
        ("work", "GrpcMessageTooLarge"),
    ])
    func `an attempt of an activity that fails is counted with its reason`(type: String, reason: String?) async throws {
        script.handOut(.pollActivityTaskQueue, .first(of: type))
        script.answer(.respondActivityTaskCompleted) { _ in throw Self.tooLarge }
        try await work { !script.requests(.respondActivityTaskFailed).isEmpty }
        #expect(reasons("activity_execution_failed") == (reason.map { [$0: 1] } ?? [:]))
    }

    @Test(arguments: [
        (APIWorkflowTaskFailedCause.nonDeterministicError, "NonDeterminismError"),
        (.payloadsTooLarge, "PayloadsTooLarge"), (.grpcMessageTooLarge, "GrpcMessageTooLarge"),
        (.requestTooLarge, "RequestTooLarge"), (.workflowWorkerUnhandledFailure, "WorkflowError"),
        (.UNRECOGNIZED(99), "WorkflowError"),
    ])
    func `each cause has the name that it has in all SDKs`(cause: APIWorkflowTaskFailedCause, name: String) {
        #expect(FailureReason(cause).label == ("failure_reason", name))
    }
}

private struct Mistake: Error {}

@Activities private struct Yard {
    @Activity func work() async throws -> Int { 1 }
    @Activity func refuse() async throws { throw Mistake() }
    @Activity func expect() async throws { throw ApplicationError("as planned", category: .benign) }
    @Activity func large() async throws -> String { String(repeating: "x", count: 20_000) }
}

@Workflow private actor Sum {
    func run() async throws -> Int { 3 }
}

@Workflow private actor Broken {
    func run() async throws { throw Mistake() }
}

@Workflow private actor LargeSum {
    func run() async throws -> String { String(repeating: "x", count: 20_000) }
}
