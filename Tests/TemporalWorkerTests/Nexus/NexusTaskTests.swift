import CoreMetrics
import Foundation
import Logging
import MetricsTestKit
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@testable import TemporalWorker

/// What a worker makes of Nexus tasks, on a scripted service and a clock that the test moves.
@Suite(.timeLimit(.minutes(1))) struct NexusTaskTests {
    private let script = WorkerScript()
    private let clock = ManualClock()
    private let metrics = TestMetrics()

    private func worker(_ change: (inout WorkerOptions) -> Void = { _ in }) throws -> TemporalWorker {
        var options = WorkerOptions()
        options.timing = clock.timing
        options.nexusTaskPollers = 1
        change(&options)
        return try TemporalWorker(
            client: TemporalClient(
                service: script,
                identity: "test",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                metrics: metrics
            ),
            taskQueue: "queue",
            nexusServices: [Counter()],
            options: options
        )
    }

    /// Lets a worker work on one task.
    private func run(
        _ task: APIPollNexusTaskQueueResponse,
        _ change: (inout WorkerOptions) -> Void = { _ in },
        until isDone: () async -> Void
    ) async throws {
        let isGiven = Mutex(false)
        script.answer(.pollNexusTaskQueue) { _ in
            let isFirst = isGiven.withLock { given in
                defer { given = true }
                return !given
            }
            if !isFirst { await WorkerScript.waitForCancellation() }
            try Task.checkCancellation()
            return task
        }
        let worker = try worker(change)
        let running = Task { try await worker.run() }
        await isDone()
        running.cancel()
        try await running.value
    }

    private func start(
        _ operation: String,
        _ input: Int = 1,
        takesFailures: Bool = true,
        _ fill: (inout APIPollNexusTaskQueueResponse) -> Void = { _ in }
    ) -> APIPollNexusTaskQueueResponse {
        .with {
            $0.taskToken = Data("token".utf8)
            $0.request.scheduledTime = .init(date: Date())
            $0.request.endpoint = "endpoint"
            $0.request.capabilities.temporalFailureResponses = takesFailures
            $0.request.startOperation.service = "Counter"
            $0.request.startOperation.operation = operation
            $0.request.startOperation.requestID = "request"
            $0.request.startOperation.payload.metadata = ["encoding": Data("json/plain".utf8)]
            $0.request.startOperation.payload.data = Data("\(input)".utf8)
            fill(&$0)
        }
    }

    private func completion(_ task: APIPollNexusTaskQueueResponse) async throws -> APIRespondNexusTaskCompletedRequest {
        try await run(task) { await script.waitForCalls(.respondNexusTaskCompleted, 1) }
        return try #require(script.requests(.respondNexusTaskCompleted).first)
    }

    private func failure(_ task: APIPollNexusTaskQueueResponse) async throws -> APIRespondNexusTaskFailedRequest {
        try await run(task) { await script.waitForCalls(.respondNexusTaskFailed, 1) }
        return try #require(script.requests(.respondNexusTaskFailed).first)
    }

    // MARK: Answers

    @Test func `a result is answered, and the poll says whose it is`() async throws {
        let answer = try await completion(start("double", 21))
        #expect(answer.taskToken == Data("token".utf8))
        #expect(answer.namespace == "default")
        #expect(answer.identity == "test")
        #expect(answer.response.startOperation.syncSuccess.payload.data == Data("42".utf8))
        let poll = try #require(script.requests(.pollNexusTaskQueue).first)
        #expect(poll.taskQueue.name == "queue")
        #expect(poll.identity == "test")
        #expect(script.requests(.shutdownWorker).first?.taskQueueTypes == [.nexus])
        #expect(metrics.counters.allSatisfy { !$0.label.hasPrefix("temporal_nexus_task_execution_failed") })
        let timers = Set(metrics.timers.map(\.label)).filter { $0.hasPrefix("temporal_nexus") }
        #expect(
            timers == [
                "temporal_nexus_task_schedule_to_start_latency", "temporal_nexus_task_execution_latency",
                "temporal_nexus_task_endtoend_latency",
            ]
        )
    }

    @Test func `an operation that failed is a failure of Temporal, and an older form for older servers`() async throws {
        let new = try await completion(start("fail"))
        let failure = new.response.startOperation.failure
        #expect(failure.message == "no luck")
        #expect(failure.applicationFailureInfo.type == "OperationError")
        #expect(failure.applicationFailureInfo.nonRetryable)
        #expect(failure.cause.message == "why")
        let reasons = metrics.counters.filter { $0.label == "temporal_nexus_task_execution_failed" }
            .flatMap(\.dimensions).filter { $0.0 == "failure_reason" }.map(\.1)
        #expect(reasons == ["operation_failed"])
    }

    @Test func `an operation that failed is in an older form for older servers`() async throws {
        let old = try await completion(start("fail", takesFailures: false))
        let error = old.response.startOperation.operationError
        #expect(error.operationState == "failed")
        #expect(error.failure.message == "no luck")
        #expect(error.failure.metadata == ["type": "temporal.api.failure.v1.Failure"])
        let rest = try APIFailure(jsonUTF8Data: error.failure.details)
        #expect(rest.applicationFailureInfo.type == "OperationError")
        #expect(rest.cause.message == "why")
    }

    @Test func `a cancelled operation is told in both forms`() async throws {
        let new = try await completion(start("cancel"))
        #expect(new.response.startOperation.failure.hasCanceledInfo)
        #expect(new.response.startOperation.failure.message == "not today")
    }

    @Test func `a handler's error is told with its kind`() async throws {
        let new = try await failure(start("bad"))
        #expect(new.failure.message == "not like this")
        #expect(new.failure.nexusHandlerFailureInfo.type == "BAD_REQUEST")
        #expect(!new.hasError)
        let reasons = metrics.counters.filter { $0.label == "temporal_nexus_task_execution_failed" }
            .flatMap(\.dimensions).filter { $0.0 == "failure_reason" }.map(\.1)
        #expect(reasons == ["handler_error_BAD_REQUEST"])
    }

    @Test func `a handler's error is in an older form for older servers`() async throws {
        let old = try await failure(start("bad", takesFailures: false))
        #expect(old.error.errorType == "BAD_REQUEST")
        #expect(old.error.failure.message == "not like this")
        #expect(!old.hasFailure)
    }

    static let others: [(String, String, APINexusHandlerErrorRetryBehavior)] = [
        ("final", "INTERNAL", .nonRetryable), ("plain", "INTERNAL", .unspecified),
        ("notFound", "NOT_FOUND", .unspecified), ("exists", "INTERNAL", .nonRetryable),
        ("denied", "INTERNAL", .unspecified), ("unknown", "NOT_FOUND", .unspecified),
    ]

    @Test(arguments: others)
    func `other errors are the handler's`(
        _ operation: String,
        _ type: String,
        _ behavior: APINexusHandlerErrorRetryBehavior
    ) async throws {
        let answer = try await failure(start(operation))
        #expect(answer.failure.nexusHandlerFailureInfo.type == type)
        #expect(answer.failure.nexusHandlerFailureInfo.retryBehavior == behavior)
    }

    @Test func `an input of another type is a bad request`() async throws {
        let answer = try await failure(
            start("double") { $0.request.startOperation.payload.data = Data("\"text\"".utf8) }
        )
        #expect(answer.failure.nexusHandlerFailureInfo.type == "BAD_REQUEST")
        #expect(answer.failure.message.contains("Nexus operation 'Counter/double', argument 1"))
    }

    @Test func `an unknown service is not found, and the answer says what there is`() async throws {
        let answer = try await failure(start("double") { $0.request.startOperation.service = "Other" })
        #expect(answer.failure.nexusHandlerFailureInfo.type == "NOT_FOUND")
        #expect(answer.failure.message.contains("Registered: [Counter]"))
    }

    // MARK: Cancellation and time

    @Test func `a cancellation reaches the operation by its token`() async throws {
        let task = APIPollNexusTaskQueueResponse.with {
            $0.taskToken = Data("token".utf8)
            $0.request.capabilities.temporalFailureResponses = true
            $0.request.cancelOperation.service = "Counter"
            $0.request.cancelOperation.operation = "count"
            $0.request.cancelOperation.operationToken = "counting-7"
        }
        let answer = try await completion(task)
        guard case .cancelOperation = answer.response.variant else {
            Issue.record("The answer is \(answer.response).")
            return
        }
        #expect(Counter.cancelled.withLock { $0.contains("counting-7") })
    }

    @Test func `what ends while its caller waits cannot be cancelled`() async throws {
        let task = APIPollNexusTaskQueueResponse.with {
            $0.taskToken = Data("token".utf8)
            $0.request.capabilities.temporalFailureResponses = true
            $0.request.cancelOperation.service = "Counter"
            $0.request.cancelOperation.operation = "double"
        }
        let answer = try await failure(task)
        #expect(answer.failure.nexusHandlerFailureInfo.type == "NOT_IMPLEMENTED")
    }

    @Test func `an operation goes on under its token`() async throws {
        let answer = try await completion(start("count", 7))
        #expect(answer.response.startOperation.asyncSuccess.operationToken == "counting-7")
    }

    @Test func `what takes longer than the request is cancelled, and not answered`() async throws {
        let task = start("hang") { $0.request.header = ["Request-Timeout": "10s"] }
        try await run(task) {
            await clock.waitForSleeper(of: .seconds(10))
            clock.advance(by: .seconds(10))
            while metrics.counters.allSatisfy({ $0.label != "temporal_nexus_task_execution_failed" }) {
                await Task.yield()
            }
        }
        #expect(script.requests(.respondNexusTaskCompleted).isEmpty)
        #expect(script.requests(.respondNexusTaskFailed).isEmpty)
    }

    @Test func `a worker that stops cancels what goes on, and lets others take it over`() async throws {
        try await run(start("hangNoted")) { await Counter.hanging() }
        let answer = try #require(script.requests(.respondNexusTaskFailed).first)
        #expect(answer.failure.nexusHandlerFailureInfo.type == "UNAVAILABLE")
    }

    @Test func `a time that cannot be read is a bad request`() async throws {
        let answer = try await failure(start("double") { $0.request.header = ["request-timeout": "soon"] })
        #expect(answer.failure.nexusHandlerFailureInfo.type == "BAD_REQUEST")
    }

    // MARK: Interceptors and configuration

    @Test func `interceptors stand around operations, the first outermost`() async throws {
        try await run(start("double", 1)) {
            $0.nexusInterceptors = [Adder(number: 1), Adder(number: 10)]
        } until: {
            await script.waitForCalls(.respondNexusTaskCompleted, 1)
        }
        let answer = try #require(script.requests(.respondNexusTaskCompleted).first)
        // Inwards 1 + 1 + 10, doubled; outwards + 10 + 1.
        #expect(answer.response.startOperation.syncSuccess.payload.data == Data("35".utf8))
    }

    @Test func `two services of one name must not have operations of one name`() throws {
        let error = #expect(throws: WorkerConfigurationError.self) {
            _ = try TemporalWorker(
                client: TemporalClient(service: script),
                taskQueue: "queue",
                nexusServices: [Counter(), Counter()]
            )
        }
        #expect(error?.description.contains("Two Nexus operations") == true)
    }

    @Test func `a service may only define operations of its own name`() throws {
        let error = #expect(throws: WorkerConfigurationError.self) {
            _ = try TemporalWorker(
                client: TemporalClient(service: script),
                taskQueue: "queue",
                nexusServices: [Impostor()]
            )
        }
        #expect(error?.description.contains("defines operation 'double' of service 'Counter'") == true)
    }
}

