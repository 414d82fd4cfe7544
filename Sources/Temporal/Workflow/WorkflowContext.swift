public import CoreMetrics
public import Foundation
public import Logging

/// What workflow code may do: wait, call activities, read the time, draw random numbers.
///
/// All of it is recorded in the history of the run or derived from it, so that a replay does the same. Anything else
/// that waits or differs from one execution to the next (`Task.sleep`, the network, `Date()`) belongs in an activity.
public final class WorkflowContext: Sendable {
    package let runtime: any WorkflowRuntime

    package init(_ runtime: any WorkflowRuntime) {
        self.runtime = runtime
    }

    package var converter: PayloadConverter { runtime.converter }

    /// Turns the values of an activity into payloads and back.
    func converter(ofActivity name: String, taskQueue: String? = nil, isLocal: Bool) -> PayloadConverter {
        converter.with(
            SerializationContext(
                namespace: info.namespace,
                workflowID: info.workflowID,
                activity: .init(
                    type: name,
                    taskQueue: taskQueue ?? info.taskQueue,
                    workflowType: info.workflowType,
                    isLocal: isLocal
                )
            )
        )
    }

    /// Turns the values of another workflow of the namespace into payloads and back.
    func converter(ofWorkflow id: String) -> PayloadConverter {
        converter.with(SerializationContext(namespace: info.namespace, workflowID: id))
    }

    /// The executor of the run, for the workflow's actor.
    public var unownedExecutor: UnownedSerialExecutor { runtime.serialExecutor }

    // MARK: What is known

    /// What is known of the run from its start on.
    public var info: WorkflowInfo { runtime.info }

    /// The time of the current workflow task: the same on every replay.
    public var now: Date { runtime.progress.now }

    /// The number of events in the history up to now.
    public var historyLength: Int { runtime.progress.historyLength }

    /// The size of the history up to now in bytes, as the server counts it.
    public var historySize: Int { runtime.progress.historySize }

    /// Whether the history has grown so long that the server suggests to continue as new.
    public var isContinueAsNewSuggested: Bool { runtime.progress.isContinueAsNewSuggested }

    /// Why the server suggests to continue as new; empty if it does not, or does not say.
    public var continueAsNewReasons: [ContinueAsNewReason] { runtime.progress.continueAsNewReasons }

    /// The version of the worker that works on the current workflow task, on replay of the one that did; `nil` for a worker
    /// without a version. It changes from task to task of a run that is not pinned.
    public var currentDeploymentVersion: WorkerDeploymentVersion? { runtime.progress.deploymentVersion }

    /// Whether the deployment has another version for new runs by now than the one that this run is pinned to. A run that
    /// continues as new can move there with ``ContinueAsNewOptions/initialVersioningBehavior``. Always false on servers
    /// that do not tell.
    public var isTargetWorkerDeploymentVersionChanged: Bool { runtime.progress.isTargetDeploymentVersionChanged }

    /// Whether the code now runs over events that it has already produced. Decisions must not depend on it.
    public var isReplaying: Bool { runtime.isReplaying }

    /// A logger with the standard metadata of the run. It is silent on replay.
    public var logger: Logger { runtime.logger }

    /// Where metrics of the workflow go: `Counter(label: "orders", factory: context.metrics)`. What is recorded on replay
    /// is dropped. They carry the namespace, the task queue and the type of the workflow as labels.
    public var metrics: any MetricsFactory { runtime.metrics }

    /// A value of the memo, as it was given at the start or set since by ``upsertMemo(_:)``.
    ///
    /// - Parameters:
    ///   - key: The name of the value.
    ///   - type: Its type.
    /// - Returns: The value, or `nil` if the memo has none of that name.
    /// - Throws: ``PayloadConversionError`` if the value is of another type.
    public func memo<Value: Decodable>(_ key: String, as type: Value.Type = Value.self) throws -> Value? {
        try runtime.memo[key].map { try converter.decode($0, as: type) }
    }

    /// The result of the last run of a cron workflow that completed.
    ///
    /// - Parameter type: Its type.
    /// - Returns: The result, or `nil` if there is none: this is the first run, or none has completed yet.
    /// - Throws: ``PayloadConversionError`` if the result is of another type.
    public func lastCompletionResult<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value? {
        try info.lastCompletionResult.first.map { try converter.decode($0, as: type) }
    }

    // MARK: Chance

    /// A generator of random numbers that draws the same ones on every replay.
    public var random: WorkflowRandom { WorkflowRandom(runtime: runtime) }

    /// A new UUID (version 4), the same on every replay.
    public func uuid() throws -> UUID {
        try UUID(drawing: runtime.random)
    }

    // MARK: Waiting

    /// Waits on a durable timer.
    ///
    /// - Parameters:
    ///   - duration: How long to wait. Zero or less returns at once.
    ///   - summary: A line for the Web UI and the command line.
    /// - Throws: `CancellationError` if the task is cancelled before the time is over.
    public func sleep(_ duration: Duration, summary: String? = nil) async throws {
        guard duration > .zero else {
            try Task.checkCancellation()
            return
        }
        guard hasInterceptors else {
            _ = try await perform(.timer(duration, summary: summary))
            return
        }
        try await intercepted(
            SleepInput(context: self, duration: duration, summary: summary),
            { try await $0.sleep($1, next: $2) },
            { [self] in _ = try await perform(.timer($0.duration, summary: $0.summary)) }
        )
    }

