import DequeModule
import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Everything that a run knows from its history and has asked of the server: events in, commands out.
///
/// It is a value, without clock, I/O or user code. The events of one workflow task are applied in the order of the
/// history; then the code runs and issues commands; the command events that follow must match those, one by one.
struct WorkflowMachine: Sendable {
    /// What an event asks of the code.
    enum Job: Sendable {
        case start(APIWorkflowExecutionStartedEventAttributes)
        case resolve(operation: Int, Resolution)
        case signal(APIWorkflowExecutionSignaledEventAttributes)
        case cancelWorkflow(reason: String)
        case reseed(runID: String)
    }

    /// How an operation ended.
    enum Resolution: Sendable {
        case success([Payload])
        case failure(APIFailure)
    }

    /// What is to be done after the code has cancelled an operation.
    enum CancelAction: Sendable, Equatable {
        /// Let the waiting code go on with a plain cancellation.
        case resolve
        /// Let the waiting code go on with the cancellation of an activity.
        case resolveActivity(id: String, type: String, scheduledEventID: Int64)
        /// Nothing yet, or nothing at all.
        case nothing
    }

    /// A command, and what its event must look like.
    private struct Issued: Sendable {
        enum Subject: Sendable, Equatable {
            case startTimer(operation: Int)
            case cancelTimer(operation: Int)
            case scheduleActivity(operation: Int)
            case cancelActivity(operation: Int)
            case close
        }

        var subject: Subject
        var command: APICommand
    }

    /// The number of the last event that was applied.
    private(set) var lastEventID: Int64 = 0

    /// The number of the last `WorkflowTaskStarted` event whose task the code has run in.
    private(set) var lastStartedEventID: Int64 = 0

    /// What changes from task to task.
    private(set) var progress = WorkflowProgress(now: Date(timeIntervalSince1970: 0))

    /// Whether the run has a closing event.
    private(set) var isClosed = false

    /// Whether the code has closed the run.
    private(set) var isClosing = false

    private var timers: [Int: TimerMachine] = [:]
    private var activities: [Int: ActivityMachine] = [:]
    private var operations: [Int64: Int] = [:]
    private var openActivityIDs: Set<String> = []
    private var operationCount = 0
    private var timerCount = 0
    private var activityCount = 0
    private var pending: [Issued] = []
    private var awaiting: Deque<Issued> = []
    private var closing: APICommand?
    private let taskQueue: String

    init(taskQueue: String) {
        self.taskQueue = taskQueue
    }

    // MARK: What the code does

    /// A number for an operation without a command of its own.
    mutating func makeOperation() -> Int {
        operationCount += 1
        return operationCount
    }

    /// Starts a timer.
    ///
    /// - Returns: The number of the operation.
    mutating func startTimer(_ duration: Duration, summary: Payload?) -> Int {
        let operation = makeOperation()
        timerCount += 1
        let id = String(timerCount)
        timers[operation] = TimerMachine(id: id)
        var command = APICommand()
        command.commandType = .startTimer
        command.startTimerCommandAttributes.timerID = id
        command.startTimerCommandAttributes.startToFireTimeout = .init(duration)
        if let summary { command.userMetadata.summary = summary.proto }
        pending.append(Issued(subject: .startTimer(operation: operation), command: command))
        return operation
    }

    /// Schedules an activity.
    ///
    /// - Returns: The number of the operation.
    /// - Throws: ``WorkflowMisuse`` if the id is that of an open activity.
    mutating func scheduleActivity(_ call: ActivityCall, summary: Payload?) throws -> Int {
        activityCount += 1
        let id = call.activityID ?? String(activityCount)
        guard openActivityIDs.insert(id).inserted else {
            throw WorkflowMisuse(
                "Activity '\(call.name)' was given the id '\(id)', which an open activity of the run has."
            )
        }
        let operation = makeOperation()
        activities[operation] = ActivityMachine(id: id, type: call.name, cancellation: call.cancellation)
        var command = APICommand()
        command.commandType = .scheduleActivityTask
        var attributes = APIScheduleActivityTaskCommandAttributes()
        attributes.activityID = id
        attributes.activityType.name = call.name
        attributes.taskQueue.name = call.taskQueue ?? taskQueue
        attributes.taskQueue.kind = .normal
        attributes.header = APIHeader()
        if !call.input.isEmpty { attributes.input = APIPayloads(call.input) }
        if let timeout = call.scheduleToCloseTimeout { attributes.scheduleToCloseTimeout = .init(timeout) }
        if let timeout = call.scheduleToStartTimeout { attributes.scheduleToStartTimeout = .init(timeout) }
        if let timeout = call.startToCloseTimeout { attributes.startToCloseTimeout = .init(timeout) }
        if let timeout = call.heartbeatTimeout { attributes.heartbeatTimeout = .init(timeout) }
        if let policy = call.retryPolicy { attributes.retryPolicy = policy.proto }
        if let priority = call.priority { attributes.priority = priority.proto }
        attributes.requestEagerExecution = call.isEager && (call.taskQueue ?? taskQueue) == taskQueue
        command.attributes = .scheduleActivityTaskCommandAttributes(attributes)
        if let summary { command.userMetadata.summary = summary.proto }
        pending.append(Issued(subject: .scheduleActivity(operation: operation), command: command))
        return operation
    }

