import Synchronization
import Temporal
import TemporalAPI
import TemporalTestServer
import TemporalWorker

/// The workers of an environment, one for each task queue, which can be replaced by others.
final class WorkerTeam: Sendable {
    /// Makes workers. They tell of each workflow task that they take, by its run.
    typealias Make =
        @Sendable (Code, [any ActivityContainer], _ onTask: @escaping @Sendable (String) -> Void) throws ->
        [TemporalWorker]

    /// What workers run workflows with.
    struct Code: Sendable {
        var workflows: [any Workflow.Type]
        var deployment: WorkerDeploymentOptions?
    }

    private struct State {
        /// All code there was, that of now last.
        var codes: [Code]
        /// The code that took the last workflow task of each run, by its place.
        var lastCode: [String: Int] = [:]
        var activities: [any ActivityContainer]
        var running: [Task<Void, any Error>] = []
        /// Whether the test is over, so that no workers are started any more.
        var isEnded = false
    }

    private let state: Mutex<State>
    private let executor: any TaskExecutor
    private let make: Make
    private let patience: Duration
    private let onFailure: @Sendable (any Error) -> Void
    private let onLeftBehind: @Sendable () -> Void

    /// Sets up workers that do not run yet.
    ///
    /// - Parameters:
    ///   - workflows: Their workflows.
    ///   - activities: Their real activities.
    ///   - deployment: Their version, if they have one.
    ///   - executor: Where they run.
    ///   - patience: How long, on the wall, they are waited for when they are to stop.
    ///   - onFailure: Told of the errors that they end with.
    ///   - onLeftBehind: Told when they were waited for in vain.
    ///   - make: Makes them.
    init(
        _ workflows: [any Workflow.Type],
        _ activities: [any ActivityContainer],
        _ deployment: WorkerDeploymentOptions?,
        executor: any TaskExecutor,
        patience: Duration,
        onFailure: @escaping @Sendable (any Error) -> Void,
        onLeftBehind: @escaping @Sendable () -> Void,
        make: @escaping Make
    ) {
        self.state = Mutex(
            State(codes: [Code(workflows: workflows, deployment: deployment)], activities: activities)
        )
        self.executor = executor
        self.patience = patience
        self.onFailure = onFailure
        self.onLeftBehind = onLeftBehind
        self.make = make
    }

    /// The code of a place.
    func code(at place: Int) -> Code { state.withLock { $0.codes[place] } }

    /// The place of the code that a run has to fit at the end of a test: that which would go on with it if it is open, and
    /// that which worked on it last if it has ended.
    func placeOfCode(for run: KnownRun) -> Int {
        let pin = run.pinnedVersion
        return state.withLock { state in
            let newest = state.codes.count - 1
            if run.events.last?.eventType.isClose == true { return state.lastCode[run.runID] ?? newest }
            guard let pin else { return newest }
            let place = state.codes.lastIndex { code in
                code.deployment.map { $0.usesVersioning && $0.version == pin } ?? false
            }
            return place ?? state.lastCode[run.runID] ?? newest
        }
    }

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
            var place = state.codes.count - 1
            if workflows != nil || deployment != nil {
                var code = state.codes[place]
                code.workflows = workflows ?? code.workflows
                code.deployment = deployment ?? code.deployment
                state.codes.append(code)
                place += 1
            }
            if let activities { state.activities = activities }
            guard !state.isEnded else { return }
            let onTask: @Sendable (String) -> Void = { [weak self, place] runID in
                self?.state.withLock { $0.lastCode[runID] = place }
            }
            state.running = try make(state.codes[place], state.activities, onTask).map { worker in
                Task(executorPreference: executor) { try await worker.run() }
            }
        }
    }

    /// Stops the workers for good: none are started after them.
    func end() async {
        state.withLock { $0.isEnded = true }
        await stop()
    }

    /// Stops the workers, and waits until they have. Those that do not stop in time are left behind with what they do.
    ///
    /// - Parameter isCrash: Whether errors are what is to be expected.
    func stop(isCrash: Bool = false) async {
        let running = state.withLock { state in
            defer { state.running = [] }
            return state.running
        }
        guard !running.isEmpty else { return }
        for worker in running { worker.cancel() }
        let wait = Wait()
        Task(executorPreference: executor) { [onFailure] in
            for worker in running {
                if case .failure(let error) = await worker.result, !isCrash { onFailure(error) }
            }
            wait.end(isInTime: true)
        }
        let timer = Task { [patience] in
            // In parts, so that of the time in which the whole process stands still hardly any counts.
            for _ in 0..<Self.parts { try await Task.sleep(for: patience / Self.parts) }
            wait.end(isInTime: false)
        }
        defer { timer.cancel() }
        if await !wait.isInTime { onLeftBehind() }
    }

    private static let parts = 20
}

/// A wait for something that may not come: what ends it first counts. Unlike others, it is none that a cancellation ends.
private final class Wait: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Bool, Never>)
        case ended(isInTime: Bool)
    }

    private let state = Mutex(State.open)

    /// Ends the wait, if it has not ended.
    func end(isInTime: Bool) {
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            switch state {
            case .open:
                state = .ended(isInTime: isInTime)
                return nil
            case .awaited(let waiter):
                state = .ended(isInTime: isInTime)
                return waiter
            case .ended:
                return nil
            }
        }
        waiter?.resume(returning: isInTime)
    }

    /// Whether what is waited for has come, and not the end of patience. Only one may ask.
    var isInTime: Bool {
        get async {
            await withCheckedContinuation { waiter in
                let end = state.withLock { state -> Bool? in
                    if case .ended(let isInTime) = state { return isInTime }
                    state = .awaited(waiter)
                    return nil
                }
                if let end { waiter.resume(returning: end) }
            }
        }
    }
}
