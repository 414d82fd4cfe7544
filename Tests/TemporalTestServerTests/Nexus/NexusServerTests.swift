import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// What the in-memory service does with Nexus operations, step by step.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct NexusServerTests {
    private let script = Script()

    private func schedule(
        _ endpoint: String = "desk",
        _ fill: (inout APIScheduleNexusOperationCommandAttributes) -> Void = { _ in }
    ) -> APICommand {
        .with {
            $0.commandType = .scheduleNexusOperation
            $0.scheduleNexusOperationCommandAttributes.endpoint = endpoint
            $0.scheduleNexusOperationCommandAttributes.service = "Service"
            $0.scheduleNexusOperationCommandAttributes.operation = "operation"
            $0.scheduleNexusOperationCommandAttributes.input = payloads("input").payloads[0]
            fill(&$0.scheduleNexusOperationCommandAttributes)
        }
    }

    private func cancel(_ eventID: Int64) -> APICommand {
        .with {
            $0.commandType = .requestCancelNexusOperation
            $0.requestCancelNexusOperationCommandAttributes.scheduledEventID = eventID
        }
    }

    private func fail(_ task: APIPollNexusTaskQueueResponse, _ type: String) async throws {
        _ = try await script.call(.respondNexusTaskFailed) {
            $0.namespace = "default"
            $0.taskToken = task.taskToken
            $0.failure.message = "trouble"
            $0.failure.source = "handler"
            $0.failure.nexusHandlerFailureInfo.type = type
            $0.failure.cause.message = "why"
            $0.failure.cause.source = "handler"
            $0.failure.cause.applicationFailureInfo.type = "Reason"
        }
    }

    /// Starts a workflow that has called an operation, which has started.
    private func startOperation() async throws {
        try await script.makeEndpoint()
        try await script.start()
        try await script.step(schedule())
        try await script.answer(try await script.pollNexus()) {
            $0.startOperation.asyncSuccess.operationToken = "token"
        }
    }

    // MARK: Requests

    @Test func `a request carries all that its handler needs`() async throws {
        try await script.makeEndpoint()
        try await script.start()
        try await script.step(
            schedule {
                $0.nexusHeader = ["Color": "blue"]
                $0.scheduleToCloseTimeout = Google_Protobuf_Duration(seconds: 60)
            }
        )
        let task = try await script.pollNexus()
        let start = task.request.startOperation
        #expect(start.service == "Service")
        #expect(start.operation == "operation")
        #expect(start.payload == payloads("input").payloads[0])
        #expect(start.callback == "temporal://system")
        #expect(start.callbackHeader.keys.map { $0 } == ["nexus-callback-token"])
        #expect(task.request.endpoint == "desk")
        #expect(task.request.header == ["color": "blue", "operation-timeout": "60000ms", "request-timeout": "10000ms"])
        let link = try #require(start.links.first?.link?.workflowEvent)
        #expect(link.workflowID == "w")
        #expect(link.eventRef.eventID == 5)
        let scheduled = try #require(script.history().last { $0.eventType == .nexusOperationScheduled })
        #expect(scheduled.nexusOperationScheduledEventAttributes.requestID == start.requestID)
    }

    @Test func `what a refused workflow task asked for does not happen`() async throws {
        try await script.makeEndpoint()
        try await script.start()
        let task = try await script.pollWorkflow()
        await #expect(throws: RPCError.self) { try await script.complete(task, [schedule(), .timer("", .seconds(1))]) }
        #expect(try await script.describe().pendingNexusOperations.isEmpty)
        try await script.step(.timer("t", .seconds(1)))
        #expect(try await script.describe().pendingNexusOperations.isEmpty)
        #expect(!script.types().contains(.nexusOperationScheduled))
    }

    @Test func `a request that nobody has answered is forgotten, even if its operation has ended`() async throws {
        try await script.makeEndpoint()
        try await script.start()
        try await script.step(schedule())
        #expect(script.server.transact { $0.nexusTasks.reduce(0) { count, _ in count + 1 } } == 1)
        _ = try await script.call(.terminateWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
        }
        script.server.advance(by: .seconds(11))
        #expect(script.server.transact { $0.nexusTasks.reduce(0) { count, _ in count + 1 } } == 0)
    }

    @Test func `an answer that comes too late is not found`() async throws {
        try await script.makeEndpoint()
        try await script.start()
        try await script.step(schedule())
        let task = try await script.pollNexus()
        script.server.advance(by: .seconds(10))
        let error = await #expect(throws: RPCError.self) { try await fail(task, "UNAVAILABLE") }
        #expect(error?.code == .notFound)
        let pending = try #require(try await script.describe().pendingNexusOperations.first)
        #expect(pending.state == .backingOff)
        #expect(pending.attempt == 1)
        #expect(pending.lastAttemptFailure.nexusHandlerFailureInfo.type == "UPSTREAM_TIMEOUT")
        script.server.advance(by: .seconds(1))
        #expect(try await script.pollNexus().request.startOperation.requestID == task.request.startOperation.requestID)
    }

    @Test func `an error of a handler keeps all but its source`() async throws {
        try await script.makeEndpoint()
        try await script.start()
        try await script.step(schedule())
        let task = try await script.pollNexus()
        #expect(task.request.capabilities.temporalFailureResponses)
        try await fail(task, "BAD_REQUEST")
        let failed = try #require(script.history().last { $0.eventType == .nexusOperationFailed })
        let error = failed.nexusOperationFailedEventAttributes.failure.cause
        #expect(error.message == "trouble")
        #expect(error.source == "")
        #expect(error.cause.message == "why")
        #expect(error.cause.source == "handler")
        #expect(error.cause.applicationFailureInfo.type == "Reason")
    }

    @Test(arguments: [(true, true), (true, false), (false, false)])
    func `an error of a handler in the older form has what it says in its cause`(
        _ hasMessage: Bool,
        _ isOpaque: Bool
    ) async throws {
        try await script.makeEndpoint()
        try await script.start()
        try await script.step(schedule())
        let task = try await script.pollNexus()
        _ = try await script.call(.respondNexusTaskFailed) {
            $0.namespace = "default"
            $0.taskToken = task.taskToken
            $0.error.errorType = "BAD_REQUEST"
            if hasMessage { $0.error.failure.message = "trouble" }
            if isOpaque { $0.error.failure.metadata = ["type": "of another SDK"] }
        }
        let failed = try #require(script.history().last { $0.eventType == .nexusOperationFailed })
        let error = failed.nexusOperationFailedEventAttributes.failure.cause
        #expect(error.nexusHandlerFailureInfo.type == "BAD_REQUEST")
        #expect(error.message == "")
        #expect(error.hasCause)
        #expect(error.cause.message == (hasMessage ? "trouble" : ""))
        #expect(error.cause.applicationFailureInfo.type == (isOpaque ? "NexusFailure" : ""))
        let details = error.cause.applicationFailureInfo.details.payloads.map(\.data)
        #expect(
            details.map { String(decoding: $0, as: UTF8.self) }
                == (isOpaque ? [#"{"message":"","metadata":{"type":"of another SDK"}}"#] : [])
        )
    }

    @Test func `pauses between attempts double`() async throws {
        try await script.makeEndpoint()
        try await script.start()
        try await script.step(schedule())
        for pause in [1, 2, 4, 8] {
            try await fail(try await script.pollNexus(), "INTERNAL")
            let pending = try #require(try await script.describe().pendingNexusOperations.first)
            #expect(
                Duration(pending.nextAttemptScheduleTime.nanoseconds(since: pending.lastAttemptCompleteTime))
                    == .seconds(pause)
            )
            script.server.advance(by: .seconds(pause))
        }
    }

    @Test func `an endpoint that was taken away fails what has not started`() async throws {
        let endpoint = try await script.makeEndpoint()
        try await script.start()
        try await script.step(schedule())
        try await fail(try await script.pollNexus(), "UNAVAILABLE")
        _ = try await script.call(.deleteNexusEndpoint) {
            $0.id = endpoint.id
            $0.version = endpoint.version
        }
        script.server.advance(by: .seconds(1))
        let failed = try #require(script.history().last { $0.eventType == .nexusOperationFailed })
        let cause = failed.nexusOperationFailedEventAttributes.failure.cause
        #expect(cause.nexusHandlerFailureInfo.type == "NOT_FOUND")
        #expect(cause.message == "endpoint not registered")
    }

    // MARK: Timeouts

    @Test func `each timeout of an operation is told by its type`() async throws {
        try await script.makeEndpoint()
        let cases: [(APITimeoutType, (inout APIScheduleNexusOperationCommandAttributes) -> Void)] = [
            (.scheduleToStart, { $0.scheduleToStartTimeout = Google_Protobuf_Duration(seconds: 30) }),
            (.startToClose, { $0.startToCloseTimeout = Google_Protobuf_Duration(seconds: 30) }),
            (.scheduleToClose, { $0.scheduleToCloseTimeout = Google_Protobuf_Duration(seconds: 30) }),
        ]
        for (type, fill) in cases {
            try await script.start("\(type)")
            try await script.step(schedule("desk", fill))
            let task = try await script.pollNexus()
            if type == .scheduleToStart {
                try await fail(task, "UNAVAILABLE")
            } else {
                try await script.answer(task) { $0.startOperation.asyncSuccess.operationToken = "token" }
                try await script.step()
            }
            script.server.advance(by: .seconds(30))
            let end = try #require(script.history("\(type)").last { $0.eventType == .nexusOperationTimedOut })
            let failure = end.nexusOperationTimedOutEventAttributes.failure
            #expect(failure.message == "nexus operation completed unsuccessfully")
            #expect(failure.cause.timeoutFailureInfo.timeoutType == type)
            try await script.step(.with { $0.completeWorkflowExecutionCommandAttributes = .init() })
        }
    }

    @Test func `timeouts are cut to that of the run`() async throws {
        try await script.makeEndpoint()
        try await script.start { $0.workflowRunTimeout = Google_Protobuf_Duration(seconds: 60) }
        try await script.step(schedule { $0.scheduleToStartTimeout = Google_Protobuf_Duration(seconds: 90) })
        let scheduled = try #require(script.history().last { $0.eventType == .nexusOperationScheduled })
        #expect(scheduled.nexusOperationScheduledEventAttributes.scheduleToCloseTimeout.seconds == 60)
        #expect(scheduled.nexusOperationScheduledEventAttributes.scheduleToStartTimeout.seconds == 60)
    }

    // MARK: Cancellation

    @Test func `a request to end an operation waits until that has started`() async throws {
        try await script.makeEndpoint()
        try await script.start()
        try await script.step(schedule())
        let task = try await script.pollNexus()
        try await script.signal()
        try await script.step(cancel(5))
        let waiting = try #require(try await script.describe().pendingNexusOperations.first)
        #expect(waiting.hasCancellationInfo)
        #expect(waiting.cancellationInfo.state == .unspecified)
        try await script.answer(task) { $0.startOperation.asyncSuccess.operationToken = "token" }
        let request = try await script.pollNexus()
        #expect(request.request.cancelOperation.operationToken == "token")
        // As on servers, which ask for the newer form in requests to start only.
        #expect(!request.request.capabilities.temporalFailureResponses)
        try await script.answer(request) { $0.cancelOperation = .init() }
        #expect(script.types().contains(.nexusOperationCancelRequestCompleted))
        let answered = try #require(try await script.describe().pendingNexusOperations.first)
        #expect(answered.cancellationInfo.state == .succeeded)
    }

    @Test func `a request to end an operation is tried again, or refused for good`() async throws {
        try await startOperation()
        try await script.step(cancel(5))
        try await fail(try await script.pollNexus(), "UNAVAILABLE")
        let pending = try #require(try await script.describe().pendingNexusOperations.first)
        #expect(pending.cancellationInfo.state == .backingOff)
        #expect(pending.cancellationInfo.attempt == 1)
        script.server.advance(by: .seconds(1))
        try await fail(try await script.pollNexus(), "NOT_IMPLEMENTED")
        let refused = try #require(script.history().last { $0.eventType == .nexusOperationCancelRequestFailed })
        let attributes = refused.nexusOperationCancelRequestFailedEventAttributes
        #expect(attributes.failure.nexusHandlerFailureInfo.type == "NOT_IMPLEMENTED")
        #expect(refused.workerMayIgnore)
    }

    @Test(arguments: 0..<4) func `commands that make no sense fail the task`(number: Int) async throws {
        try await startOperation()
        let cases: [(APICommand, String)] = [
            (schedule("nowhere"), "endpoint \"nowhere\" not found"),
            (
                schedule { $0.nexusHeader = ["Request-Timeout": "1s"] },
                "ScheduleNexusOperationCommandAttributes.NexusHeader contains a disallowed header key: \"Request-Timeout\""
            ),
            (
                schedule { $0.service = String(repeating: "s", count: 1001) },
                "ScheduleNexusOperationCommandAttributes.Service exceeds length limit of 1000"
            ),
            (
                cancel(3),
                "requested cancelation for a non-existing or already completed operation with scheduled event ID of 3"
            ),
        ]
        let (command, message) = cases[number]
        let task = try await script.pollWorkflow()
        let error = await #expect(throws: RPCError.self) { try await script.complete(task, [command]) }
        #expect(error?.message.contains(message) == true, "\(message)")
    }

    // MARK: Reset

    @Test func `an operation that has started goes on in the run that a reset makes`() async throws {
        try await script.makeEndpoint()
        try await script.start()
        try await script.step(schedule())
        let task = try await script.pollNexus()
        try await script.answer(task) { $0.startOperation.asyncSuccess.operationToken = "token" }
        try await script.step()
        _ = try await script.call(.resetWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
            $0.workflowTaskFinishEventID = 9
            $0.requestID = "reset"
        }
        let pending = try #require(try await script.describe().pendingNexusOperations.first)
        #expect(pending.state == .started)
        // The callback still names the old run.
        script.server.completeNexusOperation(
            callbackHeaders: task.request.startOperation.callbackHeader,
            operationToken: "token",
            result: Payload(payloads("result").payloads[0]),
            failure: APIFailure()
        )
        #expect(script.types().contains(.nexusOperationCompleted))
        #expect(throws: Never.self) { try HistoryValidator.validate(script.history()) }
    }

    @Test(arguments: [
        (APIResetReapplyType.allEligible, [APIResetReapplyExcludeType](), true), (.none, [], true), (.signal, [], true),
        (.allEligible, [.nexus], false), (.none, [.nexus, .cancelRequest], false),
    ])
    func `how an operation went on after the point of a reset is kept, unless that is excluded`(
        _ type: APIResetReapplyType,
        _ excluded: [APIResetReapplyExcludeType],
        _ isKept: Bool
    ) async throws {
        try await script.makeEndpoint()
        try await script.start()
        let first = try await script.pollWorkflow()
        // The next task is scheduled with the operation: the history can be cut behind it.
        try await script.signal("meanwhile")
        try await script.complete(first, [schedule()])
        try await script.answer(try await script.pollNexus()) {
            $0.startOperation.syncSuccess.payload = payloads("result").payloads[0]
        }
        let scheduled = try #require(script.history().last { $0.eventType == .workflowTaskScheduled })
        _ = try await script.call(.resetWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
            $0.workflowTaskFinishEventID = scheduled.eventID + 1
            $0.requestID = "reset"
            $0.resetReapplyType = type
            $0.resetReapplyExcludeTypes = excluded
        }
        #expect(script.types().contains(.nexusOperationCompleted) == isKept)
        #expect(try await script.describe().pendingNexusOperations.isEmpty == isKept)
        #expect(throws: Never.self) { try HistoryValidator.validate(script.history()) }
    }

    @Test func `who waits for the end of a run waits for the run that a reset makes of it`() async throws {
        try await startOperation()
        let task = try #require(script.history().first { $0.eventType == .nexusOperationScheduled })
        let token = NexusCallbackToken(
            owner: .run(0, scheduledEventID: task.eventID),
            requestID: task.nexusOperationScheduledEventAttributes.requestID
        )
        let callback = APICallback.with {
            $0.nexus.url = Engine.callbackURL
            $0.nexus.header = [Engine.callbackTokenHeader: token.text]
        }
        try await script.step()
        let run = try await script.start("handler").runID
        try await script.step()
        // Attached after the point of the reset.
        try await script.start("handler") {
            $0.workflowIDConflictPolicy = .useExisting
            $0.onConflictOptions.attachRequestID = true
            $0.onConflictOptions.attachCompletionCallbacks = true
            $0.completionCallbacks = [callback]
        }
        _ = try await script.call(.resetWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "handler"
            $0.workflowExecution.runID = run
            $0.workflowTaskFinishEventID = 4
            $0.requestID = "reset"
        }
        #expect(try await script.describe("handler").callbacks.count == 1)
        #expect(!script.types().contains(.nexusOperationCompleted))
        try await script.step(.complete("elsewhere"))
        let end = try #require(script.history().first { $0.eventType == .nexusOperationCompleted })
        #expect(String(decoding: end.nexusOperationCompletedEventAttributes.result.data, as: UTF8.self) == "elsewhere")
    }
}

extension Google_Protobuf_Timestamp {
    fileprivate func nanoseconds(since other: Google_Protobuf_Timestamp) -> Google_Protobuf_Duration {
        let nanoseconds = (seconds - other.seconds) * 1_000_000_000 + Int64(nanos - other.nanos)
        return Google_Protobuf_Duration(seconds: nanoseconds / 1_000_000_000, nanos: Int32(nanoseconds % 1_000_000_000))
    }
}
