import CoreMetrics
import Foundation
import Logging
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient

/// Works on Nexus tasks: runs the code of operations, and answers the server.
final class NexusTaskHandler: Sendable {
    /// What a handler needs of its worker.
    struct Environment: Sendable {
        var client: TemporalClient
        var identity: String
        var taskQueue: String
        var metrics: WorkerMetrics
        var timing: CallTiming
        /// Where the code of an operation runs, by its name; `nil` for Swift's own pool.
        var executor: @Sendable (String) -> (any TaskExecutor)?
    }

    private struct State {
        var running: [Data: @Sendable () -> Void] = [:]
        var isStopping = false
    }

    private let environment: Environment
    private let code: NexusCode
    private let state = Mutex(State())
    private let failureCount = Atomic<Int>(0)

    /// The number of tasks that failed.
    var failures: Int { failureCount.load(ordering: .relaxed) }

    init(_ environment: Environment, code: NexusCode) {
        self.environment = environment
        self.code = code
    }

    /// Cancels all calls because the worker stops, and those that still come.
    func stop() {
        let running = state.withLock { state in
            state.isStopping = true
            return Array(state.running.values)
        }
        for cancel in running { cancel() }
    }

    // MARK: One task

    /// Works on a task.
    ///
    /// - Parameter encoded: The task, with payloads as the service stores them.
    func handle(_ encoded: APIPollNexusTaskQueueResponse) async {
        let timing = environment.timing
        let start = timing.now()
        let scheduled = Date(encoded.request.scheduledTime)
        environment.metrics.time(
            "nexus_task_schedule_to_start_latency",
            .seconds(Date().timeIntervalSince(scheduled))
        )
        let timeout: Duration?
        do {
            timeout = try NexusTimeout.request(encoded.request.header)
        } catch {
            return await answer(encoded, NexusAnswer(error), environment.client.logger)
        }
        var info = NexusOperationInfo(encoded.request, environment, timeout: timeout)
        info.taskToken = encoded.taskToken
        let labels = (("nexus_service", info.service), ("nexus_operation", info.operation))
        let logger = environment.client.logger.describing(info)
        let answer = await run(encoded, info, timeout, logger)
        environment.metrics.time("nexus_task_execution_latency", timing.now() - start, labels.0, labels.1)
        guard let answer else {
            failureCount.add(1, ordering: .relaxed)
            environment.metrics.count("nexus_task_execution_failed", labels.0, labels.1, ("failure_reason", "timeout"))
            // The server has given up on this attempt before.
            logger.warning("The Nexus operation did not answer within the request's timeout.")
            return
        }
        if let reason = answer.failureReason {
            failureCount.add(1, ordering: .relaxed)
            environment.metrics.count("nexus_task_execution_failed", labels.0, labels.1, ("failure_reason", reason))
        }
        await self.answer(encoded, answer, logger)
        environment.metrics.time(
            "nexus_task_endtoend_latency",
            .seconds(Date().timeIntervalSince(scheduled)),
            labels.0,
            labels.1
        )
    }

    /// Runs the code.
    ///
    /// - Returns: What to answer; `nil` if the time of the request was over first.
    private func run(
        _ encoded: APIPollNexusTaskQueueResponse,
        _ info: NexusOperationInfo,
        _ timeout: Duration?,
        _ logger: Logger
    ) async -> NexusAnswer? {
        let context = NexusOperationContext(
            info: info,
            logger: logger,
            metrics: environment.metrics.factory(nexus: info),
            runtime: NexusRuntime(client: environment.client)
        )
        let work = Task(executorPreference: environment.executor("\(info.service)/\(info.operation)")) {
            try await self.perform(encoded, context)
        }
        let isLate = Flag()
        let timer = timeout.map { timeout in
            Task { [timing = environment.timing] in
                try await timing.sleep(timeout)
                isLate.raise()
                work.cancel()
            }
        }
        let isStopping = state.withLock { state in
            state.running[encoded.taskToken] = { work.cancel() }
            return state.isStopping
        }
        if isStopping { work.cancel() }
        let result = await work.result
        timer?.cancel()
        let stopped = state.withLock { state in
            state.running[encoded.taskToken] = nil
            return state.isStopping
        }
        if isLate.isRaised { return nil }
        switch result {
        case .success(let response):
            return .response(response)
        case .failure(let error) where stopped && isCancellation(error):
            return .handlerError(
                NexusHandlerError("The worker stopped, and this operation did not answer in time.", type: .unavailable)
            )
        case .failure(let error):
            logger.warning("The Nexus operation failed: \(error)")
            return NexusAnswer(error)
        }
    }

