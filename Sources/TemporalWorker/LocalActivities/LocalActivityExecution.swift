import Foundation
import Synchronization
import Temporal
import TemporalAPI

/// One local activity in this worker: its attempts, the waits between them, its timeouts.
///
/// On the board it counts as at work while it decides something or its code runs. Where it only waits, it steps back
/// before, and whatever ends the wait steps in for it.
final class LocalActivityExecution: Sendable {
    private struct State {
        var reason: ActivityCancellationReason?
        /// What a cancellation does to the step under way.
        var interrupt: (@Sendable () -> Void)?
        /// The slot of the attempt under way.
        var slot: Slot?
    }

    private let request: WorkflowMachine.LocalActivityRequest
    private let info: WorkflowInfo
    private let board: LocalActivityBoard
    private let runner: LocalActivityRunner
    private let startTime: Date
    private let state: Mutex<State>

    init(
        _ request: WorkflowMachine.LocalActivityRequest,
        info: WorkflowInfo,
        board: LocalActivityBoard,
        runner: LocalActivityRunner
    ) {
        self.request = request
        self.info = info
        self.board = board
        self.runner = runner
        self.startTime = board.time.now()
        self.state = Mutex(State(reason: request.isCancelRequested ? .requested : nil))
    }

    // MARK: Cancellation

    /// Why it is to end; `nil` as long as it is not.
    var cancellationReason: ActivityCancellationReason? { state.withLock(\.reason) }

