import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The rules of a namespace, by which activities are paused.
extension Engine {
    private static let mostRules = 10

    private static var noSuchRule: RPCError { ServiceError.invalid("Workflow Rule with this ID not Found.") }

    /// Makes a rule.
    func create(_ request: APICreateWorkflowRuleRequest) throws -> APICreateWorkflowRuleResponse {
        guard request.hasSpec else { throw ServiceError.invalid("Rule Specification is not set.") }
        let id = request.spec.id
        try Self.check(ruleID: id)
        guard id.utf8.count <= 1000 else { throw ServiceError.invalid("Workflow Rule Id length exceeds limit.") }
        var namespace = try namespace(request.namespace)
        readClock()
        if namespace.rules.count >= Self.mostRules, let expired = oldestExpiredRule(of: namespace) {
            namespace.rules.removeValue(forKey: expired)
        }
        guard namespace.rules.count < Self.mostRules else {
            throw ServiceError.invalid("Workflow Rule limit exceeded. Max: \(Self.mostRules)")
        }
        guard namespace.rules[id] == nil else {
            throw ServiceError.invalid("Workflow Rule with this ID already exists.")
        }
        let rule = APIWorkflowRule.with {
            $0.spec = request.spec
            $0.createTime = now.timestamp
            $0.createdByIdentity = request.identity
            $0.description_p = request.description_p
        }
        namespace.rules[id] = WorkflowRule(rule)
        namespaces[namespace.name] = namespace
        return .with { $0.rule = rule }
    }

    private func oldestExpiredRule(of namespace: Namespace) -> String? {
        namespace.rules.filter { $0.value.expiration.map { $0 < now } ?? false }
            .min { ($0.value.expiration ?? now) < ($1.value.expiration ?? now) }?.key
    }

    /// Tells of a rule.
    func describe(_ request: APIDescribeWorkflowRuleRequest) throws -> APIDescribeWorkflowRuleResponse {
        try Self.check(ruleID: request.ruleID)
        guard let rule = try namespace(request.namespace).rules[request.ruleID] else { throw Self.noSuchRule }
        return .with { $0.rule = rule.proto }
    }

    /// Takes a rule away. What it paused stays paused.
    func delete(_ request: APIDeleteWorkflowRuleRequest) throws -> APIDeleteWorkflowRuleResponse {
        try Self.check(ruleID: request.ruleID)
        var namespace = try namespace(request.namespace)
        guard namespace.rules.removeValue(forKey: request.ruleID) != nil else { throw Self.noSuchRule }
        namespaces[namespace.name] = namespace
        return APIDeleteWorkflowRuleResponse()
    }

    /// Lists all rules, in the order in which they were made.
    func list(_ request: APIListWorkflowRulesRequest) throws -> APIListWorkflowRulesResponse {
        let rules = try namespace(request.namespace).rules.values.map(\.proto)
        return .with { $0.rules = rules }
    }

    private static func check(ruleID: String) throws {
        guard !ruleID.isEmpty else { throw ServiceError.invalid("Workflow Rule ID is not set.") }
    }
}

/// A rule of a namespace, with its filters read.
struct WorkflowRule {
    /// The rule as it was made.
    let proto: APIWorkflowRule

    /// Which workflows the rule is for; `nil` if the filter is none, so that it is for no workflow.
    private let workflows: FieldFilter?

    /// Which activities the rule is for; `nil` for none.
    private let activities: FieldFilter?

    /// Reads a rule.
    init(_ proto: APIWorkflowRule) {
        self.proto = proto
        workflows = try? FieldFilter(proto.spec.visibilityQuery, knowsNull: false)
        if case .activityStart(let trigger) = proto.spec.trigger {
            activities = try? FieldFilter(trigger.predicate, knowsNull: false)
        } else {
            activities = nil
        }
    }

    /// When the rule no longer counts; `nil` for never.
    var expiration: Moment? { proto.spec.hasExpirationTime ? Moment(proto.spec.expirationTime) : nil }

    /// Whether the rule pauses activities.
    var pauses: Bool {
        proto.spec.actions.contains { if case .activityPause = $0.variant { true } else { false } }
    }

    /// Whether the rule is for an activity.
    func matches(_ activity: Activity, of run: Run) -> Bool {
        guard let workflows, let activities else { return false }
        return workflows.matches { run.ruleField($0) } && activities.matches { activity.ruleField($0) }
    }
}

extension Run {
    /// Pauses an activity if a rule of the namespace says so.
    func applyRules(toActivity id: Int64) {
        guard let rules = engine.namespaces[namespace]?.rules, !rules.isEmpty else { return }
        for rule in rules.values where rule.pauses && !(rule.expiration.map { $0 < engine.now } ?? false) {
            guard let activity = activities[id], activity.pause == nil, rule.matches(activity, of: self) else {
                continue
            }
            pauseActivity(id, ActivityPause(time: engine.now, cause: .rule(id: rule.proto.spec.id)))
        }
    }

    fileprivate func ruleField(_ name: String) -> FieldFilter.Value? {
        switch name {
        case "WorkflowId": .text(workflowID)
        case "WorkflowType": .text(start.workflowType.name)
        case "ExecutionStatus": .text(status.words)
        case "StartTime": .moment(startTime)
        default: nil
        }
    }
}

extension Activity {
    fileprivate func ruleField(_ name: String) -> FieldFilter.Value? {
        switch name {
        case "ActivityId": .text(activityID)
        case "ActivityType": .text(attributes.activityType.name)
        case "ActivityState":
            .text(isStarted ? "Started" : cancelRequestedEventID != 0 ? "CancelRequested" : "Scheduled")
        case "Attempts": .number(Int64(attempt))
        case "BackoffInterval":
            attempt < 2 ? nil : retryInterval.map { .number($0.nanoseconds / 1_000_000_000) }
        case "TaskQueue": .text(attributes.taskQueue.name)
        case "StartedTime": .moment(startedTime)
        default: nil
        }
    }
}
