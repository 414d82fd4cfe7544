import Temporal
import TemporalTesting
import Testing

/// Activities that tests of the harness mock.
@Activities struct Till {
    @Activity func charge(_ cents: Int) async throws -> String { "receipt over \(cents)" }
    @Activity func refund(_ receipt: String) async throws -> String { "refund of \(receipt)" }
}

/// Charges once, with the timeouts and retries that it is told.
@Workflow actor Purchase {
    struct Plan: Codable, Sendable {
        var cents = 100
        var startToClose: Double? = 10
        var scheduleToClose: Double?
        var scheduleToStart: Double?
        var heartbeat: Double?
        var attempts: Int? = 1
        var taskQueue: String?
        var isLocal = false
    }

    func run(_ plan: Plan) async throws -> String {
        let policy = plan.attempts.map { RetryPolicy(maximumAttempts: $0) }
        if plan.isLocal {
            return try await context.executeLocalActivity(
                Till.charge,
                plan.cents,
                startToCloseTimeout: plan.startToClose.map { .seconds($0) },
                retryPolicy: policy ?? RetryPolicy()
            )
        }
        return try await context.executeActivity(
            Till.charge,
            plan.cents,
            scheduleToCloseTimeout: plan.scheduleToClose.map { .seconds($0) },
            scheduleToStartTimeout: plan.scheduleToStart.map { .seconds($0) },
            startToCloseTimeout: plan.startToClose.map { .seconds($0) },
            heartbeatTimeout: plan.heartbeat.map { .seconds($0) },
            retryPolicy: policy,
            taskQueue: plan.taskQueue
        )
    }
}

/// Charges, and goes on whatever comes of it.
@Workflow actor CarelessPurchase {
    func run() async throws -> String {
        do {
            return try await context.executeActivity(Till.charge, 1, startToCloseTimeout: .seconds(10))
        } catch {
            return "never mind"
        }
    }
}

/// Sleeps.
@Workflow actor Nap {
    func run(_ seconds: Int) async throws {
        try await context.sleep(.seconds(seconds))
    }
}

/// Waits to be opened, and takes messages meanwhile.
@Workflow actor Gate {
    private var isOpen = false
    private var notes: [String] = []

    func run() async throws -> [String] {
        try await context.waitCondition { self.isOpen }
        return notes
    }

    @Signal func open() { isOpen = true }

    @Signal func note(_ text: String) { notes.append(text) }

    @Query func seen() -> [String] { notes }

    @Update func openLater(_ seconds: Int) async throws -> Int {
        try await context.sleep(.seconds(seconds))
        isOpen = true
        return notes.count
    }
}

/// Runs a test that has to fail, and returns how.
func failure(
    of workflows: [any Workflow.Type],
    activities: [any ActivityContainer] = [],
    options: TestEnvironmentOptions = TestEnvironmentOptions(),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ test: (TestWorkflowEnvironment) async throws -> Void
) async -> TestFailure? {
    do {
        try await TestWorkflowEnvironment.run(workflows: workflows, activities: activities, options: options, test)
        Issue.record("The test did not fail.", sourceLocation: sourceLocation)
        return nil
    } catch let failure as TestFailure {
        return failure
    } catch {
        Issue.record("The test failed with \(error).", sourceLocation: sourceLocation)
        return nil
    }
}

/// How a workflow failed.
func failureOf<W: Workflow, Value>(_ type: W.Type, _ body: () async throws -> Value) async -> (any Error)? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}
