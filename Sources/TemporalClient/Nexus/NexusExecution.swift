public import Foundation
public import Temporal
import TemporalAPI

/// The state of a Nexus operation that a client has started.
public struct NexusExecutionStatus: Sendable, Hashable, CustomStringConvertible {
    /// The name of the state.
    public let description: String

    private init(_ description: String) {
        self.description = description
    }

    /// The operation is under way.
    public static let running = NexusExecutionStatus("running")
    /// The operation ended with a result.
    public static let completed = NexusExecutionStatus("completed")
    /// The operation ended with an error.
    public static let failed = NexusExecutionStatus("failed")
    /// The operation ended because it was cancelled.
    public static let cancelled = NexusExecutionStatus("cancelled")
    /// The operation was ended by force.
    public static let terminated = NexusExecutionStatus("terminated")
    /// The operation took longer than it was allowed to.
    public static let timedOut = NexusExecutionStatus("timed out")

    init(_ proto: APINexusOperationExecutionStatus) {
        switch proto {
        case .running: self = .running
        case .completed: self = .completed
        case .failed: self = .failed
        case .canceled: self = .cancelled
        case .terminated: self = .terminated
        case .timedOut: self = .timedOut
        case .unspecified: self = NexusExecutionStatus("unknown")
        case .UNRECOGNIZED(let number): self = NexusExecutionStatus("unknown (\(number))")
        }
    }
}

/// A Nexus operation that a client has started, as lists show it.
public struct NexusExecution: Sendable {
    /// The id of the operation.
    public let id: String
    /// The run.
    public let runID: String
    /// Where it was called.
    public let endpoint: String
    /// The name of the service.
    public let service: String
    /// The name of the operation.
    public let operation: String
    /// Its state.
    public let status: NexusExecutionStatus
    /// When it was started.
    public let scheduleTime: Date
    /// When it ended; `nil` if it is under way.
    public let closeTime: Date?
    /// The values that it is found by.
    public let searchAttributes: SearchAttributes

    init(_ info: APINexusNexusOperationExecutionListInfo) {
        id = info.operationID
        runID = info.runID
        endpoint = info.endpoint
        service = info.service
        operation = info.operation
        status = NexusExecutionStatus(info.status)
        scheduleTime = Date(info.scheduleTime)
        closeTime = info.hasCloseTime ? Date(info.closeTime) : nil
        searchAttributes = SearchAttributes(info.searchAttributes)
    }
}

/// All there is to know of a Nexus operation that a client has started.
public struct NexusExecutionDescription: Sendable {
    /// The id of the operation.
    public let id: String
    /// The run.
    public let runID: String
    /// Where it was called.
    public let endpoint: String
    /// The name of the service.
    public let service: String
    /// The name of the operation.
    public let operation: String
    /// Its state.
    public let status: NexusExecutionStatus
    /// When it was started.
    public let scheduleTime: Date
    /// When it ended; `nil` if it is under way.
    public let closeTime: Date?
    /// When it is given up; `nil` for never.
    public let expirationTime: Date?
    /// The number of attempts to start it that have ended.
    public let attempts: Int
    /// Why the last attempt to start it failed; `nil` if it did not.
    public let lastAttemptFailure: (any TemporalError)?
    /// When the next attempt to start it is made; `nil` if none is waited for.
    public let nextAttemptScheduleTime: Date?
    /// The token by which its handler knows it; `nil` if it ended at once, or has not started.
    public let token: String?
    /// Whether somebody has asked for its end.
    public let isCancelRequested: Bool
    /// What went along with the call.
    public let headers: [String: String]
    /// One line for humans; `nil` for none.
    public let summary: String?
    /// Who started it.
    public let identity: String
    /// The values that it is found by.
    public let searchAttributes: SearchAttributes

    init(_ info: APINexusNexusOperationExecutionInfo, _ converter: DataConverter) {
        id = info.operationID
        runID = info.runID
        endpoint = info.endpoint
        service = info.service
        operation = info.operation
        status = NexusExecutionStatus(info.status)
        scheduleTime = Date(info.scheduleTime)
        closeTime = info.hasCloseTime ? Date(info.closeTime) : nil
        expirationTime = info.hasExpirationTime ? Date(info.expirationTime) : nil
        attempts = Int(info.attempt)
        lastAttemptFailure =
            info.hasLastAttemptFailure ? converter.failureConverter.error(info.lastAttemptFailure) : nil
        nextAttemptScheduleTime = info.hasNextAttemptScheduleTime ? Date(info.nextAttemptScheduleTime) : nil
        token = info.operationToken.isEmpty ? nil : info.operationToken
        isCancelRequested = info.hasCancellationInfo
        headers = info.nexusHeader
        // A line for people: what is no text is not worth an error.
        summary =
            info.userMetadata.hasSummary
            ? try? converter.payloadConverter.decode(Payload(info.userMetadata.summary)) : nil
        identity = info.identity
        searchAttributes = SearchAttributes(info.searchAttributes)
    }
}