    /// Cancels an operation, as far as it can be.
    mutating func cancel(_ operation: Int) -> CancelAction {
        if timers[operation] != nil { return cancelTimer(operation) }
        if activities[operation] != nil { return cancelActivity(operation) }
        return .resolve
    }

    private mutating func cancelTimer(_ operation: Int) -> CancelAction {
        guard var timer = timers[operation] else { return .nothing }
        let action = timer.cancel()
        timers[operation] = timer
        switch action {
        case .dropCommand:
            pending.removeAll { $0.subject == .startTimer(operation: operation) }
            timers[operation] = nil
            return .resolve
        case .issueCancel:
            var command = APICommand()
            command.commandType = .cancelTimer
            command.cancelTimerCommandAttributes.timerID = timer.id
            pending.append(Issued(subject: .cancelTimer(operation: operation), command: command))
            return .resolve
        case .nothing:
            return .nothing
        }
    }

    private mutating func cancelActivity(_ operation: Int) -> CancelAction {
        guard var activity = activities[operation] else { return .nothing }
        let action = activity.cancel()
        activities[operation] = activity
        func resolved(_ eventID: Int64) -> CancelAction {
            .resolveActivity(id: activity.id, type: activity.type, scheduledEventID: eventID)
        }
        switch action {
        case .dropCommand:
            pending.removeAll { $0.subject == .scheduleActivity(operation: operation) }
            activities[operation] = nil
            openActivityIDs.remove(activity.id)
            return resolved(0)
        case .issueCancel(let eventID, let resolves):
            var command = APICommand()
            command.commandType = .requestCancelActivityTask
            command.requestCancelActivityTaskCommandAttributes.scheduledEventID = eventID
            pending.append(Issued(subject: .cancelActivity(operation: operation), command: command))
            return resolves ? resolved(eventID) : .nothing
        case .resolve:
            return resolved(operations.first { $0.value == operation }?.key ?? 0)
        case .nothing:
            return .nothing
        }
    }

    /// Closes the run. Of several closings, the first counts.
    mutating func close(_ command: APICommand) {
        guard !isClosing else { return }
        isClosing = true
        closing = command
    }

    /// The commands that the code has issued since they were last taken. Their events are expected from now on.
    mutating func takeCommands() -> [APICommand] {
        // Last of all, wherever the code closed the run: what its handlers still issue goes before.
        if let closing { pending.append(Issued(subject: .close, command: closing)) }
        closing = nil
        awaiting.append(contentsOf: pending)
        defer { pending = [] }
        return pending.map(\.command)
    }

    // MARK: What the history says

    /// Passes over the start of a task that failed or timed out: the code did not run in it.
    mutating func skipTask(_ event: APIHistoryEvent) throws {
        try advance(to: event)
    }

