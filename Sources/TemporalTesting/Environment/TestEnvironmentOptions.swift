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

    /// What the clock of the environment does by itself.
    public struct Time: Sendable, Hashable {
        enum Kind: Sendable, Hashable { case skipping, manual, wall }

        let kind: Kind

        /// It jumps to what is due next whenever nobody is at work and somebody waits. The default.
        public static let skipping = Time(kind: .skipping)

        /// It stands still. The test moves it, with `advance(by:)`, `advance(to:)` and `advanceToNextEvent()`.
        public static let manual = Time(kind: .manual)

        /// It goes with the clock on the wall: a timer of a second takes a second.
        public static let wall = Time(kind: .wall)
    }

    /// Which activities may run their real code where no mock stands in.
    public struct RealActivities: Sendable {
        private let names: Set<String>?

        /// All that the environment was given. The default.
        public static let all = RealActivities(names: nil)

        /// None: every activity has to be mocked.
        public static let none = RealActivities(names: [])

        /// Some, by their names, such as those that touch nothing outside. All others have to be mocked.
        public static func only(_ names: String...) -> Self { RealActivities(names: Set(names)) }

        func allows(_ name: String) -> Bool { names?.contains(name) ?? true }
    }

    /// The seed of all that is free to vary: ids, the faults of a random plan, the choices of an exploration.
    /// Default: the number in the environment variable `TEMPORAL_TEST_SEED`, otherwise 1. Where the variable has another
    /// value, tests fail that have no seed of their own.
    public var seed: UInt64 = 1 {
        didSet { invalidSeed = nil }
    }

    /// What the environment variable has in place of a seed, unless there is another seed.
    private(set) var invalidSeed: InvalidSeed?

    /// The service that the environment works with. Default: one in memory, of its own.
    public var backend = TestBackend.inMemory

    /// What the clock does by itself; with another backend than the one in memory it is that on the wall.
    /// Default: it skips waiting.
    public var time = Time.skipping

    /// What the clock shows at first; `nil` for the time of day. Default: `nil`.
    public var startTime: Date?

    /// The task queue of the environment's worker. Default: `test`.
    public var taskQueue = "test"

    /// Other task queues whose workflows and activities the environment runs too, with the same code and mocks: those of
    /// other teams, or of workers in other languages. Default: none.
    public var otherTaskQueues: [String] = []

    /// The Nexus endpoints that lead to ``taskQueue``, by name. Others are made with
    /// ``TestWorkflowEnvironment/createNexusEndpoint(_:taskQueue:)``. With another ``backend`` they are made there, and
    /// taken away at the end. Default: none.
    public var nexusEndpoints: [String] = []

    /// Which version of which deployment the environment's worker is, as `WorkerOptions.deployment`. The environment makes
    /// it the current one. Default: none.
    public var deployment: WorkerDeploymentOptions?

    /// Other namespaces that the environment's service has, and works for with the same code and mocks. Only in memory.
    /// Default: none.
    public var otherNamespaces: [String] = []

    /// The custom search attributes that workflows can have, by name. With another ``backend`` those that are not there are
    /// added, and stay. Default: none.
    public var searchAttributes: [String: SearchAttributeType] = [:]

    /// From how many events on a workflow task suggests to continue as new. Default: 4,096, as on a real server.
    public var suggestContinueAsNewEvents = 4096

    /// Whether the service in memory hands out activities with the answers to workflow tasks, as servers of today do, and not
    /// through their task queue alone. With other backends it is the server that decides. Default: true.
    public var grantsEagerActivities = true

    /// The number of runs that stay in memory between their tasks. With 0 every task replays the run from its start.
    /// Default: 1,000.
    public var maximumCachedWorkflows = 1000

    /// How long workflow code may run without waiting, on the wall, before its task fails, in the test and in the replay at
    /// its end. Where the environment variable `TEMPORAL_DEBUG` has a value, it may run for any time, so that a debugger can
    /// stop it. Default: 2 s.
    public var deadlockTimeout: Duration = .seconds(2)

    /// Whether every run is replayed at the end of the test: one that is open with the code that would go on with it, and one
    /// that has ended with the code that worked on it last. Default: true.
    public var replaysHistories = true

    /// What happens when a workflow task fails. Default: the test fails.
    public var taskFailurePolicy = TaskFailurePolicy.failTest

    /// What happens when the test waits for something that never comes. Default: the wait ends with an error that says
    /// what the run waits for.
    public var stallPolicy = TestServer.StallPolicy.report

    /// How long, on the wall, nothing must have happened before a wait that nothing can end is reported. Default: 200 ms.
    public var stallGrace: Duration = .milliseconds(200)

    /// How long, on the wall, workers that are to stop are waited for, before they are left behind and the test fails: for less
    /// than the half a minute that the end of a test has which was cancelled. Default: 20 s.
    package var stopPatience: Duration = .seconds(20)

    /// From which attempt on an activity that goes on to fail makes the test fail. Default: 1,000.
    public var maximumAttempts = 1000

    /// Which activities may run their real code where no mock stands in. Default: all.
    public var realActivities = RealActivities.all

    /// A file that calls of activities are recorded to or answered from. It is written when a test passes. Default: none.
    public var recording: RecordedActivities?

    /// Patches that runs of the test do not take, as if old code had begun them. A plugin that says which patches are
    /// activated can hold back others, but activates none of these. One that no run asks for fails the test. Default: none.
    public var withheldPatches: Set<String> = []

    /// Where it is noted what of the workflows the test has reached. Default: nowhere.
    public var coverage: TestCoverage?

    /// What goes wrong between client, worker and service. Only in memory. A listed fault that does not happen fails the test.
    /// Default: nothing.
    public var faults = FaultPlan.none

    /// What turns values and errors into what the service stores, and back.
    public var dataConverter = DataConverter()

    /// What stands around the calls of the environment's client. Default: none.
    public var clientInterceptors: [any ClientInterceptor] = []

    /// What adjusts the environment's client, its workers and the replays at the end, as in production: client plugins, worker
    /// plugins, or both. What the environment decides itself, such as namespace and identity, stays. Default: none.
    public var plugins: [any TemporalPlugin] = []

    /// What stands around workflow code, as `WorkerOptions.workflowInterceptors`. Default: none.
    public var workflowInterceptors: [any WorkflowInterceptor] = []

    /// What stands around activities, as `WorkerOptions.activityInterceptors`. Mocks are inside. Default: none.
    public var activityInterceptors: [any ActivityInterceptor] = []

    /// What stands around Nexus operations, as `WorkerOptions.nexusInterceptors`. Mocks are inside. Default: none.
    public var nexusInterceptors: [any NexusInterceptor] = []

    /// Which errors of workflow code fail the workflow, as `WorkerOptions.workflowFailureRules`. Default: none.
    public var workflowFailureRules: [WorkflowFailureRule] = []

    /// Where client, worker, workflows and activities log, and the report of a test that throws an error of its own. Default:
    /// nowhere.
    public var logger = Logger(label: "temporal.test") { _ in SwiftLogNoOpLogHandler() }

    private static let variables = ProcessInfo.processInfo.environment

    /// The defaults.
    public init() {
        self.init(variables: Self.variables)
    }

    /// The defaults of a process.
    ///
    /// - Parameter variables: Its environment variables.
    package init(variables: [String: String]) {
        guard let text = variables["TEMPORAL_TEST_SEED"], !text.isEmpty else { return }
        if let seed = UInt64(text) {
            self.seed = seed
        } else {
            invalidSeed = InvalidSeed(text: text)
        }
    }
}

/// The environment variable for the seed has a value that is none.
struct InvalidSeed: Error, CustomStringConvertible {
    let text: String

    var description: String {
        "The environment variable TEMPORAL_TEST_SEED is '\(text)', and not a whole number from 0 to \(UInt64.max). Set it to "
            + "the seed that the report of a failed test names, or unset it."
    }
}
