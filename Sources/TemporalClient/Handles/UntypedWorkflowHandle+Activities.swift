import SwiftProtobuf
public import Temporal
import TemporalAPI

/// Which pending activities of a workflow a call is for.
public struct ActivitySelection: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case id(String)
        case type(String)
        case all
    }

    let kind: Kind

    /// The activity of an id.
    public static func id(_ id: String) -> ActivitySelection { ActivitySelection(kind: .id(id)) }

    /// All activities of a name.
    public static func type(_ name: String) -> ActivitySelection { ActivitySelection(kind: .type(name)) }

    /// All calls of an activity.
    public static func type<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>
    ) -> ActivitySelection { .type(activity.name) }

    /// All activities. Servers of version 1.27 do not know it yet.
    public static let all = ActivitySelection(kind: .all)
}

/// What operators do to the pending activities of a workflow. Every call throws ``WorkflowNotFoundError`` if the workflow
/// or the activity is not there, and `RPCError` for anything else, such as a server that has these calls turned off.
extension UntypedWorkflowHandle {
    /// Holds activities: they get no further attempt until they are let go.
    ///
    /// A worker that has an attempt learns of it with its next heartbeat, as a cancellation with the reason `paused`.
    ///
    /// - Parameters:
    ///   - selection: Which ones. The service knows no ``ActivitySelection/all`` here.
    ///   - reason: Why.
    public func pauseActivities(_ selection: ActivitySelection, reason: String = "") async throws {
        try await mapErrors {
            var request = APIPauseActivityRequest()
            request.namespace = client.namespace
            request.execution = execution(runID)
            request.identity = client.identity
            request.reason = reason
            request.requestID = RandomID.make()
            switch selection.kind {
            case .id(let id): request.id = id
            case .type(let type): request.type = type
            case .all:
                throw RPCError(
                    code: .invalidArgument,
                    message: "All activities cannot be paused with one call: name their type, or pause the workflow."
                )
            }
            _ = try await client.call(.pauseActivity, request)
        }
    }

    /// Lets paused activities go on at once.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - resetsAttempts: Whether they begin with their first attempt again.
    ///   - resetsHeartbeat: Whether the next attempt finds nothing of what earlier ones reported.
    ///   - jitter: How long the next attempt waits at most, by chance. Default: not at all.
    public func unpauseActivities(
        _ selection: ActivitySelection,
        resetsAttempts: Bool = false,
        resetsHeartbeat: Bool = false,
        jitter: Duration? = nil
    ) async throws {
        try await mapErrors {
            var request = APIUnpauseActivityRequest()
            request.namespace = client.namespace
            request.execution = execution(runID)
            request.identity = client.identity
            request.resetAttempts = resetsAttempts
            request.resetHeartbeat = resetsHeartbeat
            if let jitter { request.jitter = .init(jitter) }
            switch selection.kind {
            case .id(let id): request.id = id
            case .type(let type): request.type = type
            case .all: request.unpauseAll = true
            }
            _ = try await client.call(.unpauseActivity, request)
        }
    }

    /// Lets activities begin with their first attempt again, at once.
    ///
    /// A worker that has an attempt goes on with it. It may learn of the reset with its next heartbeat, as a cancellation
    /// with the reason `reset`.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - options: What else is reset.
    public func resetActivities(
        _ selection: ActivitySelection,
        _ options: ActivityResetOptions = ActivityResetOptions()
    ) async throws {
        try await mapErrors {
            var request = APIResetActivityRequest()
            request.namespace = client.namespace
            request.execution = execution(runID)
            request.identity = client.identity
            request.resetHeartbeat = options.resetsHeartbeat
            request.keepPaused = options.keepsPaused
            request.restoreOriginalOptions = options.restoresOriginalOptions
            if let jitter = options.jitter { request.jitter = .init(jitter) }
            switch selection.kind {
            case .id(let id): request.id = id
            case .type(let type): request.type = type
            case .all: request.matchAll = true
            }
            _ = try await client.call(.resetActivity, request)
        }
    }

    /// Changes options of activities.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - change: What is changed. A start delay is for standalone activities only.
    /// - Returns: The options of one of them from now on.
    @discardableResult
    public func updateActivityOptions(
        _ selection: ActivitySelection,
        _ change: ActivityOptionsChange
    ) async throws -> CurrentActivityOptions {
        try await mapErrors {
            var request = APIUpdateActivityOptionsRequest()
            request.namespace = client.namespace
            request.execution = execution(runID)
            request.identity = client.identity
            request.restoreOriginal = change.restoresOriginal
            if !change.restoresOriginal { (request.activityOptions, request.updateMask) = change.proto }
            switch selection.kind {
            case .id(let id): request.id = id
            case .type(let type): request.type = type
            case .all: request.matchAll = true
            }
            let response = try await client.call(.updateActivityOptions, request)
            return CurrentActivityOptions(response.activityOptions)
        }
    }
}

extension WorkflowHandle {
    /// Holds activities. See ``UntypedWorkflowHandle/pauseActivities(_:reason:)``.
    public func pauseActivities(_ selection: ActivitySelection, reason: String = "") async throws {
        try await untyped.pauseActivities(selection, reason: reason)
    }

    /// Lets paused activities go on.
    /// See ``UntypedWorkflowHandle/unpauseActivities(_:resetsAttempts:resetsHeartbeat:jitter:)``.
    public func unpauseActivities(
        _ selection: ActivitySelection,
        resetsAttempts: Bool = false,
        resetsHeartbeat: Bool = false,
        jitter: Duration? = nil
    ) async throws {
        try await untyped.unpauseActivities(
            selection,
            resetsAttempts: resetsAttempts,
            resetsHeartbeat: resetsHeartbeat,
            jitter: jitter
        )
    }

    /// Lets activities begin anew. See ``UntypedWorkflowHandle/resetActivities(_:_:)``.
    public func resetActivities(
        _ selection: ActivitySelection,
        _ options: ActivityResetOptions = ActivityResetOptions()
    ) async throws {
        try await untyped.resetActivities(selection, options)
    }

    /// Changes options of activities. See ``UntypedWorkflowHandle/updateActivityOptions(_:_:)``.
    @discardableResult
    public func updateActivityOptions(
        _ selection: ActivitySelection,
        _ change: ActivityOptionsChange
    ) async throws -> CurrentActivityOptions {
        try await untyped.updateActivityOptions(selection, change)
    }
}
