public import Temporal
import TemporalClient

/// What a worker is made with, for plugins to change.
public struct WorkerSetup: Sendable {
    /// The task queue that the worker works on.
    public let taskQueue: String

    /// The workflows that it runs.
    public var workflows: [any Workflow.Type]

    /// The activities that it runs.
    public var activities: [any ActivityContainer]

    /// The services whose Nexus operations it runs.
    public var nexusServices: [any NexusService]

    /// How it works.
    public var options: WorkerOptions

    /// Lets plugins change it, one after the other.
    ///
    /// - Throws: ``WorkerConfigurationError`` if two have one name, or what a plugin throws.
    mutating func apply(_ plugins: [any WorkerPlugin]) throws {
        var names: Set<String> = []
        for plugin in plugins {
            guard names.insert(plugin.name).inserted else {
                throw WorkerConfigurationError(
                    "The worker of task queue '\(taskQueue)' has two plugins of the name '\(plugin.name)'. Those of the "
                        + "client are its own too: give each plugin once, to the client or to the worker."
                )
            }
            try plugin.configure(&self)
        }
    }
}

/// What a replayer is made with, for plugins to change.
public struct ReplayerSetup: Sendable {
    /// The workflows whose histories it is given.
    public var workflows: [any Workflow.Type]

    /// The namespace that the code is to see.
    public var namespace: String

    /// What turns payloads into values.
    public var dataConverter: DataConverter

    /// Which errors fail workflows.
    public var workflowFailureRules: [WorkflowFailureRule]

    /// What stands around workflow code; the first is the outermost.
    public var workflowInterceptors: [any WorkflowInterceptor]
}

extension TemporalClient {
    /// The plugins of the client that adjust its workers.
    var workerPlugins: [any WorkerPlugin] { plugins.compactMap { $0 as? any WorkerPlugin } }
}

extension TemporalWorker {
    /// All plugins for those who look at the worker, those that adjust its client alone included; one of each name.
    var allPlugins: [any TemporalPlugin] {
        let ofClient: [any TemporalPlugin] = client.plugins.map { $0 }
        return ofClient + plugins.filter { plugin in !ofClient.contains { $0.name == plugin.name } }.map { $0 }
    }
}
