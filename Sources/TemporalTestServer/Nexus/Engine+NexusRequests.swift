import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Requests to Nexus handlers: how they are sent, answered, given up and sent again.
extension Engine {
    /// How long a request waits for its answer at most.
    private static let requestTimeout = Span.seconds(10)

    /// Less time than this is not enough for a request: the operation times out at once.
    private static let shortestRequest = Span(nanoseconds: 1_500_000_000)

    /// Where the caller of an operation of this service is told its end.
    static let callbackURL = "temporal://system"

    /// The header that tells which operation has ended.
    static let callbackTokenHeader = "nexus-callback-token"

    /// Who has an operation, and by which key; `nil` for a run that was deleted.
    func caller(_ owner: NexusOwner) -> (any NexusCaller, Int64)? {
        switch owner {
        case .run(let number, let eventID): (runs[number], eventID)
        case .standalone(let number): (nexusExecutions.all[number], 0)
        }
    }

    // MARK: Start and cancel

    /// Sets the deadlines of a new operation, and sends the first request.
    func beginNexusOperation(_ owner: NexusOwner) {
        guard let (caller, key) = caller(owner), let operation = caller.nexusOperation(key) else { return }
        if let expiration = operation.expiration {
            deadlines.insert(.nexusTimeout(owner, kind: .scheduleToClose), at: expiration)
        }
        if operation.scheduleToStartTimeout > .zero, !operation.isStarted {
            deadlines.insert(
                .nexusTimeout(owner, kind: .scheduleToStart),
                at: operation.scheduledTime + operation.scheduleToStartTimeout
            )
        }
        setStartToCloseTimeout(owner, operation)
        if !operation.isStarted { sendNexusStart(owner) }
    }

    private func setStartToCloseTimeout(_ owner: NexusOwner, _ operation: NexusOperation) {
        guard let started = operation.startedTime, operation.startToCloseTimeout > .zero else { return }
        deadlines.insert(.nexusTimeout(owner, kind: .startToClose), at: started + operation.startToCloseTimeout)
    }

    /// Sends a request to start an operation.
    func sendNexusStart(_ owner: NexusOwner) {
        guard let (caller, key) = caller(owner), let operation = caller.nexusOperation(key) else { return }
        caller.changeNexusOperation(key) { $0.state = .scheduled }
        let left = [operation.scheduleToStartTimeout, operation.scheduleToCloseTimeout].map {
            $0 > .zero ? operation.scheduledTime + $0 - now : Span(nanoseconds: .max)
        }
        let timeout = min(Self.requestTimeout, left[0], left[1])
        guard timeout >= Self.shortestRequest else {
            let kind = left[0] <= left[1] ? APITimeoutType.scheduleToStart : .scheduleToClose
            return caller.endNexusOperation(key, .timedOut(kind), links: [])
        }
        var request = APINexusRequest()
        request.startOperation.service = operation.service
        request.startOperation.operation = operation.operation
        request.startOperation.requestID = operation.requestID
        request.startOperation.callback = Self.callbackURL
        request.startOperation.callbackHeader = [
            Self.callbackTokenHeader: NexusCallbackToken(owner: owner, requestID: operation.requestID).text
        ]
        if let input = operation.input { request.startOperation.payload = input }
        if let link = APINexusLink(caller.link(toNexusOperation: key)) { request.startOperation.links = [link] }
        request.header = operation.headers
        let operationLimit = min(
            left[1],
            operation.startToCloseTimeout > .zero ? operation.startToCloseTimeout : Span(nanoseconds: .max)
        )
        if operationLimit.nanoseconds != .max, request.header["operation-timeout"] == nil {
            request.header["operation-timeout"] = operationLimit.nexusText
        }
        send(request, .start, owner, operation, timeout: timeout)
    }

