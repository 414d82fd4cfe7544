import SwiftProtobuf
import TemporalAPI

/// How long a call is expected to take, which decides its deadline and its retries.
enum CallKind: Hashable {
    /// A call that is answered at once.
    case ordinary

    /// A worker that waits for a task.
    case taskPoll

    /// A user who waits for something: the end of a workflow, the outcome of an update.
    case userPoll

    /// The kind of a call.
    init(method: String, request: some Message) {
        switch method {
        case "PollWorkflowTaskQueue", "PollActivityTaskQueue", "PollNexusTaskQueue":
            self = .taskPoll
        case "PollWorkflowExecutionUpdate", "UpdateWorkflowExecution", "ExecuteMultiOperation",
            "PollActivityExecution", "PollNexusOperationExecution":
            self = .userPoll
        case "GetWorkflowExecutionHistory":
            let waits = (request as? APIGetWorkflowExecutionHistoryRequest)?.waitNewEvent ?? false
            self = waits ? .userPoll : .ordinary
        case "DescribeActivityExecution":
            let waits = (request as? APIDescribeActivityExecutionRequest)?.longPollToken.isEmpty == false
            self = waits ? .userPoll : .ordinary
        default:
            self = .ordinary
        }
    }

    /// How long one attempt may take. A long poll is answered after a minute at the latest.
    var timeout: Duration {
        switch self {
        case .ordinary: .seconds(30)
        case .taskPoll: .seconds(70)
        case .userPoll: .seconds(65)
        }
    }

    /// How failed attempts are made again; `nil` if that is for the client to say.
    var retry: CallRetry? {
        switch self {
        case .ordinary: nil
        case .taskPoll: .taskPoll
        case .userPoll: .userPoll
        }
    }

    /// Whether metrics count the call apart, because its length says nothing about the service.
    var isLong: Bool { self != .ordinary }
}
