import Foundation
import Temporal
import TemporalClient
import Testing

/// Rules by which activities are held. Servers that have these calls turned off, which is the default, are passed over: they
/// need `frontend.workflowRulesAPIsEnabled=true`, and to be of version 1.28 or later.
@Suite(.timeLimit(.minutes(2)), .serialized) struct WorkflowRuleScenarios {
    /// Runs a scenario with a worker, unless the server has rules turned off.
    private func withRules(
        _ backend: Backend,
        _ body: (Scene, WorkflowRuleClient) async throws -> Void
    ) async throws {
        try await withScene(backend, workflows: [Call.self]) { scene in
            do {
                _ = try await scene.client.workflowRules.list().all()
            } catch let error as RPCError where error.code == .unimplemented && backend == .realServer {
                return
            }
            try await body(scene, scene.client.workflowRules)
        }
    }

    /// A rule on the activities of a scene's task queue. On a real server all scenarios share the namespace.
    private func rule(_ scene: Scene, _ predicate: String, _ id: String = "rule-\(UUID())") -> WorkflowRule {
        WorkflowRule(
            id: id,
            visibilityQuery: "WorkflowType = 'Call'",
            trigger: .activityStart("TaskQueue = '\(scene.taskQueue)' AND \(predicate)"),
            actions: [.pauseActivity]
        )
    }

    @Test(arguments: Backend.available)
    func `rules are made, described, listed and deleted`(_ backend: Backend) async throws {
        try await withRules(backend) { scene, rules in
            var rule = rule(scene, "ActivityType = 'none'")
            // Later than now by the clock of either service.
            rule.expirationTime = Date(timeIntervalSince1970: 4_000_000_000)
            let made = try await rules.create(rule, description: "a scenario")
            #expect(made.rule.rule == rule)
            #expect(made.rule.createdBy == "conformance" && made.rule.description == "a scenario")
            let again = await #expect(throws: WorkflowRuleAlreadyExistsError.self) { try await rules.create(rule) }
            #expect(again?.ruleID == rule.id)
            #expect(try await rules.describe(rule.id) == made.rule)
            #expect(try await rules.list().all().contains(made.rule))
            try await rules.delete(rule.id)
            #expect(try await !rules.list().all().contains { $0.rule.id == rule.id })
            let missing = await #expect(throws: WorkflowRuleNotFoundError.self) { try await rules.describe(rule.id) }
            #expect(missing?.namespace == "default")
            await #expect(throws: WorkflowRuleNotFoundError.self) { try await rules.delete(rule.id) }
            let nameless = await #expect(throws: RPCError.self) { try await rules.create(self.rule(scene, "", "")) }
            #expect(nameless?.code == .invalidArgument)
            let trigger = await #expect(throws: RPCError.self) {
                try await rules.trigger(.id(rule.id), workflowID: "none")
            }
            #expect(trigger?.code == .unimplemented)
        }
    }

    @Test(arguments: Backend.available)
    func `an activity that a rule is for waits until it is let go`(_ backend: Backend) async throws {
        try await withRules(backend) { scene, rules in
            let rule = rule(scene, "ActivityType = 'flakyFirst' AND Attempts > 1")
            try await rules.create(rule, description: "too often")
            // A server takes a moment until it knows of a rule.
            if backend == .realServer { try await scene.sleep(.seconds(12)) }
            let handle = try await scene.start(Call.self, Plan(activity: "flakyFirst", input: "x", interval: 10))
            try await scene.eventually { scene.notes.contains("flakyFirst") }
            try await scene.sleep(.seconds(1))
            try await scene.eventually { try await handle.describe().pendingActivities.first?.isPaused == true }
            let held = try #require(try await handle.describe().pendingActivities.first)
            #expect(held.pausingRuleID == rule.id && held.attempt == 2)
            #expect(held.pause?.identity == "conformance" && held.pause?.reason == "too often")
            try await rules.delete(rule.id)
            #expect(try await handle.describe().pendingActivities.first?.isPaused == true)
            try await handle.unpauseActivities(.type("flakyFirst"))
            #expect(try await handle.result() == "attempt 2 again")
        }
    }
}
