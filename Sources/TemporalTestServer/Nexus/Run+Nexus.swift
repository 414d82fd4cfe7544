import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The Nexus operations that a run has called.
extension Run {
    /// How many Nexus operations a run has pending at most.
    private static let mostOperations = 30

    /// The longest names of services and operations, in bytes.
    private static let longestName = 1000

    /// The most that all headers of a call have together, in bytes.
    private static let largestHeader = 8192

    /// The headers that belong to the service.
    private static let reservedHeaders: Set<String> = [
        "request-timeout", "operation-timeout", "operation-token", "x-forwarded-for", "accept-encoding", "user-agent",
    ]

    // MARK: Commands

    /// Calls an operation.
    func scheduleNexus(
        _ command: APIScheduleNexusOperationCommandAttributes,
        completedEventID: Int64,
        metadata: APIUserMetadata?
    ) throws {
        func fail(_ message: String) -> CommandFailure {
            CommandFailure(cause: .badScheduleNexusOperationAttributes, message: message)
        }
        guard let endpoint = engine.nexusEndpoint(named: command.endpoint) else {
            throw fail("endpoint \"\(command.endpoint)\" not found")
        }
        let place = "ScheduleNexusOperationCommandAttributes"
        for (name, value) in [("Service", command.service), ("Operation", command.operation)]
        where value.utf8.count > Self.longestName {
            throw fail("\(place).\(name) exceeds length limit of \(Self.longestName)")
        }
        for (name, timeout) in [
            ("ScheduleToCloseTimeout", command.scheduleToCloseTimeout),
            ("ScheduleToStartTimeout", command.scheduleToStartTimeout),
            ("StartToCloseTimeout", command.startToCloseTimeout),
        ] {
            guard let problem = timeout.problem else { continue }
            throw fail("\(place).\(name) is invalid: \(problem)")
        }
        guard Limits.size(of: command.input) <= Limits.blobSize else {
            throw CommandFailure(
                cause: .badScheduleNexusOperationAttributes,
                message: "\(place).Input exceeds size limit",
                terminatesRun: true
            )
        }
        let headers = try Self.checkedNexusHeaders(command.nexusHeader) { problem in
            switch problem {
            case .disallowed(let name): fail("\(place).NexusHeader contains a disallowed header key: \"\(name)\"")
            case .tooLarge: fail("\(place).NexusHeader exceeds size limit")
            }
        }
        if nexusOperations.count >= Self.mostOperations {
            throw CommandFailure(
                cause: .pendingNexusOperationsLimitExceeded,
                message: "workflow has reached the pending nexus operation limit of \(Self.mostOperations) for this "
                    + "namespace"
            )
        }
        var attributes = APINexusOperationScheduledEventAttributes()
        attributes.endpoint = command.endpoint
        attributes.endpointID = endpoint.id
        attributes.service = command.service
        attributes.operation = command.operation
        if command.hasInput { attributes.input = command.input }
        // The whole takes no longer than the run, and no part longer than the whole.
        var whole = Span(command.scheduleToCloseTimeout)
        let runTimeout = Span(start.workflowRunTimeout)
        if runTimeout > .zero, whole == .zero || whole > runTimeout { whole = runTimeout }
        func capped(_ timeout: Span) -> Span { whole > .zero ? min(timeout, whole) : timeout }
        if command.hasScheduleToCloseTimeout || whole > .zero { attributes.scheduleToCloseTimeout = whole.proto }
        if command.hasScheduleToStartTimeout {
            attributes.scheduleToStartTimeout = capped(Span(command.scheduleToStartTimeout)).proto
        }
        if command.hasStartToCloseTimeout {
            attributes.startToCloseTimeout = capped(Span(command.startToCloseTimeout)).proto
        }
        attributes.nexusHeader = headers
        attributes.requestID = engine.ids.uuid()
        attributes.workflowTaskCompletedEventID = completedEventID
        let id = record(
            .nexusOperationScheduled,
            .nexusOperationScheduledEventAttributes(attributes),
            userMetadata: metadata
        )
        nexusOperations[id] = NexusOperation(attributes, scheduledTime: engine.now)
        externalActions.append(.startNexus(scheduledEventID: id))
    }

