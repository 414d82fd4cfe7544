public import Foundation
import SwiftProtobuf
public import Temporal
package import TemporalAPI

/// The start of an activity by a client.
public struct StartActivityInput: Sendable {
    /// The name of the activity.
    public let activityType: String

    /// The arguments, encoded.
    public var arguments: [Payload]

    /// The id of the activity, its task queue and more.
    public var options: ActivityOptions

    /// The headers that go with the start. The activity finds them in its info.
    public var headers: [String: Payload] = [:]
}

/// A call of a client about an activity that a client started.
public struct ActivityRequestInput: Sendable {
    /// The id of the activity.
    public let activityID: String

    /// The run; `nil` for the latest.
    public let runID: String?

    /// Why. Empty for calls that leave no reason.
    public var reason: String
}

/// The start of a workflow by a client.
public struct StartWorkflowInput: Sendable {
    /// The name of the workflow type.
    public let workflowType: String

    /// The arguments, encoded.
    public var arguments: [Payload]

    /// The id of the workflow, its task queue and more.
    public var options: WorkflowOptions

    /// The signal that goes with the start; `nil` for a start without one.
    public let signal: String?

    /// The arguments of the signal, encoded.
    public var signalArguments: [Payload] = []

    /// The headers that go with the start. The workflow finds them in its info.
    public var headers: [String: Payload] = [:]
}

/// A signal or query of a client to a workflow.
public struct WorkflowMessageInput: Sendable {
    /// The id of the workflow.
    public let workflowID: String

    /// The run; `nil` for the latest.
    public let runID: String?

    /// The name of the signal or query.
    public let name: String

    /// The arguments, encoded.
    public var arguments: [Payload]

    /// The headers that go with it.
    public var headers: [String: Payload] = [:]
}

/// An update that a client sends to a workflow.
public struct StartUpdateInput: Sendable {
    /// The id of the workflow.
    public let workflowID: String

    /// The run; `nil` for the latest.
    public let runID: String?

    /// The name of the update.
    public let name: String

    /// The id of the update, unique in its run.
    public let updateID: String

    /// The arguments, encoded.
    public var arguments: [Payload]

    /// The headers that go with the update.
    public var headers: [String: Payload] = [:]

    /// The start that goes with the update; `nil` for an update of a workflow that is there.
    public var start: StartWorkflowInput?
}

/// An update that a workflow has taken on, or rejected.
public struct StartedUpdate: Sendable {
    /// The id of the update.
    public let updateID: String

    /// The run that has it.
    public let runID: String

    /// The first run of the chain that an update with start has begun or found; `nil` where it is not known.
    var firstExecutionRunID: String?

    /// How it ended, if it has.
    package var outcome: APIUpdateOutcome?

    /// Whether the update has ended.
    public var hasEnded: Bool { outcome != nil }
}

/// A call of a client that has no arguments for the workflow.
public struct WorkflowCallInput: Sendable {
    /// The id of the workflow.
    public let workflowID: String

    /// The run; `nil` for the latest.
    public let runID: String?

    /// Why, for the history. Empty for calls that leave none.
    public var reason: String
}

/// The wait of a client for the end of an update.
public struct PollUpdateInput: Sendable {
    /// The id of the workflow.
    public let workflowID: String

    /// The run; `nil` for the latest.
    public let runID: String?

    /// The id of the update.
    public let updateID: String
}

/// One page of a run's history that a client asks for.
public struct FetchHistoryInput: Sendable {
    /// The id of the workflow.
    public let workflowID: String

    /// The run; `nil` for the latest.
    public let runID: String?

    /// Which events.
    public let scope: Scope

    /// Whether the service waits for events to come.
    public let waitsForNew: Bool

    /// The number of events in a page; `nil` for the service's own.
    public let pageSize: Int?

    /// The token of the page; empty for the first.
    public let pageToken: Data

    /// Which events of a history are asked for.
    public struct Scope: Sendable, Hashable {
        private enum Kind: Hashable { case all, reversed, close }

        private let kind: Kind

        /// All, in their order.
        public static let all = Scope(kind: .all)

        /// All, the latest first.
        public static let reversed = Scope(kind: .reversed)

        /// The last one, with the result of the workflow.
        public static let close = Scope(kind: .close)
    }
}

/// A list that a client asks for, page by page.
public struct ListInput: Sendable {
    /// Which ones, as a list filter; empty for all. All pages of a list must have the same.
    public var query: String

    /// The number of results in a page.
    public var pageSize: Int

    /// The token of the page; empty for the first.
    public let pageToken: Data
}

/// What a client counts.
public struct CountInput: Sendable {
    /// Which ones, as a list filter; empty for all.
    public var query: String
}

/// One page of results.
public struct ResultPage<Element: Sendable>: Sendable {
    /// The results.
    public var elements: [Element]

    /// The token of the next page; empty after the last.
    public let nextPageToken: Data

    /// Makes a page: for an interceptor that answers by itself, or puts the results of several pages together.
    ///
    /// - Parameters:
    ///   - elements: The results.
    ///   - nextPageToken: The token of the next page. Default: empty, for the last page.
    public init(elements: [Element], nextPageToken: Data = Data()) {
        self.elements = elements
        self.nextPageToken = nextPageToken
    }
}

/// The start of a Nexus operation by a client.
public struct StartNexusExecutionInput: Sendable {
    /// Where it is called.
    public let endpoint: String

    /// The name of the service.
    public let service: String

    /// The name of the operation.
    public let operation: String

    /// The argument, encoded.
    public var argument: Payload

    /// The id of the operation, its timeouts, its headers and more.
    public var options: NexusExecutionOptions
}

/// A Nexus operation that a client has started.
public struct StartedNexusExecution: Sendable {
    /// The id of the operation.
    public let operationID: String

    /// The run; `nil` for the latest.
    public let runID: String?

    /// Says what was started: for an interceptor that answers by itself.
    ///
    /// - Parameters:
    ///   - operationID: The id of the operation.
    ///   - runID: The run; `nil` for the latest.
    public init(operationID: String, runID: String?) {
        self.operationID = operationID
        self.runID = runID
    }
}

/// One call of a client to the service.
public struct ServiceCallInput: Sendable {
    /// The name of the RPC, such as `ResetWorkflowExecution` or `StartBatchOperation`.
    public let name: String

    /// How the call is made.
    public var options: CallOptions

    private let request: any Message & Sendable

    init(name: String, request: any Message & Sendable, options: CallOptions) {
        self.name = name
        self.request = request
        self.options = options
    }

    /// What is asked, as the JSON of the message in Temporal's API, such as
    /// `{"namespace": "default", "workflowExecution": {"workflowId": "order-17"}}`. Values in it are not encoded by codecs yet.
    ///
    /// - Throws: An error of SwiftProtobuf if the message has no JSON.
    public func json() throws -> Data {
        try request.jsonUTF8Data()
    }
}

/// A report of a client on an activity that is completed from outside of its worker.
public struct AsyncActivityInput: Sendable {
    /// Which activity.
    public let activity: AsyncActivityID

    /// The result of a completion, the details of a heartbeat or a cancellation; encoded.
    public var payloads: [Payload]
}

/// The failure of an activity by a client, from outside of its worker.
public struct FailAsyncActivityInput: Sendable {
    /// Which activity.
    public let activity: AsyncActivityID

    /// Why.
    public var error: any Error

    /// What the next attempt finds as reported last, encoded; empty leaves what was reported.
    public var lastHeartbeatDetails: [Payload]
}
