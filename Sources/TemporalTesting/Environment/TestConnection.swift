import Synchronization
import Temporal
import TemporalAPI

/// What stands between the client and worker of an environment and their service: it can lose a worker, let calls go
/// wrong, and look on.
final class TestConnection: TemporalService {
    private let base: any TemporalService
    private let faults: FaultInjector?
    private let book: RunBook?
    private let onQuery: (@Sendable (APIQueryWorkflowRequest) -> Void)?
    private let waitForTurn: (@Sendable () async throws -> Void)?
    private let isPlain: Bool
    private let isWorkerLost = Atomic<Bool>(false)

    /// Stands before a service.
    ///
    /// - Parameters:
    ///   - base: The service.
    ///   - faults: What goes wrong.
    ///   - book: Takes note of the runs.
    ///   - onQuery: Told of each query that was answered.
    ///   - waitForTurn: Waits until it is the turn of a test that has something to say to its workflows.
    init(
        _ base: any TemporalService,
        faults: FaultInjector?,
        book: RunBook?,
        onQuery: (@Sendable (APIQueryWorkflowRequest) -> Void)?,
        waitForTurn: (@Sendable () async throws -> Void)?
    ) {
        self.base = base
        self.faults = faults
        self.book = book
        self.onQuery = onQuery
        self.waitForTurn = waitForTurn
        isPlain = faults == nil && book == nil && onQuery == nil && waitForTurn == nil
    }

    /// Lets no call of the workers through, or lets them through again.
    func setWorkerLost(_ isLost: Bool) {
        isWorkerLost.store(isLost, ordering: .releasing)
    }

    /// Lets nothing go wrong from now on.
    func endFaults() { faults?.close() }

    /// What went wrong on purpose so far, in its order.
    var faultsSoFar: [Fault] { faults?.happened ?? [] }

    /// The faults that were to happen and did not, in words.
    var missingFaults: [String] { faults?.missing ?? [] }

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        if isWorkerLost.load(ordering: .acquiring), method.isForWorkers { throw WorkerWasLost.error }
        if isPlain { return try await base.call(method, request, options: options) }
        if let waitForTurn, method.tellsWorkflow { try await waitForTurn() }
        let response: Response
        if let faults {
            response = try await faults.call(method, request) { [base] request in
                try await base.call(method, request, options: options)
            }
        } else {
            response = try await base.call(method, request, options: options)
        }
        if let onQuery, let query = request as? APIQueryWorkflowRequest { onQuery(query) }
        book?.note(request, response)
        if let task = response as? APIPollWorkflowTaskQueueResponse {
            book?.note(task, namespace: (request as? APIPollWorkflowTaskQueueRequest)?.namespace ?? "")
        }
        if let completed = response as? APIRespondWorkflowTaskCompletedResponse, completed.hasWorkflowTask {
            book?.note(
                completed.workflowTask,
                namespace: (request as? APIRespondWorkflowTaskCompletedRequest)?.namespace ?? ""
            )
        }
        return response
    }
}

/// The error of calls that a lost worker makes: none that is tried again.
enum WorkerWasLost {
    static let error = RPCError(code: .failedPrecondition, message: "The worker was lost.")
}

extension ServiceMethod {
    /// Whether such a call tells or asks a workflow something from outside.
    fileprivate var tellsWorkflow: Bool {
        switch name {
        case "SignalWorkflowExecution", "SignalWithStartWorkflowExecution", "RequestCancelWorkflowExecution",
            "TerminateWorkflowExecution", "UpdateWorkflowExecution", "QueryWorkflow":
            true
        default: false
        }
    }

    /// Whether only workers make such calls.
    var isForWorkers: Bool {
        name.hasPrefix("PollWorkflowTask") || name.hasPrefix("PollActivityTask") || name.hasPrefix("PollNexusTask")
            || (name.hasPrefix("Respond") && !name.hasSuffix("ById"))
            || name == "RecordActivityTaskHeartbeat" || name == "ShutdownWorker" || name == "RecordWorkerHeartbeat"
    }
}
