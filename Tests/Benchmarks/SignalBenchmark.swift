import ArgumentParser
import Foundation
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker

/// Whether many signals to one run cost the same each, in time and memory.
struct SignalBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signals",
        abstract: "Time and memory of many signals to one cached run, from a service that only hands out tasks."
    )

    @Option(help: "How many signals are sent.")
    var signals = 100_000

    @Option(help: "How many signals come with one workflow task.")
    var batch = 50

    /// How much memory may be held for each signal that was handled, in bytes: nothing, as nobody keeps any of it.
    private static let limit = 64

    func validate() throws {
        guard signals >= 10, batch > 0 else { throw ValidationError("--signals must be at least 10, --batch 1.") }
    }

    func run() async throws {
        let service = SignalService(signals: signals, batch: batch)
        let client = TemporalClient(service: service, logger: quiet)
        let worker = try TemporalWorker(client: client, taskQueue: "queue", workflows: [SignalCounter.self])
        let running = Task { try await worker.run() }
        var seconds: [Double] = []
        var memory: [Int] = []
        var last = ContinuousClock.now
        for await _ in service.tenths {
            seconds.append((ContinuousClock.now - last) / .seconds(1))
            memory.append(Measurement.residentMemory())
            last = .now
        }
        running.cancel()
        try await running.value
        guard seconds.count == 10 else { throw ValidationError("The run ended early: \(service.problem).") }
        let (first, end) = (seconds[1...3].reduce(0, +), seconds[7...9].reduce(0, +))
        let growth = (memory[9] - memory[3]) * 10 / (6 * signals)
        print(
            "\(signals) signals: \(Int(Double(signals) / seconds.reduce(0, +))) per second, the last 30 % took "
                + "\((end / first * 100).rounded() / 100) times as long as the second 30 %, "
                + "\(growth) bytes of memory per signal"
        )
        guard end < 3 * first else { throw ValidationError("The time of a signal grows with their number.") }
        // Fewer signals take less than what the allocator holds in stock.
        if signals >= 100_000 { try Measurement.check(growth, isAtMost: Self.limit, for: "a signal") }
    }
}

/// Hands out the tasks of one run that is sent signals, and takes the answers.
private final class SignalService: TemporalService {
    private struct State {
        var sent = 0
        var lastEventID: Int64 = 0
        var isOut = false
        var isDone = false
        var problem = "none"
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// A value for each tenth of the signals that was worked on.
    let tenths: AsyncStream<Void>

    private let progress: AsyncStream<Void>.Continuation
    private let signals: Int
    private let batch: Int
    private let state = Mutex(State())
    private let runID = UUID().uuidString

    init(signals: Int, batch: Int) {
        self.signals = signals
        self.batch = batch
        (tenths, progress) = AsyncStream.makeStream()
    }

    /// What went wrong.
    var problem: String { state.withLock { $0.problem } }

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        switch request {
        case let request as APIPollWorkflowTaskQueueRequest:
            guard request.taskQueue.kind == .normal else {
                try await Task.sleep(for: .seconds(3600))
                return Response()
            }
            return try await nextTask() as? Response ?? Response()
        case let request as APIRespondWorkflowTaskCompletedRequest:
            completed(request)
        case let request as APIRespondWorkflowTaskFailedRequest:
            state.withLock { $0.problem = request.failure.message }
            progress.finish()
        default:
            break
        }
        return Response()
    }

    private func completed(_ request: APIRespondWorkflowTaskCompletedRequest) {
        let (waiter, tenths, isDone) = state.withLock { state in
            state.isOut = false
            let before = max(0, state.sent - batch) * 10 / signals
            let isDone = request.commands.contains { $0.commandType == .completeWorkflowExecution }
            state.isDone = isDone
            return (state.waiter.take(), state.sent * 10 / signals - before, isDone)
        }
        for _ in 0..<tenths { progress.yield() }
        if isDone { progress.finish() }
        waiter?.resume()
    }

    private func nextTask() async throws -> APIPollWorkflowTaskQueueResponse {
        while true {
            let task = state.withLock { state -> APIPollWorkflowTaskQueueResponse? in
                guard !state.isOut, !state.isDone else { return nil }
                state.isOut = true
                return makeTask(&state)
            }
            if let task { return task }
            if state.withLock({ $0.isDone }) { try await Task.sleep(for: .seconds(3600)) }
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    if state.isOut { state.waiter = continuation }
                    return !state.isOut
                }
                if isFree { continuation.resume() }
            }
        }
    }

    private func makeTask(_ state: inout State) -> APIPollWorkflowTaskQueueResponse {
        var task = APIPollWorkflowTaskQueueResponse()
        task.taskToken = Data([1])
        task.workflowExecution.workflowID = "w"
        task.workflowExecution.runID = runID
        task.workflowType.name = "SignalCounter"
        task.attempt = 1
        func add(_ type: APIEventType, _ attributes: APIHistoryEvent.OneOf_Attributes) {
            state.lastEventID += 1
            var event = APIHistoryEvent()
            event.eventID = state.lastEventID
            event.eventType = type
            event.attributes = attributes
            task.history.events.append(event)
        }
        let number = Data("1".utf8)
        if state.lastEventID == 0 {
            var started = APIWorkflowExecutionStartedEventAttributes()
            started.workflowType.name = "SignalCounter"
            started.taskQueue.name = "queue"
            started.input.payloads = [payload(Data(String(signals).utf8))]
            started.originalExecutionRunID = runID
            add(.workflowExecutionStarted, .workflowExecutionStartedEventAttributes(started))
        } else {
            task.previousStartedEventID = state.lastEventID
            add(.workflowTaskCompleted, .workflowTaskCompletedEventAttributes(.init()))
            for _ in 0..<min(batch, signals - state.sent) {
                var signal = APIWorkflowExecutionSignaledEventAttributes()
                signal.signalName = "add"
                signal.input.payloads = [payload(number)]
                add(.workflowExecutionSignaled, .workflowExecutionSignaledEventAttributes(signal))
                state.sent += 1
            }
        }
        add(.workflowTaskScheduled, .workflowTaskScheduledEventAttributes(.init()))
        add(.workflowTaskStarted, .workflowTaskStartedEventAttributes(.init()))
        task.startedEventID = state.lastEventID
        return task
    }

    private func payload(_ json: Data) -> APIPayload {
        var payload = APIPayload()
        payload.metadata["encoding"] = Data("json/plain".utf8)
        payload.data = json
        return payload
    }
}
