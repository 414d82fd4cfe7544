/// The run of a workflow that begins.
public struct ExecuteWorkflowInput: Sendable {
    /// The context of the run; ``WorkflowContext/info`` has the headers that came with the start.
    public let context: WorkflowContext

    /// The arguments, encoded.
    public let arguments: [Payload]

    package init(context: WorkflowContext, arguments: [Payload]) {
        self.context = context
        self.arguments = arguments
    }
}

/// A signal, query or update that has come to a workflow.
public struct HandleMessageInput: Sendable {
    /// The context of the run.
    public let context: WorkflowContext

    /// The name of the message.
    public let name: String

    /// The id of an update; `nil` for signals and queries.
    public let updateID: String?

    /// The arguments for the handler, encoded.
    public var arguments: [Payload]

    /// The headers that came with the message.
    public let headers: [String: Payload]

    package init(
        context: WorkflowContext,
        name: String,
        updateID: String? = nil,
        arguments: [Payload],
        headers: [String: Payload]
    ) {
        self.context = context
        self.name = name
        self.updateID = updateID
        self.arguments = arguments
        self.headers = headers
    }
}

/// A call of an activity by a workflow.
public struct ActivityCallInput: Sendable {
    /// The context of the run.
    public let context: WorkflowContext

    /// The name of the activity.
    public let name: String

    /// Whether it runs on the workflow's worker, as part of the workflow task.
    public let isLocal: Bool

    /// The arguments, encoded.
    public var arguments: [Payload]

    /// The headers that go with the call. The activity finds them in its info.
    public var headers: [String: Payload] = [:]

    package init(context: WorkflowContext, name: String, isLocal: Bool, arguments: [Payload]) {
        self.context = context
        self.name = name
        self.isLocal = isLocal
        self.arguments = arguments
    }
}

/// The start of a child by a workflow.
public struct ChildWorkflowInput: Sendable {
    /// The context of the parent.
    public let context: WorkflowContext

    /// The name of the child's workflow type.
    public let workflowType: String

    /// The id that the parent gives the child; `nil` for one that the run makes.
    public let workflowID: String?

    /// The arguments, encoded.
    public var arguments: [Payload]

    /// The headers that go with the start. The child finds them in its info.
    public var headers: [String: Payload] = [:]

    package init(context: WorkflowContext, workflowType: String, workflowID: String?, arguments: [Payload]) {
        self.context = context
        self.workflowType = workflowType
        self.workflowID = workflowID
        self.arguments = arguments
    }
}

/// The call of a Nexus operation by a workflow.
public struct NexusOperationCallInput: Sendable {
    /// The context of the caller.
    public let context: WorkflowContext

    /// Where the operation is called.
    public let endpoint: String

    /// The name of the service.
    public let service: String

    /// The name of the operation.
    public let operation: String

    /// The input, encoded.
    public var input: Payload

    /// What goes along with the call, as text. The operation finds it in its info.
    public var headers: [String: String]

    package init(
        context: WorkflowContext,
        endpoint: String,
        service: String,
        operation: String,
        input: Payload,
        headers: [String: String]
    ) {
        self.context = context
        self.endpoint = endpoint
        self.service = service
        self.operation = operation
        self.input = input
        self.headers = headers
    }
}

/// A signal from a workflow to another.
public struct ExternalSignalInput: Sendable {
    /// The context of the one that signals.
    public let context: WorkflowContext

    /// The id of the one that is signalled.
    public let workflowID: String

    /// Whether it is a child of the one that signals.
    public let isChild: Bool

    /// The name of the signal.
    public let name: String

    /// The arguments, encoded.
    public var arguments: [Payload]

    /// The headers that go with the signal.
    public var headers: [String: Payload] = [:]

    package init(context: WorkflowContext, workflowID: String, isChild: Bool, name: String, arguments: [Payload]) {
        self.context = context
        self.workflowID = workflowID
        self.isChild = isChild
        self.name = name
        self.arguments = arguments
    }
}

/// A request of a workflow to another to stop.
public struct ExternalCancelInput: Sendable {
    /// The context of the one that asks.
    public let context: WorkflowContext

    /// The id of the one that is asked.
    public let workflowID: String

    /// The run that is meant; `nil` for the current one.
    public let runID: String?

    /// Why, for the history of the one that is asked.
    public var reason: String

    package init(context: WorkflowContext, workflowID: String, runID: String?, reason: String) {
        self.context = context
        self.workflowID = workflowID
        self.runID = runID
        self.reason = reason
    }
}

/// A change of the search attributes of a workflow by its code.
public struct UpsertSearchAttributesInput: Sendable {
    /// The context of the run.
    public let context: WorkflowContext

    /// The changes; of several for one attribute the last counts.
    public var updates: [SearchAttributeUpdate]

    package init(context: WorkflowContext, updates: [SearchAttributeUpdate]) {
        self.context = context
        self.updates = updates
    }
}

/// A change of the memo of a workflow by its code.
public struct UpsertMemoInput: Sendable {
    /// The context of the run.
    public let context: WorkflowContext

    /// The new values by name, encoded; `nil` takes one away.
    public var values: [String: Payload?]

    package init(context: WorkflowContext, values: [String: Payload?]) {
        self.context = context
        self.values = values
    }
}

/// A wait of a workflow for a time to pass.
public struct SleepInput: Sendable {
    /// The context of the run.
    public let context: WorkflowContext

    /// How long to wait.
    public var duration: Duration

    /// A line for the Web UI.
    public var summary: String?

    package init(context: WorkflowContext, duration: Duration, summary: String?) {
        self.context = context
        self.duration = duration
        self.summary = summary
    }
}

/// What a run is continued with.
public struct ContinueAsNewInput: Sendable {
    /// The context of the run that ends.
    public let context: WorkflowContext

    /// The name of the workflow type that goes on.
    public let workflowType: String

    /// The arguments, encoded.
    public var arguments: [Payload]

    /// The headers of the new run. Those of the run that ends are not handed on by themselves.
    public var headers: [String: Payload] = [:]

    package init(context: WorkflowContext, workflowType: String, arguments: [Payload]) {
        self.context = context
        self.workflowType = workflowType
        self.arguments = arguments
    }
}
