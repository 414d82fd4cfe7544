import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What processing the commands of one workflow task has led to.
struct CommandOutcome {
    /// Whether the workflow has to hear of something that happened while the commands were processed.
    var needsWorkflowTask = false
}

extension Run {
    /// Processes the commands of a workflow task in their order.
    ///
    /// - Throws: ``CommandFailure`` for the first command that is not acceptable.
    func process(
        _ request: APIRespondWorkflowTaskCompletedRequest,
        completedEventID: Int64
    ) throws -> CommandOutcome {
        isProcessingCommands = true
        defer { isProcessingCommands = false }
        var outcome = CommandOutcome()
        var messages = MessageList(request.messages)
        for command in request.commands {
            let metadata = command.hasUserMetadata ? command.userMetadata : nil
            switch command.attributes {
            case .scheduleActivityTaskCommandAttributes(let attributes):
                try validate(attributes)
                try Limits.check(
                    attributes.input,
                    "ScheduleActivityTaskCommandAttributes.Input",
                    .badScheduleActivityAttributes
                )
                try Limits.checkPending(activities.count, .pendingActivitiesLimitExceeded, "activities")
                scheduleActivity(attributes, completedEventID: completedEventID, metadata: metadata)
            case .requestCancelActivityTaskCommandAttributes(let attributes):
                guard attributes.scheduledEventID > 0 else {
                    throw CommandFailure(
                        cause: .badRequestCancelActivityAttributes,
                        message: "ScheduledEventId is not set on RequestCancelActivityTaskCommand."
                    )
                }
                if try requestCancelActivity(
                    scheduledEventID: attributes.scheduledEventID,
                    completedEventID: completedEventID,
                    identity: request.identity
                ) {
                    outcome.needsWorkflowTask = true
                }
            case .startTimerCommandAttributes(let attributes):
                try startTimer(attributes, completedEventID: completedEventID, metadata: metadata)
            case .cancelTimerCommandAttributes(let attributes):
                try cancelTimer(attributes, completedEventID: completedEventID, identity: request.identity)
            case .recordMarkerCommandAttributes(let attributes):
                try recordMarker(attributes, completedEventID: completedEventID, metadata: metadata)
            case .upsertWorkflowSearchAttributesCommandAttributes(let attributes):
                try upsertSearchAttributes(attributes, completedEventID: completedEventID)
            case .modifyWorkflowPropertiesCommandAttributes(let attributes):
                try modifyProperties(attributes, completedEventID: completedEventID)
            case .completeWorkflowExecutionCommandAttributes(let attributes):
                try checkMayClose()
                // The server names this cause here too.
                try Limits.check(
                    attributes.result,
                    "CompleteWorkflowExecutionCommandAttributes.Result",
                    .badScheduleActivityAttributes
                )
                try handleRest(of: &messages, identity: request.identity)
                complete(result: attributes.hasResult ? attributes.result : nil, completedEventID: completedEventID)
            case .failWorkflowExecutionCommandAttributes(let attributes):
                try checkMayClose()
                guard attributes.hasFailure else {
                    throw CommandFailure(
                        cause: .badFailWorkflowExecutionAttributes,
                        message: "Failure is not set on FailWorkflowExecutionCommand."
                    )
                }
                try Limits.checkEnd(attributes.failure)
                try handleRest(of: &messages, identity: request.identity)
                fail(attributes.failure, completedEventID: completedEventID)
            case .cancelWorkflowExecutionCommandAttributes(let attributes):
                try checkMayClose()
                try handleRest(of: &messages, identity: request.identity)
                cancel(details: attributes.hasDetails ? attributes.details : nil, completedEventID: completedEventID)
            case .continueAsNewWorkflowExecutionCommandAttributes(let attributes):
                try checkMayClose()
                try handleRest(of: &messages, identity: request.identity)
                try continueAsNew(attributes, completedEventID: completedEventID)
            case .startChildWorkflowExecutionCommandAttributes(let attributes):
                try startChild(attributes, completedEventID: completedEventID, metadata: metadata)
            case .signalExternalWorkflowExecutionCommandAttributes(let attributes):
                try signalExternal(attributes, completedEventID: completedEventID, metadata: metadata)
            case .requestCancelExternalWorkflowExecutionCommandAttributes(let attributes):
                try cancelExternal(attributes, completedEventID: completedEventID)
            case .protocolMessageCommandAttributes(let attributes):
                guard let message = messages.take(attributes.messageID) else {
                    throw CommandFailure(
                        cause: .badUpdateWorkflowExecutionMessage,
                        message: "ProtocolMessageCommand referenced absent message ID \(attributes.messageID)"
                    )
                }
                try handle(message, identity: request.identity)
            case .scheduleNexusOperationCommandAttributes(let attributes):
                try scheduleNexus(attributes, completedEventID: completedEventID, metadata: metadata)
            case .requestCancelNexusOperationCommandAttributes(let attributes):
                try requestCancelNexus(attributes, completedEventID: completedEventID, metadata: metadata)
            case nil:
                throw ServiceError.invalid("unknown command type: \(command.commandType)")
            }
        }
        try handleRest(of: &messages, identity: request.identity)
        return outcome
    }

