import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// Signals, queries, timers and conditions.
@Suite(.timeLimit(.minutes(2))) struct MessageScenarios {
    @Test(arguments: Backend.available)
    func `signals are handled in their order`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let handle = try await scene.start(Inbox.self, 3)
        for text in ["a", "b", "c"] { try await handle.signal(Inbox.add, text) }
        let result = try await scene.withWorker(workflows: [Inbox.self]) { try await handle.result() }
        #expect(result == ["a", "b", "c"])
        try await expectHistory(
            handle,
            [
                "WorkflowExecutionStarted Inbox",
                "WorkflowTaskScheduled",
                "WorkflowExecutionSignaled add",
                "WorkflowExecutionSignaled add",
                "WorkflowExecutionSignaled add",
                "WorkflowTaskStarted",
                "WorkflowTaskCompleted",
                "WorkflowExecutionCompleted",
            ]
        )
        await #expect(throws: WorkflowNotFoundError.self) { try await handle.signal(Inbox.add, "late") }
    }

    @Test(arguments: Backend.available)
    func `a signal starts a workflow, or finds it`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let options = scene.options()
        func send(_ text: String) async throws -> WorkflowHandle<Inbox> {
            try await scene.client.signalWithStart(
                Inbox.self,
                2,
                signal: Inbox.add,
                signalInput: text,
                options: options
            )
        }
        let first = try await send("a")
        let second = try await send("b")
        #expect(first.resultRunID == second.resultRunID)
        let result = try await scene.withWorker(workflows: [Inbox.self]) { try await second.result() }
        #expect(result == ["a", "b"])
        try await expectHistory(
            first,
            [
                "WorkflowExecutionStarted Inbox",
                "WorkflowExecutionSignaled add",
                "WorkflowTaskScheduled",
                "WorkflowExecutionSignaled add",
                "WorkflowTaskStarted",
                "WorkflowTaskCompleted",
                "WorkflowExecutionCompleted",
            ]
        )
        let third = try await send("c")
        #expect(third.resultRunID != first.resultRunID)
        try await third.terminate()
    }

    @Test(arguments: Backend.available)
    func `a signal nobody handles is kept in the history`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Inbox.self]) { scene in
            let handle = try await scene.start(Inbox.self, 1)
            try await scene.eventually { try await handle.describe().historyLength == 4 }
            try await handle.untyped.signal("nobody", 1)
            try await scene.eventually { try await handle.describe().historyLength == 8 }
            try await handle.signal(Inbox.add, "a")
            #expect(try await handle.result() == ["a"])
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Inbox",
                    "WorkflowTask",
                    "WorkflowExecutionSignaled nobody",
                    "WorkflowTask",
                    "WorkflowExecutionSignaled add",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a signal that comes while a task runs makes another task`(_ backend: Backend) async throws {
        let gate = Gate()
        Late.gates.add(gate)
        try await withScene(backend, workflows: [Late.self], configure: { $0.deadlockTimeout = .seconds(8) }) { scene in
            let handle = try await scene.start(Late.self, gate.id)
            try await scene.eventually { gate.isReached }
            try await handle.signal(Late.add, "while it ran")
            gate.open()
            #expect(try await handle.result() == "while it ran")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Late",
                    "WorkflowTask",
                    "WorkflowExecutionSignaled add",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `queries during and after a run`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Inbox.self]) { scene in
            let handle = try await scene.start(Inbox.self, 2)
            #expect(try await handle.query(Inbox.count, 10) == 10)
            try await handle.signal(Inbox.add, "a")
            #expect(try await handle.query(Inbox.count, 10) == 11)
            try await handle.signal(Inbox.add, "b")
            #expect(try await handle.result() == ["a", "b"])
            #expect(try await handle.query(Inbox.count, 0) == 2)
            let rejected = await #expect(throws: QueryRejectedError.self) {
                try await handle.query(Inbox.count, 0, rejectCondition: .notOpen)
            }
            #expect(rejected?.status == .completed)
            #expect(try await handle.query(Inbox.count, 0, rejectCondition: .notCompletedCleanly) == 2)
        }
    }

    @Test(arguments: Backend.available)
    func `a query of a workflow that did not complete`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Inbox.self]) { scene in
            let handle = try await scene.start(Inbox.self, 2)
            #expect(try await handle.query(Inbox.count, 1, rejectCondition: .notOpen) == 1)
            try await handle.terminate()
            #expect(try await handle.query(Inbox.count, 1) == 1)
            let rejected = await #expect(throws: QueryRejectedError.self) {
                try await handle.query(Inbox.count, 0, rejectCondition: .notCompletedCleanly)
            }
            #expect(rejected?.status == .terminated)
        }
    }

    @Test(arguments: Backend.available)
    func `queries that cannot be answered`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Inbox.self]) { scene in
            let handle = try await scene.start(Inbox.self, 2)
            let failed = await #expect(throws: QueryFailedError.self) { try await handle.query(Inbox.refuse) }
            #expect(failed?.message.contains("not for you") == true)
            #expect((failed?.cause as? ApplicationError)?.type == "Refused")
            let unknown = await #expect(throws: QueryFailedError.self) {
                try await handle.untyped.query("unknown", as: Int.self)
            }
            #expect(unknown?.message.contains("count") == true)
            // The run is none the worse for it.
            #expect(try await handle.query(Inbox.count, 5) == 5)
            try await handle.terminate()
        }
    }

    @Test(arguments: Backend.available)
    func `timers fire by their time`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Timers.self]) { scene in
            let handle = try await scene.start(Timers.self)
            #expect(try await handle.result() == ["condition false", "condition true", "late fired", "long cancelled"])
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Timers",
                    "WorkflowTask",
                    "TimerStarted 1 0.1 seconds",
                    "TimerFired 1",
                    "WorkflowTask",
                    "TimerStarted 2 60.0 seconds",
                    "TimerStarted 3 2.0 seconds",
                    "TimerStarted 4 3600.0 seconds",
                    "TimerStarted 5 0.1 seconds",
                    "TimerFired 5",
                    "WorkflowTask",
                    "TimerCanceled 2",
                    "TimerFired 3",
                    "WorkflowTask",
                    "TimerCanceled 4",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }
}

/// Collects texts.
@Workflow private actor Inbox {
    private var texts: [String] = []

    func run(_ size: Int) async throws -> [String] {
        try await context.waitCondition { self.texts.count >= size }
        return texts
    }

    @Signal func add(_ text: String) { texts.append(text) }

    @Query func count(_ base: Int) -> Int { base + texts.count }

    @Query func refuse() throws -> Int {
        throw ApplicationError("not for you", type: "Refused")
    }
}

/// Is kept in its first task until the gate opens.
@Workflow private actor Late {
    static let gates = Gates()
    private var text: String?

    func run(_ gate: String) async throws -> String {
        Self.gates.pass(gate)
        try await context.waitCondition { self.text != nil }
        return text ?? ""
    }

    @Signal func add(_ text: String) { self.text = text }
}

@Workflow private actor Timers {
    private var log: [String] = []

    func run() async throws -> [String] {
        let first = try await context.waitCondition(timeout: .milliseconds(100)) { false }
        log.append("condition \(first)")
        async let late: Void = wait("late", .seconds(2))
        let long = Task { try await wait("long", .seconds(3600)) }
        Task {
            try await context.sleep(.milliseconds(100))
            log.append("condition true")
        }
        try await context.waitCondition(timeout: .seconds(60)) { self.log.count >= 2 }
        try await late
        long.cancel()
        _ = await long.result
        return log
    }

    private func wait(_ name: String, _ duration: Duration) async throws {
        do {
            try await context.sleep(duration)
            log.append("\(name) fired")
        } catch {
            log.append("\(name) cancelled")
        }
    }
}
