public import Foundation
import SwiftProtobuf
public import Temporal
package import TemporalAPI

/// An activity that a client started, as the service lists it.
public struct ActivityExecution: Sendable {
    /// The activity on the wire.
    package let proto: APIActivityActivityExecutionListInfo

    /// Wraps an activity.
    package init(_ proto: APIActivityActivityExecutionListInfo) {
        self.proto = proto
    }

    /// The id of the activity.
    public var id: String { proto.activityID }

    /// The run.
    public var runID: String { proto.runID }

    /// The name of the activity.
    public var activityType: String { proto.activityType.name }

    /// The task queue whose workers run the activity.
    public var taskQueue: String { proto.taskQueue }

    /// The state of the activity.
    public var status: ActivityStatus { ActivityStatus(proto.status) }

    /// When the activity was started by a client.
    public var scheduledTime: Date { Date(proto.scheduleTime) }

    /// When the first attempt was due: later than ``scheduledTime`` after a start delay.
    public var executionTime: Date? { proto.hasExecutionTime ? Date(proto.executionTime) : nil }

    /// When the activity ended; `nil` while it goes on.
    public var closeTime: Date? { proto.hasCloseTime ? Date(proto.closeTime) : nil }

    /// The values that the activity is found by.
    public var searchAttributes: SearchAttributes { SearchAttributes(proto.searchAttributes) }
}