    /// Processes the messages that no command named. They come before the end of the run, which nothing can follow.
    private func handleRest(of messages: inout MessageList, identity: String) throws {
        for message in messages.takeRest() { try handle(message, identity: identity) }
    }

    /// Whether the order of the commands makes sense: nothing may follow the one that ends the run.
    static func checkSequence(_ commands: [APICommand]) throws {
        guard let close = commands.dropLast().first(where: \.closesWorkflow) else { return }
        throw ServiceError.invalid(
            "invalid command sequence: [\(commands.map { $0.commandType.words }.joined(separator: ", "))], "
                + "command \(close.commandType.words) must be the last command."
        )
    }

    /// A run does not end while there are events that its workflow has not seen.
    private func checkMayClose() throws {
        if hadBufferedEvents { throw CommandFailure(cause: .unhandledCommand, message: "") }
    }

    // MARK: Activities

    private func validate(_ attributes: APIScheduleActivityTaskCommandAttributes) throws {
        func fail(_ message: String) -> CommandFailure {
            CommandFailure(cause: .badScheduleActivityAttributes, message: message)
        }
        let id = attributes.activityID
        let type = attributes.activityType.name
        let place = "ActivityId=\(id) ActivityType=\(type)"
        if let problem = TaskQueueRules.problem(with: attributes.hasTaskQueue ? attributes.taskQueue : nil) {
            throw fail("invalid TaskQueue on ScheduleActivityTaskCommand: \(problem). \(place)")
        }
        if id.isEmpty { throw fail("ActivityId is not set on ScheduleActivityTaskCommand. ActivityType=\(type)") }
        if type.isEmpty { throw fail("ActivityType is not set on ScheduleActivityTaskCommand. ActivityID=\(id)") }
        if attributes.hasRetryPolicy,
            let problem = RetryRules.problem(with: RetryRules.withDefaults(attributes.retryPolicy))
        {
            throw fail("invalid ActivityRetryPolicy on SechduleActivityTaskCommand: \(problem). \(place)")
        }
        if let problem = Limits.problem(with: attributes.priority) {
            throw fail("invalid priorities: \(problem). \(place)")
        }
        let limits = [
            ("ScheduleToCloseTimeout", attributes.scheduleToCloseTimeout),
            ("ScheduleToStartTimeout", attributes.scheduleToStartTimeout),
            ("StartToCloseTimeout", attributes.startToCloseTimeout),
            ("HeartbeatTimeout", attributes.heartbeatTimeout),
        ]
        for (name, limit) in limits {
            guard let problem = limit.problem else { continue }
            throw fail("Invalid \(name) for ScheduleActivityTaskCommand: \(problem). \(place)")
        }
        if Span(attributes.scheduleToCloseTimeout) == .zero, Span(attributes.startToCloseTimeout) == .zero {
            throw fail(
                "A valid StartToClose or ScheduleToCloseTimeout is not set on ScheduleActivityTaskCommand. \(place)"
            )
        }
        if activityEventIDs[id] != nil {
            throw CommandFailure(
                cause: .scheduleActivityDuplicateID,
                action: "add-activitytask-scheduled-event",
                subject: "ActivityID: \(id)"
            )
        }
    }

    // MARK: Timers

    private func startTimer(
        _ attributes: APIStartTimerCommandAttributes,
        completedEventID: Int64,
        metadata: APIUserMetadata?
    ) throws {
        let id = attributes.timerID
        guard !id.isEmpty else {
            throw CommandFailure(
                cause: .badStartTimerAttributes,
                message: "TimerId is not set on StartTimerCommand."
            )
        }
        try CommandRules.checkLength(of: id, "TimerId", "StartTimerCommand", .badStartTimerAttributes)
        if let problem = attributes.startToFireTimeout.problem {
            throw CommandFailure(
                cause: .badStartTimerAttributes,
                message: "An invalid StartToFireTimeout is set on StartTimerCommand: \(problem). TimerId=\(id)"
            )
        }
        let length = attributes.startToFireTimeout.capped
        guard timers[id] == nil else {
            throw CommandFailure(
                cause: .startTimerDuplicateID,
                action: "add-timer-started-event",
                subject: "TimerID: \(id)"
            )
        }
        let eventID = record(
            .timerStarted,
            .timerStartedEventAttributes(
                .with {
                    $0.timerID = id
                    $0.startToFireTimeout = length
                    $0.workflowTaskCompletedEventID = completedEventID
                }
            ),
            userMetadata: metadata
        )
        let due = engine.now + Span(length)
        timers[id] = UserTimer(startedEventID: eventID, firesAt: due)
        timerIDs[eventID] = id
        engine.deadlines.insert(.userTimer(run: number, startedEventID: eventID), at: due)
    }

