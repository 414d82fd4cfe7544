import Foundation
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// Lists, counts, resets of one run and of many, and other operations on many workflows.
@Suite(.timeLimit(.minutes(3))) struct BatchResetScenarios {
    @Test(arguments: Backend.available)
    func `runs are listed and counted by a query`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handles = try await scene.accounts(3)
            try await handles[0].signal(Account.close)
            _ = try await handles[0].result()
            let all = "TaskQueue = '\(scene.taskQueue)'"
            try await scene.eventually {
                try await scene.client.countWorkflows("\(all) AND ExecutionStatus = 'Completed'").total == 1
            }
            let listed = try await scene.client.listWorkflows(all, pageSize: 2).all()
            #expect(Set(listed.map(\.id)) == Set(handles.map(\.id)))
            #expect(listed.allSatisfy { $0.workflowType == "Account" && $0.taskQueue == scene.taskQueue })
            #expect(listed.filter { $0.status == .completed }.map(\.id) == [handles[0].id])
            let count = try await scene.client.countWorkflows("\(all) GROUP BY ExecutionStatus")
            #expect(count.total == 3)
            let groups = count.groups.sorted { $0.count < $1.count }.map { $0.values.joined() }
            #expect(groups == ["Completed", "Running"])
            await #expect(throws: RPCError.self) { try await scene.client.countWorkflows("Bogus ~ 3") }
            for handle in handles.dropFirst() { try await handle.terminate() }
        }
    }

    @Test(arguments: Backend.available)
    func `a history is followed until its run ends`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handle = try await scene.accounts(1)[0]
            var types: [String] = []
            for try await event in try await handle.untyped.events(followsRun: true) {
                types.append(event.type)
                if types.filter({ $0 == "WorkflowExecutionSignaled" }).count == 4, event.isSignal {
                    try await handle.signal(Account.close)
                }
            }
            #expect(types.first == "WorkflowExecutionStarted")
            #expect(types.last == "WorkflowExecutionCompleted")
        }
    }

    /// What the points are after a reset, where the accident was the last signal: the server's own rules bring nothing back.
    @Test(
        arguments: Backend.available,
        [
            (ResetPoint.lastWorkflowTask, [ResetReapplyExclusion](), 0), (.firstWorkflowTask, [], 0),
            (.firstWorkflowTask, .all, 100),
        ]
    )
    func `a reset takes a run back`(
        _ backend: Backend,
        _ row: (point: ResetPoint, exclusions: [ResetReapplyExclusion], points: Int)
    ) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handle = try await scene.accounts(1)[0]
            try await scene.accident(handle)
            let new = try await handle.reset(
                to: row.point,
                reason: "Sev2",
                excludingFromReapply: row.exclusions
            )
            #expect(try await new.query(Account.points) == row.points)
            #expect(try await scene.run(handle).describe().status == .terminated)
            let reset = try #require(try await new.history().first { $0.type == "WorkflowTaskFailed" })
            #expect(try String(decoding: reset.json(), as: UTF8.self).contains("Sev2"))
            try await new.signal(Account.add, 7)
            #expect(try await new.query(Account.points) == row.points + 7)
            try await new.terminate()
        }
    }

    @Test(arguments: Backend.available)
    func `a run without such a point is not reset`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handle = try await scene.accounts(1)[0]
            await #expect(throws: NoResetPointError.self) {
                try await handle.reset(to: .lastContinuedAsNew, reason: "Sev2")
            }
            await #expect(throws: NoResetPointError.self) {
                try await handle.reset(to: .buildID("nobody's"), reason: "Sev2")
            }
            let refusal = await #expect(throws: RPCError.self) {
                try await handle.reset(to: .event(999), reason: "Sev2")
            }
            #expect(refusal?.code == .invalidArgument)
            #expect(refusal?.message == "Workflow task finish ID must be > 1 && <= workflow last event ID.")
            try await handle.terminate()
        }
    }

    @Test(arguments: Backend.available)
    func `a batch fails for each run that has no such point`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handle = try await scene.accounts(1)[0]
            let operation = try await scene.once {
                try await scene.client.batch.reset(
                    .executions([(handle.id, "")]),
                    to: .buildID("nobody's"),
                    reason: "Sev2"
                )
            }
            for try await _ in operation.progress(every: .milliseconds(50)) {}
            let end = try await operation.describe()
            #expect((end.completed, end.failed) == (0, 1))
            #expect(try await handle.describe().status == .running)
            try await handle.terminate()
        }
    }

    @Test(arguments: Backend.available)
    func `a request id makes a reset repeatable`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handle = try await scene.accounts(1)[0]
            let run = scene.run(handle)
            let first = try await run.reset(to: .lastWorkflowTask, reason: "Sev2", requestID: "once")
            let second = try await run.reset(to: .lastWorkflowTask, reason: "Sev2", requestID: "once")
            #expect(first.runID == second.runID)
            try await first.terminate()
        }
    }

    @Test(arguments: Backend.available, ["before the signal", "before the time"])
    func `each run goes back to a point of its own`(_ backend: Backend, _ way: String) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handles = try await scene.accounts(4)
            // One second, so that no clock of the machines in between matters.
            try await scene.sleep(.seconds(1))
            let before = try await scene.now(handles[0]).addingTimeInterval(-0.5)
            for handle in handles.dropLast() { try await scene.accident(handle) }
            if way == "before the signal" { try await handles[0].signal(Account.add, 5) }
            try await scene.eventually {
                try await scene.client.countWorkflows("TaskQueue = '\(scene.taskQueue)'").total == 4
            }
            let reset = PointwiseReset(
                query: "TaskQueue = '\(scene.taskQueue)'",
                rule: way == "before the signal" ? .before(signal: Account.spend.name) : .before(before),
                reason: "Sev2: \(way)",
                maximumPerSecond: 1000
            )
            var planned: [String: Int64] = [:]
            for try await item in reset.preview(with: scene.client) {
                if case .wouldReset(let target) = item.outcome { planned[item.execution.id] = target.eventID }
            }
            #expect(planned.count == (way == "before the signal" ? 3 : 4))
            #expect(try await handles[1].query(Account.points) == 0)

            var done: [Int] = []
            for try await item in reset.run(with: scene.client) {
                done.append(item.done)
                #expect(item.total == 4)
                switch item.outcome {
                case .reset(_, let target): #expect(planned[item.execution.id] == target.eventID)
                case .skipped: #expect(planned[item.execution.id] == nil)
                case .failed(let error): Issue.record(error)
                case .wouldReset: Issue.record("Only a preview plans.")
                }
            }
            #expect(done == [1, 2, 3, 4])
            let points = try await scene.points(handles)
            #expect(points == (way == "before the signal" ? [505, 500, 500, 500] : [500, 500, 500, 500]))

            // Once more: nothing is reset twice, and the runs of before are not touched either.
            try await scene.eventually {
                try await scene.client.countWorkflows("TaskQueue = '\(scene.taskQueue)'").total == 4 + planned.count
            }
            for try await item in reset.run(with: scene.client) {
                guard case .skipped = item.outcome else {
                    Issue.record("\(item.execution.id) is \(item.outcome) the second time.")
                    continue
                }
            }
            #expect(try await scene.points(handles) == points)
            for handle in handles { try await scene.client.workflowHandle(id: handle.id).terminate() }
        }
    }

    @Test(arguments: Backend.available, [false, true])
    func `signals that a reset was cut off from are sent when it runs again`(
        _ backend: Backend,
        _ closes: Bool
    ) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handle = try await scene.accounts(1)[0]
            try await scene.accident(handle)
            for _ in 1...2 { try await handle.signal(Account.add, 5) }
            #expect(try await handle.query(Account.points) == 10)
            try await scene.eventuallyCount(1)
            let undo = scene.undo()
            let count = Mutex(0)
            let weak = TemporalClient(
                service: SignalWatch(base: scene.client.service) {
                    let number = count.withLock { count in
                        count += 1
                        return count
                    }
                    // The first of two arrives.
                    if number == 2 { throw RPCError(code: .permissionDenied, message: "not now") }
                }
            )
            let failed = try await undo.outcomes(weak)
            guard case .failed(let error) = failed.first else {
                Issue.record("The operation goes on without its signals: \(failed)")
                return
            }
            #expect(error is PermissionDeniedError)
            #expect(try await scene.points([handle]) == [505])
            try await scene.eventuallyCount(2)
            let new = scene.client.workflowHandle(for: Account.self, id: handle.id)
            if closes {
                // What a closed run lacks cannot be sent any more, and is told each time.
                try await new.signal(Account.close)
                #expect(try await new.result() == 505)
                let outcomes = try await undo.outcomes(scene.client)
                #expect(outcomes.count == 2 && outcomes.allSatisfy { $0.error is RPCError })
                return
            }
            // A list that does not have the new run yet, a whole one, and once more.
            var early = undo
            early.query = "RunId = '\(try #require(handle.resultRunID))'"
            for (again, count) in [(early, 1), (undo, 2), (undo, 2)] {
                let outcomes = try await again.outcomes(scene.client)
                #expect(outcomes.count == count && outcomes.allSatisfy(\.isSkipped))
                #expect(try await scene.points([handle]) == [510])
            }
            try await new.signal(Account.close)
            #expect(try await new.result() == 510)
            let closed = try await undo.outcomes(scene.client)
            #expect(closed.count == 2 && closed.allSatisfy(\.isSkipped))
        }
    }

    @Test(arguments: Backend.available)
    func `a run that is being reset gets its signals although the loop is left`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handles = try await scene.accounts(2)
            for handle in handles {
                try await scene.accident(handle)
                try await handle.signal(Account.add, 5)
                #expect(try await handle.query(Account.points) == 5)
            }
            try await scene.eventuallyCount(2)
            let count = Mutex(0)
            let (second, secondBegins) = AsyncStream<Void>.makeStream()
            let (gate, opens) = AsyncStream<Void>.makeStream()
            let slow = TemporalClient(
                service: SignalWatch(base: scene.client.service) {
                    let number = count.withLock { count in
                        count += 1
                        return count
                    }
                    if number == 1 {
                        for await _ in second {}
                    } else {
                        // Both are reset now, and this one has not been sent its signal when the loop is left.
                        secondBegins.finish()
                        for await _ in gate {}
                        try Task.checkCancellation()
                    }
                }
            )
            for try await item in scene.undo().run(with: slow) {
                #expect(item.outcome.error == nil && item.done == 1)
                break
            }
            opens.finish()
            try await scene.eventually { try await scene.points(handles) == [505, 505] }
            for handle in handles { try await scene.client.workflowHandle(id: handle.id).terminate() }
        }
    }

    @Test(arguments: Backend.available)
    func `an operation on many workflows is carried out by the service`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handles = try await scene.accounts(3)
            let query = "TaskQueue = '\(scene.taskQueue)' AND ExecutionStatus = 'Running'"
            try await scene.eventually { try await scene.client.countWorkflows(query).total == 3 }
            let signals = try await scene.client.batch.signal(.query(query), Account.add, 1, reason: "a gift")
            let end = try await signals.result(every: .milliseconds(50))
            #expect(end.state == .completed)
            #expect((end.total, end.completed, end.failed) == (3, 3, 0))
            #expect(end.reason == "a gift")
            #expect(try await scene.points(handles) == [501, 501, 501])

            let resets = try await scene.client.batch.reset(
                .executions([(handles[0].id, "")]),
                to: .lastWorkflowTask,
                reason: "Sev2"
            )
            #expect(try await resets.result(every: .milliseconds(50)).completed == 1)
            #expect(try await scene.points(handles) == [501, 501, 501])

            let stops = try await scene.client.batch.terminate(.query(query), reason: "over")
            #expect(try await stops.result(every: .milliseconds(50)).state == .completed)
            for handle in handles {
                #expect(try await scene.client.workflowHandle(id: handle.id).describe().status == .terminated)
            }
            let known = try await scene.client.batch.list().all().map(\.id)
            #expect([signals, resets, stops].allSatisfy { known.contains($0.id) })
        }
    }
}

