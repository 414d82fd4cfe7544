import Foundation
import Logging
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import Testing

@testable import TemporalWorker

/// Suppliers of a user's own decide how much a worker does at a time, for each kind of task.
@Suite(.timeLimit(.minutes(1))) struct CustomSlotTests {
    private let server = TestServer()
    private var client: TemporalClient {
        TemporalClient(
            service: server,
            identity: "test",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func worker(_ change: (inout WorkerOptions) -> Void) throws -> TemporalWorker {
        var options = WorkerOptions()
        options.allowsEagerActivities = false
        change(&options)
        return try TemporalWorker(
            client: client,
            taskQueue: "queue",
            workflows: [Round.self, Visit.self],
            activities: [Stop()],
            nexusServices: [Desk()],
            options: options
        )
    }

    @Test func `suppliers are asked for each task, told what it is, and get every slot back`() async throws {
        defer { server.shutdown() }
        let kinds: [SlotKind] = [.workflow, .activity, .localActivity]
        let suppliers = kinds.map { _ in CountingSupplier() }
        let worker = try worker {
            $0.workflowTaskSlots = suppliers[0]
            $0.activitySlots = suppliers[1]
            $0.localActivitySlots = suppliers[2]
        }
        let running = Task { try await worker.run() }
        let result = try await client.executeWorkflow(
            Round.self,
            options: WorkflowOptions(id: "w", taskQueue: "queue")
        )
        #expect(result == "far, near")
        running.cancel()
        try await running.value
        #expect(suppliers.map(\.used) == [["Round", "Round"], ["far"], ["near"]])
        for (kind, supplier) in zip(kinds, suppliers) {
            #expect(supplier.state.withLock { $0.held.isEmpty && $0.errors.isEmpty }, "\(kind)")
            let requests = supplier.state.withLock { $0.requests }
            #expect(requests.allSatisfy { $0.kind == kind && $0.taskQueue == "queue" && $0.identity == "test" })
            #expect(requests.contains { $0.isSticky } == (kind == .workflow))
            // What is held is told: of the five polls before which a slot was reserved, at most two brought a task.
            #expect(requests.map(\.issued).max() ?? 0 >= (kind == .localActivity ? 0 : 2))
        }
    }

    @Test func `a supplier of slots for Nexus operations is asked, told the operation, and gets every slot back`()
        async throws
    {
        defer { server.shutdown() }
        let supplier = CountingSupplier()
        let worker = try worker { $0.nexusTaskSlots = supplier }
        let running = Task { try await worker.run() }
        try await client.operator.createNexusEndpoint(
            "desk",
            target: .worker(namespace: "default", taskQueue: "queue")
        )
        let visit = try await client.startWorkflow(
            Visit.self,
            options: WorkflowOptions(id: "w", taskQueue: "queue")
        )
        #expect(try await visit.result() == "asked a, asked b")
        running.cancel()
        try await running.value
        #expect(supplier.used == ["Desk/ask", "Desk/ask"])
        #expect(supplier.state.withLock { $0.held.isEmpty && $0.errors.isEmpty })
        let requests = supplier.state.withLock { $0.requests }
        #expect(requests.allSatisfy { $0.kind == .nexus && $0.taskQueue == "queue" && $0.identity == "test" })
        #expect(requests.allSatisfy { !$0.isSticky })
    }

    @Test func `a supplier that throws ends a worker of Nexus operations`() async throws {
        defer { server.shutdown() }
        let worker = try worker { $0.nexusTaskSlots = ThrowingSupplier() }
        await #expect(throws: NoSlots.self) { try await worker.run() }
    }

    @Test(arguments: [SlotKind.workflow, .activity, .localActivity])
    func `a supplier that throws ends the worker, and what it had goes to another`(kind: SlotKind) async throws {
        defer { server.shutdown() }
        let bad = try worker {
            switch kind {
            case .workflow: $0.workflowTaskSlots = ThrowingSupplier()
            case .activity: $0.activitySlots = ThrowingSupplier()
            default: $0.localActivitySlots = ThrowingSupplier()
            }
        }
        let handle = try await client.startWorkflow(
            Round.self,
            options: WorkflowOptions(id: "w", taskQueue: "queue")
        )
        await #expect(throws: NoSlots.self) { try await bad.run() }
        let good = try worker { _ in }
        let running = Task { try await good.run() }
        #expect(try await handle.result() == "far, near")
        running.cancel()
        try await running.value
        let events = try await handle.history().map(\.type)
        #expect(!events.contains("WorkflowTaskFailed") && !events.contains("WorkflowTaskTimedOut"))
    }

    @Test func `a supplier without a slot lets a local activity wait until there is one`() async throws {
        defer { server.shutdown() }
        let supplier = CountingSupplier(limit: 0)
        let worker = try worker { $0.localActivitySlots = supplier }
        let running = Task { try await worker.run() }
        let handle = try await client.startWorkflow(
            Round.self,
            options: WorkflowOptions(id: "w", taskQueue: "queue")
        )
        while supplier.waiting == 0 { await Task.yield() }
        supplier.allow(1)
        #expect(try await handle.result() == "far, near")
        running.cancel()
        try await running.value
        #expect(supplier.state.withLock { $0.held.isEmpty && $0.errors.isEmpty })
    }
}

/// Gives out slots up to a limit, and checks how they are used.
private final class CountingSupplier: SlotSupplier {
    struct State {
        var limit: Int
        var count = 0
        /// The slots that are out, with what they are used for.
        var held: [Int: String?] = [:]
        var used: [String] = []
        var requests: [SlotRequest] = []
        var waiters: [CheckedContinuation<Void, Never>] = []
        var errors: [String] = []
    }

    let state: Mutex<State>

    init(limit: Int = 100) {
        state = Mutex(State(limit: limit))
    }

    var maximumSlots: Int? { nil }
    var used: [String] { state.withLock { $0.used } }
    var waiting: Int { state.withLock { $0.waiters.count } }

    func allow(_ limit: Int) {
        let waiters = state.withLock { state in
            state.limit = limit
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func reserve(_ request: SlotRequest) async throws -> SlotPermit {
        while true {
            if let permit = tryReserve(request) { return permit }
            await withCheckedContinuation { continuation in state.withLock { $0.waiters.append(continuation) } }
            try Task.checkCancellation()
        }
    }

    func tryReserve(_ request: SlotRequest) -> SlotPermit? {
        state.withLock { state in
            state.requests.append(request)
            guard state.held.count < state.limit else { return nil }
            state.count += 1
            state.held[state.count] = .some(nil)
            return SlotPermit(value: state.count)
        }
    }

    func markUsed(_ permit: SlotPermit, for use: SlotUse) {
        state.withLock { state in
            guard let number = permit.value as? Int, case .some(nil) = state.held[number] else {
                state.errors.append("marked twice or never given out")
                return
            }
            state.held[number] = use.typeName
            state.used.append(use.typeName)
        }
    }

    func release(_ permit: SlotPermit, after use: SlotUse?) {
        state.withLock { state in
            guard let number = permit.value as? Int, let held = state.held.removeValue(forKey: number) else {
                state.errors.append("released twice or never given out")
                return
            }
            if held != use?.typeName { state.errors.append("released after another use") }
        }
    }
}

private struct NoSlots: Error {}

private final class ThrowingSupplier: SlotSupplier {
    var maximumSlots: Int? { nil }

    func reserve(_ request: SlotRequest) async throws -> SlotPermit { throw NoSlots() }
    func tryReserve(_ request: SlotRequest) -> SlotPermit? { nil }
    func markUsed(_ permit: SlotPermit, for use: SlotUse) {}
    func release(_ permit: SlotPermit, after use: SlotUse?) {}
}

@Activities private struct Stop {
    @Activity func far() async throws -> String { "far" }
    @Activity func near() async throws -> String { "near" }
}

@NexusService private struct Desk {
    @NexusOperation func ask(_ what: String) async throws -> String { "asked \(what)" }
}

@Workflow private actor Visit {
    func run() async throws -> String {
        let first = try await context.executeNexusOperation(Desk.ask, "a", endpoint: "desk")
        let second = try await context.executeNexusOperation(Desk.ask, "b", endpoint: "desk")
        return "\(first), \(second)"
    }
}

@Workflow private actor Round {
    func run() async throws -> String {
        let far = try await context.executeActivity(Stop.far, startToCloseTimeout: .seconds(10))
        let near = try await context.executeLocalActivity(Stop.near, startToCloseTimeout: .seconds(10))
        return "\(far), \(near)"
    }
}
