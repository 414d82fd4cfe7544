import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// A Nexus operation of its own, which no workflow has called.
///
/// Unchecked: part of an `Engine`, and confined with it to the lock of a `TestServer`.
final class NexusExecution: @unchecked Sendable {
    /// How the operation ended.
    struct Closing: Codable, Sendable {
        let status: APINexusOperationExecutionStatus
        let time: Moment
        let result: APIPayload?
        let failure: APIFailure?
    }

    unowned let engine: Engine
    let number: Int

    /// What the operation was made of.
    let origin: NexusExecutionOrigin

    /// The operation while it is pending, and as it was at its end.
    private(set) var operation: NexusOperation

    /// How it ended; `nil` while it is pending.
    private(set) var closing: Closing?

    /// The place of its end among the ends of all operations; 0 while it is pending.
    private(set) var closeOrder: UInt64 = 0

    /// Whether it is the latest operation of its id.
    var isCurrent = true

    var links: [APILink] = []
    var isDeleted = false

    /// Whether ``origin`` has been written to the store.
    var isOriginStored = false

    /// The request that ended it by force, by which a repeated one is recognized.
    var terminationRequestID = ""

    /// How many times its state has changed.
    private(set) var changes: Int64 = 1

    /// Calls that wait for the operation.
    var waiters: [(reply: ParkedReply, answer: (NexusExecution) -> Bool)] = []

    /// Makes an operation.
    init(_ origin: NexusExecutionOrigin, engine: Engine, number: Int) {
        self.engine = engine
        self.number = number
        self.origin = origin
        let request = origin.request
        operation = NexusOperation(
            endpoint: request.endpoint,
            endpointID: origin.endpointID,
            service: request.service,
            operation: request.operation,
            input: request.hasInput ? request.input : nil,
            headers: request.nexusHeader,
            requestID: origin.requestID,
            scheduledTime: origin.scheduleTime,
            scheduleToCloseTimeout: Span(request.scheduleToCloseTimeout),
            scheduleToStartTimeout: Span(request.scheduleToStartTimeout),
            startToCloseTimeout: Span(request.startToCloseTimeout)
        )
        links = request.links
    }

    /// Makes what stands for all operations that were deleted.
    convenience init(deletedFrom engine: Engine) {
        let origin = NexusExecutionOrigin(
            request: .init(),
            endpointID: "",
            runID: "",
            requestID: "",
            scheduleTime: Moment(nanoseconds: 0)
        )
        self.init(origin, engine: engine, number: -1)
        isDeleted = true
        closing = Closing(status: .terminated, time: origin.scheduleTime, result: nil, failure: nil)
    }

    /// What started the operation.
    var request: APIStartNexusOperationExecutionRequest { origin.request }
    var namespace: String { request.namespace }
    var operationID: String { request.operationID }
    var runID: String { origin.runID }

    /// What is stored of the operation besides its origin.
    var storedState: NexusExecutionState {
        NexusExecutionState(
            state: operation.state,
            start: operation.start,
            token: operation.token,
            startedTime: operation.startedTime,
            cancellation: operation.cancellation,
            closing: closing,
            closeOrder: closeOrder,
            isCurrent: isCurrent,
            links: links,
            terminationRequestID: terminationRequestID,
            changes: changes
        )
    }

    /// Gives the operation a state that was stored.
    func restore(_ stored: NexusExecutionState) {
        operation.state = stored.state
        operation.start = stored.start
        operation.token = stored.token
        operation.startedTime = stored.startedTime
        operation.cancellation = stored.cancellation
        closing = stored.closing
        // Numbers that were not stored are in the order of the starts, and before all that are given out from now on.
        closeOrder = stored.closeOrder ?? UInt64(number + 1)
        isCurrent = stored.isCurrent ?? true
        links = stored.links
        terminationRequestID = stored.terminationRequestID
        changes = stored.changes
    }

    /// Whether the operation has not ended.
    var isOpen: Bool { closing == nil }

