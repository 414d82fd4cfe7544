import TemporalAPI

/// The state of a workflow run.
public struct WorkflowStatus: Sendable, Hashable, CustomStringConvertible {
    /// The name of the state.
    public let description: String

    private init(_ description: String) {
        self.description = description
    }

    /// The run goes on.
    public static let running = WorkflowStatus("running")
    /// The run ended with a result.
    public static let completed = WorkflowStatus("completed")
    /// The run ended with an error.
    public static let failed = WorkflowStatus("failed")
    /// The run ended because it was cancelled.
    public static let cancelled = WorkflowStatus("cancelled")
    /// The run was ended by force.
    public static let terminated = WorkflowStatus("terminated")
    /// The run ended and another one goes on in its place.
    public static let continuedAsNew = WorkflowStatus("continued as new")
    /// The run took longer than it was allowed to.
    public static let timedOut = WorkflowStatus("timed out")
    /// The run is held by an operator.
    public static let paused = WorkflowStatus("paused")

    /// Whether the run has not ended.
    public var isOpen: Bool { self == .running || self == .paused }

    init(_ proto: APIWorkflowExecutionStatus) {
        switch proto {
        case .running: self = .running
        case .completed: self = .completed
        case .failed: self = .failed
        case .canceled: self = .cancelled
        case .terminated: self = .terminated
        case .continuedAsNew: self = .continuedAsNew
        case .timedOut: self = .timedOut
        case .paused: self = .paused
        case .unspecified: self = WorkflowStatus("unknown")
        case .UNRECOGNIZED(let number): self = WorkflowStatus("unknown (\(number))")
        }
    }
}