extension APIFailure {
    fileprivate var hasCanceledInfo: Bool {
        if case .canceledFailureInfo = failureInfo { true } else { false }
    }
}

private struct Adder: NexusInterceptor {
    let number: Int

    func startOperation(
        _ input: StartNexusOperationInput,
        next: (StartNexusOperationInput) async throws -> NexusOperationResult<Payload>
    ) async throws -> NexusOperationResult<Payload> {
        var input = input
        input.input = input.input.map(added)
        guard case .completed(let payload) = try await next(input) else { return .started(token: "none") }
        return .completed(added(payload))
    }

    private func added(_ payload: Payload) -> Payload {
        var payload = payload
        payload.data = Data("\((Int(String(decoding: payload.data, as: UTF8.self)) ?? 0) + number)".utf8)
        return payload
    }
}

private struct Impostor: NexusService {
    static let nexusServiceName = "Impostor"

    var nexusOperations: [NexusOperationDefinition] {
        [NexusOperationDefinition(Counter.double) { $0 }]
    }
}

private struct Counter: NexusService {
    static let nexusServiceName = "Counter"
    static let double = NexusOperationReference<Int, Int>(service: "Counter", name: "double")
    static let count = NexusOperationReference<Int, Int>(service: "Counter", name: "count")
    static let cancelled = Mutex<[String]>([])
    private static let hangs = Mutex(false)