    /// Sends a request to end an operation that has started.
    func sendNexusCancel(_ owner: NexusOwner) {
        guard let (caller, key) = caller(owner), let operation = caller.nexusOperation(key),
            operation.cancellation != nil
        else { return }
        let now = now
        caller.changeNexusOperation(key) { operation in
            guard var cancellation = operation.cancellation else { return }
            cancellation.state = .scheduled
            cancellation.requestedTime = cancellation.requestedTime ?? now
            operation.cancellation = cancellation
        }
        var timeout = Self.requestTimeout
        if let expiration = operation.expiration { timeout = min(timeout, expiration - now) }
        if let started = operation.startedTime, operation.startToCloseTimeout > .zero {
            timeout = min(timeout, started + operation.startToCloseTimeout - now)
        }
        guard timeout >= Self.shortestRequest else {
            return nexusCancelEnded(owner, failure: .message("operation timed out before the request could be sent"))
        }
        var request = APINexusRequest()
        request.cancelOperation.service = operation.service
        request.cancelOperation.operation = operation.operation
        request.cancelOperation.operationToken = operation.token
        request.cancelOperation.operationID = operation.token
        request.header = operation.headers
        send(request, .cancel, owner, operation, timeout: timeout)
    }

    private func send(
        _ request: APINexusRequest,
        _ kind: NexusTask.Kind,
        _ owner: NexusOwner,
        _ operation: NexusOperation,
        timeout: Span
    ) {
        guard let (caller, key) = caller(owner) else { return }
        guard let endpoint = nexusEndpoints[operation.endpointID] ?? nexusEndpoint(named: operation.endpoint) else {
            return nexusRequestFailed(kind, owner, .handlerError("endpoint not registered", .notFound))
        }
        guard case .worker(let target) = endpoint.spec.target.variant else {
            let message = "The in-memory service does not call the external URL of endpoint '\(endpoint.spec.name)'."
            return nexusRequestFailed(kind, owner, .handlerError(message, .notImplemented))
        }
        var request = request
        request.endpoint = endpoint.spec.name
        request.scheduledTime = now.timestamp
        // Servers ask for the older form of errors where an operation is to be cancelled.
        request.capabilities.temporalFailureResponses = kind == .start
        let number = nextNumber()
        nexusTasks[number] = NexusTask(
            owner: owner,
            kind: kind,
            stamp: number,
            namespace: target.namespace,
            taskQueue: target.taskQueue,
            request: request,
            deadline: now + timeout,
            isUnattended: unattendedNexusQueues.contains(
                QueueKey(namespace: target.namespace, name: target.taskQueue, kind: .nexus)
            )
        )
        caller.changeNexusOperation(key) { operation in
            switch kind {
            case .start: (operation.start.stamp, operation.start.task) = (number, number)
            case .cancel:
                operation.cancellation?.request.stamp = number
                operation.cancellation?.request.task = number
            }
        }
        deadlines.insert(.nexusRequest(number), at: now + timeout)
        enqueue(.nexus(number: number), to: target.taskQueue, kind: .nexus, namespace: target.namespace)
    }

    // MARK: Answers

    /// Hands a request to a worker.
    func startNexusTask(_ number: UInt64, identity: String) -> APIPollNexusTaskQueueResponse {
        guard let task = nexusTasks[number] else { return APIPollNexusTaskQueueResponse() }
        nexusTasks[number]?.identity = identity
        nexusTasks[number]?.isUnattended = false
        unattendedNexusQueues.remove(QueueKey(namespace: task.namespace, name: task.taskQueue, kind: .nexus))
        touchOwner(of: task)
        return .with {
            $0.taskToken = TaskToken.nexus(number: number).data
            $0.request = task.request
            $0.request.header["request-timeout"] = (task.deadline - now).nexusText
        }
    }

    /// Whether a request still waits for an answer that somebody wants.
    func isLive(nexusTask number: UInt64) -> Bool {
        guard let task = nexusTasks[number] else { return false }
        return isWanted(task)
    }

    private func isWanted(_ task: NexusTask) -> Bool {
        guard let (caller, key) = caller(task.owner), let operation = caller.nexusOperation(key) else { return false }
        switch task.kind {
        case .start: return operation.start.task == task.stamp && !operation.isStarted
        case .cancel: return operation.cancellation?.request.task == task.stamp
        }
    }