    /// Whether time must not jump because of this operation.
    var holdsClock: Bool { isOpen && engine.holdsClock(operation) }

    /// The status as lists show it.
    var status: APINexusOperationExecutionStatus { closing?.status ?? .running }

    /// Ends the operation.
    func close(_ status: APINexusOperationExecutionStatus, result: APIPayload? = nil, failure: APIFailure? = nil) {
        guard isOpen else { return }
        closing = Closing(status: status, time: engine.now, result: result, failure: failure)
        closeOrder = engine.nextNumber()
        changed()
        engine.nexusExecutionDidClose(self)
    }

    private func changed() {
        changes += 1
        engine.noteChange(of: self)
        // An answer takes its call out of the list.
        for waiter in waiters { _ = waiter.answer(self) }
    }
}

extension NexusExecution: NexusCaller {
    func nexusOperation(_ key: Int64) -> NexusOperation? { isOpen && !isDeleted ? operation : nil }

    func changeNexusOperation(_ key: Int64, _ change: (inout NexusOperation) -> Void) {
        change(&operation)
        changed()
    }

    func link(toNexusOperation key: Int64) -> APILink {
        .with {
            $0.nexusOperation.namespace = namespace
            $0.nexusOperation.operationID = operationID
            $0.nexusOperation.runID = runID
        }
    }

    func nexusOperationDidStart(_ key: Int64, time: Moment?, links: [APILink]) {
        self.links += links
        changed()
    }

    func endNexusOperation(_ key: Int64, _ end: NexusEnd, links: [APILink]) {
        self.links += links
        switch end {
        case .completed(let result): close(.completed, result: result ?? APIPayload())
        case .failed(let failure): close(.failed, failure: failure)
        case .cancelled(let failure): close(.canceled, failure: failure)
        case .timedOut(let kind):
            close(
                .timedOut,
                failure: .with {
                    $0.message = "operation timed out"
                    $0.timeoutFailureInfo.timeoutType = kind
                }
            )
        }
    }

    func nexusCancellationDidEnd(_ key: Int64, failure: APIFailure?) {
        changed()
    }
}

extension NexusExecution: SearchSubject {
    func comparedSearchValue(_ column: VisibilityQuery.Column) -> SearchValue? {
        if column.name == "CloseTime", closing == nil { return .integer(.max) }
        return searchValue(column)
    }

    func searchValue(_ column: VisibilityQuery.Column) -> SearchValue? {
        switch column.name {
        case "OperationId": .text(operationID)
        case "RunId": .text(runID)
        case "Endpoint": .text(operation.endpoint)
        case "Service": .text(operation.service)
        case "Operation": .text(operation.operation)
        case "RequestId": .text(operation.requestID)
        case "ExecutionStatus": .integer(Int64(status.workflowStatus.rawValue))
        case "StartTime": .integer(operation.scheduledTime.nanoseconds)
        case "CloseTime": closing.map { .integer($0.time.nanoseconds) }
        case "ExecutionDuration": closing.map { .integer(($0.time - operation.scheduledTime).nanoseconds) }
        case "StateTransitionCount": .integer(changes)
        default: request.searchAttributes.indexedFields[column.name].flatMap { SearchValue($0, type: column.type) }
        }
    }
}

extension APINexusOperationExecutionStatus {
    /// The status of a workflow that has the same name, by which filters compare.
    var workflowStatus: APIWorkflowExecutionStatus {
        switch self {
        case .running: .running
        case .completed: .completed
        case .failed: .failed
        case .canceled: .canceled
        case .terminated: .terminated
        case .timedOut: .timedOut
        case .unspecified, .UNRECOGNIZED: .unspecified
        }
    }
}

// MARK: As answers show it

extension NexusExecution {
    /// The operation as lists show it.
    var listInfo: APINexusNexusOperationExecutionListInfo {
        .with {
            $0.operationID = operationID
            $0.runID = runID
            $0.endpoint = operation.endpoint
            $0.service = operation.service
            $0.operation = operation.operation
            $0.status = status
            $0.scheduleTime = operation.scheduledTime.timestamp
            if let closing {
                $0.closeTime = closing.time.timestamp
                $0.executionDuration = (closing.time - operation.scheduledTime).proto
            }
            $0.stateTransitionCount = changes
            if request.hasSearchAttributes { $0.searchAttributes = request.searchAttributes }
        }
    }

