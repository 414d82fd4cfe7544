import Foundation
public import Temporal
import TemporalAPI
public import TemporalClient
import TemporalTestServer

/// Workflows of a test.
extension TestWorkflowEnvironment {
    /// Starts a workflow on the environment's worker.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes.
    ///   - options: How to start it; `nil` for an id of its own and the defaults.
    /// - Returns: A handle to the workflow.
    /// - Throws: As `TemporalClient.startWorkflow`.
    public func startWorkflow<W: Workflow, each Input: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        options: WorkflowOptions? = nil
    ) async throws -> WorkflowHandle<W> where W.RunInputs == Inputs<repeat each Input> {
        try await client.startWorkflow(type, repeat each input, options: options ?? defaultOptions)
    }

    /// Starts a workflow as if another run had come before it.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes.
    ///   - past: What the workflow finds of the run before.
    ///   - options: How to start it; `nil` for an id of its own and the defaults.
    /// - Returns: A handle to the workflow.
    /// - Throws: As `TemporalClient.startWorkflow`.
    public func startWorkflow<W: Workflow, each Input: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        after past: WorkflowPast,
        options: WorkflowOptions? = nil
    ) async throws -> WorkflowHandle<W> where W.RunInputs == Inputs<repeat each Input> {
        let options = options ?? defaultOptions
        if let runID = past.runID, isInMemory { server.setContinuedRunID(runID, ofNext: options.id) }
        let started: WorkflowHandle<W> = try await past.client(like: client, self.options)
            .startWorkflow(type, repeat each input, options: options)
        return client.workflowHandle(
            id: started.id,
            runID: started.runID,
            firstExecutionRunID: started.firstExecutionRunID
        )
    }

    /// Goes on with a run of another service, such as one in production, from a point of its history: with the code, the
    /// activities and the mocks of this environment. The events so far stay as they are. Activities that were open begin
    /// again with their first attempt, children that were open begin anew, timers fire when they would have.
    ///
    /// The environment's clock must not be before the last event; it jumps there. Where it is later than timers of the run,
    /// they fire at once: start the environment at that time, with ``TestEnvironmentOptions/startTime``.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - history: The history of a run, to its end or not.
    ///   - lastEvent: The last event that is taken over; `nil` for all but the end of a run that has ended. What one workflow
    ///     task brought about stays together: the rest of it is taken over too, or none of it if that is the end of the run.
    ///   - id: The id that the workflow gets; `nil` for the one in the history, or else an id of its own.
    /// - Returns: A handle to the run.
    /// - Throws: `RPCError` if the history cannot be gone on from.
    public func resumeWorkflow<W: Workflow>(
        _ type: W.Type,
        from history: WorkflowHistory,
        through lastEvent: Int64? = nil,
        id: String? = nil
    ) throws -> WorkflowHandle<W> {
        guard isInMemory else {
            throw RPCError(code: .unimplemented, message: "Only the service in memory takes over histories.")
        }
        let known = history.workflowID.isEmpty ? "test-workflow-\(ids.next())" : history.workflowID
        let events = HistoryCut.events(of: history.proto.events, through: lastEvent)
        let workflowID = id ?? known
        let runID = try server.restore(events, workflowID: workflowID, taskQueue: options.taskQueue)
        return client.workflowHandle(id: workflowID, runID: runID)
    }

    /// A client of another namespace of the environment's service.
    ///
    /// - Parameter name: The namespace, one of ``TestEnvironmentOptions/otherNamespaces``.
    public func client(ofNamespace name: String) -> TemporalClient {
        options.client(of: connection, namespace: name, hasFaults: options.faults.isSomething)
    }

    /// Starts a workflow on the environment's worker and waits for its result, while time skips.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes.
    ///   - options: How to start it; `nil` for an id of its own and the defaults.
    /// - Returns: What `run` returned.
    /// - Throws: As `TemporalClient.executeWorkflow`.
    public func executeWorkflow<W: Workflow, each Input: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        options: WorkflowOptions? = nil
    ) async throws -> W.RunOutput where W.RunInputs == Inputs<repeat each Input> {
        try await client.executeWorkflow(type, repeat each input, options: options ?? defaultOptions)
    }

    private var defaultOptions: WorkflowOptions {
        // Other tests use the same service if it is not in memory.
        let prefix = isInMemory ? "test-workflow" : options.taskQueue
        return WorkflowOptions(id: "\(prefix)-\(ids.next())", taskQueue: options.taskQueue)
    }

    // MARK: Standalone activities

    /// Starts an activity without a workflow on the environment's worker. Mocks stand in for it as in workflows.
    ///
    /// - Parameters:
    ///   - activity: The activity.
    ///   - input: Its arguments.
    ///   - options: How to start it; `nil` for an id of its own and a start-to-close timeout of a minute.
    /// - Returns: A handle to the activity.
    /// - Throws: As `TemporalClient.startActivity`.
    public func startActivity<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>,
        _ input: repeat each Input,
        options: ActivityOptions? = nil
    ) async throws -> ActivityHandle<Output> {
        try await client.startActivity(activity, repeat each input, options: options ?? defaultActivityOptions)
    }

    /// Starts an activity without a workflow on the environment's worker and waits for its result, while time skips.
    ///
    /// - Parameters:
    ///   - activity: The activity.
    ///   - input: Its arguments.
    ///   - options: How to start it; `nil` for an id of its own and a start-to-close timeout of a minute.
    /// - Returns: What the activity returned.
    /// - Throws: As `TemporalClient.executeActivity`.
    public func executeActivity<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>,
        _ input: repeat each Input,
        options: ActivityOptions? = nil
    ) async throws -> Output {
        try await client.executeActivity(activity, repeat each input, options: options ?? defaultActivityOptions)
    }

    private var defaultActivityOptions: ActivityOptions {
        ActivityOptions(
            id: "test-activity-\(ids.next())",
            taskQueue: options.taskQueue,
            startToCloseTimeout: .seconds(60)
        )
    }
}
