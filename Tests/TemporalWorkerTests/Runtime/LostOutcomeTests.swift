import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@testable import TemporalWorker

/// Outcomes that must reach the service although something about them goes wrong, on a scripted service.
@Suite(.timeLimit(.minutes(1))) struct LostOutcomeTests {
    private let script = WorkerScript()
    private let acts = Acts()

    private func run(
        codecs: [any PayloadCodec] = [],
        _ change: (inout WorkerOptions) -> Void = { _ in },
        until isDone: () async -> Void
    ) async throws {
        var options = WorkerOptions()
        options.nexusTaskPollers = 1
        options.activityTaskPollers = 1
        change(&options)
        let worker = try TemporalWorker(
            client: TemporalClient(
                service: script,
                identity: "test",
                dataConverter: DataConverter(
                    failureConverter: FailureConverter(encodesCommonAttributes: !codecs.isEmpty),
                    codecs: codecs
                ),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ),
            taskQueue: "queue",
            workflows: [Known.self],
            activities: [acts],
            nexusServices: [Desk()],
            options: options
        )
        let running = Task { try await worker.run() }
        await isDone()
        running.cancel()
        try await running.value
    }

    /// Gives one task, and none after it.
    private func give<Request, Response>(_ method: ServiceMethod<Request, Response>, _ task: Response) {
        let isGiven = Mutex(false)
        script.answer(method) { _ in
            let isFirst = isGiven.withLock { given in
                defer { given = true }
                return !given
            }
            if !isFirst { await WorkerScript.waitForCancellation() }
            try Task.checkCancellation()
            return task
        }
    }

    private func activity(_ name: String) -> APIPollActivityTaskQueueResponse {
        .with {
            $0.taskToken = Data("token".utf8)
            $0.activityType.name = name
            $0.workflowExecution.workflowID = "w"
            $0.startToCloseTimeout = .init(.seconds(60))
            $0.heartbeatTimeout = .init(.seconds(30))
        }
    }

    // MARK: Activities

    @Test func `a heartbeat that is under way goes with the failure that overtakes it`() async throws {
        give(.pollActivityTaskQueue, activity("overtake"))
        script.answer(.recordActivityTaskHeartbeat) { [script, acts] _ in
            acts.isReported.open()
            await script.waitForCalls(.respondActivityTaskFailed, 1)
            throw RPCError(code: .notFound, message: "The attempt has ended.")
        }
        try await run { await script.waitForCalls(.respondActivityTaskFailed, 1) }
        let failed = try #require(script.requests(.respondActivityTaskFailed).first)
        #expect(failed.lastHeartbeatDetails.payloads.map { String(decoding: $0.data, as: UTF8.self) } == ["3"])
    }

    @Test func `an activity whose heartbeats cannot be encoded is cancelled, and fails with the reason`() async throws {
        give(.pollActivityTaskQueue, activity("endless"))
        try await run(codecs: [Broken(fails: { $0.data == Data("3".utf8) })]) {
            await script.waitForCalls(.respondActivityTaskFailed, 1)
        }
        #expect(acts.details.withLock { $0 }?.isHeartbeatFailed == true)
        let failure = try #require(script.requests(.respondActivityTaskFailed).first).failure
        #expect(failure.applicationFailureInfo.type == "PayloadCodecError")
        #expect(script.requests(.recordActivityTaskHeartbeat).isEmpty)
    }

    // MARK: Nexus operations

    @Test(arguments: ["unsuccessful", "handler error"], [true, false])
    func `the end of a Nexus operation that cannot be encoded is told without details`(
        _ operation: String,
        _ takesFailures: Bool
    ) async throws {
        give(
            .pollNexusTaskQueue,
            .with {
                $0.taskToken = Data("token".utf8)
                $0.request.capabilities.temporalFailureResponses = takesFailures
                $0.request.startOperation.service = "Desk"
                $0.request.startOperation.operation = operation
            }
        )
        let isUnsuccessful = operation == "unsuccessful"
        try await run(codecs: [Broken { _ in true }]) {
            if isUnsuccessful {
                await script.waitForCalls(.respondNexusTaskCompleted, 1)
            } else {
                await script.waitForCalls(.respondNexusTaskFailed, 1)
            }
        }
        let note = "(Without details, which could not be sent.)"
        if isUnsuccessful {
            let response = try #require(script.requests(.respondNexusTaskCompleted).first).response.startOperation
            let message = takesFailures ? response.failure.message : response.operationError.failure.message
            #expect(message.hasSuffix(note))
        } else {
            let request = try #require(script.requests(.respondNexusTaskFailed).first)
            if takesFailures {
                #expect(request.failure.message.hasSuffix(note))
                #expect(request.failure.nexusHandlerFailureInfo.type == "BAD_REQUEST")
            } else {
                #expect(request.error.errorType == "BAD_REQUEST")
                #expect(request.error.failure.message.hasSuffix(note))
            }
        }
    }

    // MARK: Workflow tasks

    private func workflowTask(
        _ fill: (inout APIPollWorkflowTaskQueueResponse) -> Void
    ) -> APIPollWorkflowTaskQueueResponse {
        .with {
            $0.taskToken = Data("token".utf8)
            $0.attempt = 1
            $0.workflowExecution.workflowID = "w"
            $0.workflowExecution.runID = "r"
            $0.workflowType.name = "Unknown"
            $0.startedEventID = 3
            $0.history.events = [
                .with {
                    $0.eventID = 1
                    $0.eventType = .workflowExecutionStarted
                    $0.workflowExecutionStartedEventAttributes.workflowType.name = "Unknown"
                },
                .with {
                    $0.eventID = 2
                    $0.eventType = .workflowTaskScheduled
                    $0.workflowTaskScheduledEventAttributes = .init()
                },
                .with {
                    $0.eventID = 3
                    $0.eventType = .workflowTaskStarted
                    $0.workflowTaskStartedEventAttributes = .init()
                },
            ]
            fill(&$0)
        }
    }

    @Test func `a workflow task whose failure cannot be encoded fails all the same`() async throws {
        give(.pollWorkflowTaskQueue, workflowTask { _ in })
        try await run(codecs: [Broken { _ in true }]) { await script.waitForCalls(.respondWorkflowTaskFailed, 1) }
        let failed = try #require(script.requests(.respondWorkflowTaskFailed).first)
        #expect(!failed.failure.hasEncodedAttributes)
        #expect(failed.failure.message.hasSuffix("(Without details, which could not be sent.)"))
    }

    @Test func `who asks a query of a run whose state cannot be had is told`() async throws {
        give(.pollWorkflowTaskQueue, workflowTask { $0.query.queryType = "state" })
        try await run(codecs: [Broken { _ in true }]) { await script.waitForCalls(.respondQueryTaskCompleted, 1) }
        let answer = try #require(script.requests(.respondQueryTaskCompleted).first)
        #expect(answer.completedType == .failed)
        #expect(answer.errorMessage.hasSuffix("(Without details, which could not be sent.)"))
        #expect(!answer.failure.hasEncodedAttributes)
    }

    // MARK: The end of the worker

    @Test(arguments: [Duration.zero, .seconds(60)])
    func `the call that tells of the end of a worker is not cut short`(_ grace: Duration) async throws {
        give(.pollActivityTaskQueue, activity("wait"))
        let wasCancelled = Mutex<Bool?>(nil)
        script.answer(.shutdownWorker) { [acts] _ in
            // By then, the grace period is over.
            await acts.isCancelled.wait()
            for _ in 0..<1000 { await Task.yield() }
            wasCancelled.withLock { $0 = Task.isCancelled }
            return .init()
        }
        try await run {
            $0.gracefulShutdownTimeout = grace
        } until: {
            await acts.isRunning.wait()
        }
        #expect(wasCancelled.withLock { $0 } == false)
    }
}

