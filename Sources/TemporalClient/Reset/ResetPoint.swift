import Foundation
import Temporal
import TemporalAPI

/// Where in its history a workflow run is taken up again.
///
/// A run can be taken up where a workflow task was about to complete: the task runs again, and all that came after it is
/// gone, except what is reapplied.
public struct ResetPoint: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case firstWorkflowTask
        case lastWorkflowTask
        case lastContinuedAsNew
        case buildID(String)
        case event(Int64)
    }

    let kind: Kind

    /// The first workflow task: everything is done again.
    public static let firstWorkflowTask = ResetPoint(kind: .firstWorkflowTask)

    /// The last workflow task that completed.
    public static let lastWorkflowTask = ResetPoint(kind: .lastWorkflowTask)

    /// The last workflow task of the run that continued as this one.
    public static let lastContinuedAsNew = ResetPoint(kind: .lastContinuedAsNew)

    /// The first workflow task that a worker with a build id completed, which takes back what a bad build did.
    public static func buildID(_ id: String) -> ResetPoint { ResetPoint(kind: .buildID(id)) }

    /// A certain workflow task.
    ///
    /// - Parameter id: The id of its `WorkflowTaskCompleted` event, or of the event with which it failed or timed out.
    public static func event(_ id: Int64) -> ResetPoint { ResetPoint(kind: .event(id)) }
}

/// What of the events after a reset point is not given to the new run. All that is not named is reapplied to it.
public struct ResetReapplyExclusion: Sendable, Hashable {
    let proto: APIResetReapplyExcludeType

    /// Signals.
    public static let signals = ResetReapplyExclusion(proto: .signal)
    /// Updates.
    public static let updates = ResetReapplyExclusion(proto: .update)
    /// The ends of Nexus operations.
    public static let nexusOperations = ResetReapplyExclusion(proto: .nexus)
    /// Requests to cancel the workflow.
    public static let cancelRequests = ResetReapplyExclusion(proto: .cancelRequest)
}

extension Array where Element == ResetReapplyExclusion {
    /// Everything: the new run starts with nothing but the events up to the reset point.
    public static let all: [ResetReapplyExclusion] = [.signals, .updates, .nexusOperations, .cancelRequests]
}

/// A workflow run that has no such point to return to.
public struct NoResetPointError: ClientError {
    /// The id of the workflow.
    public let workflowID: String

    /// The run.
    public let runID: String

    /// Why there is none, and what can be done.
    public let message: String

    public var description: String { "Workflow '\(workflowID)' (run \(runID)) cannot be reset: \(message)" }
}
