import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// Requests that lack something, or name what is not there.
@Suite(.timeLimit(.minutes(1))) struct RequestScenarios {
    /// The error of a call, in one line.
    private func refusal<Request, Response>(
        _ scene: Scene,
        _ method: ServiceMethod<Request, Response>,
        _ fill: (inout Request) -> Void
    ) async -> String {
        do {
            try await RawWorker(scene).call(method, fill)
            return "none"
        } catch let error as RPCError {
            return "\(error.code): \(error.message)"
        } catch {
            return "\(error)"
        }
    }

    private static let absent = "notFound: Namespace absent is not found."
    private static let empty = "invalidArgument: Namespace is empty."
    private static let noExecution = "invalidArgument: Execution is not set on request."
    private static let noWorkflow = "invalidArgument: WorkflowId is not set on request."
    private static let noToken = "invalidArgument: Task token not set on request."

    @Test(arguments: Backend.available)
    func `the namespace is looked at first`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        for (namespace, expected) in [("", Self.empty), ("absent", Self.absent)] {
            let refusals = await [
                refusal(scene, .startWorkflowExecution) { $0.namespace = namespace },
                refusal(scene, .signalWorkflowExecution) { $0.namespace = namespace },
                refusal(scene, .signalWithStartWorkflowExecution) { $0.namespace = namespace },
                refusal(scene, .updateWorkflowExecution) { $0.namespace = namespace },
                refusal(scene, .executeMultiOperation) { $0.namespace = namespace },
                refusal(scene, .queryWorkflow) { $0.namespace = namespace },
                refusal(scene, .describeWorkflowExecution) { $0.namespace = namespace },
                refusal(scene, .getWorkflowExecutionHistory) { $0.namespace = namespace },
                refusal(scene, .resetWorkflowExecution) { $0.namespace = namespace },
                refusal(scene, .listWorkflowExecutions) { $0.namespace = namespace },
                refusal(scene, .createSchedule) { $0.namespace = namespace },
                refusal(scene, .startBatchOperation) { $0.namespace = namespace },
                refusal(scene, .pollActivityTaskQueue) { $0.namespace = namespace },
                refusal(scene, .describeTaskQueue) { $0.namespace = namespace },
                refusal(scene, .recordActivityTaskHeartbeatById) { $0.namespace = namespace },
            ]
            #expect(Set(refusals) == [expected])
        }
        #expect(await refusal(scene, .addSearchAttributes) { $0.namespace = "absent" } == Self.absent)
        #expect(
            await refusal(scene, .addSearchAttributes) { _ in }
                == "invalidArgument: SearchAttributes are not set on request."
        )
        #expect(
            await refusal(scene, .listSearchAttributes) { _ in } == "invalidArgument: Namespace is not set on request."
        )
    }

    @Test(arguments: Backend.available)
    func `then the workflow, then the rest`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let refusals = await [
            refusal(scene, .signalWorkflowExecution) { $0.namespace = "default" },
            refusal(scene, .updateWorkflowExecution) { $0.namespace = "default" },
            refusal(scene, .queryWorkflow) { $0.namespace = "default" },
            refusal(scene, .terminateWorkflowExecution) { $0.namespace = "default" },
            refusal(scene, .requestCancelWorkflowExecution) { $0.namespace = "default" },
            refusal(scene, .deleteWorkflowExecution) { $0.namespace = "default" },
            refusal(scene, .resetStickyTaskQueue) { $0.namespace = "default" },
        ]
        #expect(Set(refusals) == [Self.noExecution])
        let unnamed = await [
            refusal(scene, .signalWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution = .init()
            },
            refusal(scene, .updateWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution = .init()
            },
            refusal(scene, .signalWithStartWorkflowExecution) { $0.namespace = "default" },
        ]
        #expect(Set(unnamed) == [Self.noWorkflow])
        let wrongRun = await [
            refusal(scene, .signalWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "w"
                $0.workflowExecution.runID = "x"
            },
            refusal(scene, .terminateWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "w"
                $0.workflowExecution.runID = "x"
            },
        ]
        #expect(Set(wrongRun) == ["invalidArgument: Invalid RunId."])
        #expect(
            await refusal(scene, .resetWorkflowExecution) { $0.namespace = "default" }
                == "invalidArgument: RequestId is not set on request."
        )
    }

    @Test(arguments: Backend.available)
    func `an answer needs the token of its task`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let refusals = await [
            refusal(scene, .respondWorkflowTaskCompleted) { $0.namespace = "default" },
            refusal(scene, .respondWorkflowTaskFailed) { $0.namespace = "default" },
            refusal(scene, .respondQueryTaskCompleted) { $0.namespace = "default" },
            refusal(scene, .respondActivityTaskCompleted) { $0.namespace = "default" },
            refusal(scene, .respondActivityTaskFailed) { _ in },
            refusal(scene, .respondActivityTaskCanceled) { _ in },
            refusal(scene, .recordActivityTaskHeartbeat) { _ in },
            refusal(scene, .respondNexusTaskCompleted) { $0.namespace = "default" },
            refusal(scene, .respondNexusTaskFailed) { $0.namespace = "default" },
        ]
        #expect(Set(refusals) == [Self.noToken])
        #expect(await refusal(scene, .respondActivityTaskCompleted) { $0.namespace = "absent" } == Self.absent)
    }

    private static let long = String(repeating: "x", count: 1001)

    @Test(arguments: Backend.available)
    func `an update says what it is, whether its workflow is there or not`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        func refused(_ fill: (inout APIUpdateWorkflowExecutionRequest) -> Void) async -> String {
            await refusal(scene, .updateWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "absent"
                $0.request.meta.updateID = "u"
                $0.request.input.name = "up"
                fill(&$0)
            }
        }
        #expect(await refused { $0.request.clearMeta() } == "invalidArgument: Update meta is not set on request.")
        #expect(await refused { $0.request.clearInput() } == "invalidArgument: Update input is not set on request.")
        #expect(await refused { $0.request.input.name = "" } == "invalidArgument: Update name is not set on request.")
        #expect(
            await refused { $0.request.meta.updateID = Self.long } == "invalidArgument: UpdateId length exceeds limit."
        )
        #expect(await refused { $0.workflowExecution.runID = "x" } == "invalidArgument: Invalid RunId.")
        #expect(
            await refused { $0.waitPolicy.lifecycleStage = .admitted }
                == "permissionDenied: UpdateWorkflowExecution issued asynchronously and waiting on update admitted is "
                + "not supported."
        )
        #expect(await refused { _ in } == "notFound: workflow not found for ID: absent")
    }

    @Test(arguments: Backend.available)
    func `a workflow whose tasks fail takes no updates`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "failing-\(UUID())"
        _ = try await worker.start(id)
        for _ in 0..<2 {
            let token = try await worker.poll().taskToken
            try await worker.call(.respondWorkflowTaskFailed) {
                $0.namespace = "default"
                $0.taskToken = token
                $0.cause = .workflowWorkerUnhandledFailure
            }
        }
        let found = await refusal(scene, .updateWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = id
            $0.request.meta.updateID = "u"
            $0.request.input.name = "up"
        }
        #expect(
            found
                == "failedPrecondition: Unable to perform workflow execution update due to Workflow Task in failed state."
        )
        try await scene.client.workflowHandle(id: id).terminate(reason: "end of the scenario")
    }

    @Test(arguments: Backend.available)
    func `a start with an update tells what is wrong with both`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        func refused(
            _ start: (inout APIStartWorkflowExecutionRequest) -> Void,
            _ update: (inout APIUpdateWorkflowExecutionRequest) -> Void
        ) async throws -> [String] {
            let id = "together-\(UUID())"
            let error = await #expect(throws: RPCError.self) {
                try await RawWorker(scene).call(.executeMultiOperation) { request in
                    request.namespace = "default"
                    request.operations = [
                        .with {
                            $0.startWorkflow.namespace = "default"
                            $0.startWorkflow.workflowID = id
                            $0.startWorkflow.workflowType.name = "Flow"
                            $0.startWorkflow.taskQueue.name = scene.taskQueue
                            start(&$0.startWorkflow)
                        },
                        .with {
                            $0.updateWorkflow.namespace = "default"
                            $0.updateWorkflow.workflowExecution.workflowID = id
                            $0.updateWorkflow.request.meta.updateID = "u"
                            $0.updateWorkflow.request.input.name = "up"
                            update(&$0.updateWorkflow)
                        },
                    ]
                }
            }
            return try #require(error?.detail(APIMultiOperationExecutionFailure.self)).statuses.map(\.message)
        }
        let aborted = "Operation was aborted."
        #expect(
            try await refused({ $0.workflowID = "" }, { $0.request.clearMeta() }) == [
                "WorkflowId is not set on request.", "Update meta is not set on request.",
            ]
        )
        #expect(
            try await refused({ $0.clearTaskQueue() }, { _ in }) == ["taskQueue is not set", aborted]
        )
        for (change, message) in [
            ({ $0.clearWorkflowExecution() }, "Execution is not set on request."),
            ({ $0.request.meta.updateID = Self.long }, "UpdateId length exceeds limit."),
            ({ $0.firstExecutionRunID = "x" }, "FirstExecutionRunId is not allowed."),
            ({ $0.workflowExecution.runID = UUID().uuidString.lowercased() }, "RunId is not allowed."),
            ({ $0.workflowExecution.workflowID = "x" }, "WorkflowId is not consistent with previous operation(s)."),
        ] as [((inout APIUpdateWorkflowExecutionRequest) -> Void, String)] {
            #expect(try await refused({ _ in }, change) == [aborted, message])
        }
    }

    @Test(arguments: Backend.available)
    func `a task queue has a name that it can have`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let cases: [(APITaskQueue?, String)] = [
            (nil, "taskQueue is not set"), (.init(), "missing task queue name"),
            (.with { $0.name = Self.long }, "taskQueue length exceeds limit"),
            (.with { $0.name = "/_sys/q" }, "task queue name cannot start with reserved prefix /_sys/"),
            (
                .with {
                    $0.name = "q"
                    $0.kind = .sticky
                    $0.normalName = Self.long
                }, "taskQueue length exceeds limit"
            ),
        ]
        for (queue, message) in cases {
            let refusals = await [
                refusal(scene, .pollWorkflowTaskQueue) {
                    $0.namespace = "default"
                    if let queue { $0.taskQueue = queue }
                },
                refusal(scene, .pollActivityTaskQueue) {
                    $0.namespace = "default"
                    if let queue { $0.taskQueue = queue }
                },
                refusal(scene, .pollNexusTaskQueue) {
                    $0.namespace = "default"
                    if let queue { $0.taskQueue = queue }
                },
                refusal(scene, .startWorkflowExecution) {
                    $0.namespace = "default"
                    $0.workflowID = "w"
                    $0.workflowType.name = "Flow"
                    if let queue { $0.taskQueue = queue }
                },
                refusal(scene, .signalWithStartWorkflowExecution) {
                    $0.namespace = "default"
                    $0.workflowID = "w"
                    $0.signalName = "s"
                    $0.workflowType.name = "Flow"
                    if let queue { $0.taskQueue = queue }
                },
            ]
            #expect(Set(refusals) == ["invalidArgument: \(message)"])
        }
        let identities = await [
            refusal(scene, .pollWorkflowTaskQueue) {
                $0.namespace = "default"
                $0.identity = Self.long
            },
            refusal(scene, .pollActivityTaskQueue) {
                $0.namespace = "default"
                $0.taskQueue.name = "q"
                $0.identity = Self.long
            },
            refusal(scene, .pollNexusTaskQueue) {
                $0.namespace = "default"
                $0.taskQueue.name = "q"
                $0.identity = Self.long
            },
        ]
        #expect(Set(identities) == ["invalidArgument: Identity length exceeds limit."])
    }

    @Test(arguments: Backend.available)
    func `a namespace has a name that it can have, or an id`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let refusals = await [
            refusal(scene, .registerNamespace) { $0.namespace = Self.long },
            refusal(scene, .describeNamespace) { $0.namespace = Self.long },
            refusal(scene, .startWorkflowExecution) { $0.namespace = Self.long },
            refusal(scene, .addSearchAttributes) { $0.namespace = Self.long },
            refusal(scene, .recordActivityTaskHeartbeat) {
                $0.namespace = Self.long
                $0.taskToken = Data([1])
            },
        ]
        #expect(Set(refusals) == ["invalidArgument: Namespace length exceeds limit."])
        #expect(
            await refusal(scene, .deleteNamespace) {
                $0.namespace = "a"
                $0.namespaceID = "b"
            } == "invalidArgument: Only one of namespace name or Id should be set on request."
        )
    }

    @Test(arguments: Backend.available)
    func `a token is of the namespace of its task`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let (id, other) = ("token-\(UUID())", "other-\(UUID().uuidString.lowercased())")
        _ = try await worker.start(id)
        let token = try await worker.poll().taskToken
        func refused(_ namespace: String, _ token: Data) async -> [String] {
            await [
                refusal(scene, .respondWorkflowTaskCompleted) {
                    $0.namespace = namespace
                    $0.taskToken = token
                },
                refusal(scene, .respondActivityTaskCompleted) {
                    $0.namespace = namespace
                    $0.taskToken = token
                },
                refusal(scene, .respondNexusTaskCompleted) {
                    $0.namespace = namespace
                    $0.taskToken = token
                },
            ]
        }
        // One that does not exist is looked at first.
        #expect(await Set(refused("absent", token) + refused("absent", Data("x".utf8))) == [Self.absent])
        #expect(
            await Set(refused("default", Data("x".utf8))) == ["invalidArgument: Error deserializing task token."]
        )
        try await scene.client.namespaces.register(other, retention: .seconds(86_400))
        // A server needs a moment to know it.
        try await scene.eventually { await !refused(other, token).contains { $0.hasPrefix("notFound") } }
        #expect(
            await Set(refused(other, token))
                == ["invalidArgument: Operation requested with a token from a different namespace."]
        )
        #expect(
            await refusal(scene, .respondActivityTaskCompleted) { $0.taskToken = token }
                == "notFound: invalid activityID or activity already timed out or invoking workflow is completed"
        )
        // Without a namespace the token's counts.
        try await worker.call(.respondWorkflowTaskCompleted) { $0.taskToken = token }
        try await scene.client.workflowHandle(id: id).terminate(reason: "end of the scenario")
        _ = try await scene.client.namespaces.delete(other)
    }

    private static let crons: [(String, String?)] = [
        ("* * * * 7", "invalid CronSchedule."), ("0 0 31 2 *", nil), (", * * * *", nil),
        ("* * 0 * *", "invalid CronSchedule."),
        ("@every 1d", "invalid CronSchedule."), ("@every 5s ", "invalid CronSchedule."),
        ("@Daily", "invalid CronSchedule."), ("CRON_TZ=Nope/X * * * * *", "invalid CronSchedule."),
        ("*/0 * * * *", "invalid CronSchedule."), ("1-2-3 * * * *", "invalid CronSchedule."), ("@every 500ms", "none"),
        ("@every -5s", "none"), ("TZ=UTC @daily", "none"), ("? * * * ?", "none"), ("*-5 * * * *", "none"),
        ("1,, * * * *", "none"), ("5/70 * * * *", "none"), ("* * * jan-feb mon", "none"),
    ]

    @Test(arguments: Backend.available)
    func `cron schedules`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        for (schedule, message) in Self.crons {
            let id = "cron-\(UUID())"
            let found = await refusal(scene, .startWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowID = id
                $0.workflowType.name = "Flow"
                $0.taskQueue.name = scene.taskQueue
                $0.cronSchedule = schedule
            }
            let refusal = message ?? "invalid CronSchedule, no time can be found to satisfy the schedule"
            #expect(found == (message == "none" ? "none" : "invalidArgument: \(refusal)"), "\(schedule)")
            guard found == "none" else { continue }
            try await scene.client.workflowHandle(id: id).terminate(reason: "end of the scenario")
        }
    }

    /// A real server takes part unless versioning was switched on there for other scenarios.
    static let unversioned: [Backend] =
        ProcessInfo.processInfo.environment["TEMPORAL_VERSIONING"] == nil ? Backend.available : [.inMemory]

    @Test(arguments: Self.unversioned)
    func `old kinds of versioning are switched off`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let refusals = await [
            refusal(scene, .updateWorkerBuildIdCompatibility) { $0.namespace = "default" },
            refusal(scene, .getWorkerBuildIdCompatibility) { $0.namespace = "default" },
            refusal(scene, .updateWorkerVersioningRules) { $0.namespace = "default" },
            refusal(scene, .getWorkerVersioningRules) { $0.namespace = "default" },
            refusal(scene, .getWorkerTaskReachability) { $0.namespace = "default" },
        ]
        // A server of version 1.27 does not say which versioning it speaks of.
        #expect(refusals.allSatisfy { $0.hasPrefix("permissionDenied: Worker versioning") }, "\(refusals)")
        #expect(refusals.allSatisfy { $0.hasSuffix("is disabled on this namespace.") }, "\(refusals)")
        #expect(await refusal(scene, .getWorkerVersioningRules) { $0.namespace = "absent" } == Self.absent)
    }

    @Test(arguments: Backend.available)
    func `a signal with a start cannot fail because the workflow runs`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let found = await refusal(scene, .signalWithStartWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowID = "w"
            $0.signalName = "s"
            $0.workflowType.name = "Flow"
            $0.taskQueue.name = scene.taskQueue
            $0.workflowIDConflictPolicy = .fail
        }
        #expect(
            found == "invalidArgument: Invalid WorkflowIDConflictPolicy: WORKFLOW_ID_CONFLICT_POLICY_FAIL is not "
                + "supported for this operation."
        )
    }

    @Test(arguments: Backend.available)
    func `a service says what it can`(_ backend: Backend) async throws {
        let info = try await RawWorker(Scene(backend)).call(.getSystemInfo) { _ in }.capabilities
        #expect(info.eagerWorkflowStart && info.nexus && info.supportsSchedules && info.upsertMemo && info.sdkMetadata)
        #expect(info.countGroupByExecutionStatus && info.encodedFailureAttributes && info.signalAndQueryHeader)
        #expect(info.internalErrorDifferentiation && info.activityFailureIncludeHeartbeat)
        let promotion = await refusal(try Scene(backend), .updateNamespace) {
            $0.namespace = "default"
            $0.promoteNamespace = true
        }
        #expect(promotion.hasPrefix("invalidArgument: global namespace is not enabled on this cluster"))
    }
}
