import SwiftProtobuf
import Temporal
import TemporalAPI

/// Operations on the pending activities of many workflows.
extension BatchClient {
    /// Lets paused activities go on.
    ///
    /// - Parameters:
    ///   - selection: In which workflows.
    ///   - activities: Which of their activities. The service knows no ``ActivitySelection/id(_:)`` here.
    ///   - resetsAttempts: Whether they begin with their first attempt again.
    ///   - resetsHeartbeat: Whether the next attempt finds nothing of what earlier ones reported.
    ///   - jitter: How long the next attempt waits at most, by chance. Default: not at all.
    ///   - reason: Why, for the description of the operation.
    ///   - maximumPerSecond: How many workflows at most in a second; `nil` for the service's limit.
    ///   - id: The id of the operation; `nil` for a new one. A second operation of an id is refused.
    /// - Returns: A handle to the operation.
    /// - Throws: ``BatchOperationAlreadyExistsError`` if the id is in use; `RPCError`, with the code `invalidArgument` for
    ///   a query that the service cannot read.
    public func unpauseActivities(
        of selection: Selection,
        _ activities: ActivitySelection = .all,
        resetsAttempts: Bool = false,
        resetsHeartbeat: Bool = false,
        jitter: Duration? = nil,
        reason: String,
        maximumPerSecond: Float? = nil,
        id: String? = nil
    ) async throws -> BatchOperationHandle {
        let type = try activities.batchType
        return try await start(selection, reason, maximumPerSecond, id) {
            $0.unpauseActivitiesOperation = .with {
                $0.identity = client.identity
                if let type { $0.type = type } else { $0.matchAll = true }
                $0.resetAttempts = resetsAttempts
                $0.resetHeartbeat = resetsHeartbeat
                if let jitter { $0.jitter = .init(jitter) }
            }
        }
    }

    /// Lets activities begin with their first attempt again. Servers before 1.29 do not know it.
    ///
    /// - Parameters:
    ///   - selection: In which workflows.
    ///   - activities: Which of their activities. The service knows no ``ActivitySelection/id(_:)`` here.
    ///   - options: What else is reset.
    ///   - reason: Why, for the description of the operation.
    ///   - maximumPerSecond: How many workflows at most in a second; `nil` for the service's limit.
    ///   - id: The id of the operation; `nil` for a new one. A second operation of an id is refused.
    /// - Returns: A handle to the operation.
    /// - Throws: ``BatchOperationAlreadyExistsError`` if the id is in use; `RPCError`, with the code `invalidArgument` for
    ///   a query that the service cannot read.
    public func resetActivities(
        of selection: Selection,
        _ activities: ActivitySelection = .all,
        _ options: ActivityResetOptions = ActivityResetOptions(),
        reason: String,
        maximumPerSecond: Float? = nil,
        id: String? = nil
    ) async throws -> BatchOperationHandle {
        let type = try activities.batchType
        return try await start(selection, reason, maximumPerSecond, id) {
            $0.resetActivitiesOperation = .with {
                $0.identity = client.identity
                if let type { $0.type = type } else { $0.matchAll = true }
                $0.resetAttempts = true
                $0.resetHeartbeat = options.resetsHeartbeat
                $0.keepPaused = options.keepsPaused
                $0.restoreOriginalOptions = options.restoresOriginalOptions
                if let jitter = options.jitter { $0.jitter = .init(jitter) }
            }
        }
    }

    /// Changes options of activities. Servers before 1.29 do not know it.
    ///
    /// - Parameters:
    ///   - selection: In which workflows.
    ///   - activities: Which of their activities. The service knows no ``ActivitySelection/id(_:)`` here.
    ///   - change: What is changed.
    ///   - reason: Why, for the description of the operation.
    ///   - maximumPerSecond: How many workflows at most in a second; `nil` for the service's limit.
    ///   - id: The id of the operation; `nil` for a new one. A second operation of an id is refused.
    /// - Returns: A handle to the operation.
    /// - Throws: ``BatchOperationAlreadyExistsError`` if the id is in use; `RPCError`, with the code `invalidArgument` for
    ///   a query that the service cannot read.
    public func updateActivityOptions(
        of selection: Selection,
        _ activities: ActivitySelection,
        _ change: ActivityOptionsChange,
        reason: String,
        maximumPerSecond: Float? = nil,
        id: String? = nil
    ) async throws -> BatchOperationHandle {
        let type = try activities.batchType
        return try await start(selection, reason, maximumPerSecond, id) {
            $0.updateActivityOptionsOperation = .with {
                $0.identity = client.identity
                if let type { $0.type = type } else { $0.matchAll = true }
                $0.restoreOriginal = change.restoresOriginal
                if !change.restoresOriginal { ($0.activityOptions, $0.updateMask) = change.proto }
            }
        }
    }
}

extension ActivitySelection {
    /// The type that an operation on many workflows names; `nil` for all activities.
    fileprivate var batchType: String? {
        get throws {
            switch kind {
            case .type(let type): return type
            case .all: return nil
            case .id(let id):
                throw RPCError(
                    code: .invalidArgument,
                    message: "A batch operation cannot name the activity '\(id)': name a type, or take all."
                )
            }
        }
    }
}
