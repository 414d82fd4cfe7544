import TemporalAPI

/// The state of an activity that a client started.
public struct ActivityStatus: Sendable, Hashable, CustomStringConvertible {
    /// The name of the state.
    public let description: String

    private init(_ description: String) {
        self.description = description
    }

    /// The activity goes on: it waits for a worker or for its next attempt, or a worker has it.
    public static let running = ActivityStatus("running")
    /// The activity ended with a result.
    public static let completed = ActivityStatus("completed")
    /// The activity ended with an error.
    public static let failed = ActivityStatus("failed")
    /// The activity ended because it was cancelled.
    public static let cancelled = ActivityStatus("cancelled")
    /// The activity was ended by force.
    public static let terminated = ActivityStatus("terminated")
    /// The activity took longer than it was allowed to.
    public static let timedOut = ActivityStatus("timed out")
    /// The activity is held by an operator, and no worker has it.
    public static let paused = ActivityStatus("paused")

    /// Whether the activity has not ended.
    public var isOpen: Bool { self == .running || self == .paused }

    init(_ proto: APIActivityExecutionStatus) {
        switch proto {
        case .running: self = .running
        case .completed: self = .completed
        case .failed: self = .failed
        case .canceled: self = .cancelled
        case .terminated: self = .terminated
        case .timedOut: self = .timedOut
        case .paused: self = .paused
        case .unspecified: self = ActivityStatus("unknown")
        case .UNRECOGNIZED(let number): self = ActivityStatus("unknown (\(number))")
        }
    }
}
