import SwiftProtobuf
import Temporal
import TemporalAPI

/// What a schedule does when its time has come while the workflow of an earlier time still runs.
public struct ScheduleOverlapPolicy: Sendable, Hashable, CustomStringConvertible {
    let proto: APIScheduleOverlapPolicy

    /// Nothing: the time is passed over. The default.
    public static let skip = ScheduleOverlapPolicy(proto: .skip)
    /// It starts one workflow after the running one, however many times come meanwhile.
    public static let bufferOne = ScheduleOverlapPolicy(proto: .bufferOne)
    /// It starts one workflow for each time, one after the other.
    public static let bufferAll = ScheduleOverlapPolicy(proto: .bufferAll)
    /// It cancels the running workflow, and starts the next once that has ended.
    public static let cancelOther = ScheduleOverlapPolicy(proto: .cancelOther)
    /// It terminates the running workflow and starts the next.
    public static let terminateOther = ScheduleOverlapPolicy(proto: .terminateOther)
    /// It starts the next beside the running one. The result of the last completion is then not handed on.
    public static let allowAll = ScheduleOverlapPolicy(proto: .allowAll)

    init(proto: APIScheduleOverlapPolicy) {
        self.proto = proto
    }

    /// The name of the policy.
    public var description: String { "\(proto)" }
}

/// How a schedule deals with overlaps, outages and failures.
public struct SchedulePolicies: Sendable, Hashable {
    /// What happens when the time has come while the workflow of an earlier time still runs. Default: nothing.
    public var overlap: ScheduleOverlapPolicy

    /// How late an action may be taken after an outage of the service; those that are later are missed. At least 10 s.
    /// Default: `nil`, which is the service's own, one year.
    public var catchupWindow: Duration?

    /// Whether the schedule pauses when one of its workflows fails or times out, after its retries. Default: false.
    public var pausesOnFailure: Bool

    /// Whether workflows have the id of the action as it is, without the time that is else added to it. Default: false.
    ///
    /// Two workflows of one id cannot run at a time, so that nothing overlaps.
    public var keepsWorkflowID: Bool

    /// Describes policies.
    ///
    /// - Parameters:
    ///   - overlap: What happens when the time has come while the workflow of an earlier time still runs.
    ///   - catchupWindow: How late an action may be taken after an outage; `nil` for the service's own, one year.
    ///   - pausesOnFailure: Whether the schedule pauses when one of its workflows fails.
    ///   - keepsWorkflowID: Whether workflows have the id of the action as it is.
    public init(
        overlap: ScheduleOverlapPolicy = .skip,
        catchupWindow: Duration? = nil,
        pausesOnFailure: Bool = false,
        keepsWorkflowID: Bool = false
    ) {
        self.overlap = overlap
        self.catchupWindow = catchupWindow
        self.pausesOnFailure = pausesOnFailure
        self.keepsWorkflowID = keepsWorkflowID
    }

    init(_ proto: APISchedulePolicies) {
        self.init(
            overlap: ScheduleOverlapPolicy(proto: proto.overlapPolicy),
            catchupWindow: proto.hasCatchupWindow ? Duration(proto.catchupWindow) : nil,
            pausesOnFailure: proto.pauseOnFailure,
            keepsWorkflowID: proto.keepOriginalWorkflowID
        )
    }

    var proto: APISchedulePolicies {
        .with {
            $0.overlapPolicy = overlap.proto
            if let catchupWindow { $0.catchupWindow = .init(catchupWindow) }
            $0.pauseOnFailure = pausesOnFailure
            $0.keepOriginalWorkflowID = keepsWorkflowID
        }
    }
}

/// Whether a schedule takes its actions, and how many.
public struct ScheduleState: Sendable, Hashable {
    /// Why the schedule is as it is, for humans. Pausing and unpausing replace it. Default: empty.
    public var note: String

    /// Whether the schedule takes none of its own actions. It can still be triggered. Default: false.
    public var isPaused: Bool

    /// How many actions the schedule takes from now on; `nil` for no limit. What is triggered or backfilled does not
    /// count. Default: no limit.
    public var remainingActions: Int?

    /// Describes a state.
    ///
    /// - Parameters:
    ///   - note: Why the schedule is as it is.
    ///   - isPaused: Whether it takes none of its own actions.
    ///   - remainingActions: How many actions it takes from now on; `nil` for no limit.
    public init(note: String = "", isPaused: Bool = false, remainingActions: Int? = nil) {
        self.note = note
        self.isPaused = isPaused
        self.remainingActions = remainingActions
    }

    init(_ proto: APIScheduleState) {
        self.init(
            note: proto.notes,
            isPaused: proto.paused,
            remainingActions: proto.limitedActions ? Int(proto.remainingActions) : nil
        )
    }

    var proto: APIScheduleState {
        .with {
            $0.notes = note
            $0.paused = isPaused
            $0.limitedActions = remainingActions != nil
            $0.remainingActions = Int64(remainingActions ?? 0)
        }
    }
}