    /// Waits until a condition on the workflow's state holds.
    ///
    /// The condition is looked at when it is given, and again whenever the workflow has taken a step. It must not
    /// change anything.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait at most; `nil` for as long as it takes.
    ///   - summary: A line for the Web UI and the command line, on the timer of the timeout.
    ///   - condition: Whether to go on.
    /// - Returns: Whether the condition holds; `false` if the time was over first.
    /// - Throws: `CancellationError` if the task is cancelled before.
    @discardableResult
    public func waitCondition(
        timeout: Duration? = nil,
        summary: String? = nil,
        _ condition: @escaping () -> Bool
    ) async throws -> Bool {
        try Task.checkCancellation()
        if condition() { return true }
        if let timeout, timeout <= .zero { return false }
        let condition = WorkflowCondition(holds: condition)
        let outcome = try await perform(.condition(condition, timeout: timeout, summary: summary))
        return outcome.isEmpty
    }

    /// Runs clean-up code that a cancellation of the surrounding task does not reach.
    ///
    /// - Parameter body: What to do. It runs in a task of its own, on the workflow's actor.
    /// - Returns: What the body returns.
    /// - Throws: What the body throws.
    public func withoutCancellation<Value: Sendable>(
        @_inheritActorContext _ body: @escaping @isolated(any) @Sendable () async throws -> Value
    ) async throws -> Value {
        let work = Task(executorPreference: runtime.taskExecutor) { try await body() }
        return try await onExecutor { try await work.value }
    }

    // MARK: Messages

    /// The update that the calling code handles; `nil` in `run` and in the handlers of signals and queries.
    public var currentUpdateInfo: UpdateInfo? { MessageScope.current?.update }

    /// Whether no signal or update handler of the run is at work. The one that asks counts as at work.
    ///
    /// A run that closes abandons handlers that still wait for something. To let them end first:
    /// `try await context.waitCondition { self.context.allHandlersFinished }`.
    public var allHandlersFinished: Bool { runtime.allHandlersFinished }

    /// Answers messages from now on, in addition to the handlers that the workflow declares or in place of one of them.
    ///
    /// Signals that came before there was a handler for them are handled now, in their order.
    ///
    /// - Parameters:
    ///   - handler: What answers which message.
    ///   - workflow: The workflow, `self`.
    /// - Throws: ``WorkflowMisuse`` in a query handler or a validator, and outside of the run's tasks.
    public func setHandler<Definer: Workflow>(_ handler: WorkflowHandler<Definer>, of workflow: Definer) throws {
        try runtime.setHandler(BoundHandler(handler, workflow))
    }

    // MARK: Activities

