import Synchronization
import Temporal
import TemporalWorker

/// The workers of an environment, one for each task queue, which can be replaced by others.
final class WorkerTeam: Sendable {
    typealias Make =
        @Sendable ([any Workflow.Type], [any ActivityContainer], WorkerDeploymentOptions?) throws -> [TemporalWorker]

    private struct State {
        var workflows: [any Workflow.Type]
        var activities: [any ActivityContainer]
        var deployment: WorkerDeploymentOptions?
        var running: [Task<Void, any Error>] = []
        /// Whether the test is over, so that no workers are started any more.
        var isEnded = false
    }

    private let state: Mutex<State>
    private let executor: any TaskExecutor
    private let make: Make
    private let onFailure: @Sendable (any Error) -> Void

    /// Sets up workers that do not run yet.
    init(
        _ workflows: [any Workflow.Type],
        _ activities: [any ActivityContainer],
        _ deployment: WorkerDeploymentOptions?,
        executor: any TaskExecutor,
        onFailure: @escaping @Sendable (any Error) -> Void,
        make: @escaping Make
    ) {
        self.state = Mutex(State(workflows: workflows, activities: activities, deployment: deployment))
        self.executor = executor
        self.onFailure = onFailure
        self.make = make
    }

    /// The workflows that run now, or ran last.
    var workflows: [any Workflow.Type] { state.withLock(\.workflows) }

    /// Starts the workers, unless the test is over.
    ///
    /// - Parameters:
    ///   - workflows: Their workflows from now on; `nil` for those they had.
    ///   - activities: Their activities from now on; `nil` for those they had.
    ///   - deployment: Their version from now on; `nil` for the one they had.
    func start(
        _ workflows: [any Workflow.Type]? = nil,
        _ activities: [any ActivityContainer]? = nil,
        _ deployment: WorkerDeploymentOptions? = nil
    ) throws {
        try state.withLock { state in
            if let workflows { state.workflows = workflows }
            if let activities { state.activities = activities }
            if let deployment { state.deployment = deployment }
            guard !state.isEnded else { return }
            state.running = try make(state.workflows, state.activities, state.deployment).map { worker in
                Task(executorPreference: executor) { try await worker.run() }
            }
        }
    }

    /// Stops the workers for good: none are started after them.
    func end() async {
        state.withLock { $0.isEnded = true }
        await stop()
    }

    /// Stops the workers, and waits until they have.
    ///
    /// - Parameter isCrash: Whether errors are what is to be expected.
    func stop(isCrash: Bool = false) async {
        let running = state.withLock { state in
            defer { state.running = [] }
            return state.running
        }
        for worker in running { worker.cancel() }
        for worker in running {
            do {
                try await worker.value
            } catch {
                if !isCrash { onFailure(error) }
            }
        }
    }
}
