/// An activity that is not there any more: it was completed, its attempt timed out or was tried again, or its workflow
/// ended.
///
/// Whoever completes activities from outside meets it in the ordinary course of events: for a late or second answer.
/// There is nothing to repeat.
public struct AsyncActivityNotFoundError: ClientError {
    /// What the service said.
    public let message: String

    public var description: String { "The activity is not there any more: \(message)" }
}

/// An activity that reported and was told to stop.
///
/// If it was cancelled, end it with ``AsyncActivityHandle/reportCancellation(details:)``. If it was paused or reset, stop
/// working on it: the service starts another attempt later.
public struct AsyncActivityStoppedError: ClientError {
    /// Why an activity shall stop.
    public enum Reason: String, Sendable, Hashable {
        /// Its workflow asked it to stop.
        case cancelled
        /// An operator started it over.
        case reset
        /// An operator holds it.
        case paused
    }

    /// Why it shall stop.
    public let reason: Reason

    public var description: String { "The activity was \(reason.rawValue)." }
}