/// A service that lets a scenario do something before each signal.
private struct SignalWatch: TemporalService {
    let base: any TemporalService
    let beforeSignal: @Sendable () async throws -> Void

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        if request is APISignalWorkflowExecutionRequest { try await beforeSignal() }
        return try await base.call(method, request, options: options)
    }
}

extension PointwiseReset {
    /// Runs the operation to its end.
    fileprivate func outcomes(_ client: TemporalClient) async throws -> [PointwiseResetItem.Outcome] {
        var outcomes: [PointwiseResetItem.Outcome] = []
        for try await item in run(with: client) { outcomes.append(item.outcome) }
        return outcomes
    }
}

extension PointwiseResetItem.Outcome {
    fileprivate var isSkipped: Bool {
        if case .skipped = self { true } else { false }
    }

    fileprivate var error: (any Error)? {
        if case .failed(let error) = self { error } else { nil }
    }
}

extension Scene {
    /// Takes all accounts back to before they were spent.
    fileprivate func undo() -> PointwiseReset {
        PointwiseReset(
            query: "TaskQueue = '\(taskQueue)'",
            rule: .before(signal: Account.spend.name),
            reason: "Sev2",
            maximumPerSecond: 1000
        )
    }

    /// Waits until there are so many runs.
    fileprivate func eventuallyCount(_ count: Int) async throws {
        try await eventually { try await client.countWorkflows("TaskQueue = '\(taskQueue)'").total == count }
    }

