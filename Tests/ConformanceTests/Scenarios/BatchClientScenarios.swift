import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// Operations on many workflows by the client: those of the service, and those that a rule decides on run by run.
@Suite(.timeLimit(.minutes(3)), .serialized) struct BatchClientScenarios {
    @Test(arguments: Backend.available)
    func `a preview says what would be touched, and where resets return to`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handles = try await scene.open(3)
            try await handles[0].signal(Account.close)
            _ = try await handles[0].result()
            let query = "TaskQueue = '\(scene.taskQueue)'"
            try await scene.eventually {
                try await scene.client.countWorkflows("\(query) AND ExecutionStatus = 'Completed'").total == 1
            }
            try await scene.eventually { try await scene.client.countWorkflows(query).total == 3 }
            var touched: [String] = []
            var untouched: [String] = []
            for try await item in scene.client.batch.preview(.change, .query(query)) {
                switch item.effect {
                case .touched: touched.append(item.execution.id)
                case .untouched(let reason):
                    untouched.append(item.execution.id)
                    #expect(reason == "It is completed.")
                case .reset: Issue.record("Nothing is reset.")
                }
            }
            #expect(Set(touched) == Set(handles.dropFirst().map(\.id)))
            #expect(untouched == [handles[0].id])

            // What a preview says of a reset is what the reset does.
            var events: [String: Int64] = [:]
            let point = ResetPoint.lastWorkflowTask
            for try await item in scene.client.batch.preview(.reset(to: point), .query(query)) {
                guard case .reset(let run, let event) = item.effect else { continue }
                #expect(run == item.execution.runID)
                events[item.execution.id] = event
            }
            #expect(events.count == 3)
            let runs = handles.dropFirst().map { ($0.id, "") }
            let operation = try await scene.once {
                try await scene.client.batch.reset(.executions(runs), to: point, reason: "Sev2")
            }
            #expect(try await operation.result(every: .milliseconds(50)).completed == 2)
            for handle in handles.dropFirst() {
                let run = scene.client.workflowHandle(id: handle.id)
                let reset = try #require(try await run.history().first { $0.type == "WorkflowTaskFailed" })
                #expect(reset.id == events[handle.id])
                try await run.terminate(reason: "end of the scenario")
            }
        }
    }

    @Test(arguments: Backend.available)
    func `runs are signalled, changed, cancelled, ended and deleted`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let batch = scene.client.batch
            let handles = try await scene.open(2)
            let runs = BatchClient.Selection.executions(handles.map { ($0.id, "") })
            func done(_ start: () async throws -> BatchOperationHandle) async throws -> BatchOperationDescription {
                let operation = try await scene.once(start)
                var fractions: [Double] = []
                for try await step in operation.progress(every: .milliseconds(50)) { fractions.append(step.fraction) }
                #expect(fractions == fractions.sorted() && fractions.last == 1)
                return try await operation.describe()
            }
            let id = "job-\(UUID())"
            let signals = try await done {
                try await batch.signal(runs, named: "add", 7, reason: "a gift", id: id)
            }
            #expect((signals.id, signals.type, signals.completed) == (id, "Signal", 2))
            for handle in handles { #expect(try await handle.query(Account.points) == 107) }
            await #expect(throws: BatchOperationAlreadyExistsError.self) {
                try await scene.once { try await batch.signal(runs, named: "add", 7, reason: "a gift", id: id) }
            }
            let cancels = try await done { try await batch.cancel(runs, reason: "over") }
            #expect((cancels.type, cancels.completed) == ("Cancel", 2))
            for handle in handles {
                let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
                #expect(error?.cause is CancelledError)
            }
            let others = try await scene.open(2)
            let ends = try await done {
                try await batch.terminate(.executions([(others[0].id, "")]), reason: "over")
            }
            #expect((ends.type, ends.completed) == ("Terminate", 1))
            let last = try #require(try await others[0].history().last)
            #expect(last.type == "WorkflowExecutionTerminated")
            #expect(try String(decoding: last.json(), as: UTF8.self).contains("\"reason\":\"over\""))
            // One that runs is gone soon. With one that has just ended, a server takes its time.
            let deletions = try await done {
                try await batch.delete(.executions([(others[1].id, "")]), reason: "over")
            }
            #expect((deletions.type, deletions.completed) == ("Delete", 1))
            await #expect(throws: WorkflowNotFoundError.self) {
                try await scene.eventually {
                    _ = try await scene.run(others[1]).describe()
                    return false
                }
            }
        }
    }

    @Test(arguments: Backend.available)
    func `an operation with a rate can be stopped`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handles = try await scene.open(8)
            let operation = try await scene.once {
                try await scene.client.batch.signal(
                    .executions(handles.map { ($0.id, "") }),
                    Account.add,
                    1,
                    reason: "slowly",
                    maximumPerSecond: 1
                )
            }
            try await operation.stop(reason: "enough")
            try await scene.eventually { try await operation.describe().state == .failed }
            let end = try await operation.describe()
            #expect(end.completed < 8)
            #expect(end.closeTime != nil)
            await #expect(throws: BatchOperationNotFoundError.self) { try await operation.stop(reason: "again") }
            let absent = scene.client.batch.handle(id: "absent-\(UUID())")
            let error = await #expect(throws: BatchOperationNotFoundError.self) { try await absent.describe() }
            #expect(error?.operationID == absent.id)
            for handle in handles { try await handle.terminate(reason: "end of the scenario") }
        }
    }

    @Test(arguments: Backend.available)
    func `a rule decides on each run, and nothing is done twice`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handles = try await scene.open(4)
            for (number, handle) in handles.enumerated() { try await handle.signal(Account.add, number) }
            try await handles[3].signal(Account.close)
            _ = try await handles[3].result()
            let query = "TaskQueue = '\(scene.taskQueue)'"
            try await scene.eventually { try await scene.client.countWorkflows(query).total == 4 }
            let batch = PointwiseBatch(query: query, reason: "gift", maximumPerSecond: 1000) { execution, handle in
                let points = try await handle.query("points", as: Int.self)
                switch points {
                case 100: return .skip("\(points) points are too few.")
                case 102: throw ApplicationError("no rule for \(points)", type: "NoRule")
                default: return .signal(Account.add, 1000)
                }
            }
            func outcomes(_ items: AsyncThrowingStream<PointwiseBatchItem, any Error>) async throws -> [String] {
                var outcomes: [String: String] = [:]
                var numbers: [Int] = []
                for try await item in items {
                    numbers.append(item.done)
                    #expect(item.total == 4)
                    outcomes[item.execution.id] =
                        switch item.outcome {
                        case .wouldDo(let what): "would \(what)"
                        case .done(let what): what
                        case .skipped(let why): "not: \(why)"
                        case .failed(let error): "\(type(of: error))"
                        }
                }
                #expect(numbers == [1, 2, 3, 4])
                return handles.map { outcomes[$0.id] ?? "-" }
            }
            let planned = try await outcomes(batch.preview(with: scene.client))
            let tooFew = "not: 100 points are too few."
            #expect(
                planned == [tooFew, "would signal 'add'", "ApplicationError", "would signal 'add'"]
            )
            #expect(try await handles[1].query(Account.points) == 101)
            let closed = "not: workflow execution already completed"
            #expect(
                try await outcomes(batch.run(with: scene.client)) == [
                    tooFew, "signal 'add'", "ApplicationError", closed,
                ]
            )
            #expect(try await handles[1].query(Account.points) == 1101)
            // Once more, under the same reason.
            _ = try await outcomes(batch.run(with: scene.client))
            #expect(try await handles[1].query(Account.points) == 1101)

            let end = PointwiseBatch(query: query, reason: "end", maximumPerSecond: 1000) { execution, _ in
                execution.status.isOpen ? .terminate : .skip("over")
            }
            _ = try await outcomes(end.run(with: scene.client))
            for handle in handles.prefix(3) {
                #expect(try await scene.run(handle).describe().status == .terminated)
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a rule can reset runs to points of their own`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Account.self]) { scene in
            let handles = try await scene.open(2)
            for handle in handles {
                try await handle.signal(Account.add, 50)
                #expect(try await handle.query(Account.points) == 150)
                try await handle.signal(Account.spend, 150)
                #expect(try await handle.query(Account.points) == 0)
            }
            let query = "TaskQueue = '\(scene.taskQueue)'"
            try await scene.eventually { try await scene.client.countWorkflows(query).total == 2 }
            let spared = handles[1].id
            let batch = PointwiseBatch(query: query, reason: "Sev2", maximumPerSecond: 1000) { execution, _ in
                execution.id == spared ? .skip("spared") : .reset(.before(signal: "spend"))
            }
            var events: [String] = []
            for try await item in batch.preview(with: scene.client) {
                if case .wouldDo(let what) = item.outcome { events.append(what) }
            }
            var done: [String] = []
            for try await item in batch.run(with: scene.client) {
                if case .done(let what) = item.outcome { done.append(what) }
            }
            #expect(events.count == 1 && done == events)
            let new: WorkflowHandle<Account> = scene.client.workflowHandle(id: handles[0].id)
            #expect(try await new.query(Account.points) == 150)
            #expect(try await handles[1].query(Account.points) == 0)
            try await scene.eventually { try await scene.client.countWorkflows(query).total == 3 }
            for try await item in batch.run(with: scene.client) {
                guard case .skipped = item.outcome else {
                    Issue.record("\(item.execution.id) is \(item.outcome) the second time.")
                    continue
                }
            }
            for handle in handles { try await scene.client.workflowHandle(id: handle.id).terminate() }
        }
    }

    @Test func `activities of many workflows are taken in hand`() async throws {
        // A server of version 1.27 knows only the first of these, and takes it for types only.
        let scene = try await Scene(.inMemory)
        let worker = RawWorker(scene)
        var handles: [UntypedWorkflowHandle] = []
        for _ in 0..<2 {
            handles.append(try await scene.client.startWorkflow(named: "Flow", options: scene.options()))
            try await worker.step(.activity("act", queue: "nobody's"))
        }
        let runs = BatchClient.Selection.executions(handles.map { ($0.id, "") })
        for handle in handles {
            try await worker.call(.pauseActivity) {
                $0.namespace = "default"
                $0.execution.workflowID = handle.id
                $0.identity = "me"
                $0.reason = "why"
                $0.id = "act"
            }
            let pause = try await handle.describe().pendingActivities.first?.pause
            #expect(pause?.identity == "me" && pause?.reason == "why")
        }
        let batch = scene.client.batch
        #expect(try await batch.unpauseActivities(of: runs, .type("Act"), reason: "why").result().completed == 2)
        for handle in handles { #expect(try await handle.describe().pendingActivities.first?.isPaused == false) }
        let changes = try await batch.updateActivityOptions(
            of: runs,
            .all,
            ActivityOptionsChange(taskQueue: "somebody's", startToCloseTimeout: .seconds(7)),
            reason: "why"
        )
        #expect(try await changes.result().completed == 2)
        for handle in handles {
            let json = try await String(decoding: handle.describe().json(), as: UTF8.self)
            #expect(json.contains("\"7s\"") && json.contains("somebody's"))
        }
        #expect(try await batch.resetActivities(of: runs, reason: "why").result().completed == 2)
        let priorities = try await batch.updateOptions(runs, .priority(Priority(key: 5)), reason: "why").result()
        #expect((priorities.type, priorities.completed) == ("UpdateExecutionOptions", 2))
        await #expect(throws: RPCError.self) { try await batch.resetActivities(of: runs, .id("act"), reason: "why") }
        for handle in handles { try await handle.terminate(reason: "end of the scenario") }
    }
}

extension Scene {
    /// Starts accounts, and waits until each has begun.
    fileprivate func open(_ count: Int) async throws -> [WorkflowHandle<Account>] {
        var handles: [WorkflowHandle<Account>] = []
        for _ in 0..<count {
            let handle = try await start(Account.self)
            #expect(try await handle.query(Account.points) == 100)
            handles.append(handle)
        }
        return handles
    }

    /// Starts an operation when no other is under way: a server does one in a namespace at a time.
    func once(
        _ start: () async throws -> BatchOperationHandle
    ) async throws -> BatchOperationHandle {
        while true {
            do {
                return try await start()
            } catch let error as RPCError where error.code == .resourceExhausted {
                try await sleep(.milliseconds(100))
            }
        }
    }
}
