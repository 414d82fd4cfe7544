import Foundation
import Logging
import ServiceLifecycle
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@testable import TemporalWorker

/// What a worker says to the service beside its tasks, on a scripted service and a clock that the test moves.
@Suite(.timeLimit(.minutes(1))) struct WorkerSessionTests {
    private let script = WorkerScript()
    private let clock = ManualClock()
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private var client: TemporalClient { TemporalClient(service: script, identity: "test", logger: quiet) }

    private func worker(
        _ client: TemporalClient,
        activities: [any ActivityContainer] = [],
        _ change: (inout WorkerOptions) -> Void = { _ in }
    ) throws -> TemporalWorker {
        var options = WorkerOptions()
        options.timing = clock.timing
        change(&options)
        return try TemporalWorker(
            client: client,
            taskQueue: "queue",
            workflows: [Hello.self, Caller.self, Crowd.self],
            activities: activities,
            options: options
        )
    }

    @Test func `the service is told every minute how the worker is doing, and that it stops`() async throws {
        script.capable { $0.capabilities.workerHeartbeats = true }
        let worker = try worker(client)
        let running = Task { try await worker.run() }
        await script.waitForCalls(.recordWorkerHeartbeat, 1)
        await script.waitForCalls(.pollWorkflowTaskQueue, 5)
        await clock.waitForSleeper(of: .seconds(60))
        clock.advance(by: .seconds(60))
        await script.waitForCalls(.recordWorkerHeartbeat, 2)
        running.cancel()
        try await running.value
        let heartbeats = script.requests(.recordWorkerHeartbeat).flatMap(\.workerHeartbeat)
        // The last one takes the worker off the list.
        #expect(heartbeats.map(\.status) == [.running, .running, .shutdown])
        #expect(heartbeats.allSatisfy { $0.taskQueue == "queue" && $0.workerIdentity == "test" })
        #expect(heartbeats.map(\.hasElapsedSinceLastHeartbeat) == [false, true, true])
        let last = heartbeats[1]
        #expect(last.localActivitySlotsInfo.slotSupplierKind == "Fixed")
        #expect(last.localActivitySlotsInfo.currentAvailableSlots == 100)
        #expect(last.workflowTaskSlotsInfo.slotSupplierKind == "Fixed")
        #expect(last.workflowTaskSlotsInfo.currentAvailableSlots == 100)
        #expect(last.workflowPollerInfo.currentPollers == 1)
        #expect(last.workflowStickyPollerInfo.currentPollers == 4)
        #expect(!last.hasActivityTaskSlotsInfo)
        let shutdown = try #require(script.requests(.shutdownWorker).first)
        #expect(shutdown.workerHeartbeat.status == .shuttingDown)
        #expect(shutdown.taskQueueTypes == [.workflow])
        #expect(shutdown.workerInstanceKey == last.workerInstanceKey)
        #expect(!shutdown.stickyTaskQueue.isEmpty)
    }

    @Test func `a service that takes no heartbeats is sent none`() async throws {
        let worker = try worker(client)
        let running = Task { try await worker.run() }
        await script.waitForCalls(.pollWorkflowTaskQueue, 5)
        running.cancel()
        try await running.value
        #expect(script.requests(.recordWorkerHeartbeat).isEmpty)
        #expect(script.requests(.shutdownWorker).map(\.hasWorkerHeartbeat) == [false])
    }

    @Test func `who may not ask for the namespace may poll all the same`() async throws {
        script.answer(.describeNamespace) { _ in throw RPCError(code: .permissionDenied, message: "no") }
        let worker = try worker(client)
        let running = Task { try await worker.run() }
        await script.waitForCalls(.pollWorkflowTaskQueue, 5)
        running.cancel()
        try await running.value
    }

    @Test func `polls that the service ends itself are not cut off by a graceful stop`() async throws {
        script.capable { $0.capabilities.workerPollCompleteOnShutdown = true }
        let stopped = Broadcast()
        let wasCancelled = Mutex(0)
        script.answer(.pollWorkflowTaskQueue) { _ in
            await stopped.wait()
            if Task.isCancelled { wasCancelled.withLock { $0 += 1 } }
            return APIPollWorkflowTaskQueueResponse()
        }
        script.answer(.shutdownWorker) { _ in
            stopped.open()
            return APIShutdownWorkerResponse()
        }
        let worker = try worker(client)
        let group = ServiceGroup(services: [worker], logger: quiet)
        async let running: Void = group.run()
        await script.waitForCalls(.pollWorkflowTaskQueue, 5)
        await group.triggerGracefulShutdown()
        try await running
        #expect(wasCancelled.withLock { $0 } == 0)
        #expect(script.requests(.pollWorkflowTaskQueue).count == 5)
        #expect(script.requests(.shutdownWorker).count == 1)
    }

    /// Lets polls for workflow tasks wait until the service is told that the worker stops, and ends them then.
    private func endPollsOnShutdown() {
        script.capable { $0.capabilities.workerPollCompleteOnShutdown = true }
        let stopped = Broadcast()
        script.answer(.pollWorkflowTaskQueue) { _ in
            await stopped.wait()
            return APIPollWorkflowTaskQueueResponse()
        }
        script.answer(.shutdownWorker) { _ in
            stopped.open()
            return APIShutdownWorkerResponse()
        }
    }

    @Test func `a graceful stop with all slots in use cancels activities at the end of the grace period`() async throws
    {
        endPollsOnShutdown()
        handOut()
        let hand = Hand(heartbeats: false)
        let worker = try worker(client, activities: [hand]) {
            $0.maximumConcurrentActivities = 1
            $0.gracefulShutdownTimeout = .seconds(20)
        }
        let group = ServiceGroup(services: [worker], logger: quiet)
        async let running: Void = group.run()
        await hand.started.wait()
        await group.triggerGracefulShutdown()
        await clock.waitForSleeper(of: .seconds(20))
        #expect(hand.details.withLock { $0 } == nil)
        clock.advance(by: .seconds(20))
        try await running
        #expect(hand.details.withLock { $0 }?.isWorkerShutdown == true)
        #expect(script.requests(.pollActivityTaskQueue).count == 1)
    }

    @Test func `a cancellation ends the grace period`() async throws {
        endPollsOnShutdown()
        handOut()
        let hand = Hand(heartbeats: false)
        let worker = try worker(client, activities: [hand]) {
            $0.maximumConcurrentActivities = 1
            $0.gracefulShutdownTimeout = .seconds(600)
        }
        let group = ServiceGroup(services: [worker], logger: quiet)
        let running = Task { try await group.run() }
        await hand.started.wait()
        await group.triggerGracefulShutdown()
        await clock.waitForSleeper(of: .seconds(600))
        running.cancel()
        _ = await running.result
        #expect(hand.details.withLock { $0 }?.isWorkerShutdown == true)
    }

    @Test func `polls are cancelled if the service cannot be told to end them`() async throws {
        script.capable { $0.capabilities.workerPollCompleteOnShutdown = true }
        script.answer(.shutdownWorker) { _ in throw RPCError(code: .unavailable, message: "down") }
        let worker = try worker(client)
        let group = ServiceGroup(services: [worker], logger: quiet)
        async let running: Void = group.run()
        await script.waitForCalls(.pollWorkflowTaskQueue, 5)
        await group.triggerGracefulShutdown()
        try await running
        #expect(script.requests(.pollWorkflowTaskQueue).count == 5)
    }

    @Test(arguments: ["", "no activities", "not allowed", "a rate for all workers"])
    func `activities are asked to come with the answer only where they are run`(obstacle: String) async throws {
        script.handOut(.pollWorkflowTaskQueue, .first(of: "Caller"))
        let worker = try worker(client, activities: obstacle == "no activities" ? [] : [Hand()]) {
            $0.allowsEagerActivities = obstacle != "not allowed"
            if obstacle == "a rate for all workers" { $0.maximumTaskQueueActivitiesPerSecond = 5 }
        }
        let running = Task { try await worker.run() }
        await script.waitForCalls(.respondWorkflowTaskCompleted, 1)
        let command = try #require(script.requests(.respondWorkflowTaskCompleted).first?.commands.first)
        #expect(command.commandType == .scheduleActivityTask)
        #expect(command.scheduleActivityTaskCommandAttributes.requestEagerExecution == obstacle.isEmpty)
        running.cancel()
        try await running.value
    }

    @Test func `no more activities come with an answer than the worker allows`() async throws {
        script.handOut(.pollWorkflowTaskQueue, .first(of: "Crowd"))
        let worker = try worker(client, activities: [Hand()]) { $0.maximumEagerActivitiesPerTask = 2 }
        let running = Task { try await worker.run() }
        await script.waitForCalls(.respondWorkflowTaskCompleted, 1)
        let commands = try #require(script.requests(.respondWorkflowTaskCompleted).first?.commands)
        #expect(commands.map(\.scheduleActivityTaskCommandAttributes.requestEagerExecution) == [true, true, false])
        running.cancel()
        try await running.value
    }

    @Test func `a worker that is to stop takes no activities with its answers`() throws {
        let worker = try worker(client, activities: [Hand()])
        let handler = try #require(worker.activities)
        let runner = EagerActivityRunner(
            handler: handler,
            slots: worker.activitySlots,
            tracker: worker.tracker,
            limit: 3
        )
        var commands = [
            APICommand.with {
                $0.commandType = .scheduleActivityTask
                $0.scheduleActivityTaskCommandAttributes.requestEagerExecution = true
            }
        ]
        let reserved = runner.reserve(for: &commands)
        #expect(reserved.count == 1)
        runner.run([], in: reserved)
        #expect(commands[0].scheduleActivityTaskCommandAttributes.requestEagerExecution)
        handler.refuseEagerTasks()
        #expect(runner.reserve(for: &commands).isEmpty)
        #expect(!commands[0].scheduleActivityTaskCommandAttributes.requestEagerExecution)
    }

    @Test func `the number of polls follows the advice of the service`() async throws {
        script.handOut(.pollWorkflowTaskQueue, .with { $0.pollerScalingDecision.pollRequestDeltaSuggestion = 3 })
        let worker = try worker(client) {
            $0.workflowTaskPollers = .autoscaling(initial: 2)
            $0.maximumCachedWorkflows = 0
        }
        let running = Task { try await worker.run() }
        // Two at first; after the advice five wait, and one has ended.
        await script.waitForCalls(.pollWorkflowTaskQueue, 6)
        for _ in 0..<100 { await Task.yield() }
        #expect(script.requests(.pollWorkflowTaskQueue).count == 6)
        running.cancel()
        try await running.value
    }

    @Test func `a workflow can start on a worker of its own client without a poll`() async throws {
        script.answer(.startWorkflowExecution) { request in
            var response = APIStartWorkflowExecutionResponse()
            response.runID = "r"
            if request.requestEagerExecution {
                response.eagerWorkflowTask = .first(of: request.workflowType.name, workflowID: request.workflowID)
            }
            return response
        }
        let client = client
        let worker = try worker(client)
        let running = Task { try await worker.run() }
        await script.waitForCalls(.pollWorkflowTaskQueue, 5)
        var options = WorkflowOptions(id: "w", taskQueue: "queue")
        options.requestsEagerStart = true
        _ = try await client.startWorkflow(Hello.self, options: options)
        await script.waitForCalls(.respondWorkflowTaskCompleted, 1)
        let completed = try #require(script.requests(.respondWorkflowTaskCompleted).first)
        #expect(completed.commands.map(\.commandType) == [.completeWorkflowExecution])
        options.taskQueue = "another"
        _ = try await client.startWorkflow(Hello.self, options: options)
        #expect(script.requests(.startWorkflowExecution).map(\.requestEagerExecution) == [true, false])
        running.cancel()
        try await running.value
        options.taskQueue = "queue"
        _ = try await client.startWorkflow(Hello.self, options: options)
        #expect(script.requests(.startWorkflowExecution).map(\.requestEagerExecution) == [true, false, false])
    }

    // MARK: Activities

    /// Lets the worker take one activity.
    private func handOut(heartbeatTimeout: Duration? = nil) {
        script.handOut(
            .pollActivityTaskQueue,
            .first(of: "work") {
                $0.startToCloseTimeout.seconds = 30
                if heartbeatTimeout != nil { $0.heartbeatTimeout.seconds = 10 }
            }
        )
    }

    @Test func `an activity learns all that the service says of its cancellation`() async throws {
        handOut()
        script.answer(.recordActivityTaskHeartbeat) { _ in
            var response = APIRecordActivityTaskHeartbeatResponse()
            response.activityPaused = true
            response.activityReset = true
            return response
        }
        let hand = Hand()
        let worker = try worker(client, activities: [hand])
        let running = Task { try await worker.run() }
        await script.waitForCalls(.respondActivityTaskFailed, 1)
        let details = try #require(hand.details.withLock { $0 })
        #expect(details.isPaused && details.isReset)
        #expect(!details.isRequested && !details.isTimedOut && !details.isNotFound && !details.isWorkerShutdown)
        let failure = try #require(script.requests(.respondActivityTaskFailed).first).failure
        #expect(failure.applicationFailureInfo.type == "ActivityReset")
        running.cancel()
        try await running.value
    }

    @Test(arguments: [(Duration?.none, 35), (.seconds(10), 15)])
    func `an activity is given up five seconds after its timeout, and nothing is answered`(
        heartbeatTimeout: Duration?,
        seconds: Int
    ) async throws {
        handOut(heartbeatTimeout: heartbeatTimeout)
        let hand = Hand(heartbeats: false)
        let worker = try worker(client, activities: [hand])
        let running = Task { try await worker.run() }
        await hand.started.wait()
        for second in 1...seconds {
            #expect(hand.details.withLock { $0 } == nil, "after \(second - 1) s")
            await clock.waitForSleeper(of: .seconds(1))
            clock.advance(by: .seconds(1))
        }
        await hand.ended.wait()
        let details = try #require(hand.details.withLock { $0 })
        #expect(details.isTimedOut && details.isNotFound)
        running.cancel()
        try await running.value
        #expect(!script.methods.contains { $0.hasPrefix("RespondActivity") })
    }

    @Test func `wrong rates and intervals are refused`() throws {
        #expect(throws: WorkerConfigurationError.self) { try worker(client) { $0.maximumActivitiesPerSecond = 0 } }
        #expect(throws: WorkerConfigurationError.self) { try worker(client) { $0.heartbeatInterval = .seconds(61) } }
    }
}

@Activities private final class Hand: Sendable {
    let details = Mutex<ActivityCancellationDetails?>(nil)
    let started = Broadcast()
    let ended = Broadcast()
    private let heartbeats: Bool

    init(heartbeats: Bool = true) {
        self.heartbeats = heartbeats
    }

    @Activity func work() async throws {
        let context = try ActivityContext.current
        started.open()
        if heartbeats { try context.heartbeat() }
        await WorkerScript.waitForCancellation()
        details.withLock { $0 = context.cancellationDetails }
        ended.open()
        throw CancellationError()
    }
}

@Workflow private actor Caller {
    func run() async throws {
        try await context.executeActivity(Hand.work, startToCloseTimeout: .seconds(5))
    }
}

/// Runs three activities side by side.
@Workflow private actor Crowd {
    func run() async throws {
        try await withThrowingTaskGroup { group in
            for _ in 0..<3 {
                group.addTask { [context] in
                    try await context.executeActivity(Hand.work, startToCloseTimeout: .seconds(5))
                }
            }
            try await group.waitForAll()
        }
    }
}

@Workflow private actor Hello {
    func run() async throws -> String { "hello" }
}
