import Foundation
package import Logging
import Synchronization
package import Temporal
import TemporalAPI

/// One run in memory: its machine, its actor, and everything of it that waits.
///
/// Unchecked, because one workflow task at a time holds a run, and its code runs on the executor that the task pumps.
/// What others reach is atomic.
package final class WorkflowRun: WorkflowRuntime, @unchecked Sendable {
    /// How running the code ended.
    enum Activation {
        /// The code waits or has closed the run.
        case done
        /// The task is to be reported as failed, and the run thrown away.
        case failed(WorkflowTaskFailure)
    }

    private struct Condition {
        var operation: Int
        var timer: Int?
        var condition: WorkflowCondition
    }

    private enum Wait {
        case continuation(UnsafeContinuation<[Payload], any Error>)
        case result(Result<[Payload], any Error>)
    }

    package let executor = WorkflowExecutor()
    package private(set) var info: WorkflowInfo
    package private(set) var isReplaying = true
    package let converter: PayloadConverter
    let blueprint: WorkflowBlueprint

    var machine: WorkflowMachine
    private(set) var isCancelRequested = false

    private let isEvicting = Atomic<Bool>(false)
    private let silence: LogSilence
    private let baseLogger: Logger
    private let unsilencedLogger: Logger
    private var isReadOnly = false
    private var jobs: [WorkflowMachine.Job] = []
    private var instance: WorkflowInstance?
    private var mainTask: Task<Void, Never>?
    private var handlerTasks: [Task<Void, Never>] = []
    private var runningTasks = 0
    private var isMainFinished = false
    private var taskFailure: WorkflowTaskFailure?
    private var waits: [Int: Wait] = [:]
    private var order: [Int] = []
    private var conditions: [Condition] = []
    private var conditionTimers: [Int: Int] = [:]
    private var generator: SplitMix
    private var attemptsWhileEvicting = 0

    init(
        blueprint: WorkflowBlueprint,
        info: WorkflowInfo,
        seed: String,
        converter: PayloadConverter,
        logger: Logger
    ) {
        self.blueprint = blueprint
        self.info = info
        self.converter = converter
        self.machine = WorkflowMachine(taskQueue: info.taskQueue)
        self.generator = SplitMix(seed: seed)
        var logger = logger
        logger[metadataKey: "namespace"] = "\(info.namespace)"
        logger[metadataKey: "task_queue"] = "\(info.taskQueue)"
        logger[metadataKey: "workflow_id"] = "\(info.workflowID)"
        logger[metadataKey: "run_id"] = "\(info.runID)"
        logger[metadataKey: "workflow_type"] = "\(info.workflowType)"
        logger[metadataKey: "attempt"] = "\(info.attempt)"
        self.unsilencedLogger = logger
        let silence = LogSilence()
        self.silence = silence
        self.baseLogger = logger.silenced(by: silence)
    }

    // MARK: WorkflowRuntime

    package var serialExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    package var taskExecutor: any TaskExecutor { executor }
    package var progress: WorkflowProgress { machine.progress }
    package var logger: Logger { baseLogger }

    package func random() throws -> UInt64 {
        try checkMayAct("draw random numbers")
        return generator.next()
    }

    package func begin(_ operation: WorkflowOperation) throws -> Int {
        if isEvicting.load(ordering: .acquiring) { return try beginWhileEvicting() }
        try checkMayAct("wait")
        try Task.checkCancellation()
        let number: Int
        switch operation {
        case .timer(let duration, let summary):
            number = machine.startTimer(duration, summary: try summary.map(converter.encode))
        case .activity(let call):
            number = try machine.scheduleActivity(call, summary: try call.summary.map(converter.encode))
        case .condition(let condition, let timeout):
            number = machine.makeOperation()
            let timer = timeout.map { machine.startTimer($0, summary: nil) }
            if let timer { conditionTimers[timer] = number }
            conditions.append(Condition(operation: number, timer: timer, condition: condition))
        }
        order.append(number)
        return number
    }

    /// Code that waits while it is evicted gets the same error again, so that its `catch` and `defer` blocks end. Code
    /// that waits for ever in a loop would never leave its thread: after many tries it is left where it stands.
    private func beginWhileEvicting() throws -> Int {
        attemptsWhileEvicting += 1
        guard attemptsWhileEvicting > Self.patience else { throw WorkflowEvicted() }
        return Self.abandoned
    }

    private static let patience = 1000
    private static let abandoned = -1

    package func wait(for operation: Int, _ continuation: UnsafeContinuation<[Payload], any Error>) {
        if operation == Self.abandoned {
            unsilencedLogger.error(
                "Workflow '\(blueprint.name)' waits in a loop that ignores errors: its run stays in memory for ever."
            )
        } else if case .result(let result) = waits.removeValue(forKey: operation) {
            order.removeAll { $0 == operation }
            continuation.resume(with: result)
        } else {
            waits[operation] = .continuation(continuation)
        }
    }

    package func cancel(_ operation: Int) {
        // A cancellation from another thread makes a job there, which the executor reports.
        guard executor.isPumping, !isEvicting.load(ordering: .acquiring), waits[operation] != nil else { return }
        dropCondition(operation)
        switch machine.cancel(operation) {
        case .resolve:
            resume(operation, .failure(CancellationError()))
        case .resolveActivity(let id, let type, let scheduledEventID):
            resume(
                operation,
                .failure(
                    ActivityError(
                        "Activity cancelled",
                        activityType: type,
                        activityID: id,
                        retryState: .cancelRequested,
                        scheduledEventID: scheduledEventID,
                        cause: CancelledError()
                    )
                )
            )
        case .nothing:
            break
        }
    }

    private func checkMayAct(_ what: String) throws {
        if isEvicting.load(ordering: .acquiring) { throw WorkflowEvicted() }
        if isReadOnly {
            throw WorkflowMisuse("A query handler of '\(blueprint.name)' tried to \(what): it may only read.")
        }
        guard executor.isPumping else {
            throw WorkflowMisuse(
                "Workflow '\(blueprint.name)' used its context outside of its own tasks: "
                    + "a detached task or another thread cannot \(what) for it."
            )
        }
    }

    private func resume(_ operation: Int, _ result: Result<[Payload], any Error>) {
        guard case .continuation(let continuation) = waits.removeValue(forKey: operation) else {
            waits[operation] = .result(result)
            return
        }
        order.removeAll { $0 == operation }
        continuation.resume(with: result)
    }

    private func dropCondition(_ operation: Int) {
        guard let index = conditions.firstIndex(where: { $0.operation == operation }) else { return }
        if let timer = conditions[index].timer {
            conditionTimers[timer] = nil
            _ = machine.cancel(timer)
        }
        conditions.remove(at: index)
    }

    // MARK: Running the code

    /// Keeps what an event asks of the code until the code runs.
    func add(_ job: WorkflowMachine.Job) {
        jobs.append(job)
    }

    /// Runs the code in a workflow task, until it waits.
    func activate(isReplaying: Bool) -> Activation {
        self.isReplaying = isReplaying
        silence.isOn = isReplaying
        var result = executor.pump { startJobs() }
        while result == .idle, taskFailure == nil, let index = firstTrueCondition() {
            let operation = conditions[index].operation
            dropCondition(operation)
            result = executor.pump { resume(operation, .success([])) }
        }
        if let taskFailure { return .failed(taskFailure) }
        if result == .foreignJob { return .failed(.foreignJob(blueprint.name)) }
        if !isMainFinished, waits.isEmpty { return .failed(.stuck(blueprint.name)) }
        return .done
    }

    /// The first condition that holds. Conditions read the actor's state, so they are looked at while pumping.
    private func firstTrueCondition() -> Int? {
        guard !conditions.isEmpty else { return nil }
        var found: Int?
        _ = executor.pump { found = conditions.firstIndex { $0.condition.holds() } }
        return found
    }

    private func startJobs() {
        let current = jobs
        jobs = []
        var starts = false
        for job in current {
            switch job {
            case .start(let attributes):
                starts = createInstance(attributes)
            case .signal(let attributes):
                startSignal(attributes)
            case .resolve(let operation, let resolution):
                resolve(operation, resolution)
            case .cancelWorkflow:
                isCancelRequested = true
                mainTask?.cancel()
            case .reseed(let runID):
                generator = SplitMix(seed: runID)
            }
        }
        // Signals that came with the start are handled before `run` takes its first step.
        if starts { startMain() }
    }

    private func createInstance(_ attributes: APIWorkflowExecutionStartedEventAttributes) -> Bool {
        let input = ArgumentReader(
            attributes.input.values,
            converter: converter,
            of: "Workflow '\(blueprint.name)'"
        )
        do {
            instance = try blueprint.create(WorkflowContext(self), input)
            return true
        } catch {
            finishMain(.failure(error))
            return false
        }
    }

    private func startMain() {
        guard let instance else { return }
        runningTasks += 1
        let task = Task(executorPreference: executor) { [self] in
            do {
                finishMain(.success(try await instance.run()))
            } catch {
                finishMain(.failure(error))
            }
            runningTasks -= 1
        }
        mainTask = task
        if isCancelRequested { task.cancel() }
    }

    private func startSignal(_ attributes: APIWorkflowExecutionSignaledEventAttributes) {
        guard let handler = instance?.signals[attributes.signalName] else {
            logger.warning("No handler for signal '\(attributes.signalName)': it is not handled.")
            return
        }
        let input = ArgumentReader(
            attributes.input.values,
            converter: converter,
            of: "Signal '\(attributes.signalName)' of workflow '\(blueprint.name)'"
        )
        runningTasks += 1
        handlerTasks.append(
            Task(executorPreference: executor) { [self] in
                do {
                    try await handler(input)
                } catch {
                    handlerFailed(error)
                }
                runningTasks -= 1
            }
        )
    }

    private func resolve(_ operation: Int, _ resolution: WorkflowMachine.Resolution) {
        let result: Result<[Payload], any Error> =
            switch resolution {
            case .success(let payloads): .success(payloads)
            case .failure(let failure): .failure(FailureConverter().error(failure))
            }
        if let waiting = conditionTimers.removeValue(forKey: operation) {
            // The time of a condition is over: one payload says so.
            conditions.removeAll { $0.operation == waiting }
            resume(waiting, .success([Payload(encoding: "binary/null", data: Data())]))
        } else {
            resume(operation, result)
        }
    }

    // MARK: The end of the code

    private func finishMain(_ result: Result<Payload, any Error>) {
        guard !isEvicting.load(ordering: .acquiring) else { return }
        isMainFinished = true
        switch result {
        case .success(let payload): machine.close(.complete(payload))
        case .failure(let error): close(with: error)
        }
    }

    private func handlerFailed(_ error: any Error) {
        guard !isEvicting.load(ordering: .acquiring) else { return }
        // A handler that is cancelled together with the run has nothing to report.
        if isCancelRequested, isCancellation(error) { return }
        close(with: error)
    }

    private func close(with error: any Error) {
        switch error {
        case is WorkflowEvicted:
            break
        case var request as ContinueAsNewRequest:
            // The service gives the next run only what the command says.
            request.memo = request.memo ?? info.memo
            request.retryPolicy = request.retryPolicy ?? info.retryPolicy
            machine.close(.continueAsNew(request))
        case let error where isCancellation(error) && isCancelRequested:
            machine.close(.cancel())
        case let error where error is any TemporalError || error is CancellationError:
            machine.close(.fail(FailureConverter().failure(error)))
        default:
            taskFailure = taskFailure ?? .thrown(error)
        }
    }

    // MARK: Queries

    /// Answers a query from the state of the run.
    func query(_ name: String, _ payloads: [Payload]) -> Result<Payload, any Error> {
        guard let instance else {
            return .failure(WorkflowMisuse("Workflow '\(blueprint.name)' could not be made, so it answers no queries."))
        }
        guard let handler = instance.queries[name] else {
            let known = instance.queryNames.joined(separator: ", ")
            return .failure(
                WorkflowMisuse("Workflow '\(blueprint.name)' has no query '\(name)'. Known queries: [\(known)].")
            )
        }
        let input = ArgumentReader(
            payloads,
            converter: converter,
            of: "Query '\(name)' of workflow '\(blueprint.name)'"
        )
        let answer = Answer()
        isReadOnly = true
        silence.isOn = false
        defer { isReadOnly = false }
        let result = executor.pump {
            _ = Task(executorPreference: executor) {
                do {
                    answer.result = .success(try await handler(input))
                } catch {
                    answer.result = .failure(error)
                }
            }
        }
        return answer.result
            ?? .failure(
                WorkflowMisuse(
                    "Query '\(name)' of workflow '\(blueprint.name)' did not return"
                        + (result == .foreignJob ? ": something from outside of the workflow disturbed it." : ".")
                )
            )
    }

    /// Set and read on the pumping thread only.
    private final class Answer: @unchecked Sendable {
        var result: Result<Payload, any Error>?
    }

    // MARK: Eviction

    /// Ends all code of the run, so that nothing of it stays in memory. The run cannot be used afterwards.
    func evict() {
        guard !isEvicting.exchange(true, ordering: .acquiringAndReleasing) else { return }
        silence.isOn = true
        conditions = []
        conditionTimers = [:]
        executor.close { [weak self] in self?.resumeEvicted() ?? false }
        mainTask = nil
        handlerTasks = []
        instance = nil
    }

    /// Resumes all that waits with an error. Returns whether there was anything to do.
    private func resumeEvicted() -> Bool {
        let waiting = order
        order = []
        var resumed = false
        for operation in waiting {
            guard case .continuation(let continuation) = waits.removeValue(forKey: operation) else { continue }
            continuation.resume(throwing: WorkflowEvicted())
            resumed = true
        }
        if resumed { return true }
        guard runningTasks > 0, mainTask != nil else { return false }
        // What still hangs waits on something of its own: Swift's cancellation is all that can reach it.
        mainTask?.cancel()
        for task in handlerTasks { task.cancel() }
        mainTask = nil
        handlerTasks = []
        return true
    }
}

/// SplitMix64, seeded with a text: small, and the same on every platform and in every version.
struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: String) {
        // FNV-1a spreads the characters of the id over the state.
        state = seed.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