    /// The operation as descriptions show it.
    private var info: APINexusNexusOperationExecutionInfo {
        .with {
            $0.operationID = operationID
            $0.runID = runID
            $0.endpoint = operation.endpoint
            $0.service = operation.service
            $0.operation = operation.operation
            $0.status = status
            if request.hasScheduleToCloseTimeout { $0.scheduleToCloseTimeout = request.scheduleToCloseTimeout }
            if request.hasScheduleToStartTimeout { $0.scheduleToStartTimeout = request.scheduleToStartTimeout }
            if request.hasStartToCloseTimeout { $0.startToCloseTimeout = request.startToCloseTimeout }
            $0.attempt = operation.start.attempt
            $0.scheduleTime = operation.scheduledTime.timestamp
            if let expiration = operation.expiration { $0.expirationTime = expiration.timestamp }
            if let ended = operation.start.lastAttemptCompleteTime { $0.lastAttemptCompleteTime = ended.timestamp }
            if let failure = operation.start.lastAttemptFailure { $0.lastAttemptFailure = failure }
            if let closing {
                $0.closeTime = closing.time.timestamp
            } else {
                let pending = operation.info(scheduledEventID: 0)
                $0.state = pending.state
                if pending.hasNextAttemptScheduleTime { $0.nextAttemptScheduleTime = pending.nextAttemptScheduleTime }
            }
            $0.executionDuration = ((closing?.time ?? engine.now) - operation.scheduledTime).proto
            if let cancellation = operation.cancellation { $0.cancellationInfo = cancellation.executionInfo }
            $0.requestID = operation.requestID
            $0.operationToken = operation.token
            $0.stateTransitionCount = changes
            if request.hasSearchAttributes { $0.searchAttributes = request.searchAttributes }
            $0.nexusHeader = operation.headers
            if request.hasUserMetadata { $0.userMetadata = request.userMetadata }
            $0.links = links
            $0.identity = request.identity
        }
    }

    /// The operation as a description answers a request.
    func description(
        for request: APIDescribeNexusOperationExecutionRequest
    ) -> APIDescribeNexusOperationExecutionResponse {
        .with {
            $0.runID = runID
            $0.info = info
            $0.longPollToken = longPollToken
            if request.includeInput, let input = operation.input { $0.input = input }
            guard request.includeOutcome, let closing else { return }
            if let result = closing.result { $0.result = result }
            if let failure = closing.failure { $0.failure = failure }
        }
    }

    /// What the state is now, for a caller who waits until it is another.
    var longPollToken: Data { Data("\(runID)/\(changes)".utf8) }

    /// The operation as a poll is answered once a stage is reached; `nil` before.
    func outcome(at stage: APINexusOperationWaitStage) -> APIPollNexusOperationExecutionResponse? {
        guard !isOpen || (stage == .started && operation.isStarted) else { return nil }
        return .with {
            $0.runID = runID
            $0.operationToken = operation.token
            $0.waitStage = isOpen ? .started : .closed
            if let result = closing?.result { $0.result = result }
            if let failure = closing?.failure { $0.failure = failure }
        }
    }
}

extension NexusCancellation {
    fileprivate var executionInfo: APINexusNexusOperationExecutionCancellationInfo {
        .with {
            if let requestedTime { $0.requestedTime = requestedTime.timestamp }
            $0.state = proto
            $0.attempt = request.attempt
            if let ended = request.lastAttemptCompleteTime { $0.lastAttemptCompleteTime = ended.timestamp }
            if let failure = request.lastAttemptFailure { $0.lastAttemptFailure = failure }
            if case .backingOff(let moment) = state { $0.nextAttemptScheduleTime = moment.timestamp }
            $0.reason = reason
        }
    }
}