    /// What is wrong with the headers of a call.
    enum HeaderProblem {
        case disallowed(String)
        case tooLarge
    }

    /// The headers of a call with names in lower case.
    ///
    /// - Parameter error: Makes an error of what is wrong with them.
    static func checkedNexusHeaders(
        _ headers: [String: String],
        _ error: (HeaderProblem) -> any Error
    ) throws -> [String: String] {
        var checked: [String: String] = [:]
        var size = 0
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            let lower = name.lowercased()
            if reservedHeaders.contains(lower) { throw error(.disallowed(name)) }
            checked[lower] = value
            size += lower.utf8.count + value.utf8.count
        }
        if size > largestHeader { throw error(.tooLarge) }
        return checked
    }

    /// Asks for the end of an operation.
    func requestCancelNexus(
        _ command: APIRequestCancelNexusOperationCommandAttributes,
        completedEventID: Int64,
        metadata: APIUserMetadata?
    ) throws {
        func fail(_ message: String) -> CommandFailure {
            CommandFailure(cause: .badRequestCancelNexusOperationAttributes, message: message)
        }
        let id = command.scheduledEventID
        // It can have ended while the workflow task was worked on.
        guard nexusOperations[id] != nil || bufferedEvents.contains(where: { $0.endedNexusOperation == id }) else {
            throw fail(
                "requested cancelation for a non-existing or already completed operation with scheduled event ID of \(id)"
            )
        }
        guard nexusOperations[id]?.cancellation == nil else {
            throw fail("cancelation was already requested for an operation with scheduled event ID \(id)")
        }
        let eventID = record(
            .nexusOperationCancelRequested,
            .nexusOperationCancelRequestedEventAttributes(
                .with {
                    $0.scheduledEventID = id
                    $0.workflowTaskCompletedEventID = completedEventID
                }
            ),
            userMetadata: metadata
        )
        guard nexusOperations[id] != nil else { return }
        nexusOperations[id]?.cancellation = NexusCancellation(requestedEventID: eventID)
        externalActions.append(.cancelNexus(scheduledEventID: id))
    }

    /// Sends the request to start an operation, when the commands are processed.
    func performNexusStart(_ id: Int64) {
        guard isOpen else { return }
        engine.beginNexusOperation(.run(number, scheduledEventID: id))
    }

    /// Sends the request to end an operation, if its handler knows it already.
    func performNexusCancel(_ id: Int64) {
        guard isOpen, nexusOperations[id]?.isStarted == true else { return }
        engine.sendNexusCancel(.run(number, scheduledEventID: id))
    }

    // MARK: Reset

    /// Takes an operation over from the history that the run begins with.
    func applyToNexus(_ event: APIHistoryEvent) {
        switch event.attributes {
        case .nexusOperationScheduledEventAttributes(let attributes):
            nexusOperations[event.eventID] = NexusOperation(attributes, scheduledTime: Moment(event.eventTime))
        case .nexusOperationStartedEventAttributes(let started):
            nexusOperations[started.scheduledEventID]?.state = .started
            nexusOperations[started.scheduledEventID]?.token = started.operationToken
            nexusOperations[started.scheduledEventID]?.startedTime = Moment(event.eventTime)
        case .nexusOperationCancelRequestedEventAttributes(let request):
            nexusOperations[request.scheduledEventID]?.cancellation = NexusCancellation(
                requestedEventID: event.eventID
            )
        case .nexusOperationCancelRequestCompletedEventAttributes(let end):
            nexusOperations[end.scheduledEventID]?.cancellation?.state = .succeeded
        case .nexusOperationCancelRequestFailedEventAttributes(let end):
            nexusOperations[end.scheduledEventID]?.cancellation?.state = .failed
        default:
            if let ended = event.endedNexusOperation { nexusOperations.removeValue(forKey: ended) }
        }
    }

    /// Adds an event of an old run that was reset, if the operation is pending here too.
    func reapplyNexus(_ event: APIHistoryEvent) {
        guard let (id, requestID) = event.nexusOperationProgress, let operation = nexusOperations[id],
            operation.requestID == requestID, let attributes = event.attributes
        else { return }
        record(event.eventType, attributes, links: event.links)
        applyToNexus(event)
    }

    /// Goes on with the operations that were taken over.
    func resumeNexusOperations() {
        for (id, operation) in nexusOperations {
            let owner = NexusOwner.run(number, scheduledEventID: id)
            engine.beginNexusOperation(owner)
            if case .waiting = operation.cancellation?.state, operation.isStarted { engine.sendNexusCancel(owner) }
        }
    }
}

