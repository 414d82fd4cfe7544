import Temporal
import TemporalAPI

extension WorkflowMachine {
    // MARK: What the code does

    /// Calls a Nexus operation.
    ///
    /// - Returns: The number of the operation.
    mutating func startNexus(_ call: NexusOperationCall) -> Int {
        let operation = makeOperation()
        nexusOperations[operation] = NexusOperationMachine(
            endpoint: call.endpoint,
            service: call.service,
            operation: call.operation,
            cancellation: call.cancellation
        )
        var attributes = APIScheduleNexusOperationCommandAttributes()
        attributes.endpoint = call.endpoint
        attributes.service = call.service
        attributes.operation = call.operation
        attributes.input = call.input.proto
        if let timeout = call.scheduleToCloseTimeout { attributes.scheduleToCloseTimeout = .init(timeout) }
        if let timeout = call.scheduleToStartTimeout { attributes.scheduleToStartTimeout = .init(timeout) }
        if let timeout = call.startToCloseTimeout { attributes.startToCloseTimeout = .init(timeout) }
        attributes.nexusHeader = call.headers
        var command = APICommand()
        command.commandType = .scheduleNexusOperation
        command.attributes = .scheduleNexusOperationCommandAttributes(attributes)
        if let summary = call.summary { command.userMetadata.summary = summary.proto }
        pending.append(IssuedCommand(subject: .startNexus(operation: operation), command: command))
        return operation
    }

    /// Cancels a Nexus operation in the way that its call asked for.
    mutating func cancelNexus(_ operation: Int) -> CancelAction {
        guard var nexus = nexusOperations[operation] else { return .nothing }
        let action = nexus.cancel()
        nexusOperations[operation] = nexus
        switch action {
        case .dropCommand:
            pending.removeAll { $0.subject == .startNexus(operation: operation) }
            nexusOperations[operation] = nil
            return .fail(nexus.cancelled("Nexus operation cancelled before it was scheduled"))
        case .issueCancel(let resolves):
            var command = APICommand()
            command.commandType = .requestCancelNexusOperation
            command.requestCancelNexusOperationCommandAttributes.scheduledEventID = nexus.scheduledEventID
            pending.append(IssuedCommand(subject: .cancelNexus(operation: operation), command: command))
            return resolves ? .fail(nexus.cancelled("Nexus operation cancelled")) : .nothing
        case .resolve:
            return .fail(nexus.cancelled("Nexus operation cancelled"))
        case .nothing:
            return .nothing
        }
    }

    // MARK: What the history says

    /// Applies an event of a Nexus operation.
    ///
    /// - Returns: What the event asks of the code, if anything; `nil` also for an event of another kind, with
    ///   `isKnown` false.
    mutating func applyEventOfNexus(_ event: APIHistoryEvent) throws -> (isKnown: Bool, job: Job?) {
        switch event.attributes {
        case .nexusOperationScheduledEventAttributes, .nexusOperationCancelRequestedEventAttributes:
            try matchCommand(event)
            return (true, nil)
        case .nexusOperationStartedEventAttributes(let attributes):
            return (true, try nexusStarted(event, attributes))
        case .nexusOperationCompletedEventAttributes(let attributes):
            let result = attributes.hasResult ? [Payload(attributes.result)] : []
            return (true, try nexusEnded(event, attributes.scheduledEventID, .success(result)))
        case .nexusOperationFailedEventAttributes(let attributes):
            return (true, try nexusEnded(event, attributes.scheduledEventID, .failure(attributes.failure)))
        case .nexusOperationCanceledEventAttributes(let attributes):
            return (true, try nexusEnded(event, attributes.scheduledEventID, .failure(attributes.failure)))
        case .nexusOperationTimedOutEventAttributes(let attributes):
            return (true, try nexusEnded(event, attributes.scheduledEventID, .failure(attributes.failure)))
        case .nexusOperationCancelRequestCompletedEventAttributes(let attributes):
            return (true, try nexusCancelAnswered(attributes.scheduledEventID, nil))
        case .nexusOperationCancelRequestFailedEventAttributes(let attributes):
            return (true, try nexusCancelAnswered(attributes.scheduledEventID, attributes.failure))
        default:
            return (false, nil)
        }
    }

    private func nexus(_ event: APIHistoryEvent, _ scheduledEventID: Int64) throws -> (Int, NexusOperationMachine) {
        guard let operation = operations[scheduledEventID], let nexus = nexusOperations[operation] else {
            throw NondeterminismError("History \(event.label) belongs to no Nexus operation of the code.")
        }
        return (operation, nexus)
    }

    private mutating func nexusStarted(
        _ event: APIHistoryEvent,
        _ attributes: APINexusOperationStartedEventAttributes
    ) throws -> Job? {
        var (operation, nexus) = try nexus(event, attributes.scheduledEventID)
        // Servers before 1.27 write the older field alone.
        let token = attributes.operationToken.isEmpty ? attributes.operationID : attributes.operationToken
        let action = try nexus.started(token: token)
        nexusOperations[operation] = nexus
        return action == .resolve ? .nexusStarted(operation: operation, token: token) : nil
    }

    private mutating func nexusEnded(
        _ event: APIHistoryEvent,
        _ scheduledEventID: Int64,
        _ resolution: Resolution
    ) throws -> Job? {
        var (operation, nexus) = try nexus(event, scheduledEventID)
        let action = try nexus.ended()
        operations[scheduledEventID] = nil
        nexusOperations[operation] = nil
        return action == .resolve ? .nexusEnded(operation: operation, resolution) : nil
    }

    /// Notes that a handler has taken note of a request to end its operation, or has refused.
    private mutating func nexusCancelAnswered(_ scheduledEventID: Int64, _ refusal: APIFailure?) throws -> Job? {
        // The answer can come after the end of the operation.
        guard let operation = operations[scheduledEventID], var nexus = nexusOperations[operation] else { return nil }
        let action = try nexus.cancelAnswered()
        nexusOperations[operation] = nexus
        guard action == .resolve else { return nil }
        let failure =
            refusal.map { refusal in
                nexus.failure("Nexus operation could not be cancelled") { $0.cause = refusal }
            } ?? nexus.cancelled("Nexus operation cancellation requested")
        return .nexusEnded(operation: operation, .failure(failure))
    }
}

extension NexusOperationMachine {
    fileprivate func cancelled(_ message: String) -> APIFailure {
        failure(message) {
            $0.cause.message = "Cancelled"
            $0.cause.canceledFailureInfo = .init()
        }
    }

    /// The failure of the operation as its workflow sees it.
    fileprivate func failure(_ message: String, _ fill: (inout APIFailure) -> Void) -> APIFailure {
        var failure = APIFailure()
        failure.message = message
        failure.nexusOperationExecutionFailureInfo.scheduledEventID = scheduledEventID
        failure.nexusOperationExecutionFailureInfo.endpoint = endpoint
        failure.nexusOperationExecutionFailureInfo.service = service
        failure.nexusOperationExecutionFailureInfo.operation = operation
        failure.nexusOperationExecutionFailureInfo.operationToken = token
        fill(&failure)
        return failure
    }
}