    private func perform(
        _ encoded: APIPollNexusTaskQueueResponse,
        _ context: NexusOperationContext
    ) async throws -> APINexusResponse {
        let task = try await environment.client.dataConverter.decoded(encoded)
        var response = APINexusResponse()
        switch task.request.variant {
        case .startOperation(let start):
            let input = start.hasPayload ? Payload(start.payload) : nil
            let result = try await code.start(context, input)
            let links = context.links.compactMap { APINexusLink($0) }
            switch result {
            case .completed(let payload):
                response.startOperation.syncSuccess.payload = payload.proto
                response.startOperation.syncSuccess.links = links
            case .started(let token):
                response.startOperation.asyncSuccess.operationToken = token
                response.startOperation.asyncSuccess.links = links
            }
        case .cancelOperation(let cancel):
            let token = cancel.operationToken.isEmpty ? cancel.operationID : cancel.operationToken
            try await code.cancel(context, token: token)
            response.cancelOperation = .init()
        case nil:
            throw NexusHandlerError("The request is of a kind that this SDK does not know.", type: .notImplemented)
        }
        return response
    }

    // MARK: Answers

    /// - Parameter isBare: Whether an error is told without payloads, because it could not be told with them.
    private func answer(
        _ task: APIPollNexusTaskQueueResponse,
        _ answer: NexusAnswer,
        _ logger: Logger,
        isBare: Bool = false
    ) async {
        do {
            try await send(task, answer, isBare: isBare)
        } catch let error as RPCError where error.code == .notFound {
            logger.warning("The Nexus task is no longer known to the server: its outcome is dropped.")
        } catch {
            logger.error("The outcome of the Nexus operation was not taken: \(error)")
            guard case .response = answer else {
                // The service would ask again and again for what is known.
                if !isBare, isUntellable(error) { await self.answer(task, answer, logger, isBare: true) }
                return
            }
            let message = "The result of the operation cannot be sent: \(error)"
            // What the service refuses for another reason, it would refuse again.
            if let error = error as? RPCError, !isMessageTooLarge(error) { return }
            await self.answer(
                task,
                .handlerError(NexusHandlerError(message, type: .internalError, retryBehavior: .nonRetryable)),
                logger
            )
        }
    }

    private func send(
        _ task: APIPollNexusTaskQueueResponse,
        _ answer: NexusAnswer,
        isBare: Bool
    ) async throws {
        // Servers before 1.31 do not take failures in the form that histories keep.
        let takesFailures = task.request.capabilities.temporalFailureResponses
        let dataConverter = environment.client.dataConverter
        let converter = dataConverter.failureConverter
        switch answer {
        case .response(let response):
            try await complete(task, response)
        case .unsuccessful(let error):
            var response = APINexusResponse()
            let failure = isBare ? error.failure(converter).bare : error.failure(converter)
            if takesFailures {
                response.startOperation.failure = failure
            } else {
                response.startOperation.operationError.operationState = error.state.rawValue
                // The codecs do not look into the text that it becomes.
                let encoded = try await dataConverter.encoded(failure)
                response.startOperation.operationError.failure = try APINexusFailure(encoded)
            }
            try await complete(task, response)
        case .handlerError(let error):
            var request = APIRespondNexusTaskFailedRequest()
            request.namespace = environment.client.namespace
            request.identity = environment.identity
            request.taskToken = task.taskToken
            if takesFailures {
                request.failure = isBare ? converter.failure(error).bare : converter.failure(error)
            } else {
                var cause = error.cause.map(converter.failure)
                if isBare { cause = cause?.bare }
                if let failure = cause { cause = try await dataConverter.encoded(failure) }
                request.error = try APINexusHandlerError(error, cause: cause)
            }
            _ = try await environment.client.service.call(.respondNexusTaskFailed, request, options: .default)
        }
    }

    private func complete(_ task: APIPollNexusTaskQueueResponse, _ response: APINexusResponse) async throws {
        var request = APIRespondNexusTaskCompletedRequest()
        request.namespace = environment.client.namespace
        request.identity = environment.identity
        request.taskToken = task.taskToken
        request.response = response
        _ = try await environment.client.service.call(.respondNexusTaskCompleted, request, options: .default)
    }
}

/// Something that has happened, or not.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isRaised: Bool { value.load(ordering: .acquiring) }

    func raise() {
        value.store(true, ordering: .releasing)
    }
}

extension NexusOperationInfo {
    fileprivate init(_ request: APINexusRequest, _ environment: NexusTaskHandler.Environment, timeout: Duration?) {
        var (service, operation) = ("", "")
        var start = APINexusStartOperationRequest()
        switch request.variant {
        case .startOperation(let found):
            start = found
            (service, operation) = (found.service, found.operation)
        case .cancelOperation(let found): (service, operation) = (found.service, found.operation)
        case nil: break
        }
        self.init(
            namespace: environment.client.namespace,
            taskQueue: environment.taskQueue,
            endpoint: request.endpoint,
            service: service,
            operation: operation,
            requestID: start.requestID,
            headers: Dictionary(
                request.header.sorted { $0.key < $1.key }.map { ($0.key.lowercased(), $0.value) },
                uniquingKeysWith: { first, _ in first }
            ),
            callbackURL: start.callback,
            callbackHeaders: start.callbackHeader,
            deadline: timeout.map { Date().addingTimeInterval($0.timeInterval) },
            links: start.links.compactMap(\.link)
        )
    }
}
