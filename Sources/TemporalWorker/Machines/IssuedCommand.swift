import Temporal
import TemporalAPI

/// A command of the code, and what its event in the history must belong to.
struct IssuedCommand: Sendable {
    /// What a command does, and to which operation of the run.
    enum Subject: Sendable, Equatable {
        case startTimer(operation: Int)
        case cancelTimer(operation: Int)
        case scheduleActivity(operation: Int)
        case cancelActivity(operation: Int)
        case startChild(operation: Int)
        case startNexus(operation: Int)
        case cancelNexus(operation: Int)
        case signalExternal(operation: Int)
        case cancelExternal(operation: Int)
        case upsertSearchAttributes
        case upsertMemo
        case patch(id: String)
        case changeVersion
        case localActivity(sequence: Int)
        case acceptUpdate(id: String)
        case completeUpdate(id: String)
        case close
    }

    /// What the server is to get.
    private enum Content: Sendable {
        case ready(APICommand)
        /// Most commands are of this kind, and on replay nobody asks for them: they are made when they are sent.
        case activity(ActivityCall, id: String, taskQueue: String, summary: Payload?)
    }

    /// What the command does.
    let subject: Subject

    private let content: Content

    /// Takes a command.
    init(subject: Subject, command: APICommand) {
        self.subject = subject
        self.content = .ready(command)
    }

    /// Takes the schedule of an activity.
    ///
    /// - Parameters:
    ///   - operation: The operation of the run.
    ///   - call: The activity.
    ///   - id: Its id in the run.
    ///   - taskQueue: The task queue of the run.
    ///   - summary: A line for humans.
    init(operation: Int, _ call: ActivityCall, id: String, taskQueue: String, summary: Payload?) {
        self.subject = .scheduleActivity(operation: operation)
        self.content = .activity(call, id: id, taskQueue: taskQueue, summary: summary)
    }

    /// The command as the server gets it.
    var command: APICommand {
        switch content {
        case .ready(let command): command
        case .activity(let call, let id, let taskQueue, let summary):
            Self.scheduleActivity(call, id, taskQueue, summary)
        }
    }

    private static func scheduleActivity(
        _ call: ActivityCall,
        _ id: String,
        _ taskQueue: String,
        _ summary: Payload?
    ) -> APICommand {
        var command = APICommand()
        command.commandType = .scheduleActivityTask
        var attributes = APIScheduleActivityTaskCommandAttributes()
        attributes.activityID = id
        attributes.activityType.name = call.name
        attributes.taskQueue.name = call.taskQueue ?? taskQueue
        attributes.taskQueue.kind = .normal
        attributes.header.fields = call.headers.mapValues(\.proto)
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
        return command
    }
}
