package import CoreMetrics
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

    struct Condition {
        var operation: Int
        var timer: Int?
        var condition: WorkflowCondition
    }

    /// An operation that the code waits for.
    struct OpenOperation {
        /// The operation in words.
        var label: String
        /// The handler that waits, in words; `nil` for `run`.
        var owner: String?
    }

    enum Wait {
        case continuation(UnsafeContinuation<[Payload], any Error>)
        case result(Result<[Payload], any Error>)
    }

    package let executor = WorkflowExecutor()
    package private(set) var info: WorkflowInfo
    package var isReplaying = true
    package var searchAttributes: SearchAttributes
    package var memo: [String: Payload]
    package var currentDetails = ""

    /// Where the outcomes of local activities come in; `nil` before the first.
    var board: LocalActivityBoard?
    package let converter: PayloadConverter
    let dataConverter: DataConverter
    /// What the codecs are told of the run's payloads; `nil` if they do not ask.
    var scope: SerializationScope?
    let blueprint: WorkflowBlueprint

    var machine: WorkflowMachine
    private(set) var isCancelRequested = false

    package let interceptors: [any WorkflowInterceptor]
    let activatesPatch: (@Sendable (PatchActivation) -> Bool)?
    let codeHook: CodeHook?
    private let failureRules: [WorkflowFailureRule]
    let isEvicting = Atomic<Bool>(false)
    let silence: LogSilence
    private let baseLogger: Logger
    private let baseMetrics: any MetricsFactory
    private let unsilencedLogger: Logger
    /// What events and messages ask of the code, each with the event that it comes with or after.
    private var jobs: [(eventID: Int64, job: WorkflowMachine.Job)] = []
    var instance: WorkflowInstance?
    /// What answers messages now.
    var handlers = HandlerTable()
    /// The handlers at work, in the order in which they began.
    var runningHandlers: [RunningHandler] = []
    /// How many handlers have begun.
    var handlerCount = 0
    /// The signals that nothing answers yet, in their order.
    var unhandledSignals: [APIWorkflowExecutionSignaledEventAttributes] = []
    var mainTask: Task<Void, Never>?
    var runningTasks = 0
    private var isMainFinished = false
    private var startArguments: [Payload] = []
    var taskFailure: WorkflowTaskFailure?
    /// What the handler of the query that is being answered did and may not do.
    var queryMisuse: WorkflowMisuse?
    var waits: [Int: Wait] = [:]
    /// The operations that have not ended, by their numbers, which are in the order in which they began.
    var openOperations: [Int: OpenOperation] = [:]
    var conditions: [Condition] = []
    var conditionTimers: [Int: Int] = [:]
    var longOperations: [Int: OpenLongOperation] = [:]
    /// What the operations that wait for the end of a long one wait for.
    var awaitedOperations: [Int: Int] = [:]
    private var generator: SplitMix64
    /// What the SDK itself draws from, so that what it draws changes nothing for the code.
    var ownGenerator: SplitMix64
    private var attemptsWhileEvicting = 0

    init(
        blueprint: WorkflowBlueprint,
        info: WorkflowInfo,
        seed: String,
        dataConverter: DataConverter,
        failureRules: [WorkflowFailureRule] = [],
        interceptors: [any WorkflowInterceptor] = [],
        activatesPatch: (@Sendable (PatchActivation) -> Bool)? = nil,
        codeHook: CodeHook? = nil,
        logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        self.activatesPatch = activatesPatch
        self.codeHook = codeHook
        self.baseMetrics = metrics
        self.blueprint = blueprint
        self.info = info
        self.searchAttributes = info.searchAttributes
        self.memo = info.memo
        self.dataConverter = dataConverter
        self.converter = dataConverter.payloadConverter.with(
            SerializationContext(namespace: info.namespace, workflowID: info.workflowID)
        )
        self.failureRules = blueprint.failureRules + failureRules
        self.interceptors = interceptors
        self.machine = WorkflowMachine(taskQueue: info.taskQueue, namespace: info.namespace)
        self.generator = SplitMix64(seed: seed)
        self.ownGenerator = SplitMix64(seed: Self.ownSeed(seed))
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

    package var metrics: any MetricsFactory {
        LabelledMetricsFactory(
            baseMetrics,
            labels: [
                ("namespace", info.namespace), ("task_queue", info.taskQueue), ("workflow_type", info.workflowType),
            ],
            isSilent: { [silence] in silence.isOn }
        )
    }

    package func random() throws -> UInt64 {
        try checkMayAct("draw random numbers")
        return generator.next()
    }

    package func begin(_ operation: WorkflowOperation) throws -> Int {
        if isEvicting.load(ordering: .acquiring) { return try beginWhileEvicting() }
        try checkMayAct("wait")
        // What is begun in a cancelled task ends at once; waiting for what was begun before cancels that.
        switch operation {
        case .childResult, .nexusResult: break
        default: try Task.checkCancellation()
        }
        let number: Int
        switch operation {
        case .timer(let duration, let summary):
            number = machine.startTimer(duration, summary: try summary.map(converter.encode))
        case .activity(let call):
            number = try machine.scheduleActivity(call, summary: try call.summary.map(converter.encode))
        case .localActivity(let call):
            number = machine.callLocalActivity(call, summary: try call.summary.map(converter.encode))
        case .condition(let condition, let timeout, let summary):
            let summary = try timeout == nil ? nil : summary.map(converter.encode)
            number = machine.makeOperation()
            let timer = timeout.map { machine.startTimer($0, summary: summary) }
            if let timer { conditionTimers[timer] = number }
            conditions.append(Condition(operation: number, timer: timer, condition: condition))
        case .startChild(let call, let execution):
            number = startChild(call, execution)
        case .childResult(let execution):
            number = awaitEnd(of: execution)
        case .startNexus(let call, let execution):
            number = startNexus(call, execution)
        case .nexusResult(let execution):
            number = awaitEnd(of: execution)
        case .signalExternal(let call):
            number = machine.signalExternal(call)
        case .cancelExternal(let call):
            number = machine.requestCancel(.cancel, target: call.target, reason: call.reason)
        }
        openOperations[number] = OpenOperation(label: operation.label, owner: MessageScope.current?.label)
        return number
    }

    /// Code that waits while it is evicted gets the same error again, so that its `catch` and `defer` blocks end. Code
    /// that waits for ever in a loop would never leave its thread: after many tries it is left where it stands.
    private func beginWhileEvicting() throws -> Int {
        attemptsWhileEvicting += 1
        guard attemptsWhileEvicting > Self.patience else { throw WorkflowEvicted() }
        return Self.abandoned
    }

    private static func ownSeed(_ seed: String) -> String { "own:" + seed }

    private static let patience = 1000
    private static let abandoned = -1

    package func wait(for operation: Int, _ continuation: UnsafeContinuation<[Payload], any Error>) {
        if operation == Self.abandoned {
            unsilencedLogger.error(
                "Workflow '\(blueprint.name)' waits in a loop that ignores errors: its run stays in memory for ever."
            )
        } else if case .result(let result) = waits.removeValue(forKey: operation) {
            openOperations[operation] = nil
            continuation.resume(with: result)
        } else {
            waits[operation] = .continuation(continuation)
        }
    }

    package func cancel(_ operation: Int) {
        // A cancellation from another thread makes a job there, which the executor reports.
        guard executor.isPumping, !isEvicting.load(ordering: .acquiring), waits[operation] != nil else { return }
        if let long = awaitedOperations[operation] ?? (longOperations[operation] == nil ? nil : operation) {
            return cancelLongOperation(long, reason: "")
        }
        if dropCondition(operation) { return resume(operation, .failure(CancellationError())) }
        switch machine.cancel(operation) {
        case .resolve:
            resume(operation, .failure(CancellationError()))
        case .fail(let failure):
            resume(operation, .failure(dataConverter.failureConverter.error(failure)))
        case .nothing:
            break
        }
    }

    /// Makes sure that the code may do something that its history knows.
    ///
    /// - Parameter what: What it wants to do, for the error.
    /// - Throws: ``WorkflowMisuse`` or ``WorkflowEvicted``.
    func checkMayAct(_ what: String) throws {
        if isEvicting.load(ordering: .acquiring) { throw WorkflowEvicted() }
        switch ReadOnlyCode.current {
        case .query:
            let misuse = WorkflowMisuse("A query handler of '\(blueprint.name)' tried to \(what): it may only read.")
            // Not an answer, whatever the handler makes of the error.
            queryMisuse = queryMisuse ?? misuse
            throw misuse
        case .validator(let update):
            let misuse = WorkflowMisuse(
                "The validator of update '\(update)' of '\(blueprint.name)' tried to \(what): it may only read."
            )
            // Not a rejection, whatever the validator makes of the error: the code is to be mended.
            taskFailure = taskFailure ?? .thrown(misuse)
            throw misuse
        case nil:
            break
        }
        guard executor.isPumping else {
            throw WorkflowMisuse(
                "Workflow '\(blueprint.name)' used its context outside of its own tasks: "
                    + "a detached task or another thread cannot \(what) for it."
            )
        }
    }

    func resume(_ operation: Int, _ result: Result<[Payload], any Error>) {
        guard case .continuation(let continuation) = waits.removeValue(forKey: operation) else {
            waits[operation] = .result(result)
            return
        }
        openOperations[operation] = nil
        continuation.resume(with: result)
    }

    /// Waits no longer for a condition.
    ///
    /// - Returns: Whether the operation was one.
    @discardableResult
    private func dropCondition(_ operation: Int) -> Bool {
        guard let index = conditions.firstIndex(where: { $0.operation == operation }) else { return false }
        if let timer = conditions[index].timer {
            conditionTimers[timer] = nil
            _ = machine.cancel(timer)
        }
        conditions.remove(at: index)
        return true
    }

    // MARK: Running the code

    /// Keeps what an event or a message asks of the code until the code runs.
    ///
    /// - Parameters:
    ///   - job: What is asked.
    ///   - eventID: The event, or the one that the message comes after; `nil` for the last one.
    func add(_ job: WorkflowMachine.Job, after eventID: Int64? = nil) {
        // Nothing comes before the start, which is the first event.
        let eventID = max(eventID ?? machine.lastEventID, 1)
        jobs.insert((eventID, job), at: jobs.firstIndex { $0.eventID > eventID } ?? jobs.endIndex)
    }

    /// Runs the code in a workflow task, until it waits.
    func activate(isReplaying: Bool) -> Activation {
        self.isReplaying = isReplaying
        silence.isOn = isReplaying
        var result = pumpUntilIdle()
        // Each outcome of a local activity was delivered by itself, when the code had come to rest.
        while result == .idle, taskFailure == nil, let job = machine.replayLocalActivity() {
            add(job)
            result = pumpUntilIdle()
        }
        if let taskFailure { return .failed(taskFailure) }
        if result == .foreignJob { return .failed(.foreignJob(blueprint.name)) }
        if !isMainFinished, waits.isEmpty { return .failed(.stuck(blueprint.name)) }
        warnOfUnfinishedMessages()
        return .done
    }

    /// Runs the code until it waits and no condition holds.
    private func pumpUntilIdle() -> WorkflowExecutor.PumpResult {
        var result = executor.pump { startJobs() }
        while result == .idle, taskFailure == nil, let index = firstTrueCondition() {
            let operation = conditions[index].operation
            dropCondition(operation)
            result = executor.pump { resume(operation, .success([])) }
        }
        return result
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
        for entry in current {
            switch entry.job {
            case .start(let attributes):
                starts = createInstance(attributes)
            case .signal(let attributes):
                startSignal(attributes)
            case .update(let request):
                startUpdate(request)
            case .resolve(let operation, let resolution):
                resolve(operation, resolution)
            case .cancelWorkflow:
                isCancelRequested = true
                mainTask?.cancel()
            case .childStarted(let operation, let runID):
                childDidStart(operation, runID: runID)
            case .nexusStarted(let operation, let token):
                nexusDidStart(operation, token: token)
            case .childEnded(let operation, let resolution), .nexusEnded(let operation, let resolution):
                endLongOperation(operation, resolution)
            case .reseed(let runID):
                generator = SplitMix64(seed: runID)
                ownGenerator = SplitMix64(seed: Self.ownSeed(runID))
            }
        }
        // Messages that came with the start are handled before `run` takes its first step.
        if starts { startMain() }
    }

    private func createInstance(_ attributes: APIWorkflowExecutionStartedEventAttributes) -> Bool {
        startArguments = attributes.input.values
        let input = ArgumentReader(
            startArguments,
            converter: converter,
            of: "Workflow '\(blueprint.name)'"
        )
        do {
            let instance = try blueprint.create(WorkflowContext(self), input)
            // What the initializer set counts more than what is declared.
            let added = handlers.handlers
            for handler in instance.handlers + added { handlers.set(handler) }
            self.instance = instance
            codeHook?.onStart(info.workflowType, handlers.handlers)
            return true
        } catch {
            finishMain(.failure(error))
            return false
        }
    }

    private func startMain() {
        guard let instance else { return }
        runningTasks += 1
        let input = ExecuteWorkflowInput(context: WorkflowContext(self), arguments: startArguments)
        let task = Task(executorPreference: executor) { [self] in
            do {
                let result =
                    interceptors.isEmpty
                    ? try await instance.run()
                    : try await throughInterceptors(
                        interceptors[...],
                        input,
                        { try await $0.execute($1, next: $2) },
                        { _ in try await instance.run() }
                    )
                finishMain(.success(result))
            } catch {
                finishMain(.failure(error))
            }
            runningTasks -= 1
        }
        mainTask = task
        if isCancelRequested { task.cancel() }
    }

    /// How an operation ended, as its code sees it.
    func result(of resolution: WorkflowMachine.Resolution) -> Result<[Payload], any Error> {
        switch resolution {
        case .success(let payloads): .success(payloads)
        case .failure(let failure): .failure(dataConverter.failureConverter.error(failure))
        case .error(let error): .failure(error)
        case .backoff(let backoff): .failure(backoff)
        }
    }

    private func resolve(_ operation: Int, _ resolution: WorkflowMachine.Resolution) {
        let result = result(of: resolution)
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

    func close(with error: any Error) {
        switch error {
        case is WorkflowEvicted:
            break
        case var request as ContinueAsNewRequest:
            // The service gives the next run only what the command says.
            request.memo = request.memo ?? memo
            request.searchAttributes = request.searchAttributes ?? searchAttributes
            request.retryPolicy = request.retryPolicy ?? info.retryPolicy
            machine.close(.continueAsNew(request))
        case let error where isCancellation(error) && isCancelRequested:
            machine.close(.cancel(details: (error as? CancelledError)?.details ?? []))
        case let error where failsWorkflow(error):
            machine.close(.fail(dataConverter.failureConverter.failure(error)))
        default:
            taskFailure = taskFailure ?? .thrown(error)
        }
    }

    /// Whether an error that the code threw fails the workflow, and not only the task.
    package func failsWorkflow(_ error: any Error) -> Bool {
        error is any TemporalError || error is CancellationError || failureRules.contains { $0.applies(to: error) }
    }
}

extension SplitMix64 {
    /// Draws the numbers of a text.
    init(seed: String) {
        // FNV-1a spreads the characters of the id over the state.
        self.init(state: seed.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 })
    }
}