    /// Runs an activity and waits for its result.
    ///
    /// Either `startToCloseTimeout` or `scheduleToCloseTimeout` must be given.
    ///
    /// - Parameters:
    ///   - activity: Which activity, and its types.
    ///   - input: What it takes.
    ///   - scheduleToCloseTimeout: How long all attempts together may take.
    ///   - scheduleToStartTimeout: How long it may wait for a worker. Not retried.
    ///   - startToCloseTimeout: How long one attempt may take.
    ///   - heartbeatTimeout: How long the server waits for the next heartbeat of a running attempt.
    ///   - retryPolicy: How the server retries it; `nil` for the server's defaults, which retry for ever.
    ///   - taskQueue: The task queue; `nil` for the workflow's own.
    ///   - activityID: An id of one's own, unique among the open activities of the run; `nil` for a number.
    ///   - cancellation: What a cancellation of this task means for the activity.
    ///   - priority: Its rank among waiting tasks; `nil` for the workflow's.
    ///   - summary: A line for the Web UI and the command line.
    ///   - isEager: Whether the server may hand the activity straight to this worker.
    /// - Returns: The result of the activity.
    /// - Throws: ``ActivityError`` if it failed, timed out or was cancelled; ``PayloadConversionError`` if an input or
    ///   the result cannot be converted.
    public func executeActivity<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>,
        _ input: repeat each Input,
        scheduleToCloseTimeout: Duration? = nil,
        scheduleToStartTimeout: Duration? = nil,
        startToCloseTimeout: Duration? = nil,
        heartbeatTimeout: Duration? = nil,
        retryPolicy: RetryPolicy? = nil,
        taskQueue: String? = nil,
        activityID: String? = nil,
        cancellation: ActivityCancellationType = .tryCancel,
        priority: Priority? = nil,
        summary: String? = nil,
        isEager: Bool = true
    ) async throws -> Output {
        guard startToCloseTimeout != nil || scheduleToCloseTimeout != nil else {
            throw WorkflowMisuse(
                "Activity '\(activity.name)' has no timeout: give startToCloseTimeout or scheduleToCloseTimeout."
            )
        }
        let converter = converter(ofActivity: activity.name, taskQueue: taskQueue, isLocal: false)
        let result = try await execute(
            ActivityCall(
                name: activity.name,
                input: try ArgumentReader.encode(repeat each input, converter: converter),
                activityID: activityID,
                taskQueue: taskQueue,
                scheduleToCloseTimeout: scheduleToCloseTimeout,
                scheduleToStartTimeout: scheduleToStartTimeout,
                startToCloseTimeout: startToCloseTimeout,
                heartbeatTimeout: heartbeatTimeout,
                retryPolicy: retryPolicy,
                cancellation: cancellation,
                priority: priority,
                summary: summary,
                isEager: isEager
            )
        )
        return try activity.result(result, converter: converter)
    }

    private func execute(_ call: ActivityCall) async throws -> [Payload] {
        guard hasInterceptors else { return try await perform(.activity(call)) }
        return try await intercepting(call.name, isLocal: false, call.input) { [self] input in
            var call = call
            (call.input, call.headers) = (input.arguments, input.headers)
            return try await perform(.activity(call))
        }
    }

    /// Passes the call of an activity through the interceptors.
    func intercepting(
        _ name: String,
        isLocal: Bool,
        _ arguments: [Payload],
        _ last: @escaping (ActivityCallInput) async throws -> [Payload]
    ) async throws -> [Payload] {
        try await intercepted(
            ActivityCallInput(context: self, name: name, isLocal: isLocal, arguments: arguments),
            { try await $0.executeActivity($1, next: $2) },
            last
        )
    }

    // MARK: The one way to wait

    /// Whether anything stands around what the code asks for. If not, no closure comes between, which costs nothing and
    /// keeps the order of jobs as simple as it can be.
    var hasInterceptors: Bool { !runtime.interceptors.isEmpty }

    /// Passes a call through the interceptors, on the executor of the run.
    func intercepted<Input: Sendable, Output: Sendable>(
        _ input: Input,
        _ step: @escaping (any WorkflowInterceptor, Input, (Input) async throws -> Output) async throws -> Output,
        _ last: @escaping (Input) async throws -> Output
    ) async throws -> Output {
        // As for waiting: the closures of a plain `Task {}` would run on the global pool.
        if isOnExecutor { return try await throughInterceptors(runtime.interceptors[...], input, step, last) }
        return try await withTaskExecutorPreference(runtime.taskExecutor) { [runtime] in
            try await throughInterceptors(runtime.interceptors[...], input, step, last)
        }
    }

    /// Starts an operation and waits for its end on the executor of the run.
    func perform(_ operation: WorkflowOperation) async throws -> [Payload] {
        if isOnExecutor { return try await wait(for: operation) }
        return try await withTaskExecutorPreference(runtime.taskExecutor) { [self] in
            try await wait(for: operation)
        }
    }

    /// Whether the calling task resumes on the executor of the run. A plain `Task {}` has no preference: without one its
    /// continuation would resume on the global pool.
    private var isOnExecutor: Bool { withUnsafeCurrentTask { $0?.unownedTaskExecutor != nil } }

    /// Waits for tasks of the run on the executor of the run.
    func onExecutor<Value: Sendable>(_ wait: () async throws -> Value) async throws -> Value {
        if isOnExecutor { return try await wait() }
        return try await withTaskExecutorPreference(runtime.taskExecutor) { try await wait() }
    }

    private func wait(for operation: WorkflowOperation) async throws -> [Payload] {
        let number = try runtime.begin(operation)
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { runtime.wait(for: number, $0) }
        } onCancel: {
            runtime.cancel(number)
        }
    }
}

/// Draws random numbers that are the same on every replay.
public struct WorkflowRandom: RandomNumberGenerator, Sendable {
    private let runtime: any WorkflowRuntime
    /// Where numbers come from where the run gives none.
    private var spare = SplitMix64(state: 1)

    init(runtime: any WorkflowRuntime) {
        self.runtime = runtime
    }

    public mutating func next() -> UInt64 {
        // Drawing fails where nothing that follows counts: in a run that is being evicted, and in code that may only read,
        // which the run fails for it. Others come then, as whoever draws may go on until a number suits.
        (try? runtime.random()) ?? spare.next()
    }
}

/// What a cancellation of the waiting task means for an activity.
public struct ActivityCancellationType: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case tryCancel, waitCancellationCompleted, abandon }

    package let kind: Kind

    /// Ask the activity to stop and go on at once. The default.
    public static let tryCancel = ActivityCancellationType(kind: .tryCancel)

    /// Ask the activity to stop and wait until it has ended.
    public static let waitCancellationCompleted = ActivityCancellationType(kind: .waitCancellationCompleted)

    /// Go on at once and let the activity run.
    public static let abandon = ActivityCancellationType(kind: .abandon)
}

/// A use of the workflow API that cannot work. It fails the workflow task, so that mended code can go on.
public struct WorkflowMisuse: Error, Sendable, CustomStringConvertible {
    public let description: String

    package init(_ description: String) {
        self.description = description
    }
}