    /// Applies one event.
    ///
    /// - Returns: What the event asks of the code, if anything.
    /// - Throws: ``NondeterminismError`` if it does not match the code, ``HistoryError`` if it makes no sense.
    mutating func apply(_ event: APIHistoryEvent) throws -> Job? {
        try advance(to: event)
        switch event.attributes {
        case .workflowExecutionStartedEventAttributes(let attributes):
            progress.now = Date(event.eventTime)
            return .start(attributes)
        case .workflowTaskStartedEventAttributes(let attributes):
            try startTask(event, attributes)
            return nil
        case .workflowTaskFailedEventAttributes(let attributes):
            return attributes.cause == .resetWorkflow ? .reseed(runID: attributes.newRunID) : nil
        case .workflowTaskScheduledEventAttributes, .workflowTaskCompletedEventAttributes,
            .workflowTaskTimedOutEventAttributes, .activityTaskStartedEventAttributes:
            return nil
        case .workflowExecutionSignaledEventAttributes(let attributes):
            return .signal(attributes)
        case .workflowExecutionCancelRequestedEventAttributes(let attributes):
            return .cancelWorkflow(reason: attributes.cause)
        case .timerStartedEventAttributes, .timerCanceledEventAttributes, .activityTaskScheduledEventAttributes,
            .activityTaskCancelRequestedEventAttributes:
            try matchCommand(event)
            return nil
        case .workflowExecutionCompletedEventAttributes, .workflowExecutionFailedEventAttributes,
            .workflowExecutionCanceledEventAttributes, .workflowExecutionContinuedAsNewEventAttributes:
            try matchCommand(event)
            isClosed = true
            return nil
        case .workflowExecutionTerminatedEventAttributes, .workflowExecutionTimedOutEventAttributes:
            isClosed = true
            return nil
        case .timerFiredEventAttributes(let attributes):
            return try timerFired(event, attributes)
        case .activityTaskCompletedEventAttributes(let attributes):
            let result = attributes.hasResult ? attributes.result.values : []
            return try activityEnded(event, attributes.scheduledEventID) { _ in .success(result) }
        case .activityTaskFailedEventAttributes(let attributes):
            return try activityEnded(event, attributes.scheduledEventID) { activity in
                .failure(
                    activity.failure("Activity task failed", attributes.scheduledEventID, attributes.startedEventID) {
                        $0.cause = attributes.failure
                        $0.activityFailureInfo.identity = attributes.identity
                        $0.activityFailureInfo.retryState = attributes.retryState
                    }
                )
            }
        case .activityTaskTimedOutEventAttributes(let attributes):
            return try activityEnded(event, attributes.scheduledEventID) { activity in
                .failure(
                    activity.failure("Activity task timed out", attributes.scheduledEventID, attributes.startedEventID)
                    {
                        $0.cause = attributes.failure
                        $0.activityFailureInfo.retryState = attributes.retryState
                    }
                )
            }
        case .activityTaskCanceledEventAttributes(let attributes):
            return try activityEnded(event, attributes.scheduledEventID) { activity in
                .failure(
                    activity.failure("Activity task cancelled", attributes.scheduledEventID, attributes.startedEventID)
                    {
                        $0.cause.message = "Cancelled"
                        $0.cause.canceledFailureInfo = .init()
                        if attributes.hasDetails { $0.cause.canceledFailureInfo.details = attributes.details }
                        $0.activityFailureInfo.identity = attributes.identity
                    }
                )
            }
        default:
            if event.workerMayIgnore { return nil }
            throw HistoryError("History \(event.label) is of a kind that this version of the SDK cannot process.")
        }
    }

    private mutating func advance(to event: APIHistoryEvent) throws {
        guard event.eventID == lastEventID + 1 else {
            throw HistoryError(
                "The history is out of order: event \(event.eventID) came where event \(lastEventID + 1) was expected."
            )
        }
        lastEventID = event.eventID
        progress.historyLength = Int(event.eventID)
    }

    private mutating func startTask(
        _ event: APIHistoryEvent,
        _ attributes: APIWorkflowTaskStartedEventAttributes
    ) throws {
        if let extra = awaiting.first {
            throw NondeterminismError(
                "The code issued \(describe(extra)), but the history has no event for it before \(event.label)."
            )
        }
        lastStartedEventID = event.eventID
        progress.now = max(progress.now, Date(event.eventTime))
        progress.historySize = Int(attributes.historySizeBytes)
        progress.isContinueAsNewSuggested = attributes.suggestContinueAsNew
    }

    /// Checks that all commands have found their events, at the end of a whole history.
    func checkAllMatched() throws {
        guard let extra = awaiting.first else { return }
        throw NondeterminismError(
            "The code issued \(describe(extra)), but the history ends after event \(lastEventID) without an event for it."
        )
    }

    // MARK: Matching

