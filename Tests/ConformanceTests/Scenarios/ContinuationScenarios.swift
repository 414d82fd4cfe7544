import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// What a run hands to the next, and what the next one knows of it.
@Suite(.timeLimit(.minutes(2))) struct ContinuationScenarios {
    @Test(arguments: Backend.available)
    func `a run continues with everything different`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Restless.self]) { scene in
            let start = scene.options {
                $0.executionTimeout = .seconds(300)
                $0.runTimeout = .seconds(100)
                $0.memo = ["first": 1]
                $0.retryPolicy = RetryPolicy(maximumAttempts: 2)
            }
            let handle = try await scene.client.startWorkflow(Restless.self, 0, [String]?.none, options: start)
            let results = try await handle.result()
            #expect(
                results == [
                    "by start, run 100.0 seconds, task 10.0 seconds, attempts 2, memo first, waited 0.0 seconds",
                    "by continue, run 90.0 seconds, task 4.0 seconds, attempts 5, memo second, waited 3.0 seconds",
                    // What is not said stays, but for the wait.
                    "by continue, run 90.0 seconds, task 4.0 seconds, attempts 5, memo second, waited a moment",
                ]
            )
            try await expectHistory(
                scene.run(handle),
                [
                    "WorkflowExecutionStarted Restless memo [\"first\"]",
                    "WorkflowTask",
                    "WorkflowExecutionContinuedAsNew Restless by unspecified",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a run continues as another type on another task queue`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let handle = try await scene.withWorker(workflows: [Moving.self]) {
            let handle = try await scene.start(Moving.self, "other-\(scene.taskQueue)")
            try await scene.eventually {
                try await scene.run(handle).describe().status == .continuedAsNew
            }
            return handle
        }
        let next = try await scene.client.workflowHandle(id: handle.id).describe()
        #expect(next.workflowType == "SomethingElse")
        #expect(next.taskQueue == "other-\(scene.taskQueue)")
        try await scene.client.workflowHandle(id: handle.id).terminate()
    }

    @Test(arguments: Backend.available, Finding.allCases)
    func `who finds a workflow running that has continued as new can end it and update it`(
        _ backend: Backend,
        _ finding: Finding
    ) async throws {
        try await withScene(backend, workflows: [Renewed.self]) { scene in
            for end in ["cancel", "terminate"] {
                let first = try await scene.start(Renewed.self, 0)
                let latest = scene.client.workflowHandle(id: first.id)
                try await scene.eventually { try await latest.describe().runID != first.resultRunID }
                let found = try await finding.find(first.id, scene)
                #expect(found.resultRunID != first.resultRunID)
                #expect(try await found.executeUpdate(Renewed.raise, 3) == 3)
                if end == "cancel" { try await found.cancel() } else { try await found.terminate() }
                #expect(try await outcome(of: found) == (end == "cancel" ? "CancelledError" : "TerminatedError"))
                #expect(try await outcome(of: first) == (end == "cancel" ? "CancelledError" : "TerminatedError"))
            }
        }
    }

    @Test(arguments: Backend.available)
    func `cron runs know the last result and the last failure`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Ticking.self]) { scene in
            let handle = try await scene.start(Ticking.self) { $0.cronSchedule = "@every 1s" }
            var runID = try #require(handle.resultRunID)
            var outcomes: [String] = []
            for _ in 1...4 {
                let run = scene.run(handle, runID)
                do {
                    outcomes.append(try await run.result(followRuns: false))
                } catch let error as WorkflowContinuedAsNewError {
                    outcomes.append("continued \(error.runID == runID)")
                } catch let error as WorkflowFailedError {
                    outcomes.append(describe(error.cause))
                }
                // The end of a run names the next one; the latest may be one after that.
                let end = try #require(try await run.history().last)
                runID = try end.nextRunID()
            }
            try await handle.terminate()
            #expect(
                outcomes == [
                    ", no failure", "ApplicationError(Second)", ", no failure, Second",
                    ", no failure, Second, no failure",
                ]
            )
        }
    }
}

@Workflow private actor Restless {
    func run(_ round: Int, _ before: [String]?) async throws -> [String] {
        let info = context.info
        let waited = info.firstTaskBackoff
        let by = info.continuation == .continueAsNew ? "continue" : info.continuation == nil ? "start" : "other"
        let line =
            "by \(by), run \(info.runTimeout ?? .zero), task \(info.taskTimeout), "
            + "attempts \(info.retryPolicy?.maximumAttempts ?? 0), memo \(info.memo.keys.sorted().joined()), "
            + "waited \(round == 2 && waited <= .seconds(1) ? "a moment" : "\(waited)")"
        let lines = (before ?? []) + [line]
        switch round {
        case 0:
            try context.continueAsNew(
                Restless.self,
                1,
                lines,
                options: ContinueAsNewOptions(
                    runTimeout: .seconds(90),
                    taskTimeout: .seconds(4),
                    backoffStartInterval: .seconds(3),
                    retryPolicy: RetryPolicy(maximumAttempts: 5),
                    memo: ["second": 2]
                )
            )
        case 1: try context.continueAsNew(Restless.self, 2, lines)
        default: return lines
        }
    }
}

/// A way to get a handle to a workflow that runs, from a call that would start it.
enum Finding: CaseIterable {
    case signalWithStart
    case start
    case updateWithStart

    fileprivate func find(_ id: String, _ scene: Scene) async throws -> WorkflowHandle<Renewed> {
        var options = WorkflowOptions(id: id, taskQueue: scene.taskQueue)
        options.idConflictPolicy = .useExisting
        let client = scene.client
        switch self {
        case .signalWithStart:
            return try await client.signalWithStart(Renewed.self, 0, signal: Renewed.touch, options: options)
        case .start:
            return try await client.startWorkflow(Renewed.self, 0, options: options)
        case .updateWithStart:
            let both = try await client.startUpdateWithStart(
                Renewed.self,
                0,
                update: Renewed.raise,
                updateInput: 1,
                waitFor: .completed,
                options: options
            )
            return both.workflow
        }
    }
}

/// Continues as new once, and then waits for its end.
@Workflow private actor Renewed {
    func run(_ round: Int) async throws {
        if round == 0 { try context.continueAsNew(Renewed.self, 1) }
        try await context.waitCondition { false }
    }

    @Signal func touch() {}

    @Update func raise(_ amount: Int) -> Int { amount }
}

@Workflow private actor Moving {
    func run(_ taskQueue: String) async throws {
        try context.continueAsNew(
            named: "SomethingElse",
            1,
            "two",
            options: ContinueAsNewOptions(taskQueue: taskQueue)
        )
    }
}

/// Fails in every second run.
@Workflow private actor Ticking {
    func run() async throws -> String {
        let last = try context.lastCompletionResult(as: String.self) ?? "nothing"
        let failure = (context.info.lastFailure as? ApplicationError)?.type ?? "no failure"
        let count = last.count { $0 == "," }
        let line = "\(last == "nothing" ? "" : last), \(failure)"
        guard failure != "no failure" || count != 1 else { throw ApplicationError("second", type: "Second") }
        return line
    }
}

extension HistoryEvent {
    /// The run that follows the one that this event ends.
    fileprivate func nextRunID() throws -> String {
        switch proto.attributes {
        case .workflowExecutionCompletedEventAttributes(let end): end.newExecutionRunID
        case .workflowExecutionFailedEventAttributes(let end): end.newExecutionRunID
        case .workflowExecutionContinuedAsNewEventAttributes(let end): end.newExecutionRunID
        default: try #require(nil as String?, "\(self) ends no run.")
        }
    }
}
