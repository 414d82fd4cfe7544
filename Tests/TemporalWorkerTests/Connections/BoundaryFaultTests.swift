import Foundation
import Logging
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalTestServerCommand
import TemporalWorker
import Testing

/// Charges, and counts how often.
@Activities private final class CountingTill: Sendable {
    private let charges = Mutex(0)

    var count: Int { charges.withLock { $0 } }

    @Activity func charge(_ amount: Int) async throws -> Int {
        charges.withLock { $0 += 1 }
        try ActivityContext.current.heartbeat(amount)
        // The heartbeat is on its way meanwhile.
        try await Task.sleep(for: .milliseconds(50))
        return amount
    }
}

/// Charges once it was approved, which takes a signal.
@Workflow private actor ApprovedOrder {
    private var signals = 0
    private var approvals = 0
    private var isLast = false

    func run(_ amount: Int, _ seconds: Int) async throws -> [Int] {
        try await context.waitCondition { self.approvals > 0 }
        let charged = try await context.executeActivity(
            CountingTill.charge,
            amount,
            startToCloseTimeout: .seconds(seconds),
            retryPolicy: RetryPolicy(initialInterval: .milliseconds(50))
        )
        try await context.waitCondition { self.isLast }
        return [charged, signals, approvals]
    }

    @Signal func poke() { signals += 1 }
    @Signal func end() { isLast = true }

    @Update func approve(_ by: Int) async throws -> Int {
        try await context.waitCondition { self.signals > 0 }
        approvals += by
        return approvals
    }

    @Query func state() -> [Int] { [signals, approvals] }
}