    /// Whether time must not jump because of the requests of an operation.
    func holdsClock(_ operation: NexusOperation) -> Bool {
        [operation.start.task, operation.cancellation?.request.task].contains { number in
            number.flatMap { nexusTasks[$0] }.map { !$0.isUnattended } ?? false
        }
    }

    private func takeTask(_ token: Data) throws -> NexusTask {
        guard case .nexus(let number) = try TaskToken(token) else { throw ServiceError.badToken }
        readClock()
        guard let task = nexusTasks.removeValue(forKey: number) else {
            throw ServiceError.notFound("Nexus task not found or already expired")
        }
        touchOwner(of: task)
        return task
    }

    private func touchOwner(of task: NexusTask) {
        if case .run(let number, _) = task.owner { touch(runs[number]) }
    }

    /// Takes the answer to a request.
    func respond(_ request: APIRespondNexusTaskCompletedRequest) throws -> APIRespondNexusTaskCompletedResponse {
        let task = try takeTask(request.taskToken)
        // The operation may have ended meanwhile: then nobody wants the answer any more.
        guard isWanted(task), let (caller, key) = caller(task.owner) else { return .init() }
        switch (task.kind, request.response.variant) {
        case (.start, .startOperation(let response)):
            switch response.variant {
            case .syncSuccess(let success) where Limits.size(of: success.payload) > Limits.blobSize:
                caller.endNexusOperation(key, .failed(.tooLargeResult), links: [])
            case .syncSuccess(let success):
                caller.endNexusOperation(
                    key,
                    .completed(success.hasPayload ? success.payload : nil),
                    links: success.links.compactMap(\.link)
                )
            case .asyncSuccess(let success):
                let token = success.operationToken.isEmpty ? success.operationID : success.operationToken
                nexusStarted(task.owner, token: token, links: success.links.compactMap(\.link))
            case .operationError(let error):
                caller.endNexusOperation(key, .init(error), links: [])
            case .failure(let failure):
                let isCancelled = if case .canceledFailureInfo = failure.failureInfo { true } else { false }
                let end = isCancelled ? NexusEnd.cancelled(failure) : .failed(failure)
                caller.endNexusOperation(key, end.carriedByNexus, links: [])
            case nil:
                nexusRequestFailed(.start, task.owner, .handlerError("empty outcome", .internalError))
            }
        case (.cancel, .cancelOperation):
            nexusCancelEnded(task.owner, failure: nil)
        case (.start, _), (.cancel, _):
            nexusRequestFailed(task.kind, task.owner, .handlerError("empty outcome", .internalError))
        }
        return .init()
    }

    /// Takes the error that a handler could not answer a request for.
    func respond(_ request: APIRespondNexusTaskFailedRequest) throws -> APIRespondNexusTaskFailedResponse {
        if request.hasFailure {
            guard case .nexusHandlerFailureInfo = request.failure.failureInfo else {
                throw ServiceError.invalid("request Failure must contain a NexusHandlerFailureInfo")
            }
        } else if !request.hasError {
            throw ServiceError.invalid("request must contain error or failure")
        }
        let task = try takeTask(request.taskToken)
        guard isWanted(task) else { return .init() }
        let failure = request.hasFailure ? request.failure.carriedByNexus : APIFailure(request.error)
        nexusRequestFailed(task.kind, task.owner, failure)
        return .init()
    }

    /// Notes that the worker that has a request will not answer it: its time runs out, and it is sent again.
    func nexusTaskWasLost(_ number: UInt64) {
        guard let task = nexusTasks[number], task.identity != nil else { return }
        nexusTasks[number]?.isUnattended = true
        touchOwner(of: task)
        // A skipping clock goes to the end of no request by itself, as those that no worker takes would have no last one.
        if isSkipping { schedule(after: max(task.deadline - readClock(), .zero)) {} }
    }

    /// Gives up on a request that was not answered in time.
    func expireNexusRequest(_ number: UInt64) {
        guard let task = nexusTasks.removeValue(forKey: number), isWanted(task) else { return }
        nexusRequestFailed(task.kind, task.owner, .handlerError("upstream timeout", .upstreamTimeout))
    }