extension Run: NexusCaller {
    func nexusOperation(_ key: Int64) -> NexusOperation? { nexusOperations[key] }

    func changeNexusOperation(_ key: Int64, _ change: (inout NexusOperation) -> Void) {
        guard var operation = nexusOperations[key] else { return }
        change(&operation)
        nexusOperations[key] = operation
        engine.touch(self)
    }

    func link(toNexusOperation key: Int64) -> APILink {
        .with {
            $0.workflowEvent.namespace = namespace
            $0.workflowEvent.workflowID = workflowID
            $0.workflowEvent.runID = runID
            $0.workflowEvent.eventRef.eventID = key
            $0.workflowEvent.eventRef.eventType = .nexusOperationScheduled
        }
    }

    func nexusOperationDidStart(_ key: Int64, time: Moment?, links: [APILink]) {
        guard let operation = nexusOperations[key] else { return }
        record(
            .nexusOperationStarted,
            .nexusOperationStartedEventAttributes(
                .with {
                    $0.scheduledEventID = key
                    $0.operationToken = operation.token
                    $0.operationID = operation.token
                    $0.requestID = operation.requestID
                }
            ),
            time: time,
            links: links
        )
        scheduleWorkflowTask()
    }

    func endNexusOperation(_ key: Int64, _ end: NexusEnd, links: [APILink]) {
        guard let operation = nexusOperations.removeValue(forKey: key) else { return }
        let failure = end.failure(of: operation, scheduledEventID: key) ?? APIFailure()
        switch end {
        case .completed(let result):
            record(
                .nexusOperationCompleted,
                .nexusOperationCompletedEventAttributes(
                    .with {
                        $0.scheduledEventID = key
                        if let result { $0.result = result }
                        $0.requestID = operation.requestID
                    }
                ),
                links: links
            )
        case .failed:
            record(
                .nexusOperationFailed,
                .nexusOperationFailedEventAttributes(
                    .with {
                        $0.scheduledEventID = key
                        $0.failure = failure
                        $0.requestID = operation.requestID
                    }
                ),
                links: links
            )
        case .cancelled:
            record(
                .nexusOperationCanceled,
                .nexusOperationCanceledEventAttributes(
                    .with {
                        $0.scheduledEventID = key
                        $0.failure = failure
                        $0.requestID = operation.requestID
                    }
                ),
                links: links
            )
        case .timedOut:
            record(
                .nexusOperationTimedOut,
                .nexusOperationTimedOutEventAttributes(
                    .with {
                        $0.scheduledEventID = key
                        $0.failure = failure
                        $0.requestID = operation.requestID
                    }
                ),
                links: links
            )
        }
        scheduleWorkflowTask()
    }

    func nexusCancellationDidEnd(_ key: Int64, failure: APIFailure?) {
        guard let cancellation = nexusOperations[key]?.cancellation else { return }
        if let failure {
            record(
                .nexusOperationCancelRequestFailed,
                .nexusOperationCancelRequestFailedEventAttributes(
                    .with {
                        $0.scheduledEventID = key
                        $0.requestedEventID = cancellation.requestedEventID
                        $0.failure = failure
                    }
                ),
                workerMayIgnore: true
            )
        } else {
            record(
                .nexusOperationCancelRequestCompleted,
                .nexusOperationCancelRequestCompletedEventAttributes(
                    .with {
                        $0.scheduledEventID = key
                        $0.requestedEventID = cancellation.requestedEventID
                    }
                ),
                workerMayIgnore: true
            )
        }
        scheduleWorkflowTask()
    }
}