    /// Starts accounts and gives each 500 points.
    fileprivate func accounts(_ count: Int) async throws -> [WorkflowHandle<Account>] {
        var handles: [WorkflowHandle<Account>] = []
        for _ in 0..<count {
            let handle = try await start(Account.self)
            #expect(try await handle.query(Account.points) == 100)
            for _ in 0..<4 { try await handle.signal(Account.add, 100) }
            #expect(try await handle.query(Account.points) == 500)
            handles.append(handle)
        }
        return handles
    }

    /// Spends all points of an account.
    fileprivate func accident(_ handle: WorkflowHandle<Account>) async throws {
        try await handle.signal(Account.spend, 500)
        #expect(try await handle.query(Account.points) == 0)
    }

    /// The points of the latest runs.
    fileprivate func points(_ handles: [WorkflowHandle<Account>]) async throws -> [Int] {
        var points: [Int] = []
        for handle in handles {
            points.append(try await client.workflowHandle(for: Account.self, id: handle.id).query(Account.points))
        }
        return points
    }

    /// The time of the service, from the next event of a run.
    fileprivate func now(_ handle: WorkflowHandle<Account>) async throws -> Date {
        try await handle.signal(Account.add, 0)
        let event = try #require(try await handle.history().last(where: \.isSignal))
        #expect(try await handle.query(Account.points) == 500)
        return event.time
    }
}

/// Points that signals add and spend. It starts with 100.
@Workflow
actor Account {
    private var sum = 100
    private var isClosed = false

    func run() async throws -> Int {
        try await context.waitCondition { self.isClosed }
        return sum
    }

    @Signal func add(_ points: Int) { sum += points }
    @Signal func spend(_ points: Int) { sum -= points }
    @Signal func close() { isClosed = true }
    @Query func points() -> Int { sum }
}