/// Fails with some payloads.
private struct Broken: PayloadCodec {
    struct Refusal: Error {}

    var fails: @Sendable (Payload) -> Bool

    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        guard !payloads.contains(where: fails) else { throw Refusal() }
        return payloads
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] { payloads }
}

@Activities private struct Acts {
    let isReported = Broadcast()
    let isRunning = Broadcast()
    let isCancelled = Broadcast()
    let details = Box()

    final class Box: Sendable {
        private let value = Mutex<ActivityCancellationDetails?>(nil)

        func withLock<Result>(_ body: (inout ActivityCancellationDetails?) -> Result) -> Result {
            value.withLock { body(&$0) }
        }
    }

    @Activity func overtake() async throws {
        try ActivityContext.current.heartbeat(3)
        await isReported.wait()
        throw ApplicationError("failed")
    }

    @Activity func endless() async throws {
        try ActivityContext.current.heartbeat(3)
        await WorkerScript.waitForCancellation()
        let found = try ActivityContext.current.cancellationDetails
        details.withLock { $0 = found }
        try Task.checkCancellation()
    }

    @Activity func wait() async throws {
        isRunning.open()
        await WorkerScript.waitForCancellation()
        isCancelled.open()
    }
}

private struct Desk: NexusService {
    static let nexusServiceName = "Desk"

    var nexusOperations: [NexusOperationDefinition] {
        [
            NexusOperationDefinition(NexusOperationReference<String>(service: "Desk", name: "unsuccessful")) {
                throw NexusUnsuccessfulOperation("no", cause: ApplicationError("why"))
            },
            NexusOperationDefinition(NexusOperationReference<String>(service: "Desk", name: "handler error")) {
                throw NexusHandlerError("no", type: .badRequest, cause: ApplicationError("why"))
            },
        ]
    }
}

@Workflow private actor Known {
    func run() async throws {}
}