extension NexusOperation {
    /// An operation that was just scheduled.
    init(_ attributes: APINexusOperationScheduledEventAttributes, scheduledTime: Moment) {
        self.init(
            endpoint: attributes.endpoint,
            endpointID: attributes.endpointID,
            service: attributes.service,
            operation: attributes.operation,
            input: attributes.hasInput ? attributes.input : nil,
            headers: attributes.nexusHeader,
            requestID: attributes.requestID,
            scheduledTime: scheduledTime,
            scheduleToCloseTimeout: Span(attributes.scheduleToCloseTimeout),
            scheduleToStartTimeout: Span(attributes.scheduleToStartTimeout),
            startToCloseTimeout: Span(attributes.startToCloseTimeout)
        )
    }

    /// The operation as descriptions show it.
    func info(scheduledEventID: Int64) -> APIWorkflowPendingNexusOperationInfo {
        .with {
            $0.endpoint = endpoint
            $0.service = service
            $0.operation = operation
            $0.operationID = token
            $0.operationToken = token
            if scheduleToCloseTimeout > .zero { $0.scheduleToCloseTimeout = scheduleToCloseTimeout.proto }
            if scheduleToStartTimeout > .zero { $0.scheduleToStartTimeout = scheduleToStartTimeout.proto }
            if startToCloseTimeout > .zero { $0.startToCloseTimeout = startToCloseTimeout.proto }
            $0.scheduledTime = scheduledTime.timestamp
            $0.scheduledEventID = scheduledEventID
            $0.attempt = start.attempt
            if let ended = start.lastAttemptCompleteTime { $0.lastAttemptCompleteTime = ended.timestamp }
            if let failure = start.lastAttemptFailure { $0.lastAttemptFailure = failure }
            switch state {
            case .scheduled:
                $0.state = .scheduled
            case .backingOff(let moment):
                $0.state = .backingOff
                $0.nextAttemptScheduleTime = moment.timestamp
            case .started:
                $0.state = .started
            }
            if let cancellation { $0.cancellationInfo = cancellation.info }
        }
    }
}

extension NexusCancellation {
    /// The request as descriptions show it.
    fileprivate var info: APIWorkflowNexusOperationCancellationInfo {
        .with {
            if let requestedTime { $0.requestedTime = requestedTime.timestamp }
            $0.state = proto
            $0.attempt = request.attempt
            if let ended = request.lastAttemptCompleteTime { $0.lastAttemptCompleteTime = ended.timestamp }
            if let failure = request.lastAttemptFailure { $0.lastAttemptFailure = failure }
            if case .backingOff(let moment) = state { $0.nextAttemptScheduleTime = moment.timestamp }
        }
    }

    /// The state on the wire.
    var proto: APINexusOperationCancellationState {
        switch state {
        case .waiting: .unspecified
        case .scheduled: .scheduled
        case .backingOff: .backingOff
        case .succeeded: .succeeded
        case .failed: .failed
        }
    }
}

extension APIHistoryEvent {
    /// The operation that this event starts or ends, and the request that started it; `nil` for other events.
    fileprivate var nexusOperationProgress: (Int64, String)? {
        switch attributes {
        case .nexusOperationStartedEventAttributes(let event): (event.scheduledEventID, event.requestID)
        case .nexusOperationCompletedEventAttributes(let event): (event.scheduledEventID, event.requestID)
        case .nexusOperationFailedEventAttributes(let event): (event.scheduledEventID, event.requestID)
        case .nexusOperationCanceledEventAttributes(let event): (event.scheduledEventID, event.requestID)
        case .nexusOperationTimedOutEventAttributes(let event): (event.scheduledEventID, event.requestID)
        default: nil
        }
    }

    /// The operation that this event ends; `nil` for other events.
    var endedNexusOperation: Int64? {
        switch attributes {
        case .nexusOperationCompletedEventAttributes(let end): end.scheduledEventID
        case .nexusOperationFailedEventAttributes(let end): end.scheduledEventID
        case .nexusOperationCanceledEventAttributes(let end): end.scheduledEventID
        case .nexusOperationTimedOutEventAttributes(let end): end.scheduledEventID
        default: nil
        }
    }
}
