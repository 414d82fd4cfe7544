import Temporal
import TemporalAPI

/// What a Nexus operation of its own was made of, which never changes.
struct NexusExecutionOrigin: Codable, Sendable {
    var request: APIStartNexusOperationExecutionRequest
    var endpointID: String
    var runID: String

    /// Goes with all requests to its handler.
    var requestID: String
    var scheduleTime: Moment
}

/// What is stored of a Nexus operation of its own besides its origin.
struct NexusExecutionState: Codable, Sendable {
    var state: NexusOperation.State
    var start: NexusRequestState
    var token: String
    var startedTime: Moment?
    var cancellation: NexusCancellation?
    var closing: NexusExecution.Closing?

    /// `nil` in what earlier versions have written, as is the next.
    var closeOrder: UInt64?
    var isCurrent: Bool?
    var links: [APILink]
    var terminationRequestID: String
    var changes: Int64
}

extension NexusExecution {
    /// Everything that is to be stored of the operation.
    func allChanges() -> [PendingChange] {
        [.put(key: StoredKey.nexusExecution(number, .origin), value: StoredJSON(origin)), stateChange]
    }

    /// What is to be stored of the operation since the last call.
    func takeChanges() -> [PendingChange] {
        defer { isOriginStored = true }
        return isOriginStored ? [stateChange] : allChanges()
    }

    private var stateChange: PendingChange {
        .put(key: StoredKey.nexusExecution(number, .state), value: StoredJSON(storedState))
    }
}
