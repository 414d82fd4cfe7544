extension WorkflowContext {
    // MARK: The end

    /// Ends this run and continues the workflow as a new run with an empty history.
    ///
    /// The new run has the id of the workflow. It does not inherit the headers of the start, and children that still run
    /// are dealt with by their ``ParentClosePolicy``.
    ///
    /// - Parameters:
    ///   - type: The workflow to continue with, usually the same.
    ///   - input: What the new run takes.
    ///   - options: What is to be different from this run.
    /// - Throws: Always, which ends `run` unless it is caught.
    public func continueAsNew<Next: Workflow, each Input: Codable & Sendable>(
        _ type: Next.Type,
        _ input: repeat each Input,
        options: ContinueAsNewOptions = ContinueAsNewOptions()
    ) throws -> Never where Next.RunInputs == Inputs<repeat each Input> {
        try continueAsNew(named: type.definition.name, repeat each input, options: options)
    }

    /// Ends this run and continues the workflow as a new run of a type that is known by name only.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type to continue with.
    ///   - input: The arguments, of any types that can be encoded.
    ///   - options: What is to be different from this run.
    /// - Throws: Always, which ends `run` unless it is caught.
    public func continueAsNew<each Input: Codable & Sendable>(
        named name: String,
        _ input: repeat each Input,
        options: ContinueAsNewOptions = ContinueAsNewOptions()
    ) throws -> Never {
        var request = ContinueAsNewRequest(
            workflowType: name,
            input: try ArgumentReader.encode(repeat each input, converter: converter),
            taskQueue: options.taskQueue,
            runTimeout: options.runTimeout,
            taskTimeout: options.taskTimeout,
            backoffStartInterval: options.backoffStartInterval,
            retryPolicy: options.retryPolicy,
            memo: try options.memo?.mapValues { try converter.encode($0) },
            searchAttributes: options.searchAttributes,
            initialVersioningBehavior: options.initialVersioningBehavior
        )
        var call = ContinueAsNewInput(context: self, workflowType: name, arguments: request.input)
        for interceptor in runtime.interceptors { call = try interceptor.continueAsNew(call) }
        (request.input, request.headers) = (call.arguments, call.headers)
        throw request
    }
}

/// What a run that continues another has different from it.
public struct ContinueAsNewOptions: Sendable {
    /// The task queue of the new run. Default: the same.
    public var taskQueue: String?

    /// How long the new run may take. Default: the same. The limit for the whole chain of runs cannot be changed.
    public var runTimeout: Duration?

    /// How long a workflow task of the new run may take. Default: the same.
    public var taskTimeout: Duration?

    /// How long the first workflow task of the new run waits. Default: not at all, but the server lets the runs of a
    /// chain begin at least a second apart.
    public var backoffStartInterval: Duration?

    /// The retry policy of the new run. Default: the same.
    public var retryPolicy: RetryPolicy?

    /// The memo of the new run, which replaces that of this one. Default: the same.
    public var memo: [String: any Encodable & Sendable]?

    /// The search attributes of the new run, which replace those of this one. Default: the same.
    public var searchAttributes: SearchAttributes?

    /// Which version the new run begins with. Default: that of this run if it is pinned, otherwise as for any other run.
    ///
    /// A run cannot give its successor an override. One that pins this run goes on to the next if its version has workers
    /// on the task queue, whatever is said here; others end with the run.
    ///
    /// A pinned workflow that continues as new again and again moves on with
    /// ``WorkflowContext/isTargetWorkerDeploymentVersionChanged``:
    ///
    /// ```swift
    /// let isNewer = context.isTargetWorkerDeploymentVersionChanged
    /// try context.continueAsNew(
    ///     Poller.self,
    ///     options: ContinueAsNewOptions(initialVersioningBehavior: isNewer ? .autoUpgrade : nil)
    /// )
    /// ```
    public var initialVersioningBehavior: ContinueAsNewVersioningBehavior?

    /// Describes the new run.
    ///
    /// - Parameters:
    ///   - taskQueue: Its task queue; `nil` for the same.
    ///   - runTimeout: How long it may take; `nil` for the same.
    ///   - taskTimeout: How long a workflow task of it may take; `nil` for the same.
    ///   - backoffStartInterval: How long its first workflow task waits.
    ///   - retryPolicy: Its retry policy; `nil` for the same.
    ///   - memo: Its memo; `nil` for the same.
    ///   - searchAttributes: Its search attributes; `nil` for the same.
    ///   - initialVersioningBehavior: Which version it begins with.
    public init(
        taskQueue: String? = nil,
        runTimeout: Duration? = nil,
        taskTimeout: Duration? = nil,
        backoffStartInterval: Duration? = nil,
        retryPolicy: RetryPolicy? = nil,
        memo: [String: any Encodable & Sendable]? = nil,
        searchAttributes: SearchAttributes? = nil,
        initialVersioningBehavior: ContinueAsNewVersioningBehavior? = nil
    ) {
        self.taskQueue = taskQueue
        self.runTimeout = runTimeout
        self.taskTimeout = taskTimeout
        self.backoffStartInterval = backoffStartInterval
        self.retryPolicy = retryPolicy
        self.memo = memo
        self.searchAttributes = searchAttributes
        self.initialVersioningBehavior = initialVersioningBehavior
    }
}

/// How a workflow asks to be continued by a new run.
///
/// It is an error so that it ends `run` from wherever it is thrown. Made by
/// ``WorkflowContext/continueAsNew(_:_:options:)``.
package struct ContinueAsNewRequest: Error, Sendable {
    package var workflowType: String
    package var input: [Payload]
    package var taskQueue: String?
    package var runTimeout: Duration?
    package var taskTimeout: Duration?
    package var backoffStartInterval: Duration?
    package var retryPolicy: RetryPolicy?
    package var memo: [String: Payload]?
    package var searchAttributes: SearchAttributes?
    package var initialVersioningBehavior: ContinueAsNewVersioningBehavior?
    package var headers: [String: Payload] = [:]
}
