import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Whom the end of a run is told: the callers of Nexus operations that go on as the run.
struct CompletionCallback: Codable, Sendable {
    /// How the message is coming along.
    enum State: Codable, Sendable {
        case standby
        case succeeded
        case failed
    }

    let callback: APICallback

    /// The request that brought it.
    let requestID: String

    let registrationTime: Moment
    var state = State.standby
    var attempt: Int32 = 0
    var lastAttemptCompleteTime: Moment?
    var lastAttemptFailure: APIFailure?

    /// The callback as descriptions show it.
    var info: APIWorkflowCallbackInfo {
        .with {
            $0.callback = callback
            $0.trigger.workflowClosed = .init()
            $0.registrationTime = registrationTime.timestamp
            $0.requestID = requestID
            switch state {
            case .standby: $0.state = .standby
            case .succeeded: $0.state = .succeeded
            case .failed: $0.state = .failed
            }
            $0.attempt = attempt
            if let ended = lastAttemptCompleteTime { $0.lastAttemptCompleteTime = ended.timestamp }
            if let failure = lastAttemptFailure { $0.lastAttemptFailure = failure }
        }
    }
}

extension Engine {
    /// How many callbacks a run has at most.
    private static let mostCallbacks = 32

    /// Checks the callbacks of a start.
    ///
    /// - Throws: `INVALID_ARGUMENT` for one that this service cannot tell anything.
    static func check(_ callbacks: [APICallback], attachedTo run: Run? = nil) throws {
        let present = run?.callbacks.count ?? 0
        guard callbacks.count + present <= mostCallbacks else {
            throw RPCError(
                code: .failedPrecondition,
                message: "cannot attach more than \(mostCallbacks) callbacks to a workflow (\(present) callbacks "
                    + "already attached)"
            )
        }
        for callback in callbacks {
            guard case .nexus(let nexus) = callback.variant else {
                throw RPCError(code: .unimplemented, message: "unknown callback variant")
            }
            guard nexus.url == callbackURL else {
                throw ServiceError.invalid(
                    "invalid callback url: url does not match any configured callback address: \(nexus.url)"
                )
            }
        }
    }

    /// Tells the end of a chain of runs to all who wait for it.
    func invokeCallbacks(of run: Run) {
        guard !run.callbacks.isEmpty else { return }
        let now = now
        for index in run.callbacks.indices {
            let callback = run.callbacks[index]
            do {
                try complete(callback, with: run)
                run.callbacks[index].state = .succeeded
                run.callbacks[index].lastAttemptFailure = nil
            } catch {
                // The operation has ended, or its run has: nobody waits any more.
                run.callbacks[index].state = .failed
                run.callbacks[index].lastAttemptFailure = .message("\(error.message)")
            }
            run.callbacks[index].attempt += 1
            run.callbacks[index].lastAttemptCompleteTime = now
        }
    }

    private func complete(_ callback: CompletionCallback, with run: Run) throws(RPCError) {
        guard let last = run.events.last, let end = NexusEnd(closing: last) else { return }
        let headers = callback.callback.nexus.header
        func header(_ name: String) -> String { headers.first { $0.key.lowercased() == name }?.value ?? "" }
        guard let token = NexusCallbackToken(header(Self.callbackTokenHeader)) else {
            throw ServiceError.invalid("invalid callback token")
        }
        let link = APILink.with {
            $0.workflowEvent.namespace = run.namespace
            $0.workflowEvent.workflowID = run.workflowID
            $0.workflowEvent.runID = run.runID
            if callback.requestID == run.requestID {
                $0.workflowEvent.eventRef.eventID = 1
                $0.workflowEvent.eventRef.eventType = .workflowExecutionStarted
            } else {
                $0.workflowEvent.requestIDRef.requestID = callback.requestID
                $0.workflowEvent.requestIDRef.eventType = .workflowExecutionOptionsUpdated
            }
        }
        try completeNexusOperation(
            token,
            end,
            operationToken: header("nexus-operation-token"),
            startTime: run.startTime,
            links: [link]
        )
    }