    private func cancelTimer(
        _ attributes: APICancelTimerCommandAttributes,
        completedEventID: Int64,
        identity: String
    ) throws {
        let id = attributes.timerID
        guard !id.isEmpty else {
            throw CommandFailure(
                cause: .badCancelTimerAttributes,
                message: "TimerId is not set on CancelTimerCommand."
            )
        }
        try CommandRules.checkLength(of: id, "TimerId", "CancelTimerCommand", .badCancelTimerAttributes)
        var startedEventID: Int64
        if let timer = timers.removeValue(forKey: id) {
            startedEventID = timer.startedEventID
            timerIDs[startedEventID] = nil
        } else if let index = bufferedEvents.firstIndex(where: { $0.firedTimerID == id }) {
            // It fired, but the workflow has not seen that yet, and now it never will.
            startedEventID = bufferedEvents[index].timerFiredEventAttributes.startedEventID
            bufferedEvents.remove(at: index)
            hadBufferedEvents = hadBufferedEvents && !bufferedEvents.isEmpty
        } else {
            throw CommandFailure(
                cause: .badCancelTimerAttributes,
                action: "add-timer-canceled-event",
                subject: "TimerID: \(id)"
            )
        }
        record(
            .timerCanceled,
            .timerCanceledEventAttributes(
                .with {
                    $0.timerID = id
                    $0.startedEventID = startedEventID
                    $0.workflowTaskCompletedEventID = completedEventID
                    $0.identity = identity
                }
            )
        )
    }

    /// Fires a timer.
    func fireTimer(startedEventID: Int64) {
        guard let id = timerIDs.removeValue(forKey: startedEventID) else { return }
        timers.removeValue(forKey: id)
        record(
            .timerFired,
            .timerFiredEventAttributes(
                .with {
                    $0.timerID = id
                    $0.startedEventID = startedEventID
                }
            )
        )
        scheduleWorkflowTask()
    }

    // MARK: Markers

    private func recordMarker(
        _ attributes: APIRecordMarkerCommandAttributes,
        completedEventID: Int64,
        metadata: APIUserMetadata?
    ) throws {
        guard !attributes.markerName.isEmpty else {
            throw CommandFailure(
                cause: .badRecordMarkerAttributes,
                message: "MarkerName is not set on RecordMarkerCommand."
            )
        }
        try CommandRules.checkLength(
            of: attributes.markerName,
            "MarkerName",
            "RecordMarkerCommand",
            .badRecordMarkerAttributes
        )
        try Limits.check(attributes.details)
        record(
            .markerRecorded,
            .markerRecordedEventAttributes(
                .with {
                    $0.markerName = attributes.markerName
                    $0.details = attributes.details
                    $0.workflowTaskCompletedEventID = completedEventID
                    if attributes.hasHeader { $0.header = attributes.header }
                    if attributes.hasFailure { $0.failure = attributes.failure }
                }
            ),
            userMetadata: metadata
        )
    }
}

extension APIHistoryEvent {
    /// The id of the timer that this event says has fired.
    fileprivate var firedTimerID: String? {
        if case .timerFiredEventAttributes(let attributes) = attributes { attributes.timerID } else { nil }
    }
}

extension APICommand {
    /// Whether the command ends the run. Its attributes decide that, as they decide what is done.
    fileprivate var closesWorkflow: Bool {
        switch attributes {
        case .completeWorkflowExecutionCommandAttributes, .failWorkflowExecutionCommandAttributes,
            .cancelWorkflowExecutionCommandAttributes, .continueAsNewWorkflowExecutionCommandAttributes:
            true
        default:
            false
        }
    }
}

extension APICommandType {
    /// The name of the type as the server writes it into messages.
    fileprivate var words: String {
        let name = "\(self)"
        return name.prefix(1).uppercased() + name.dropFirst()
    }
}

/// The messages of one completed workflow task, taken out as the commands name them.
struct MessageList {
    private var rest: [APIProtocolMessage]

    /// Starts with all messages.
    init(_ messages: [APIProtocolMessage]) {
        rest = messages
    }

    /// Takes out the message with an id.
    mutating func take(_ id: String) -> APIProtocolMessage? {
        guard let index = rest.firstIndex(where: { $0.id == id }) else { return nil }
        return rest.remove(at: index)
    }

    /// Takes out what is left.
    mutating func takeRest() -> [APIProtocolMessage] {
        defer { rest = [] }
        return rest
    }
}
