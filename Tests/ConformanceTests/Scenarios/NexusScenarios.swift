import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// Nexus operations that workflows call: those that answer at once, and those that go on as workflows.
@Suite(.timeLimit(.minutes(2))) struct NexusScenarios {
    private let called = ["WorkflowExecutionStarted Asker", "WorkflowTask", "NexusOperationScheduled Office/ask"]

    // MARK: Operations that answer at once

    /// A real server takes part where `TEMPORAL_NEXUS` is set. Servers before 1.28 must be told to look for new endpoints often
    /// (`system.refreshNexusEndpointsMinWait="1ms"`): each time that endpoints change soon after another change, they wait twice
    /// as long before they look again, until a workflow waits for minutes that names a new one. Later servers must be told to
    /// record how requests to cancel end (`component.nexusoperations.recordCancelRequestCompletionEvents=true`).
    static let backends: [Backend] =
        ProcessInfo.processInfo.environment["TEMPORAL_NEXUS"] == nil ? [.inMemory] : Backend.available

    @Test(arguments: Self.backends)
    func `an operation answers at once`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let asker = try await scene.start(Asker.self, endpoint, "well", 0)
            #expect(try await asker.result() == "well, attempt 1")
            try await expectHistory(
                asker,
                called + ["NexusOperationCompleted", "WorkflowTask", "WorkflowExecutionCompleted"]
            )
            let ping = try await scene.start(Asker.self, endpoint, "ping", 0)
            #expect(try await ping.result() == "pong")
            try await expectHistory(
                ping,
                [
                    "WorkflowExecutionStarted Asker", "WorkflowTask", "NexusOperationScheduled Office/ping",
                    "NexusOperationCompleted", "WorkflowTask", "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Self.backends)
    func `headers and the time that is left reach the operation`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let asker = try await scene.start(Asker.self, endpoint, "headers", 60_000)
            let result = try await asker.result()
            #expect(result.hasPrefix("blue "))
            #expect(result.count > "blue ".count)
            try await expectHistory(
                asker,
                [
                    "WorkflowExecutionStarted Asker", "WorkflowTask",
                    "NexusOperationScheduled Office/ask 60.0 seconds color=blue", "NexusOperationCompleted",
                    "WorkflowTask", "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    static let failures: [(String, String)] = [
        ("failed", "NexusOperationFailed nexus(Office/ask) < application(OperationError) < application(Reason)"),
        ("plainly failed", "NexusOperationFailed nexus(Office/ask) < application(OperationError)"),
        ("canceled", "NexusOperationCanceled nexus(Office/ask) < canceled"),
        ("bad request", "NexusOperationFailed nexus(Office/ask) < handler(BAD_REQUEST)"),
        ("internal, not retryable", "NexusOperationFailed nexus(Office/ask) < handler(INTERNAL)"),
        ("application error", "NexusOperationFailed nexus(Office/ask) < handler(INTERNAL) < application(Broken)"),
    ]

    // One after the other, so that the histories of the two services are compared case by case.
    @Test(.serialized, arguments: Self.backends, failures)
    func `an operation ends without a result`(_ backend: Backend, _ failure: (what: String, event: String)) async throws
    {
        try await withOffice(backend) { scene, endpoint in
            let asker = try await scene.start(Asker.self, endpoint, failure.what, 0)
            await #expect(throws: WorkflowFailedError.self) { try await asker.result() }
            let cause = failure.event.split(separator: " ", maxSplits: 1)[1]
            try await expectHistory(
                asker,
                called + [
                    failure.event, "WorkflowTask", "WorkflowExecutionFailed \(cause) retryPolicyNotSet",
                ]
            )
        }
    }

    @Test(arguments: Self.backends)
    func `what a handler says in the words of another SDK is kept as it is`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Asker.self]) { scene in
            let desk = RawWorker(scene)
            let answering = Task {
                while true {
                    let task = try await desk.pollNexus()
                    guard task.request.startOperation.payload.data != Data(#""ready?""#.utf8) else {
                        try await desk.call(.respondNexusTaskCompleted) {
                            $0.namespace = "default"
                            $0.taskToken = task.taskToken
                            $0.response.startOperation.syncSuccess.payload = task.request.startOperation.payload
                        }
                        continue
                    }
                    try await desk.call(.respondNexusTaskFailed) {
                        $0.namespace = "default"
                        $0.taskToken = task.taskToken
                        $0.error.errorType = "BAD_REQUEST"
                        $0.error.failure.message = "pardon?"
                        $0.error.failure.metadata = ["type": "of a \"desk\"", "a": "\t\\"]
                        $0.error.failure.details = Data(#"{"word":"what","again":[1,null]}"#.utf8)
                    }
                }
            }
            defer { answering.cancel() }
            try await scene.withEndpoint { endpoint in
                let asker = try await scene.start(Asker.self, endpoint, "what", 0)
                await #expect(throws: WorkflowFailedError.self) { try await asker.result() }
                let cause = "nexus(Office/ask) < handler(BAD_REQUEST)"
                try await expectHistory(
                    asker,
                    called + [
                        "NexusOperationFailed \(cause)", "WorkflowTask",
                        "WorkflowExecutionFailed \(cause) retryPolicyNotSet",
                    ]
                )
            }
        }
    }

    @Test(arguments: Self.backends)
    func `a handler in trouble is asked again`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let asker = try await scene.start(Asker.self, endpoint, "busy", 0)
            #expect(try await asker.result() == "busy, attempt 2")
            try await expectHistory(
                asker,
                called + ["NexusOperationCompleted", "WorkflowTask", "WorkflowExecutionCompleted"]
            )
        }
    }

    @Test(arguments: Self.backends)
    func `an operation times out`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let asker = try await scene.start(Asker.self, endpoint, "always busy", 3000)
            #expect(
                try await outcome(of: asker) == "NexusOperationError(Office/ask) < TimeoutError(scheduleToClose)"
            )
            try await expectHistory(
                asker,
                [
                    "WorkflowExecutionStarted Asker", "WorkflowTask",
                    "NexusOperationScheduled Office/ask 3.0 seconds",
                    "NexusOperationTimedOut nexus(Office/ask) < timeout(scheduleToClose)", "WorkflowTask",
                    "WorkflowExecutionFailed nexus(Office/ask) < timeout(scheduleToClose) retryPolicyNotSet",
                ]
            )
        }
    }

    @Test(arguments: Self.backends)
    func `an endpoint that is not there fails the workflow task`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, _ in
            let asker = try await scene.start(Asker.self, "no-such-endpoint", "well", 0)
            try await scene.eventually {
                let events = try await asker.history().proto.events
                return events.contains {
                    $0.workflowTaskFailedEventAttributes.cause == .badScheduleNexusOperationAttributes
                }
            }
            try await asker.terminate()
        }
    }

    @Test(arguments: Self.backends)
    func `an operation that waits for its next attempt is described`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let asker = try await scene.start(Asker.self, endpoint, "always busy", 0)
            // The second attempt may come before somebody looks.
            var pending = APIWorkflowPendingNexusOperationInfo()
            try await scene.eventually {
                guard let found = try await describe(scene, asker).pendingNexusOperations.first else { return false }
                pending = found
                return found.state == .backingOff
            }
            #expect(pending.endpoint == endpoint)
            #expect(pending.service == "Office")
            #expect(pending.operation == "ask")
            #expect(pending.attempt >= 1)
            #expect(pending.scheduledEventID == 5)
            #expect(pending.hasNextAttemptScheduleTime)
            #expect(pending.lastAttemptFailure.nexusHandlerFailureInfo.type == "UNAVAILABLE")
            try await asker.terminate()
        }
    }

    // MARK: Operations that go on as workflows

    private let working = [
        "WorkflowExecutionStarted Boss", "WorkflowTask", "NexusOperationScheduled Office/work", "NexusOperationStarted",
        "WorkflowTask",
    ]

    @Test(arguments: Self.backends)
    func `an operation ends with its workflow, and each knows of the other`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let plan = WorkPlan()
            let (boss, worker) = try await scene.startWork(endpoint, plan)
            let description = try await describe(scene, worker)
            #expect(description.callbacks.count == 1)
            #expect(description.callbacks.first?.state == .standby)
            let pending = try #require(try await describe(scene, boss).pendingNexusOperations.first)
            #expect(pending.state == .started)
            #expect(!pending.operationToken.isEmpty)
            try await worker.signal(Worker.finish, "well")
            #expect(try await boss.result() == "work: well")
            try await expectHistory(
                boss,
                working + ["NexusOperationCompleted", "WorkflowTask", "WorkflowExecutionCompleted"]
            )
            try await scene.eventually {
                try await describe(scene, worker).callbacks.first?.state == .succeeded
            }
            // Links: from the caller to the run of the workflow, and from its start to the caller's event.
            let events = try await boss.history().proto.events
            let started = try #require(events.first { $0.eventType == .nexusOperationStarted })
            let there = try #require(started.links.first?.workflowEvent)
            #expect(there.workflowID == plan.id)
            #expect(there.runID == description.workflowExecutionInfo.execution.runID)
            #expect(there.eventRef.eventType == .workflowExecutionStarted)
            let start = try #require(try await worker.history().proto.events.first)
            let links = start.links + start.workflowExecutionStartedEventAttributes.completionCallbacks.flatMap(\.links)
            let back = try #require(links.first?.workflowEvent)
            #expect(back.workflowID == boss.id)
            #expect(back.eventRef.eventID == 5)
            #expect(back.eventRef.eventType == .nexusOperationScheduled)
        }
    }

    @Test(.serialized, arguments: Self.backends, ["signalled", "started"])
    func `a signal that an operation sends, with or without a start, refers to the caller`(
        _ backend: Backend,
        _ way: String
    ) async throws {
        try await withOffice(backend) { scene, endpoint in
            let plan = WorkPlan()
            if way == "signalled" { _ = try await scene.start(Worker.self, plan) { $0.id = plan.id } }
            let request = way == "signalled" ? "signal" : "start"
            let asker = try await scene.start(Asker.self, endpoint, "\(request) \(plan.id)", 0)
            #expect(try await asker.result() == way)
            let worker: WorkflowHandle<Worker> = scene.client.workflowHandle(id: plan.id)
            #expect(try await worker.result() == "work: \(way)")
            let signal = try #require(try await worker.history().first { $0.type == "WorkflowExecutionSignaled" })
            let caller = try #require(signal.proto.links.first?.workflowEvent)
            #expect(caller.workflowID == asker.id)
            #expect(caller.eventRef.eventID == 5)
            #expect(caller.eventRef.eventType == .nexusOperationScheduled)
            try await expectHistory(
                asker,
                called + ["NexusOperationCompleted", "WorkflowTask", "WorkflowExecutionCompleted"]
            )
        }
    }

    @Test(arguments: Self.backends)
    func `an operation fails with its workflow`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let (boss, worker) = try await scene.startWork(endpoint, WorkPlan())
            try await worker.signal(Worker.finish, "fail")
            await #expect(throws: WorkflowFailedError.self) { try await boss.result() }
            try await expectFailure(of: boss, "NexusOperationFailed", "application(Broken)")
        }
    }

    @Test(arguments: Self.backends)
    func `an operation fails when its workflow is terminated`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let (boss, worker) = try await scene.startWork(endpoint, WorkPlan())
            try await worker.terminate(reason: "no more")
            #expect(try await outcome(of: boss) == "NexusOperationError(Office/work) < TerminatedError")
            try await expectFailure(of: boss, "NexusOperationFailed", "terminated")
        }
    }

    @Test(arguments: Self.backends)
    func `an operation fails when its workflow times out`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let (boss, _) = try await scene.startWork(endpoint, WorkPlan(limit: 1500))
            #expect(try await outcome(of: boss) == "NexusOperationError(Office/work) < TimeoutError(unspecified)")
            try await expectFailure(of: boss, "NexusOperationFailed", "timeout(unspecified)")
        }
    }

    @Test(arguments: Self.backends)
    func `an operation is cancelled when somebody cancels its workflow`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let (boss, worker) = try await scene.startWork(endpoint, WorkPlan())
            try await worker.cancel()
            #expect(try await outcome(of: boss) == "NexusOperationError(Office/work) < CancelledError")
            try await expectFailure(of: boss, "NexusOperationCanceled", "canceled")
        }
    }

    @Test(arguments: Self.backends)
    func `an operation ends with the last run of its workflow`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let plan = WorkPlan(continuations: 1)
            let (boss, worker) = try await scene.startWork(endpoint, plan)
            try await scene.eventually {
                try await describe(scene, worker).workflowExecutionInfo.firstRunID
                    != describe(scene, worker).workflowExecutionInfo.execution.runID
            }
            try await worker.signal(Worker.finish, "at last")
            #expect(try await boss.result() == "work: at last")
            try await expectHistory(
                boss,
                working + ["NexusOperationCompleted", "WorkflowTask", "WorkflowExecutionCompleted"]
            )
        }
    }

    @Test(arguments: Self.backends)
    func `several operations go on as one workflow`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let plan = WorkPlan(sharesWorkflow: true)
            let (first, worker) = try await scene.startWork(endpoint, plan)
            let (second, _) = try await scene.startWork(endpoint, plan)
            #expect(try await describe(scene, worker).callbacks.count == 2)
            try await worker.signal(Worker.finish, "for all")
            #expect(try await first.result() == "work: for all")
            #expect(try await second.result() == "work: for all")
            try await expectHistory(
                worker,
                [
                    "WorkflowExecutionStarted Worker", "WorkflowTask", "WorkflowExecutionOptionsUpdated",
                    "WorkflowExecutionSignaled finish", "WorkflowTask", "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Self.backends)
    func `a workflow that somebody else has started is not taken`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let plan = WorkPlan()
            let (_, worker) = try await scene.startWork(endpoint, plan)
            let second = try await scene.start(Boss.self, endpoint, plan, "")
            #expect(
                try await outcome(of: second).hasPrefix(
                    "NexusOperationError(Office/work) < NexusHandlerError(INTERNAL)"
                )
            )
            let cause = "nexus(Office/work) < handler(INTERNAL) < application(WorkflowAlreadyStartedError)"
            try await expectHistory(
                second,
                [
                    "WorkflowExecutionStarted Boss", "WorkflowTask", "NexusOperationScheduled Office/work",
                    "NexusOperationFailed \(cause)", "WorkflowTask",
                    "WorkflowExecutionFailed \(cause) retryPolicyNotSet",
                ]
            )
            try await worker.terminate()
        }
    }

    // MARK: Cancellation

    @Test(arguments: Self.backends)
    func `a cancellation that is waited for to the end`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let (boss, worker) = try await scene.startWork(endpoint, WorkPlan(), cancellation: "completed")
            try await boss.signal(Boss.cancel)
            #expect(try await boss.result() == "NexusOperationError(Office/work) < CancelledError")
            #expect(try await worker.describe().status == .cancelled)
            let types = try await boss.history().proto.events.map(\.eventType)
            #expect(types.contains(.nexusOperationCancelRequested))
            #expect(types.contains(.nexusOperationCanceled))
        }
    }

    @Test(arguments: Self.backends)
    func `a cancellation that is waited for until the handler has taken note`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let (boss, worker) = try await scene.startWork(endpoint, WorkPlan(), cancellation: "requested")
            try await boss.signal(Boss.cancel)
            #expect(try await boss.result() == "NexusOperationError(Office/work) < CancelledError")
            #expect(try await outcome(of: worker) == "CancelledError")
        }
    }

    @Test(arguments: Self.backends)
    func `a cancellation that is passed on only`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let (boss, worker) = try await scene.startWork(endpoint, WorkPlan(), cancellation: "try")
            try await boss.signal(Boss.cancel)
            #expect(try await boss.result() == "NexusOperationError(Office/work) < CancelledError")
            let types = try await boss.history().proto.events.map(\.eventType)
            #expect(types.contains(.nexusOperationCancelRequested))
            try await worker.terminate()
        }
    }

    @Test(arguments: Self.backends)
    func `a cancellation that leaves the operation alone`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let (boss, worker) = try await scene.startWork(endpoint, WorkPlan(), cancellation: "abandon")
            try await boss.signal(Boss.cancel)
            #expect(try await boss.result() == "NexusOperationError(Office/work) < CancelledError")
            let types = try await boss.history().proto.events.map(\.eventType)
            #expect(!types.contains(.nexusOperationCancelRequested))
            try await expectHistory(
                boss,
                working + ["WorkflowExecutionSignaled cancel", "WorkflowTask", "WorkflowExecutionCompleted"]
            )
            try await worker.signal(Worker.finish, "all the same")
            #expect(try await worker.result() == "work: all the same")
        }
    }

    @Test(arguments: Self.backends)
    func `a handler can refuse to cancel an operation, which goes on`(_ backend: Backend) async throws {
        try await withOffice(backend) { scene, endpoint in
            let visitor = try await scene.start(Visitor.self, endpoint)
            var pending = APIWorkflowPendingNexusOperationInfo()
            try await scene.eventually {
                guard let found = try await describe(scene, visitor).pendingNexusOperations.first else { return false }
                pending = found
                return found.cancellationInfo.state == .failed
            }
            #expect(pending.state == .started)
            #expect(pending.cancellationInfo.attempt == 1)
            let failure = pending.cancellationInfo.lastAttemptFailure
            #expect(failure.nexusHandlerFailureInfo.type == "BAD_REQUEST")
            // A request to cancel is answered in the older form, which has the message of the error as its cause.
            #expect(failure.cause.message == "not before noon")
            try await visitor.terminate()
        }
    }

    // MARK: Descriptions and histories

    /// Expects that an operation that went on as a workflow has failed, and its caller with it.
    private func expectFailure(
        of boss: WorkflowHandle<Boss>,
        _ event: String,
        _ cause: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let cause = "nexus(Office/work) < \(cause)"
        try await expectHistory(
            boss,
            working + ["\(event) \(cause)", "WorkflowTask", "WorkflowExecutionFailed \(cause) retryPolicyNotSet"],
            sourceLocation: sourceLocation
        )
    }

    private func describe<W: Workflow>(
        _ scene: Scene,
        _ handle: WorkflowHandle<W>
    ) async throws -> APIDescribeWorkflowExecutionResponse {
        var request = APIDescribeWorkflowExecutionRequest()
        request.namespace = "default"
        request.execution.workflowID = handle.id
        return try await scene.client.service.call(.describeWorkflowExecution, request, options: .default)
    }
}

extension Scene {
    /// Starts a workflow that calls an operation, which goes on as another workflow.
    fileprivate func startWork(
        _ endpoint: String,
        _ plan: WorkPlan,
        cancellation: String = ""
    ) async throws -> (WorkflowHandle<Boss>, WorkflowHandle<Worker>) {
        let boss = try await start(Boss.self, endpoint, plan, cancellation)
        // The task that tells the caller of it is over too: no event comes in between.
        try await eventually {
            try await boss.history().proto.events.drop { $0.eventType != .nexusOperationStarted }
                .contains { $0.eventType == .workflowTaskCompleted }
        }
        return (boss, client.workflowHandle(id: plan.id))
    }
}
