public import Foundation
import SwiftProtobuf
public import Temporal
import TemporalAPI

/// A workflow that a schedule has started.
public struct ScheduleActionResult: Sendable, Hashable {
    /// The time that the schedule gave, before jitter.
    public let scheduledTime: Date

    /// When the workflow was started.
    public let startTime: Date

    /// The id of the workflow.
    public let workflowID: String

    /// The first run of the workflow.
    public let runID: String

    /// The state of the workflow, as far as the schedule has followed it: one that may overlap with others is not
    /// followed.
    public let status: WorkflowStatus

    init(_ proto: APIScheduleActionResult) {
        scheduledTime = Date(proto.scheduleTime)
        startTime = Date(proto.actualTime)
        workflowID = proto.startWorkflowResult.workflowID
        runID = proto.startWorkflowResult.runID
        status = WorkflowStatus(proto.startWorkflowStatus)
    }
}

/// What the service knows of a schedule.
public struct ScheduleDescription: Sendable {
    /// What the service answered.
    let proto: APIDescribeScheduleResponse

    private let client: TemporalClient

    /// The id of the schedule.
    public let id: String

    /// What the schedule says. Cron expressions have become calendars and intervals.
    public let schedule: Schedule

    init(_ proto: APIDescribeScheduleResponse, id: String, client: TemporalClient) throws {
        self.proto = proto
        self.id = id
        self.client = client
        self.schedule = try Schedule(proto.schedule, client)
    }

    /// An argument of the workflows that the schedule starts.
    ///
    /// - Parameters:
    ///   - index: Which one, from 0. A missing one is `nil` for an optional type.
    ///   - type: Its type.
    /// - Throws: `PayloadConversionError` if there is no such argument, or it is of another type.
    public func argument<Value: Decodable>(_ index: Int, as type: Value.Type = Value.self) throws -> Value {
        let reader = ArgumentReader(
            try schedule.action.arguments(),
            converter: client.converter(ofWorkflow: schedule.action.options.id),
            of: "The workflow of schedule '\(id)'"
        )
        return try reader.value(at: index, type)
    }

    /// The values that go with the schedule itself, encoded. Its workflows have those of the action.
    public var memo: [String: Payload] { proto.memo.fields.mapValues(Payload.init) }

    /// A value that goes with the schedule itself.
    ///
    /// - Parameters:
    ///   - key: The name of the value.
    ///   - type: Its type.
    /// - Returns: The value, or `nil` if there is none of that name.
    /// - Throws: `PayloadConversionError` if the value is of another type.
    public func memo<Value: Decodable>(_ key: String, as type: Value.Type = Value.self) throws -> Value? {
        try proto.memo.fields[key].map { try client.converter.decode(Payload($0), as: type) }
    }

    /// The values that the schedule itself is found by. Its workflows have those of the action.
    public var searchAttributes: SearchAttributes { SearchAttributes(proto.searchAttributes) }

    /// When the schedule was created.
    public var createTime: Date { Date(proto.info.createTime) }

    /// When the schedule was updated last; `nil` if it never was.
    public var updateTime: Date? { proto.info.hasUpdateTime ? Date(proto.info.updateTime) : nil }

    /// The number of workflows started so far.
    public var actionCount: Int { Int(proto.info.actionCount) }

    /// The number of times that were missed, because they were longer ago than ``SchedulePolicies/catchupWindow``.
    public var missedCatchupWindow: Int { Int(proto.info.missedCatchupWindow) }

    /// The number of times that were passed over because of the overlap policy.
    public var skippedOverlaps: Int { Int(proto.info.overlapSkipped) }

    /// The number of actions that wait for a workflow to end.
    public var bufferSize: Int { Int(proto.info.bufferSize) }

    /// The number of actions that were dropped because too many waited.
    public var droppedActions: Int { Int(proto.info.bufferDropped) }

    /// The workflows that were started and, as far as the schedule knows, still run, by workflow id and first run. Those
    /// that may overlap with others are not among them.
    public var runningWorkflows: [(id: String, runID: String)] {
        proto.info.runningWorkflows.map { ($0.workflowID, $0.runID) }
    }

    /// The workflows started last, the latest at the end; at most ten.
    public var recentActions: [ScheduleActionResult] { proto.info.recentActions.map(ScheduleActionResult.init) }

    /// The next moments at which something is done, with their jitter; at most ten.
    public var nextActionTimes: [Date] { proto.info.futureActionTimes.map { Date($0) } }
}

/// A schedule, as the service lists it.
public struct ScheduleSummary: Sendable {
    private let proto: APIScheduleListEntry
    private let converter: PayloadConverter

    init(_ proto: APIScheduleListEntry, converter: PayloadConverter) {
        self.proto = proto
        self.converter = converter
    }

    /// The id of the schedule.
    public var id: String { proto.scheduleID }

    /// When something is done.
    public var spec: ScheduleSpec { ScheduleSpec(proto.info.spec) }

    /// The name of the type of the workflows that are started.
    public var workflowType: String { proto.info.workflowType.name }

    /// Why the schedule is as it is.
    public var note: String { proto.info.notes }

    /// Whether the schedule takes none of its own actions.
    public var isPaused: Bool { proto.info.paused }

    /// The workflows started last, the latest at the end; at most five.
    public var recentActions: [ScheduleActionResult] { proto.info.recentActions.map(ScheduleActionResult.init) }

    /// The next moments at which something is done; at most five.
    public var nextActionTimes: [Date] { proto.info.futureActionTimes.map { Date($0) } }

    /// The values that the schedule is found by.
    public var searchAttributes: SearchAttributes { SearchAttributes(proto.searchAttributes) }

    /// The values that go with the schedule, encoded.
    public var memo: [String: Payload] { proto.memo.fields.mapValues(Payload.init) }

    /// A value that goes with the schedule.
    ///
    /// - Parameters:
    ///   - key: The name of the value.
    ///   - type: Its type.
    /// - Returns: The value, or `nil` if there is none of that name.
    /// - Throws: `PayloadConversionError` if the value is of another type.
    public func memo<Value: Decodable>(_ key: String, as type: Value.Type = Value.self) throws -> Value? {
        try proto.memo.fields[key].map { try converter.decode(Payload($0), as: type) }
    }
}
