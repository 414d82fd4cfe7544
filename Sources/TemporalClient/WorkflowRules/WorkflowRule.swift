public import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What the service does by itself with workflows of a namespace as something happens to them, such as to hold an activity
/// that would be given to a worker.
///
/// ```swift
/// let rule = WorkflowRule(
///     id: "hold-charges",
///     visibilityQuery: "WorkflowType = 'Order'",
///     trigger: .activityStart("ActivityType = 'charge' AND Attempts > 3"),
///     actions: [.pauseActivity]
/// )
/// ```
public struct WorkflowRule: Sendable, Hashable {
    /// What has to happen before a rule is looked at.
    public struct Trigger: Sendable, Hashable, CustomStringConvertible {
        /// What has to happen, in words.
        public let description: String

        /// The activities that the rule is for, if the beginning of an activity triggers it; `nil` for another trigger.
        public let activityPredicate: String?

        private init(description: String, activityPredicate: String?) {
            self.description = description
            self.activityPredicate = activityPredicate
        }

        /// An activity is about to be given to a worker, in its first attempt or in a later one.
        ///
        /// - Parameter predicate: Which activities, as a list filter on `ActivityId`, `ActivityType`, `ActivityState`,
        ///   `Attempts`, `BackoffInterval` in seconds, `TaskQueue` and `StartedTime`; empty for all. One that cannot be read
        ///   is for none: the service looks at it only when an activity begins.
        public static func activityStart(_ predicate: String = "") -> Trigger {
            Trigger(description: "activity start", activityPredicate: predicate)
        }

        init(_ proto: APIWorkflowRuleSpec.OneOf_Trigger?) {
            switch proto {
            case .activityStart(let trigger): self = .activityStart(trigger.predicate)
            case nil: self.init(description: "unknown", activityPredicate: nil)
            }
        }

        var proto: APIWorkflowRuleSpec.OneOf_Trigger? {
            activityPredicate.map { predicate in .activityStart(.with { $0.predicate = predicate }) }
        }
    }

    /// What the service does.
    public struct Action: Sendable, Hashable, CustomStringConvertible {
        /// The name of the action.
        public let description: String

        /// The activity that triggered the rule is held, until somebody lets it go: see
        /// ``UntypedWorkflowHandle/unpauseActivities(_:resetsAttempts:resetsHeartbeat:jitter:)``.
        public static let pauseActivity = Action(description: "pause activity")

        init(_ proto: APIWorkflowRuleAction) {
            switch proto.variant {
            case .activityPause: self = .pauseActivity
            case nil: self.init(description: "unknown")
            }
        }

        private init(description: String) {
            self.description = description
        }

        var proto: APIWorkflowRuleAction {
            .with { if self == .pauseActivity { $0.activityPause = .init() } }
        }
    }

    /// The id of the rule: the namespace has one rule of an id.
    public var id: String

    /// Which workflows, as a list filter on `WorkflowId`, `WorkflowType`, `ExecutionStatus` and `StartTime`; empty for all.
    /// One that cannot be read is for none: the service looks at it only when the rule is triggered.
    public var visibilityQuery: String

    /// What has to happen before the rule is looked at.
    public var trigger: Trigger

    /// What the service does with the workflows that the rule is for.
    public var actions: [Action]

    /// From when on the rule no longer counts; `nil` for never.
    public var expirationTime: Date?

    /// Describes a rule.
    ///
    /// - Parameters:
    ///   - id: The id of the rule.
    ///   - visibilityQuery: Which workflows, as a list filter; empty for all.
    ///   - trigger: What has to happen before the rule is looked at.
    ///   - actions: What the service does with the workflows that the rule is for.
    ///   - expirationTime: From when on the rule no longer counts; `nil` for never.
    public init(
        id: String,
        visibilityQuery: String = "",
        trigger: Trigger,
        actions: [Action],
        expirationTime: Date? = nil
    ) {
        self.id = id
        self.visibilityQuery = visibilityQuery
        self.trigger = trigger
        self.actions = actions
        self.expirationTime = expirationTime
    }

    init(_ proto: APIWorkflowRuleSpec) {
        self.init(
            id: proto.id,
            visibilityQuery: proto.visibilityQuery,
            trigger: Trigger(proto.trigger),
            actions: proto.actions.map(Action.init),
            expirationTime: proto.hasExpirationTime ? Date(proto.expirationTime) : nil
        )
    }

    var proto: APIWorkflowRuleSpec {
        .with {
            $0.id = id
            $0.visibilityQuery = visibilityQuery
            $0.trigger = trigger.proto
            $0.actions = actions.map(\.proto)
            if let expirationTime { $0.expirationTime = .init(expirationTime) }
        }
    }
}

/// What the service knows of a rule.
public struct WorkflowRuleDescription: Sendable, Hashable {
    /// The rule.
    public let rule: WorkflowRule

    /// When it was made.
    public let createTime: Date

    /// Who made it: the identity of a client.
    public let createdBy: String

    /// What it is for, in the words of whoever made it.
    public let description: String

    init(_ proto: APIWorkflowRule) {
        rule = WorkflowRule(proto.spec)
        createTime = Date(proto.createTime)
        createdBy = proto.createdByIdentity
        description = proto.description_p
    }
}
