import Foundation
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// How runs fail, are retried, time out and follow one another.
@Suite(.timeLimit(.minutes(2))) struct RunScenarios {
    @Test(arguments: Backend.available)
    func `a failure keeps its details and causes`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Failing.self]) { scene in
            let handle = try await scene.start(Failing.self, 9)
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            let failure = try #require(error?.cause as? ApplicationError)
            #expect(failure.message == "attempt 1")
            #expect(failure.type == "Flaky")
            #expect(try scene.client.converter.decode(try #require(failure.details.first)) == 1)
            #expect((failure.cause as? ApplicationError)?.type == "Root")
            #expect(error?.retryState == .retryPolicyNotSet)
            #expect(error?.runID == handle.resultRunID)
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Failing",
                    "WorkflowTask",
                    "WorkflowExecutionFailed application(Flaky) < application(Root) retryPolicyNotSet",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a failed run is retried, and its result is that of the last attempt`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Failing.self]) { scene in
            let handle = try await scene.start(Failing.self, 2) {
                $0.retryPolicy = RetryPolicy(initialInterval: .milliseconds(100), backoffCoefficient: 1)
            }
            #expect(try await handle.result() == "attempt 3 after Flaky")
            let latest = try await scene.client.workflowHandle(id: handle.id).describe()
            #expect(latest.firstRunID == handle.resultRunID)
            #expect(latest.runID != handle.resultRunID)
            try await expectHistory(
                scene.run(handle),
                [
                    "WorkflowExecutionStarted Failing",
                    "WorkflowTask",
                    "WorkflowExecutionFailed application(Flaky) < application(Root) inProgress continued",
                ]
            )
            try await expectHistory(
                scene.run(handle, latest.runID),
                [
                    "WorkflowExecutionStarted Failing attempt 3 by retry after application(Flaky) < application(Root) delayed",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `attempts of a run are counted`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Failing.self]) { scene in
            let handle = try await scene.start(Failing.self, 9) {
                $0.retryPolicy = RetryPolicy(
                    initialInterval: .milliseconds(100),
                    backoffCoefficient: 1,
                    maximumAttempts: 2
                )
            }
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect(error?.retryState == .maximumAttemptsReached)
            #expect((error?.cause as? ApplicationError)?.message == "attempt 2")
            let last = try #require(error?.runID)
            #expect(last != handle.resultRunID)
            try await expectHistory(
                scene.run(handle, last),
                [
                    "WorkflowExecutionStarted Failing attempt 2 by retry after application(Flaky) < application(Root) delayed",
                    "WorkflowTask",
                    "WorkflowExecutionFailed application(Flaky) < application(Root) maximumAttemptsReached",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a failure of a type that the policy names is not retried`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Failing.self]) { scene in
            let handle = try await scene.start(Failing.self, 9) {
                $0.retryPolicy = RetryPolicy(nonRetryableErrorTypes: ["Flaky"])
            }
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect(error?.retryState == .nonRetryableFailure)
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Failing",
                    "WorkflowTask",
                    "WorkflowExecutionFailed application(Flaky) < application(Root) nonRetryableFailure",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a run takes too long`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Sleeping.self]) { scene in
            let handle = try await scene.start(Sleeping.self) { $0.runTimeout = .seconds(1) }
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect((error?.cause as? TimeoutError)?.kind == .startToClose)
            #expect(try await handle.describe().status == .timedOut)
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Sleeping",
                    "WorkflowTask",
                    "TimerStarted 1 3600.0 seconds",
                    "WorkflowExecutionTimedOut retryPolicyNotSet",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a chain of runs is followed to its end`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Chain.self]) { scene in
            let handle = try await scene.start(Chain.self, 2) { $0.memo = ["kept": true] }
            let error = await #expect(throws: WorkflowContinuedAsNewError.self) {
                try await handle.result(followRuns: false)
            }
            #expect(try await handle.result() == "end kept true")
            let latest = try await scene.client.workflowHandle(id: handle.id).describe()
            #expect(latest.firstRunID == handle.resultRunID)
            #expect(try latest.memo("kept", as: Bool.self) == true)
            try await expectHistory(
                scene.run(handle),
                [
                    "WorkflowExecutionStarted Chain memo [\"kept\"]",
                    "WorkflowTask",
                    "WorkflowExecutionContinuedAsNew Chain by unspecified",
                ]
            )
            try await expectHistory(
                scene.run(handle, try #require(error?.newRunID)),
                [
                    "WorkflowExecutionStarted Chain by workflow memo [\"kept\"]",
                    "WorkflowTask",
                    "WorkflowExecutionContinuedAsNew Chain by unspecified",
                ]
            )
            try await expectHistory(
                scene.run(handle, latest.runID),
                [
                    "WorkflowExecutionStarted Chain by workflow memo [\"kept\"]",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a task that fails is tried again with mended code`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Mended.self]) { scene in
            let id = scene.options().id
            let handle = try await scene.start(Mended.self) { $0.id = id }
            #expect(try await handle.result() == "mended")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Mended",
                    "WorkflowTaskScheduled",
                    "WorkflowTaskStarted",
                    "WorkflowTaskFailed workflowWorkerUnhandledFailure application(Bug)",
                    "WorkflowTaskScheduled attempt 2",
                    "WorkflowTaskStarted",
                    "WorkflowTaskCompleted",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `another worker goes on where one has stopped`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let handle = try await scene.start(Steps.self)
        try await scene.withWorker(
            workflows: [Steps.self],
            configure: { $0.stickyScheduleToStartTimeout = .milliseconds(500) }
        ) {
            try await scene.eventually { try await handle.query(Steps.done) == 1 }
        }
        try await handle.signal(Steps.next)
        let result = try await scene.withWorker(workflows: [Steps.self]) { try await handle.result() }
        #expect(result == ["first", "second"])
        #expect(scene.notes == ["echo first", "echo second"])
        try await expectHistory(
            handle,
            [
                "WorkflowExecutionStarted Steps",
                "WorkflowTask",
                "ActivityTaskScheduled 1 echo",
                "ActivityTaskStarted",
                "ActivityTaskCompleted",
                "WorkflowTask",
                "WorkflowExecutionSignaled next",
                "WorkflowTask",
                "ActivityTaskScheduled 2 echo",
                "ActivityTaskStarted",
                "ActivityTaskCompleted",
                "WorkflowTask",
                "WorkflowExecutionCompleted",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `a history of many pages is replayed in every task`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Long.self], configure: { $0.maximumCachedWorkflows = 0 }) { scene in
            let handle = try await scene.start(Long.self, 3)
            #expect(try await handle.result() == 300)
            let history = try await handle.history()
            #expect(history.count > 512)
            #expect(history.map(\.id) == Array(1...Int64(history.count)))
            #expect(history.count { $0.type == "TimerFired" } == 300)
        }
    }
}

/// Fails in as many attempts as it is told.
@Workflow private actor Failing {
    func run(_ failures: Int) async throws -> String {
        let attempt = context.info.attempt
        if attempt <= failures {
            throw ApplicationError(
                "attempt \(attempt)",
                type: "Flaky",
                details: [try PayloadConverter().encode(attempt)],
                cause: ApplicationError("root", type: "Root")
            )
        }
        return "attempt \(attempt) after \((context.info.lastFailure as? ApplicationError)?.type ?? "nothing")"
    }
}

@Workflow private actor Sleeping {
    func run() async throws {
        try await context.sleep(.seconds(3600))
    }
}

@Workflow private actor Chain {
    func run(_ more: Int) async throws -> String {
        if more > 0 { try context.continueAsNew(Chain.self, more - 1) }
        return "end kept \(try context.memo("kept", as: Bool.self) ?? false)"
    }
}

/// Has a bug that is mended after the first attempt at a task.
@Workflow private actor Mended {
    struct Bug: Error {}

    private static let met = Mutex<Set<String>>([])

    func run() async throws -> String {
        let isFirst = Self.met.withLock { $0.insert(context.info.runID).inserted }
        if isFirst { throw Bug() }
        return "mended"
    }
}

@Workflow private actor Steps {
    private var mayGoOn = false
    private var results: [String] = []

    func run() async throws -> [String] {
        for name in ["first", "second"] {
            results.append(
                try await context.executeActivity(Acts.echo, name, startToCloseTimeout: .seconds(30))
            )
            try await context.waitCondition { self.mayGoOn }
        }
        return results
    }

    @Signal func next() { mayGoOn = true }

    @Query func done() -> Int { results.count }
}

/// Makes a long history: rounds of a hundred timers that fire together.
@Workflow private actor Long {
    func run(_ rounds: Int) async throws -> Int {
        var sum = 0
        for _ in 0..<rounds {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 {
                    group.addTask { try await self.step() }
                }
                for try await one in group { sum += one }
            }
        }
        return sum
    }

    private func step() async throws -> Int {
        try await context.sleep(.milliseconds(100))
        return 1
    }
}
