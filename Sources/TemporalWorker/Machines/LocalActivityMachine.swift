import Foundation
import Temporal

/// One local activity, from its call to the marker in the history.
struct LocalActivityMachine: Sendable, Equatable {
    private enum State: Sendable, Equatable {
        /// The code called it, and nobody runs it: on a replay its marker may come, otherwise it is to be run.
        case called
        /// The worker runs it.
        case running
        /// The workflow has its outcome, and the marker is a command.
        case resolved
        /// The marker is in the history.
        case recorded
    }

    /// What is to be done after a cancellation was asked for.
    enum CancelAction: Sendable, Equatable {
        /// Tell whoever runs it, or is about to, and go on when it has ended.
        case request
        /// Let the workflow go on, and tell whoever runs it or not.
        case resolve(tellsRunner: Bool)
        /// Nothing: it has ended, or was asked before.
        case nothing
    }

    /// Its number among the local activities of the run, from 1.
    let sequence: Int

    /// The id of the activity in its run.
    let id: String

    /// The name of the activity.
    let type: String

    /// What a cancellation means for it.
    let cancellation: ActivityCancellationType

    /// Whether the code has asked for its cancellation.
    private(set) var isCancelRequested = false

    private var state = State.called

    init(sequence: Int, id: String, type: String, cancellation: ActivityCancellationType) {
        self.sequence = sequence
        self.id = id
        self.type = type
        self.cancellation = cancellation
    }

    /// Whether the workflow waits for its outcome.
    var isOpen: Bool { state == .called || state == .running }

    /// Begins to run it. Returns whether it is to be run.
    mutating func start() -> Bool {
        guard state == .called else { return false }
        state = .running
        return true
    }

    mutating func cancel() -> CancelAction {
        guard !isCancelRequested else { return .nothing }
        switch state {
        case .called, .running:
            isCancelRequested = true
            switch cancellation.kind {
            case .waitCancellationCompleted:
                return .request
            case .tryCancel:
                state = .resolved
                return .resolve(tellsRunner: true)
            case .abandon:
                state = .resolved
                return .resolve(tellsRunner: false)
            }
        case .resolved, .recorded:
            return .nothing
        }
    }

    /// Takes its outcome. Returns whether the workflow waits for it.
    mutating func resolve() -> Bool {
        switch state {
        case .called, .running:
            state = .resolved
            return true
        case .resolved, .recorded:
            return false
        }
    }

    /// Takes its marker from the history.
    mutating func recorded(_ marker: LocalActivityMarker.Header) throws {
        guard marker.sequence == sequence, marker.activityID == id, marker.activityType == type else {
            throw NondeterminismError(
                "The code called local activity '\(type)' with id '\(id)' as number \(sequence), but the history has "
                    + "'\(marker.activityType)' with id '\(marker.activityID)' as number \(marker.sequence)."
            )
        }
        switch state {
        case .resolved: state = .recorded
        case .called, .running, .recorded:
            throw HistoryError("Local activity '\(id)' has a marker that nobody asked for.")
        }
    }
}