    private mutating func matchCommand(_ event: APIHistoryEvent) throws {
        guard let issued = awaiting.popFirst() else {
            throw NondeterminismError("History \(event.label) has no command of the code to match.")
        }
        func mismatch() -> NondeterminismError {
            NondeterminismError("The code issued \(describe(issued)), but in the history stands \(event.label).")
        }
        switch (issued.subject, event.attributes) {
        case (.startTimer(let operation), .timerStartedEventAttributes(let attributes)):
            guard timers[operation]?.id == attributes.timerID else { throw mismatch() }
            _ = try timers[operation]?.started(eventID: event.eventID)
            operations[event.eventID] = operation
        case (.cancelTimer(let operation), .timerCanceledEventAttributes(let attributes)):
            guard timers[operation]?.id == attributes.timerID else { throw mismatch() }
            _ = try timers[operation]?.cancelled()
            timers[operation] = nil
            operations[attributes.startedEventID] = nil
        case (.scheduleActivity(let operation), .activityTaskScheduledEventAttributes(let attributes)):
            guard let activity = activities[operation], activity.id == attributes.activityID,
                activity.type == attributes.activityType.name
            else { throw mismatch() }
            try activities[operation]?.scheduled(eventID: event.eventID)
            operations[event.eventID] = operation
        case (.cancelActivity(let operation), .activityTaskCancelRequestedEventAttributes(let attributes)):
            let scheduled = issued.command.requestCancelActivityTaskCommandAttributes.scheduledEventID
            guard scheduled == attributes.scheduledEventID else { throw mismatch() }
            try activities[operation]?.cancelRequested()
        case (.close, .workflowExecutionCompletedEventAttributes)
        where issued.command.commandType == .completeWorkflowExecution: break
        case (.close, .workflowExecutionFailedEventAttributes)
        where issued.command.commandType == .failWorkflowExecution: break
        case (.close, .workflowExecutionCanceledEventAttributes)
        where issued.command.commandType == .cancelWorkflowExecution: break
        case (.close, .workflowExecutionContinuedAsNewEventAttributes)
        where issued.command.commandType == .continueAsNewWorkflowExecution: break
        default:
            throw mismatch()
        }
    }

    private func describe(_ issued: Issued) -> String {
        switch issued.subject {
        case .startTimer: "the start of timer '\(issued.command.startTimerCommandAttributes.timerID)'"
        case .cancelTimer: "the cancellation of timer '\(issued.command.cancelTimerCommandAttributes.timerID)'"
        case .scheduleActivity:
            "activity '\(issued.command.scheduleActivityTaskCommandAttributes.activityType.name)' with id "
                + "'\(issued.command.scheduleActivityTaskCommandAttributes.activityID)'"
        case .cancelActivity:
            "the cancellation of the activity of event "
                + "\(issued.command.requestCancelActivityTaskCommandAttributes.scheduledEventID)"
        case .close:
            switch issued.command.commandType {
            case .completeWorkflowExecution: "the completion of the workflow"
            case .failWorkflowExecution: "the failure of the workflow"
            case .cancelWorkflowExecution: "the cancellation of the workflow"
            default: "the continuation of the workflow as a new run"
            }
        }
    }

    private mutating func timerFired(
        _ event: APIHistoryEvent,
        _ attributes: APITimerFiredEventAttributes
    ) throws -> Job {
        guard let operation = operations[attributes.startedEventID], var timer = timers[operation] else {
            throw NondeterminismError("History \(event.label) belongs to no timer of the code.")
        }
        _ = try timer.fired(timerID: attributes.timerID)
        timers[operation] = nil
        operations[attributes.startedEventID] = nil
        return .resolve(operation: operation, .success([]))
    }

    private mutating func activityEnded(
        _ event: APIHistoryEvent,
        _ scheduledEventID: Int64,
        _ resolution: (ActivityMachine) -> Resolution
    ) throws -> Job? {
        guard let operation = operations[scheduledEventID], var activity = activities[operation] else {
            throw NondeterminismError("History \(event.label) belongs to no activity of the code.")
        }
        let action = try activity.ended()
        openActivityIDs.remove(activity.id)
        operations[scheduledEventID] = nil
        activities[operation] = nil
        switch action {
        case .resolve: return .resolve(operation: operation, resolution(activity))
        case .ignore: return nil
        }
    }
}

extension ActivityMachine {
    /// The failure of the activity as the workflow sees it.
    fileprivate func failure(
        _ message: String,
        _ scheduledEventID: Int64,
        _ startedEventID: Int64,
        _ fill: (inout APIFailure) -> Void
    ) -> APIFailure {
        var failure = APIFailure()
        failure.message = message
        failure.activityFailureInfo.scheduledEventID = scheduledEventID
        failure.activityFailureInfo.startedEventID = startedEventID
        failure.activityFailureInfo.activityType.name = type
        failure.activityFailureInfo.activityID = id
        fill(&failure)
        return failure
    }
}
