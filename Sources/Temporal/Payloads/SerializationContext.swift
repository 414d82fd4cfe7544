/// What a value belongs to while it is turned into a payload, or back.
///
/// Converters and codecs that want to know implement ``ContextualEncodingConverter`` or ``ContextualPayloadCodec``: to
/// encrypt with a key for each workflow, for instance, or to bind a payload to its place. A value is decoded with the
/// context with which it was encoded, whichever process did that.
public struct SerializationContext: Sendable, Hashable {
    /// What is known of the activity of a value.
    public struct Activity: Sendable, Hashable {
        /// The name of the activity type.
        public var type: String

        /// The task queue of the activity.
        public var taskQueue: String

        /// The type of the workflow that calls it.
        public var workflowType: String

        /// Whether it is a local activity, which runs in the worker of its workflow.
        public var isLocal: Bool

        /// Describes an activity.
        ///
        /// - Parameters:
        ///   - type: The name of the activity type.
        ///   - taskQueue: The task queue of the activity.
        ///   - workflowType: The type of the workflow that calls it.
        ///   - isLocal: Whether it is a local activity.
        public init(type: String, taskQueue: String, workflowType: String, isLocal: Bool = false) {
            self.type = type
            self.taskQueue = taskQueue
            self.workflowType = workflowType
            self.isLocal = isLocal
        }
    }

    /// The namespace.
    public var namespace: String

    /// The id of the workflow: of the one that is started, signalled, queried or updated, or whose history holds the
    /// value.
    public var workflowID: String

    /// The activity, for what an activity takes, returns, reports or fails with; `nil` for what belongs to a workflow.
    public var activity: Activity?

    /// Describes what values belong to.
    ///
    /// - Parameters:
    ///   - namespace: The namespace.
    ///   - workflowID: The id of the workflow.
    ///   - activity: The activity; `nil` for values of the workflow itself.
    public init(namespace: String, workflowID: String, activity: Activity? = nil) {
        self.namespace = namespace
        self.workflowID = workflowID
        self.activity = activity
    }

    /// The context of the values of an activity.
    package init(_ info: ActivityInfo) {
        self.init(
            namespace: info.namespace,
            workflowID: info.workflowID,
            activity: Activity(
                type: info.activityType,
                taskQueue: info.taskQueue,
                workflowType: info.workflowType,
                isLocal: info.isLocal
            )
        )
    }
}

/// An encoding that depends on what a value belongs to.
public protocol ContextualEncodingConverter: EncodingConverter {
    /// The encoding for values of one workflow or activity. It keeps the name of the encoding.
    ///
    /// Called often, in workflow code too: it must be quick and always return the same for the same context.
    func with(_ context: SerializationContext) -> any EncodingConverter
}

/// A codec that depends on what a payload belongs to.
///
/// It is given the payloads of one context at a time. Where no context is known, as for an activity that is completed
/// by its token from elsewhere, the codec itself is asked; a handle to such an activity can be told the context. An
/// activity without a workflow has no context: who waits for its result need not know its type or its task queue.
public protocol ContextualPayloadCodec: PayloadCodec {
    /// The codec for payloads of one workflow or activity.
    ///
    /// - Parameter context: What the payloads belong to. The outcome of a local activity, which is part of the history
    ///   of its workflow, belongs to the workflow.
    func with(_ context: SerializationContext) -> any PayloadCodec
}
