import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

@testable import TemporalWorker

/// What workflow code can do with children and activities it no longer waits for, with runs kept in memory and with
/// every task replayed from the start.
@Suite(.timeLimit(.minutes(1))) struct ChildWorkflowTests {
    static let cacheSizes = [1000, 0]

    private func options(_ cacheSize: Int) -> TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        return options
    }

    @Test(arguments: cacheSizes)
    func `children run side by side, and a failed one can be replaced`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Family.self, Member.self],
            options: options(cacheSize)
        ) { env in
            let result = try await env.executeWorkflow(Family.self, 5)
            #expect(result == [1, 2, -3, 4, 5])
        }
    }

    @Test(arguments: cacheSizes)
    func `ids of children are unique, the same on replay, and draw nothing from the code's chance`(
        _ cacheSize: Int
    ) async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Naming.self, Member.self],
            options: options(cacheSize)
        ) { env in
            let some = try await env.executeWorkflow(
                Naming.self,
                2,
                options: WorkflowOptions(id: "some", taskQueue: "test")
            )
            #expect(Set(some.dropLast()).count == 2)
            for id in some.dropLast() {
                // Version 4, as the characters say.
                #expect(UUID(uuidString: id) != nil && Array(id)[14] == "4", "\(id)")
            }
        }
        // The same seed gives the same run ids, so the same draws: with and without children between them.
        var draws: Set<String> = []
        for children in [0, 3] {
            try await TestWorkflowEnvironment.run(
                workflows: [Naming.self, Member.self],
                options: options(cacheSize)
            ) { env in
                let ids = try await env.executeWorkflow(Naming.self, children)
                draws.insert(ids.last ?? "")
            }
        }
        #expect(draws.count == 1)
    }

    @Test(arguments: cacheSizes)
    func `several tasks wait for one child, and one of them cancels it for all`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Sharing.self, Patient.self],
            options: options(cacheSize)
        ) { env in
            let result = try await env.executeWorkflow(Sharing.self)
            #expect(result == ["first cancelled", "second cancelled", "later cancelled"])
        }
    }

    @Test(arguments: cacheSizes)
    func `a cancelled task that asks for the result cancels the child and waits`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Tardy.self, Patient.self],
            options: options(cacheSize)
        ) { env in
            let handle = try await env.startWorkflow(Tardy.self)
            env.schedule(after: .seconds(10)) { try await handle.cancel() }
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect(error?.cause is CancelledError)
            #expect(try await handle.query(Tardy.log) == ["slept", "cancelled after 10"])
        }
    }

    @Test(arguments: cacheSizes)
    func `handlers that start after a cancellation are not cancelled`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Attentive.self, Member.self],
            options: options(cacheSize)
        ) { env in
            let handle = try await env.startWorkflow(Attentive.self)
            env.schedule(after: .seconds(1)) {
                try await handle.cancel()
                try await handle.signal(Attentive.add, 7)
            }
            #expect(try await handle.result() == [7])
        }
    }

    @Test(arguments: cacheSizes)
    func `an abandoned activity that fails, times out or completes later is ignored`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Forgetful.self], options: options(cacheSize)) { env in
            env.mock(Chores.fail).after(.seconds(5)).fails(ApplicationError("too late", nonRetryable: true))
            env.mock(Chores.finish).after(.seconds(5)).runs {}
            env.mock(Chores.hang).hangs()
            let handle = try await env.startWorkflow(Forgetful.self)
            try await handle.result()
            let types = try await handle.history().map(\.type)
            #expect(types.contains("ActivityTaskFailed"))
            #expect(types.contains("ActivityTaskTimedOut"))
            #expect(types.contains("ActivityTaskCompleted"))
            #expect(!types.contains("ActivityTaskCancelRequested"))
        }
    }

    @Test func `a query handler cannot cancel a child`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Nosy.self, Patient.self]) { env in
            let handle = try await env.startWorkflow(Nosy.self)
            env.schedule(after: .seconds(1)) {
                let error = await #expect(throws: QueryFailedError.self) { try await handle.query(Nosy.meddle) }
                #expect(error?.message.contains("tried to cancel a child workflow") == true)
                try await handle.terminate()
            }
            await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        }
    }
}