    /// Notes that an operation goes on under a token.
    func nexusStarted(_ owner: NexusOwner, token: String, time: Moment? = nil, links: [APILink]) {
        guard let (caller, key) = caller(owner) else { return }
        caller.changeNexusOperation(key) {
            $0.start.attemptEnded(at: self.now)
            $0.state = .started
            $0.token = token
            $0.startedTime = time ?? self.now
        }
        caller.nexusOperationDidStart(key, time: time, links: links)
        guard let operation = caller.nexusOperation(key) else { return }
        setStartToCloseTimeout(owner, operation)
        if operation.cancellation != nil { sendNexusCancel(owner) }
    }

    /// Sends a request again later, or lets it rest, after an attempt that failed.
    private func nexusRequestFailed(_ kind: NexusTask.Kind, _ owner: NexusOwner, _ failure: APIFailure) {
        guard let (caller, key) = caller(owner) else { return }
        guard failure.isRetryableHandlerFailure else {
            switch kind {
            case .start: caller.endNexusOperation(key, .failed(failure), links: [])
            case .cancel: nexusCancelEnded(owner, failure: failure)
            }
            return
        }
        let now = now
        caller.changeNexusOperation(key) { operation in
            switch kind {
            case .start:
                operation.start.attemptEnded(at: now, failure: failure)
                operation.state = .backingOff(until: now + operation.start.backoff)
            case .cancel:
                operation.cancellation?.request.attemptEnded(at: now, failure: failure)
                guard let backoff = operation.cancellation?.request.backoff else { return }
                operation.cancellation?.state = .backingOff(until: now + backoff)
            }
        }
        guard let operation = caller.nexusOperation(key) else { return }
        switch kind {
        case .start:
            deadlines.insert(.nexusRetry(owner, stamp: operation.start.stamp), at: now + operation.start.backoff)
        case .cancel:
            guard let request = operation.cancellation?.request else { return }
            deadlines.insert(.nexusCancelRetry(owner, stamp: request.stamp), at: now + request.backoff)
        }
    }

    private func nexusCancelEnded(_ owner: NexusOwner, failure: APIFailure?) {
        guard let (caller, key) = caller(owner) else { return }
        caller.changeNexusOperation(key) {
            $0.cancellation?.request.attemptEnded(at: self.now, failure: failure)
            $0.cancellation?.state = failure == nil ? .succeeded : .failed
        }
        caller.nexusCancellationDidEnd(key, failure: failure)
    }

    // MARK: Deadlines

    /// Whether a timeout of an operation still counts.
    func isLive(_ owner: NexusOwner, _ kind: NexusTimeoutKind) -> Bool {
        guard let (caller, key) = caller(owner), let operation = caller.nexusOperation(key) else { return false }
        return kind != .scheduleToStart || !operation.isStarted
    }

    /// Whether the next attempt of a request is still wanted.
    func isLive(retryOf owner: NexusOwner, stamp: UInt64, _ kind: NexusTask.Kind) -> Bool {
        guard let (caller, key) = caller(owner), let operation = caller.nexusOperation(key) else { return false }
        switch kind {
        case .start:
            guard case .backingOff = operation.state else { return false }
            return operation.start.stamp == stamp
        case .cancel:
            guard case .backingOff = operation.cancellation?.state else { return false }
            return operation.cancellation?.request.stamp == stamp
        }
    }

    /// Times an operation out.
    func timeOutNexusOperation(_ owner: NexusOwner, _ kind: NexusTimeoutKind) {
        guard let (caller, key) = caller(owner) else { return }
        caller.endNexusOperation(key, .timedOut(kind.proto), links: [])
    }
}

extension APIFailure {
    /// Why an operation fails whose handler answers with more than the service keeps.
    fileprivate static var tooLargeResult: APIFailure {
        .with {
            $0.message = "http: response body too large"
            $0.applicationFailureInfo.type = "CallError"
            $0.applicationFailureInfo.nonRetryable = true
        }
    }
}

extension Span {
    /// The length as a header of Nexus says it.
    fileprivate var nexusText: String { "\(max(0, nanoseconds) / 1_000_000)ms" }
}