    /// Asks it to end. The first reason counts.
    func cancel(_ reason: ActivityCancellationReason) {
        let interrupt = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.reason == nil else { return nil }
            state.reason = reason
            return state.interrupt
        }
        interrupt?()
    }

    /// Says what a cancellation does from now on. It does so at once if one has come before.
    private func onCancel(_ interrupt: (@Sendable () -> Void)?) {
        let isLate = state.withLock { state in
            state.interrupt = interrupt
            return state.reason != nil
        }
        if isLate { interrupt?() }
    }

    // MARK: Attempts

    /// Runs attempts until the outcome is known, and puts it up. The caller has counted it as at work.
    func run() async {
        var attempt = request.call.attempt
        while let next = await run(attempt) { attempt = next }
    }

    /// Runs one attempt.
    ///
    /// - Returns: The number of the next; `nil` if the outcome was put up.
    private func run(_ attempt: Int) async -> Int? {
        switch await acquireSlot() {
        case .timedOut(let kind):
            end(attempt, failure: whole(.localActivityTimeout(kind), .timeout))
            return nil
        case .cancelled:
            endCancelled(attempt)
            return nil
        case .waited, .returned:
            break
        }
        let timer = LocalActivityTimer(
            runner.metrics,
            activityType: request.call.name,
            workflowType: info.workflowType,
            at: board.time.now()
        )
        let step = await runCode(attempt)
        releaseSlot()
        count(step, timer)
        switch step {
        case .returned(.success(let payload)):
            end(attempt, .success([payload]))
            return nil
        case .returned(.failure(let error)) where isCancelled(by: error):
            endCancelled(attempt, details: (error as? CancelledError)?.details ?? [])
            return nil
        case .returned(.failure(let error)):
            return await retry(after: runner.failureConverter.failure(mended(error)), attempt)
        case .timedOut(let kind):
            return await retry(after: .localActivityTimeout(kind), attempt)
        case .cancelled, .waited:
            endCancelled(attempt)
            return nil
        }
    }

    private func isCancelled(by error: any Error) -> Bool {
        cancellationReason != nil && isCancellation(error)
    }

    /// Counts how an attempt ended.
    private func count(_ end: LocalActivityStep.End, _ timer: LocalActivityTimer) {
        timer.ended(at: board.time.now())
        switch end {
        case .returned(.success):
            timer.succeeded(after: request.used + elapsed)
        case .returned(.failure(let error)) where isCancelled(by: error):
            timer.cancelled()
        case .returned(.failure(let error)):
            runner.countFailure()
            // A failure that is expected is none for those who watch.
            if (error as? ApplicationError)?.category != .benign { timer.failed() }
        case .timedOut:
            runner.countFailure()
            timer.failed()
        case .cancelled, .waited:
            timer.cancelled()
        }
    }

    private func mended(_ error: any Error) -> any Error {
        guard error is CompletesAsynchronously else { return error }
        return ApplicationError(
            "Local activity '\(request.call.name)' threw CompletesAsynchronously: only an activity on a task queue can be "
                + "completed by somebody else.",
            type: "CompletesAsynchronously",
            nonRetryable: true
        )
    }

    /// Decides on the next attempt, and waits for it.
    private func retry(after failure: APIFailure, _ attempt: Int) async -> Int? {
        runner.log(failure, attempt: attempt, of: request, info)
        switch cancellationReason {
        case .workerShutdown?:
            endCancelled(attempt)
            return nil
        case _?:
            end(attempt, failure: whole(failure, .cancelRequested))
            return nil
        case nil:
            break
        }
        var left = remaining
        if case .timeoutFailureInfo(let info) = failure.failureInfo, info.timeoutType == .scheduleToClose {
            left = .zero
        }
        switch LocalActivityRetry.decide(
            failure,
            attempt: attempt,
            policy: request.call.retryPolicy,
            remaining: left
        ) {
        case .never(let state):
            end(attempt, failure: whole(failure, state))
            return nil
        case .after(let delay) where delay > request.call.localRetryThreshold:
            end(attempt, failure: whole(failure, .inProgress), backoff: delay)
            return nil
        case .after(let delay):
            guard case .waited = await sleep(delay) else {
                endCancelled(attempt)
                return nil
            }
            return attempt + 1
        }
    }

    private func whole(_ cause: APIFailure, _ state: APIRetryState) -> APIFailure {
        if case .timeoutFailureInfo = cause.failureInfo {
            return .localActivityTimedOut(type: request.call.name, id: request.id, retryState: state, cause: cause)
        }
        return .localActivityFailed(type: request.call.name, id: request.id, retryState: state, cause: cause)
    }

    /// How long is left for all attempts; `nil` for no limit. By this worker's clock alone from when it was asked to run
    /// them: the times in a history are those of the server's, which may show another time.
    private var remaining: Duration? {
        request.call.scheduleToCloseTimeout.map { $0 - request.used - elapsed }
    }

    private var elapsed: Duration { .seconds(max(0, board.time.now().timeIntervalSince(startTime))) }

    // MARK: The end

    private func end(_ attempt: Int, failure: APIFailure, backoff: Duration? = nil) {
        end(attempt, .failure(.init(failure: failure, backoff: backoff)))
    }

    private func end(_ attempt: Int, _ result: Result<[Payload], WorkflowMachine.LocalActivityFailure>) {
        board.post(
            .ended(.init(sequence: request.sequence, attempt: attempt, elapsed: elapsed, result: result)),
            from: request.sequence
        )
    }

    private func endCancelled(_ attempt: Int, details: [Payload] = []) {
        switch cancellationReason {
        case .workerShutdown?:
            board.post(.workerStops, from: request.sequence)
        case .notFound?:
            // Nobody waits for it.
            board.leave()
        default:
            let details = details.isEmpty ? nil : APIPayloads(details)
            end(
                attempt,
                failure: .localActivityCancelled(type: request.call.name, id: request.id, details: details)
            )
        }
    }

    // MARK: Steps

    // The task of a step is at work from its start on, and passes its place on with the end of the step.

    /// Waits for a slot, which the attempt has if it ends as waited.
    private func acquireSlot() async -> LocalActivityStep.End {
        if cancellationReason != nil { return .cancelled }
        if let remaining, remaining <= .zero { return .timedOut(.scheduleToClose) }
        if let slot = runner.slots.tryAcquire() {
            hold(slot)
            return .waited
        }
        let step = LocalActivityStep()
        let waiting = startTask(of: step) { [self] in
            board.leave()
            defer { board.enter() }
            do {
                hold(try await runner.slots.acquire())
            } catch  where !Task.isCancelled {
                runner.supplierThrew(error)
                throw error
            }
        } late: { [self] in
            releaseSlot()
        }
        let timer = timer(step, request.call.scheduleToStartTimeout, .scheduleToStart)
        onCancel { waiting.cancel() }
        let end = await end(of: step)
        timer?.cancel()
        waiting.cancel()
        return end
    }

    private func hold(_ slot: Slot) {
        state.withLock { $0.slot = slot }
    }

    private func releaseSlot() {
        state.withLock { $0.slot.take() }?.release()
    }

    /// Waits for the next attempt.
    private func sleep(_ duration: Duration) async -> LocalActivityStep.End {
        let step = LocalActivityStep()
        let waiting = startTask(of: step) { [board] in
            try await board.sleep(duration)
        } late: {
        }
        onCancel { waiting.cancel() }
        return await end(of: step)
    }

    /// Runs the code. A cancellation reaches the code; a timeout ends the step without it.
    private func runCode(_ number: Int) async -> LocalActivityStep.End {
        board.attemptBegins(request.sequence)
        state.withLock { $0.slot }?.markUsed(by: request.call.name)
        let step = LocalActivityStep()
        board.enter()
        let code = Task(executorPreference: runner.code.executor(request.call.name)) { [self] in
            let result: Result<Payload, any Error>
            do {
                let runtime = LocalActivityAttempt(execution: self, board: board)
                result = .success(try await runner.run(request, attempt: number, of: info, runtime))
            } catch {
                result = .failure(error)
            }
            if !step.end(.returned(result)) { board.leave() }
        }
        let timer = timer(step, request.call.startToCloseTimeout, .startToClose)
        onCancel { code.cancel() }
        let end = await end(of: step)
        timer?.cancel()
        if case .timedOut = end { code.cancel() }
        return end
    }

    /// Starts something that a step waits for, and that a cancellation of its task ends.
    ///
    /// - Parameters:
    ///   - step: The step.
    ///   - body: What to wait for.
    ///   - late: What to do if it came, but the step had ended.
    private func startTask(
        of step: LocalActivityStep,
        _ body: @escaping @Sendable () async throws -> Void,
        late: @escaping @Sendable () -> Void
    ) -> Task<Void, Never> {
        board.enter()
        return Task(executorPreference: board.time.executor) { [board] in
            let isFirst: Bool
            do {
                try await body()
                isFirst = step.end(.waited)
                if !isFirst { late() }
            } catch {
                isFirst = step.end(.cancelled)
            }
            if !isFirst { board.leave() }
        }
    }

    /// Ends a step when a limit, or that of all attempts, is over. `nil` if there is neither.
    private func timer(
        _ step: LocalActivityStep,
        _ limit: Duration?,
        _ kind: APITimeoutType
    ) -> Task<Void, Never>? {
        let total = remaining
        // A limit of one attempt that is as long as that of all says nothing.
        let limit = limit == request.call.scheduleToCloseTimeout ? nil : limit
        guard let duration = [limit, total].compactMap(\.self).min() else { return nil }
        let kind = duration == limit ? kind : .scheduleToClose
        board.enter()
        return Task(executorPreference: board.time.executor) { [board] in
            do {
                try await board.sleep(duration)
                if step.end(.timedOut(kind)) { return }
            } catch {
                // The step has ended before.
            }
            board.leave()
        }
    }

    /// Waits for the end of a step, and takes the place at work of whoever ended it.
    private func end(of step: LocalActivityStep) async -> LocalActivityStep.End {
        board.leave()
        let end = await step.wait()
        onCancel(nil)
        return end
    }
}
