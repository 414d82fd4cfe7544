import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// The rules of a namespace, by which activities are paused.
@Suite(.timeLimit(.minutes(1))) struct WorkflowRuleTests {
    @Test func `rules are made, listed, described and taken away`() async throws {
        let script = Script()
        let made = try await script.rule("one", "ActivityType = 'Act'")
        #expect(made.createdByIdentity == "operator" && made.description_p == "a rule" && made.hasCreateTime)
        let twice = await refusal { _ = try await script.rule("one", "") }
        #expect(twice?.code == .invalidArgument && twice?.message == "Workflow Rule with this ID already exists.")
        try await script.rule("two", "")
        func list() async throws -> [String] {
            try await script.call(.listWorkflowRules) { $0.namespace = "default" }.rules.map(\.spec.id)
        }
        #expect(try await list() == ["one", "two"])
        func describe(_ id: String) async throws -> APIWorkflowRule {
            try await script.call(.describeWorkflowRule) {
                $0.namespace = "default"
                $0.ruleID = id
            }
            .rule
        }
        #expect(try await describe("one") == made)
        for (id, message) in [
            ("absent", "Workflow Rule with this ID not Found."), ("", "Workflow Rule ID is not set."),
        ] {
            #expect(await refusal { _ = try await describe(id) }?.message == message)
            #expect(await refusal { try await script.deleteRule(id) }?.message == message)
        }
        try await script.deleteRule("one")
        #expect(try await list() == ["two"])
        for number in 3...11 { try await script.rule("\(number)", "") }
        let tooMany = await refusal { _ = try await script.rule("12", "") }
        #expect(tooMany?.message == "Workflow Rule limit exceeded. Max: 10")
    }

    @Test func `an expired rule makes room, and no longer counts`() async throws {
        let script = Script()
        try await script.rule("old", "ActivityType = 'Act'") {
            $0.expirationTime = .init(date: Date(timeIntervalSince1970: 1_699_999_999))
        }
        try await script.start()
        try await script.step(.activity())
        #expect(try await script.pollActivity().activityID == "a")
        for number in 1...10 { try await script.rule("\(number)", "") }
        #expect(await refusal { _ = try await script.rule("11", "") } != nil)
    }

    @Test func `a rule pauses an activity at the moment when a worker would get it`() async throws {
        let script = Script()
        try await script.rule("hold", "ActivityType = 'Act' AND TaskQueue = 'q'")
        try await script.start()
        try await script.step(.activity(), .activity("b") { $0.activityType.name = "Other" })
        #expect(try await script.describe().pendingActivities.allSatisfy { !$0.paused })
        #expect(try await script.pollActivity().activityID == "b")
        let pending = try #require(try await script.describe().pendingActivities.first { $0.activityID == "a" })
        #expect(pending.paused && pending.pauseInfo.rule.ruleID == "hold")
        #expect(pending.pauseInfo.rule.identity == "operator" && pending.pauseInfo.rule.reason == "a rule")
        try await script.deleteRule("hold")
        _ = try await script.call(.unpauseActivity) {
            $0.namespace = "default"
            $0.execution.workflowID = "w"
            $0.id = "a"
        }
        #expect(try await script.pollActivity().activityID == "a")
    }

    @Test func `a rule on attempts holds an activity that fails too often`() async throws {
        let script = Script()
        try await script.rule("hold", "Attempts > 1")
        try await script.start()
        try await script.step(.activity())
        try await script.failActivity(try await script.pollActivity().taskToken)
        // The second attempt is due after a second, and the rule is looked at then.
        try await script.sleep(.seconds(2))
        let pending = try #require(try await script.describe().pendingActivities.first)
        #expect(pending.paused && pending.attempt == 2)
    }

    /// Filters on a workflow and an activity, and whether the activity is held.
    @Test(arguments: [
        ("WorkflowType = 'Flow'", "", true), ("WorkflowId STARTS_WITH 'w'", "ActivityId = 'a'", true),
        ("WorkflowType = 'Other'", "", false), ("ExecutionStatus = 'Running'", "ActivityState = 'Scheduled'", true),
        ("StartTime > '2020-01-01T00:00:00Z'", "Attempts BETWEEN 1 AND 2", false),
        ("StartTime BETWEEN '2020-01-01T00:00:00Z' AND '2030-01-01T00:00:00Z'", "Attempts <= 1", true),
        ("", "Nonsense = 'x'", false), ("", "not a filter", false), ("", "ActivityType != 'Other'", true),
        ("", "ActivityType = 'Act' OR Nonsense = 'x'", true), ("", "Nonsense = 'x' OR ActivityType = 'Act'", false),
        ("", "BackoffInterval > 0", false), ("", "ActivityType IS NOT NULL", false),
    ])
    func `a rule holds what both its filters select`(_ workflows: String, _ activities: String, _ isHeld: Bool)
        async throws
    {
        let script = Script()
        try await script.rule("hold", activities) { $0.visibilityQuery = workflows }
        try await script.start()
        try await script.step(.activity())
        async let task = script.pollActivity()
        if isHeld {
            while try await script.describe().pendingActivities.first?.paused != true { await Task.yield() }
            script.server.shutdown()
            #expect(try await task.taskToken.isEmpty)
        } else {
            #expect(try await task.activityID == "a")
        }
    }
}

extension Script {
    @discardableResult
    fileprivate func rule(
        _ id: String,
        _ predicate: String,
        _ fill: (inout APIWorkflowRuleSpec) -> Void = { _ in }
    ) async throws -> APIWorkflowRule {
        try await call(.createWorkflowRule) {
            $0.namespace = "default"
            $0.identity = "operator"
            $0.description_p = "a rule"
            $0.spec.id = id
            $0.spec.activityStart.predicate = predicate
            $0.spec.actions = [.with { $0.activityPause = .init() }]
            fill(&$0.spec)
        }
        .rule
    }

    fileprivate func deleteRule(_ id: String) async throws {
        _ = try await call(.deleteWorkflowRule) {
            $0.namespace = "default"
            $0.ruleID = id
        }
    }
}
