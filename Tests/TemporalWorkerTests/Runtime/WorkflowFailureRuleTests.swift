import Foundation
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTesting
import TemporalWorker
import Testing

/// Which errors end a workflow, and which only fail its task.
@Suite(.timeLimit(.minutes(1))) struct WorkflowFailureRuleTests {
    @Test func `an error that the workflow names fails it`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Strict.self]) { env in
            let failed = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Strict.self, 1)
            }
            #expect((failed?.cause as? ApplicationError)?.type == "Refusal")
        }
    }

    @Test func `an error that nobody names fails the task`() async throws {
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [Strict.self]) { env in
                try await env.executeWorkflow(Strict.self, 2)
            }
        }
        #expect(failure?.description.contains("Surprise") == true)
    }

    @Test func `an error that the worker names fails any workflow`() async throws {
        var options = TestEnvironmentOptions()
        options.workflowFailureRules = [.matching { $0 is Surprise }]
        try await TestWorkflowEnvironment.run(workflows: [Strict.self], options: options) { env in
            let failed = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Strict.self, 2)
            }
            #expect((failed?.cause as? ApplicationError)?.type == "Surprise")
        }
    }

    @Test func `a history that the code does not fit fails a workflow that says so`() async throws {
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = 0
        options.replaysHistories = false
        options.workflowFailureRules = [.nondeterminism]
        try await TestWorkflowEnvironment.run(workflows: [Fickle.self], options: options) { env in
            let failed = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Fickle.self, UUID().uuidString)
            }
            let cause = try #require(failed?.cause as? ApplicationError)
            #expect(cause.type == "NondeterminismError")
            #expect(cause.message.hasPrefix("[TMPRL1100]"))
        }
    }
}

private struct Refusal: Error {}
private struct Surprise: Error {}

@Workflow private actor Strict {
    static var failureRules: [WorkflowFailureRule] { [.type(Refusal.self)] }

    func run(_ kind: Int) async throws {
        if kind == 1 { throw Refusal() }
        throw Surprise()
    }
}

/// What a run that is not deterministic has done already.
private let seen = Seen()

private final class Seen: Sendable {
    private let ids = Mutex<Set<String>>([])

    func isNew(_ id: String) -> Bool { ids.withLock { $0.insert(id).inserted } }
}

@Workflow private actor Fickle {
    func run(_ id: String) async throws {
        if seen.isNew(id) {
            try await context.sleep(.seconds(1))
        } else {
            try await context.executeActivity(ActivityReference<Void>(name: "other"), startToCloseTimeout: .seconds(1))
        }
    }
}