/// Every call between a client, a worker and a service over real gRPC goes wrong once, in every way, and no effect is lost or
/// doubled.
@Suite(.timeLimit(.minutes(4))) struct BoundaryFaultTests {
    /// So many rows at a time: each has time limits of its own on the wall's clock.
    private static let turnstile = Turnstile(6)

    struct Row: Sendable, CustomTestStringConvertible {
        let method: String
        let fault: BoundaryFault

        var testDescription: String { "\(fault.rawValue) of \(method)" }
    }

    private static let methods = [
        "StartWorkflowExecution", "SignalWorkflowExecution", "UpdateWorkflowExecution", "PollWorkflowExecutionUpdate",
        "QueryWorkflow", "GetWorkflowExecutionHistory", "DescribeWorkflowExecution", "PollWorkflowTaskQueue",
        "RespondWorkflowTaskCompleted", "RespondQueryTaskCompleted", "PollActivityTaskQueue",
        "RecordActivityTaskHeartbeat", "RespondActivityTaskCompleted",
    ]

    /// Those that only workers call, so that a worker can be lost with them.
    private static let methodsOfWorkers: Set = [
        "PollWorkflowTaskQueue", "RespondWorkflowTaskCompleted", "RespondQueryTaskCompleted", "PollActivityTaskQueue",
        "RecordActivityTaskHeartbeat", "RespondActivityTaskCompleted",
    ]

    static let rows = methods.flatMap { method in
        BoundaryFault.allCases
            .filter { fault in
                switch fault {
                case .workerDiesBefore, .workerDiesAfter: methodsOfWorkers.contains(method)
                default: true
                }
            }
            .map { Row(method: method, fault: $0) }
    }

    @Test(arguments: rows)
    func `a fault at one boundary neither loses an effect nor doubles one`(_ row: Row) async throws {
        await Self.turnstile.enter()
        defer { Task { await Self.turnstile.leave() } }
        let till = CountingTill()
        let history = try await Self.history(row, till)
        #expect(throws: Never.self) { try HistoryValidator.validate(history) }
        func count(_ type: APIEventType) -> Int { history.count { $0.eventType == type } }
        #expect(count(.workflowExecutionStarted) == 1)
        #expect(count(.workflowExecutionSignaled) == 2)
        #expect(count(.workflowExecutionUpdateAccepted) == 1)
        #expect(count(.workflowExecutionUpdateCompleted) == 1)
        #expect(count(.activityTaskScheduled) == 1)
        #expect(count(.activityTaskCompleted) == 1)
        #expect(count(.workflowExecutionCompleted) == 1)
        // An activity runs at least once: again only if an attempt of it was lost on the way.
        #expect(row.fault.breaksConnections ? till.count >= 1 : till.count == 1, "\(till.count) attempts")
    }

    /// Runs an order to its end, with a fault.
    ///
    /// - Returns: Its history.
    private static func history(_ row: Row, _ till: CountingTill) async throws -> [APIHistoryEvent] {
        let service = try FaultyService(row.fault, of: row.method)
        let frontend = GRPCFrontend(service.engine, port: 0, through: service)
        let serving = Task { try await frontend.run() }
        let port = try await frontend.port
        let queue = "q-\(UUID())"
        // The client and each worker have a way of their own to the service.
        let ways = try await (Way(to: port), Way(to: port), Way(to: port))
        let client = try await client(ways.0, retry: .patient)
        let workers = Mutex<[Task<Void, any Error>]>([])
        @Sendable func startWorker(_ way: Way) async throws {
            var options = WorkerOptions()
            options.maximumHeartbeatThrottleInterval = .milliseconds(10)
            options.gracefulShutdownTimeout = .zero
            let worker = try TemporalWorker(
                client: try await Self.client(way),
                taskQueue: queue,
                workflows: [ApprovedOrder.self],
                activities: [till],
                options: options
            )
            workers.withLock { $0.append(Task { try await worker.run() }) }
        }
        service.prepare {
            for way in [ways.0, ways.1] { await way.cut() }
            try await service.pollsHaveEnded()
            for way in [ways.0, ways.1] { way.open() }
        } replaceWorker: {
            await ways.1.cut()
            try await service.pollsHaveEnded()
            try await startWorker(ways.2)
        }
        try await startWorker(ways.1)
        let history = try await order(client, queue, isQuick: row.fault.breaksConnections)
        #expect(service.hasHappened, "The fault did not happen.")
        #expect(service.engine.history(workflowID: queue).map(\.eventID) == history.map(\.eventID))
        for worker in workers.withLock({ $0 }) {
            worker.cancel()
            _ = await worker.result
        }
        for way in [ways.0, ways.1, ways.2] { try await way.close() }
        service.shutdown()
        frontend.stop()
        try await serving.value
        return history
    }

    private static func client(_ way: Way, retry: CallRetryOptions = CallRetryOptions()) async throws -> TemporalClient
    {
        TemporalClient(
            service: try await way.connection(),
            retry: retry,
            logger: Logger(label: "faults") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// What the client does, which makes every call there is in the table.
    ///
    /// - Parameter isQuick: Whether an attempt that is lost is soon found to be.
    private static func order(
        _ client: TemporalClient,
        _ queue: String,
        isQuick: Bool
    ) async throws -> [APIHistoryEvent] {
        var options = WorkflowOptions(id: queue, taskQueue: queue)
        options.taskTimeout = isQuick ? .seconds(2) : .seconds(20)
        let order = try await client.startWorkflow(ApprovedOrder.self, 7, isQuick ? 2 : 20, options: options)
        let approval = try await order.startUpdate(ApprovedOrder.approve, 1, waitFor: .accepted)
        var state: [Int]?
        while state == nil {
            do {
                state = try await order.query(ApprovedOrder.state)
            } catch let error as RPCError where error.code == .deadlineExceeded && isQuick {
                // The worker that had the query is gone, and a service asks nobody else: the caller asks again.
            }
        }
        #expect(state == [0, 0])
        async let approved = approval.result()
        #expect(try await order.describe().status == .running)
        try await order.signal(ApprovedOrder.poke)
        #expect(try await approved == 1)
        do {
            try await order.signal(ApprovedOrder.end)
        } catch is WorkflowNotFoundError where isQuick {
            // The answer was lost, and the run has ended before the signal was sent again: then it took effect.
        }
        #expect(try await order.result() == [7, 1, 1])
        return try await order.history().proto.events
    }
}

/// Lets so many in at a time.
private actor Turnstile {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) {
        free = count
    }

    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

/// A connection that can be broken, over a relay of its own.
private final class Way: Sendable {
    private let relay: TCPRelay
    private let connections = Mutex<[GRPCConnection]>([])

    init(to port: Int) async throws {
        relay = TCPRelay(to: port)
        try await relay.open()
    }

    func connection() async throws -> GRPCConnection {
        let connection = try await GRPCConnection.connect(ConnectionOptions(address: "127.0.0.1:\(relay.port)"))
        connections.withLock { $0.append(connection) }
        return connection
    }

    /// Breaks the connection. Until ``open()``, there is no other.
    func cut() async { await relay.interrupt() }

    func open() { relay.resume() }

    func close() async throws {
        for connection in connections.withLock({ $0 }) { await connection.close() }
        try await relay.cut()
    }
}