@Activities private struct Chores {
    @Activity func fail() async throws {}
    @Activity func finish() async throws {}
    @Activity func hang() async throws {}
}

/// Takes a second, and fails for one number.
@Workflow private actor Member {
    func run(_ number: Int) async throws -> Int {
        try await context.sleep(.seconds(1))
        if number == 3 { throw ApplicationError("three", type: "Three") }
        return number
    }
}

@Workflow private actor Family {
    func run(_ count: Int) async throws -> [Int] {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...count {
                group.addTask { try await self.member(number) }
            }
            var results: [Int] = []
            for try await result in group { results.append(result) }
            return results.sorted { abs($0) < abs($1) }
        }
    }

    private func member(_ number: Int) async throws -> Int {
        do {
            return try await context.executeChildWorkflow(Member.self, number)
        } catch let error as ChildWorkflowError where (error.cause as? ApplicationError)?.type == "Three" {
            return try await -context.executeChildWorkflow(Member.self, number * 10) / 10
        }
    }
}

/// Returns the ids of its children, and a random number drawn after them.
@Workflow private actor Naming {
    func run(_ children: Int) async throws -> [String] {
        var ids: [String] = []
        for number in 0..<children {
            let child = try await context.startChildWorkflow(Member.self, 10 * number)
            ids.append(child.id)
            _ = try await child.result()
        }
        return ids + [try context.uuid().uuidString]
    }
}

/// Waits for long.
@Workflow private actor Patient {
    func run() async throws {
        try await context.sleep(.seconds(3600))
    }
}

@Workflow private actor Sharing {
    private var log: [String] = []

    func run() async throws -> [String] {
        let child = try await context.startChildWorkflow(Patient.self)
        let first = Task { await note("first", child) }
        let second = Task { await note("second", child) }
        try await context.sleep(.seconds(1))
        second.cancel()
        await first.value
        await second.value
        await note("later", child)
        return log
    }

    private func note(_ name: String, _ child: ChildWorkflowHandle<Patient>) async {
        do {
            try await child.result()
            log.append("\(name) done")
        } catch {
            log.append("\(name) \(isCancellation(error) ? "cancelled" : "failed")")
        }
    }
}

@Workflow private actor Tardy {
    private var lines: [String] = []

    func run() async throws {
        let start = context.now
        let child = try await context.startChildWorkflow(Patient.self)
        do {
            try await context.sleep(.seconds(100))
        } catch {
            lines.append("slept")
        }
        do {
            try await child.result()
        } catch let error as ChildWorkflowError {
            lines.append("cancelled after \(Int(context.now.timeIntervalSince(start)))")
            throw error
        }
    }

    @Query func log() -> [String] { lines }
}

@Workflow private actor Attentive {
    private var numbers: [Int] = []

    func run() async throws -> [Int] {
        do {
            try await context.sleep(.seconds(100))
        } catch {
            try await context.withoutCancellation { try await self.waitForNumber() }
        }
        return numbers
    }

    private func waitForNumber() async throws {
        try await context.waitCondition { !self.numbers.isEmpty }
    }

    @Signal func add(_ number: Int) async throws {
        numbers.append(try await context.executeChildWorkflow(Member.self, number))
    }
}

/// Abandons activities, and outlives their ends.
@Workflow private actor Forgetful {
    func run() async throws {
        for chore in [Chores.fail, Chores.finish, Chores.hang] {
            let task = Task {
                try await context.executeActivity(
                    chore,
                    startToCloseTimeout: .seconds(20),
                    retryPolicy: RetryPolicy(maximumAttempts: 1),
                    cancellation: .abandon
                )
            }
            try await context.sleep(.seconds(1))
            task.cancel()
            do {
                try await task.value
            } catch let error as ActivityError where error.cause is CancelledError {
                // As it should be.
            }
        }
        try await context.sleep(.seconds(60))
    }
}

@Workflow private actor Nosy {
    private var child: ChildWorkflowHandle<Patient>?

    func run() async throws {
        child = try await context.startChildWorkflow(Patient.self)
        try await child?.result()
    }

    @Query func meddle() throws -> String {
        try child?.cancel()
        return "cancelled"
    }
}
