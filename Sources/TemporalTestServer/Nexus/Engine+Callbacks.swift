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

    /// The callback as descriptions of activities show it.
    var infoOfActivity: APIActivityCallbackInfo {
        .with {
            $0.trigger.activityClosed = .init()
            $0.info.callback = callback
            $0.info.registrationTime = registrationTime.timestamp
            $0.info.state = apiState
            $0.info.attempt = attempt
            if let ended = lastAttemptCompleteTime { $0.info.lastAttemptCompleteTime = ended.timestamp }
            if let failure = lastAttemptFailure { $0.info.lastAttemptFailure = failure }
        }
    }

    private var apiState: APICallbackState {
        switch state {
        case .standby: .standby
        case .succeeded: .succeeded
        case .failed: .failed
        }
    }

    /// The callback as descriptions of workflows show it.
    var info: APIWorkflowCallbackInfo {
        .with {
            $0.callback = callback
            $0.trigger.workflowClosed = .init()
            $0.registrationTime = registrationTime.timestamp
            $0.requestID = requestID
            $0.state = apiState
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
        for callback in callbacks { try check(callback) }
    }

    /// Checks that a callback is one that this service can tell something.
    ///
    /// - Throws: `INVALID_ARGUMENT` or `UNIMPLEMENTED` if it is not.
    static func check(_ callback: APICallback) throws {
        guard case .nexus(let nexus) = callback.variant else {
            throw RPCError(code: .unimplemented, message: "unknown callback variant")
        }
        guard nexus.url == callbackURL else {
            throw ServiceError.invalid(
                "invalid callback url: url does not match any configured callback address: \(nexus.url)"
            )
        }
    }

    /// Tells the end of a chain of runs to all who wait for it.
    func invokeCallbacks(of run: Run) {
        guard !run.callbacks.isEmpty, let last = run.events.last, let end = NexusEnd(closing: last) else { return }
        run.callbacks = run.callbacks.map { callback in
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
            return invoked(callback, end, startTime: run.startTime, link: link)
        }
    }

    /// Tells the end of an activity that no workflow started to all who wait for it.
    func invokeCallbacks(of activity: StandaloneActivity) {
        guard !activity.callbacks.isEmpty, let outcome = activity.outcome else { return }
        let end: NexusEnd =
            switch outcome.value {
            // Nexus knows one value.
            case .result(let result): .completed(result.payloads.first)
            case .failure(let failure): activity.status == .canceled ? .cancelled(failure) : .failed(failure)
            case nil: .completed(nil)
            }
        let link = APILink.with {
            $0.activity.namespace = activity.namespace
            $0.activity.activityID = activity.activityID
            $0.activity.runID = activity.runID
        }
        activity.callbacks = activity.callbacks.map {
            invoked($0, end, startTime: activity.scheduleTime, link: link)
        }
    }

    /// Tells an end to one who waits for it.
    ///
    /// - Parameters:
    ///   - callback: Whom to tell.
    ///   - end: The end.
    ///   - startTime: When what has ended began.
    ///   - link: Where what has ended is found.
    /// - Returns: The callback with what became of it.
    private func invoked(
        _ callback: CompletionCallback,
        _ end: NexusEnd,
        startTime: Moment,
        link: APILink
    ) -> CompletionCallback {
        var callback = callback
        let headers = callback.callback.nexus.header
        func header(_ name: String) -> String { headers.first { $0.key.lowercased() == name }?.value ?? "" }
        do throws(RPCError) {
            guard let token = NexusCallbackToken(header(Self.callbackTokenHeader)) else {
                throw ServiceError.invalid("invalid callback token")
            }
            try completeNexusOperation(
                token,
                end,
                operationToken: header("nexus-operation-token"),
                startTime: startTime,
                links: [link]
            )
            callback.state = .succeeded
            callback.lastAttemptFailure = nil
        } catch {
            // The operation has ended, or its run has: nobody waits any more.
            callback.state = .failed
            callback.lastAttemptFailure = .message(error.message)
        }
        callback.attempt += 1
        callback.lastAttemptCompleteTime = now
        return callback
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
        caller.endNexusOperation(key, end.carriedByNexus, links: [])
    }

    /// Who has an operation now: after a reset, the run that the reset has made.
    private func currentOwner(of token: NexusCallbackToken) -> NexusOwner? {
        guard case .run(var number, let eventID) = token.owner else {
            guard case .standalone(let number) = token.owner, nexusExecutions.all.indices.contains(number) else {
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

extension StandaloneActivity {
    /// Adds what a start brings that found this activity: another caller who waits for its end, and links.
    ///
    /// - Throws: `FAILED_PRECONDITION` if there would be too many.
    func attach(_ new: APIStartActivityExecutionRequest) throws {
        let callbacks = new.onConflictOptions.attachCompletionCallbacks ? new.completionCallbacks : []
        let links = new.onConflictOptions.attachLinks ? new.links : []
        guard !callbacks.isEmpty || !links.isEmpty else { return }
        for (added, present, limit, name) in [
            (callbacks.count, self.callbacks.count, StandaloneActivityRules.callbacksLimit, "callbacks"),
            (links.count, self.links.count, StandaloneActivityRules.linksLimit, "links"),
        ] where added > 0 && added + present > limit {
            throw RPCError(
                code: .failedPrecondition,
                message: "cannot attach more than \(limit) \(name) to an activity (\(present) \(name) already attached)"
            )
        }
        self.callbacks += callbacks.map {
            CompletionCallback(callback: $0, requestID: new.requestID, registrationTime: engine.now)
        }
        self.links += links
        requestIDs.insert(new.requestID)
        engine.touch(self)
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
