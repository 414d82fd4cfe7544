import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@testable import TemporalWorker

/// What the options of a worker change in its requests, on a scripted service and a clock that the test moves.
@Suite(.timeLimit(.minutes(1))) struct WorkerRequestTests {
    private let script = WorkerScript()
    private let clock = ManualClock()
    private let log = NotedLog()

    private func worker(
        workflows: [any Workflow.Type] = [Hello.self, Nearby.self],
        activities: [any ActivityContainer] = [],
        _ change: (inout WorkerOptions) -> Void = { _ in }
    ) throws -> TemporalWorker {
        var options = WorkerOptions()
        options.timing = clock.timing
        change(&options)
        return try TemporalWorker(
            client: TemporalClient(service: script, identity: "test", logger: log.logger),
            taskQueue: "queue",
            workflows: workflows,
            activities: activities,
            options: options
        )
    }

    /// Lets a worker work until it has made a number of calls.
    private func work<Request, Response>(
        _ worker: TemporalWorker,
        until method: ServiceMethod<Request, Response>,
        _ count: Int = 1
    ) async throws {
        let running = Task { try await worker.run() }
        await script.waitForCalls(method, count)
        running.cancel()
        try await running.value
    }

    // MARK: Completions

    @Test func `each completion says which worker it comes from`() async throws {
        script.handOut(.pollWorkflowTaskQueue, .first(of: "Hello"))
        try await work(worker(), until: .respondWorkflowTaskCompleted)
        let key = try #require(script.requests(.pollWorkflowTaskQueue).first).workerInstanceKey
        #expect(!key.isEmpty)
        #expect(script.requests(.respondWorkflowTaskCompleted).map(\.workerInstanceKey) == [key])
    }

    @Test func `a completion that fails a run for its history says so too`() async throws {
        var task = APIPollWorkflowTaskQueueResponse.first(of: "Hello")
        task.add(.workflowTaskCompleted) { $0.workflowTaskCompletedEventAttributes = .init() }
        task.add(.timerStarted) { $0.timerStartedEventAttributes.timerID = "1" }
        task.addTask()
        script.handOut(.pollWorkflowTaskQueue, task)
        try await work(worker { $0.workflowFailureRules = [.nondeterminism] }, until: .respondWorkflowTaskCompleted)
        let completed = try #require(script.requests(.respondWorkflowTaskCompleted).first)
        #expect(completed.commands.map(\.commandType) == [.failWorkflowExecution])
        #expect(!completed.workerInstanceKey.isEmpty)
    }

    @Test(arguments: [
        (name: "", version: "", sent: ["temporal-swift", SDK.version]),
        (name: "temporal-swift", version: SDK.version, sent: ["", ""]),
        (name: "temporal-swift", version: "0.0.1", sent: ["", SDK.version]),
        (name: "temporal-go", version: SDK.version, sent: ["temporal-swift", ""]),
    ])
    func `the version of the SDK is recorded where the history has another`(
        recorded: (name: String, version: String, sent: [String])
    ) async throws {
        var task = APIPollWorkflowTaskQueueResponse.first(of: "Patient")
        task.add(.workflowTaskCompleted) {
            $0.workflowTaskCompletedEventAttributes.sdkMetadata.sdkName = recorded.name
            $0.workflowTaskCompletedEventAttributes.sdkMetadata.sdkVersion = recorded.version
        }
        task.add(.workflowExecutionSignaled) { $0.workflowExecutionSignaledEventAttributes.signalName = "go" }
        task.addTask()
        script.handOut(.pollWorkflowTaskQueue, task)
        try await work(worker(workflows: [Patient.self]), until: .respondWorkflowTaskCompleted)
        let completed = try #require(script.requests(.respondWorkflowTaskCompleted).first)
        #expect(completed.commands.map(\.commandType) == [.completeWorkflowExecution])
        #expect([completed.sdkMetadata.sdkName, completed.sdkMetadata.sdkVersion] == recorded.sent)
        #expect(completed.hasSdkMetadata == (recorded.sent != ["", ""]))
    }

    @Test func `a task that takes long is warned of, one at the limit is not`() async throws {
        let plans: [(seconds: Int, limit: Duration?)] = [(5, nil), (6, nil), (6, .seconds(7)), (8, .seconds(7))]
        for (seconds, limit) in plans {
            script.handOut(.pollWorkflowTaskQueue, .first(of: "Hello"))
            let clock = clock
            script.answer(.respondWorkflowTaskCompleted) { _ in
                clock.advance(by: .seconds(seconds))
                return APIRespondWorkflowTaskCompletedResponse()
            }
            let calls = script.requests(.respondWorkflowTaskCompleted).count
            let worker = try worker { if let limit { $0.workflowTaskWarningThreshold = limit } }
            try await work(worker, until: .respondWorkflowTaskCompleted, calls + 1)
        }
        let warnings = log.lines.filter { $0.message.contains("[TMPRL1104]") }
        #expect(
            warnings.map(\.message) == [
                "[TMPRL1104] r:4:1 The workflow task took longer than 5.0 seconds.",
                "[TMPRL1104] r:4:1 The workflow task took longer than 7.0 seconds.",
            ]
        )
        #expect(warnings.allSatisfy { $0.level == .warning })
        let metadata = try #require(warnings.first).metadata
        #expect(metadata["workflow_type"] == "Hello" && metadata["workflow_id"] == "w" && metadata["attempt"] == "1")
        #expect(metadata["event_id"] == "4" && metadata["workflow_history_size"] == "500")
        #expect(metadata["workflow_task_duration"] == "6000")
    }

    @Test(arguments: [
        (String?.none, 5), ("10", 10), ("0", 0), ("nope", 5), ("", 5), ("-5", 5), ("2.5", 5),
    ])
    func `the environment may say from when on a task takes long`(text: String?, seconds: Int) {
        #expect(Duration.workflowTaskWarning(text) == .seconds(seconds))
    }

    // MARK: Polls

    @Test func `a worker without polls for activities runs them as local ones`() async throws {
        script.handOut(.pollWorkflowTaskQueue, .first(of: "Nearby"))
        let worker = try worker(activities: [Hand()]) { $0.pollsForActivities = false }
        try await work(worker, until: .respondWorkflowTaskCompleted)
        let completed = try #require(script.requests(.respondWorkflowTaskCompleted).first)
        #expect(completed.commands.map(\.commandType) == [.recordMarker, .completeWorkflowExecution])
        #expect(script.requests(.pollActivityTaskQueue).isEmpty)
        #expect(script.requests(.shutdownWorker).map(\.taskQueueTypes) == [[.workflow]])
    }

    @Test func `a worker without polls for activities asks for none with its answers`() async throws {
        script.handOut(.pollWorkflowTaskQueue, .first(of: "Faraway"))
        let worker = try worker(workflows: [Faraway.self], activities: [Hand()]) { $0.pollsForActivities = false }
        try await work(worker, until: .respondWorkflowTaskCompleted)
        let command = try #require(script.requests(.respondWorkflowTaskCompleted).first?.commands.first)
        #expect(command.commandType == .scheduleActivityTask)
        #expect(!command.scheduleActivityTaskCommandAttributes.requestEagerExecution)
    }

    @Test func `a worker with activities that nobody can call is refused`() throws {
        let error = #expect(throws: WorkerConfigurationError.self) {
            try worker(workflows: [], activities: [Hand()]) { $0.pollsForActivities = false }
        }
        #expect(error?.description.contains("does not poll for activities") == true)
    }

    @Test func `the rate of all workers goes with each poll, and with no other`() async throws {
        let limited = try worker(activities: [Hand()]) { $0.maximumTaskQueueActivitiesPerSecond = 2.5 }
        try await work(limited, until: .pollActivityTaskQueue, 5)
        #expect(
            script.requests(.pollActivityTaskQueue).allSatisfy { $0.taskQueueMetadata.maxTasksPerSecond.value == 2.5 }
        )
        let free = try worker(activities: [Hand()])
        try await work(free, until: .pollActivityTaskQueue, 10)
        #expect(script.requests(.pollActivityTaskQueue).dropFirst(5).allSatisfy { !$0.hasTaskQueueMetadata })
    }

    @Test func `the rate of a worker spaces its polls`() async throws {
        let worker = try worker(activities: [Hand()]) { $0.maximumActivitiesPerSecond = 2 }
        let running = Task { try await worker.run() }
        for count in 1...5 {
            await script.waitForCalls(.pollActivityTaskQueue, count)
            guard count < 5 else { break }
            await clock.waitForSleeper(of: .milliseconds(500))
            #expect(script.requests(.pollActivityTaskQueue).count == count)
            clock.advance(by: .milliseconds(500))
        }
        running.cancel()
        try await running.value
    }

    @Test(arguments: [(Double?.none, 1), (0.5, 3), (0, 1), (1, 5)])
    func `the polls for workflow tasks are shared out as asked for`(ratio: Double?, shared: Int) async throws {
        let worker = try worker {
            $0.workflowTaskPollers = 6
            if let ratio { $0.nonstickyToStickyPollRatio = ratio }
        }
        try await work(worker, until: .pollWorkflowTaskQueue, 6)
        #expect(script.requests(.pollWorkflowTaskQueue).count { $0.taskQueue.kind == .normal } == shared)
    }

    @Test(arguments: [-0.1, 1.1, .nan, .infinity])
    func `a share beyond all is refused`(ratio: Double) {
        #expect(throws: WorkerConfigurationError.self) { try worker { $0.nonstickyToStickyPollRatio = ratio } }
    }

    @Test(arguments: [true, false])
    func `a namespace can turn autoscaling on for polls of which nobody chose the number`(isOn: Bool) async throws {
        script.capable {
            $0.capabilities.workerHeartbeats = true
            $0.capabilities.pollerAutoscalingAutoEnroll = isOn
        }
        let worker = try worker(activities: [Hand()]) { $0.activityTaskPollers = 5 }
        let running = Task { try await worker.run() }
        // Five of each kind at the start either way, but with autoscaling five for each of the two queues.
        await script.waitForCalls(.pollWorkflowTaskQueue, isOn ? 10 : 5)
        await script.waitForCalls(.pollActivityTaskQueue, 5)
        await script.waitForCalls(.recordWorkerHeartbeat, 1)
        running.cancel()
        try await running.value
        let heartbeat = try #require(script.requests(.recordWorkerHeartbeat).first?.workerHeartbeat.first)
        #expect(heartbeat.workflowPollerInfo.isAutoscaling == isOn)
        #expect(heartbeat.workflowStickyPollerInfo.isAutoscaling == isOn)
        #expect(!heartbeat.activityPollerInfo.isAutoscaling)
    }

    // MARK: Heartbeats of activities

    @Test(
        arguments: [
            (timeout: 10, maximum: nil, standard: nil, interval: 8),
            (timeout: 100, maximum: nil, standard: nil, interval: 60),
            (timeout: nil, maximum: nil, standard: nil, interval: 30),
            (timeout: 10, maximum: 5, standard: nil, interval: 5),
            (timeout: nil, maximum: nil, standard: 7, interval: 7),
            (timeout: 10, maximum: nil, standard: 7, interval: 8),
        ] as [(timeout: Int64?, maximum: Int?, standard: Int?, interval: Int)]
    )
    func `heartbeats are sent as seldom as the timeout and the options allow`(
        plan: (timeout: Int64?, maximum: Int?, standard: Int?, interval: Int)
    ) async throws {
        let hand = Hand()
        script.handOut(
            .pollActivityTaskQueue,
            .first(of: "beat") { task in if let timeout = plan.timeout { task.heartbeatTimeout.seconds = timeout } }
        )
        let times = Mutex<[Duration]>([])
        let clock = clock
        script.answer(.recordActivityTaskHeartbeat) { _ in
            times.withLock { $0.append(clock.timing.now()) }
            hand.wasHeard.open()
            return APIRecordActivityTaskHeartbeatResponse()
        }
        let worker = try worker(workflows: [], activities: [hand]) {
            if let seconds = plan.maximum { $0.maximumHeartbeatThrottleInterval = .seconds(seconds) }
            if let seconds = plan.standard { $0.defaultHeartbeatThrottleInterval = .seconds(seconds) }
        }
        let running = Task { try await worker.run() }
        await hand.hasSecond.wait()
        await clock.waitForSleeper(of: .seconds(plan.interval))
        clock.advance(by: .seconds(plan.interval))
        await script.waitForCalls(.recordActivityTaskHeartbeat, 2)
        running.cancel()
        try await running.value
        #expect(times.withLock { $0 } == [.zero, .seconds(plan.interval)])
    }
}

@Activities private final class Hand: Sendable {
    let wasHeard = Broadcast()
    let hasSecond = Broadcast()

    @Activity func work() async throws -> Int { 1 }

    @Activity func beat() async throws {
        try ActivityContext.current.heartbeat(1)
        await wasHeard.wait()
        try ActivityContext.current.heartbeat(2)
        hasSecond.open()
        await WorkerScript.waitForCancellation()
        throw CancellationError()
    }
}

@Workflow private actor Hello {
    func run() async throws -> String { "hello" }
}

@Workflow private actor Patient {
    private var mayGo = false

    func run() async throws { try await context.waitCondition { self.mayGo } }

    @Signal func go() { mayGo = true }
}

@Workflow private actor Nearby {
    func run() async throws -> Int {
        try await context.executeLocalActivity(Hand.work, startToCloseTimeout: .seconds(5))
    }
}

@Workflow private actor Faraway {
    func run() async throws -> Int {
        try await context.executeActivity(Hand.work, startToCloseTimeout: .seconds(5))
    }
}
