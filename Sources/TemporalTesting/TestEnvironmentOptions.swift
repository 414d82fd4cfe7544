public import Foundation
public import Logging
public import Temporal
public import TemporalClient
public import TemporalTestServer
public import TemporalWorker

/// How a ``TestWorkflowEnvironment`` is set up.
public struct TestEnvironmentOptions: Sendable {
    /// What happens when a workflow task fails: the code threw an error that is no `TemporalError`, waited on something
    /// outside of the workflow, or is not deterministic.
    public struct TaskFailurePolicy: Sendable, Hashable {
        enum Kind: Sendable, Hashable { case failTest, retry }

        let kind: Kind

        /// The run is terminated and the test fails. The default, as such a task would be retried for ever.
        public static let failTest = TaskFailurePolicy(kind: .failTest)

        /// The service retries the task, as it does in production.
        public static let retry = TaskFailurePolicy(kind: .retry)
    }

    /// The seed of all that is free to vary: ids, and the order of what happens at one moment. Default: 1.
    public var seed: UInt64 = 1

    /// What the clock shows at first; `nil` for the time of day. Default: `nil`.
    public var startTime: Date?

    /// The task queue of the environment's worker. Default: `test`.
    public var taskQueue = "test"

    /// Other task queues whose workflows and activities the environment runs too, with the same code and mocks: those of
    /// other teams, or of workers in other languages. Default: none.
    public var otherTaskQueues: [String] = []

    /// The Nexus endpoints that lead to ``taskQueue``, by name. Others are made with
    /// ``TestWorkflowEnvironment/createNexusEndpoint(_:taskQueue:)``. Default: none.
    public var nexusEndpoints: [String] = []

    /// Which version of which deployment the environment's worker is, as `WorkerOptions.deployment`. The environment makes
    /// it the current one. Default: none.
    public var deployment: WorkerDeploymentOptions?

    /// The custom search attributes that workflows can have, by name. Default: none.
    public var searchAttributes: [String: SearchAttributeType] = [:]

    /// From how many events on a workflow task suggests to continue as new. Default: 4,096, as on a real server.
    public var suggestContinueAsNewEvents = 4096

    /// The number of runs that stay in memory between their tasks. With 0 every task replays the run from its start.
    /// Default: 1,000.
    public var maximumCachedWorkflows = 1000

    /// How long workflow code may run without waiting, on the wall, before its task fails. Default: 2 s.
    public var deadlockTimeout: Duration = .seconds(2)

    /// Whether every run is replayed at the end of the test. Default: true.
    public var replaysHistories = true

    /// What happens when a workflow task fails. Default: the test fails.
    public var taskFailurePolicy = TaskFailurePolicy.failTest

    /// What happens when the test waits for something that never comes. Default: the wait ends with an error that says
    /// what the run waits for.
    public var stallPolicy = TestServer.StallPolicy.report

    /// What turns values and errors into what the service stores, and back.
    public var dataConverter = DataConverter()

    /// What stands around the calls of the environment's client. Default: none.
    public var clientInterceptors: [any ClientInterceptor] = []

    /// What stands around workflow code, as `WorkerOptions.workflowInterceptors`. Default: none.
    public var workflowInterceptors: [any WorkflowInterceptor] = []

    /// What stands around activities, as `WorkerOptions.activityInterceptors`. Mocks are inside. Default: none.
    public var activityInterceptors: [any ActivityInterceptor] = []

    /// What stands around Nexus operations, as `WorkerOptions.nexusInterceptors`. Mocks are inside. Default: none.
    public var nexusInterceptors: [any NexusInterceptor] = []

    /// Which errors of workflow code fail the workflow, as `WorkerOptions.workflowFailureRules`. Default: none.
    public var workflowFailureRules: [WorkflowFailureRule] = []

    /// Where client, worker, workflows and activities log. Default: nowhere.
    public var logger = Logger(label: "temporal.test") { _ in SwiftLogNoOpLogHandler() }

    /// The defaults.
    public init() {}
}