    static func hanging() async {
        while !hangs.withLock({ $0 }) { await Task.yield() }
        hangs.withLock { $0 = false }
    }

    private func throwing(_ name: String, _ error: @escaping @Sendable () -> any Error) -> NexusOperationDefinition {
        NexusOperationDefinition(NexusOperationReference<Int, Int>(service: "Counter", name: name)) { _ in throw error()
        }
    }

    var nexusOperations: [NexusOperationDefinition] {
        [
            NexusOperationDefinition(Self.double) { $0 * 2 },
            .asynchronous(
                Self.count,
                start: { .started(token: "counting-\($0)") },
                cancel: { token in Self.cancelled.withLock { $0.append(token) } }
            ),
            throwing("fail") { NexusUnsuccessfulOperation("no luck", cause: ApplicationError("why", type: "Reason")) },
            throwing("cancel") { NexusUnsuccessfulOperation("not today", state: .cancelled) },
            throwing("bad") { NexusHandlerError("not like this", type: .badRequest) },
            throwing("final") { ApplicationError("for good", type: "Broken", nonRetryable: true) },
            throwing("plain") { ApplicationError("for now", type: "Broken") },
            throwing("notFound") { RPCError(code: .notFound, message: "nobody there") },
            throwing("exists") { RPCError(code: .alreadyExists, message: "there already") },
            throwing("denied") { RPCError(code: .permissionDenied, message: "not you") },
            NexusOperationDefinition(NexusOperationReference<Int, Int>(service: "Counter", name: "hang")) { _ in
                await WorkerScript.waitForCancellation()
                throw CancellationError()
            },
            NexusOperationDefinition(NexusOperationReference<Int, Int>(service: "Counter", name: "hangNoted")) { _ in
                Self.hangs.withLock { $0 = true }
                await WorkerScript.waitForCancellation()
                throw CancellationError()
            },
        ]
    }
}