    /// Ends an operation that goes on elsewhere.
    ///
    /// - Throws: `NOT_FOUND` if it has ended.
    func completeNexusOperation(
        _ token: NexusCallbackToken,
        _ end: NexusEnd,
        operationToken: String,
        startTime: Moment?,
        links: [APILink]
    ) throws(RPCError) {
        guard let owner = currentOwner(of: token), let (caller, key) = caller(owner),
            let operation = caller.nexusOperation(key), operation.requestID == token.requestID
        else { throw ServiceError.notFound("operation not found") }
        // The message can come before the answer to the request that started the operation.
        if !operation.isStarted {
            nexusStarted(
                owner,
                token: operationToken,
                time: startTime.map { max($0, operation.scheduledTime) },
                links: links
            )
        }
        caller.endNexusOperation(key, end, links: [])
    }

    /// Who has an operation now: after a reset, the run that the reset has made.
    private func currentOwner(of token: NexusCallbackToken) -> NexusOwner? {
        guard case .run(var number, let eventID) = token.owner else {
            guard case .standalone(let number) = token.owner, nexusExecutions.indices.contains(number) else {
                return nil
            }
            return token.owner
        }
        guard runs.indices.contains(number) else { return nil }
        while !runs[number].isOpen, let next = runs[number].resetTo, next > number { number = next }
        return .run(number, scheduledEventID: eventID)
    }
}

extension NexusEnd {
    /// How the end of a run ends the operations that go on as it; `nil` for an event that is not the end of a chain.
    fileprivate init?(closing event: APIHistoryEvent) {
        switch event.attributes {
        case .workflowExecutionCompletedEventAttributes(let end):
            // Nexus knows one value.
            self = .completed(end.result.payloads.first)
        case .workflowExecutionFailedEventAttributes(let end):
            self = .failed(end.failure)
        case .workflowExecutionCanceledEventAttributes(let end):
            self = .cancelled(
                .with {
                    $0.message = "operation canceled"
                    $0.canceledFailureInfo = .init()
                    if end.hasDetails { $0.canceledFailureInfo.details = end.details }
                }
            )
        case .workflowExecutionTerminatedEventAttributes:
            self = .failed(
                .with {
                    $0.message = "operation terminated"
                    $0.terminatedFailureInfo = .init()
                }
            )
        case .workflowExecutionTimedOutEventAttributes:
            self = .failed(
                .with {
                    $0.message = "operation exceeded internal timeout"
                    $0.timeoutFailureInfo = .init()
                }
            )
        default:
            return nil
        }
    }
}

extension Run {
    /// Adds what a start brings that found this run: another caller who waits for its end.
    ///
    /// - Returns: Whether anything was added.
    func attach(_ request: APIStartWorkflowExecutionRequest) throws -> Bool {
        let options = request.onConflictOptions
        guard request.hasOnConflictOptions,
            options.attachRequestID || options.attachCompletionCallbacks || options.attachLinks
        else { return false }
        // The request may have come before.
        if attachedRequestIDs.contains(request.requestID) { return true }
        let added = options.attachCompletionCallbacks ? request.completionCallbacks : []
        try Engine.check(added, attachedTo: self)
        if options.attachRequestID { attachedRequestIDs.insert(request.requestID) }
        callbacks += added.map {
            CompletionCallback(callback: $0, requestID: request.requestID, registrationTime: engine.now)
        }
        record(
            .workflowExecutionOptionsUpdated,
            .workflowExecutionOptionsUpdatedEventAttributes(
                .with {
                    if options.attachRequestID { $0.attachedRequestID = request.requestID }
                    $0.attachedCompletionCallbacks = added
                    $0.identity = request.identity
                }
            ),
            links: options.attachLinks ? request.links : [],
            workerMayIgnore: true
        )
        return true
    }
}
