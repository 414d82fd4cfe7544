public import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// An operation on many workflows that the service carries out.
public struct BatchOperationHandle: Sendable {
    let client: TemporalClient

    /// The id of the operation.
    public let id: String

    /// How far the operation is.
    ///
    /// - Throws: ``BatchOperationNotFoundError`` if there is no such operation, `RPCError` for anything else.
    public func describe() async throws -> BatchOperationDescription {
        var request = APIDescribeBatchOperationRequest()
        request.namespace = client.namespace
        request.jobID = id
        let response = try await mapErrors { try await client.call(.describeBatchOperation, request) }
        return BatchOperationDescription(response)
    }

    /// Stops the operation. What it has done stays done.
    ///
    /// - Parameter reason: Why, for the description of the operation.
    /// - Throws: ``BatchOperationNotFoundError`` if there is no such operation under way, `RPCError` for anything else.
    public func stop(reason: String) async throws {
        var request = APIStopBatchOperationRequest()
        request.namespace = client.namespace
        request.jobID = id
        request.reason = reason
        request.identity = client.identity
        _ = try await mapErrors { try await client.call(.stopBatchOperation, request) }
    }

    /// Runs a call and gives the error of a missing operation its type.
    private func mapErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as RPCError where error.code == .notFound {
            throw BatchOperationNotFoundError(operationID: id, namespace: client.namespace, message: error.message)
        }
    }

    /// How far the operation is, again and again until it has ended.
    ///
    /// - Parameters:
    ///   - interval: The time between two looks at it.
    ///   - clock: The clock that the interval is measured by.
    /// - Returns: The descriptions, the last one of the operation's end. The loop throws what ``describe()`` throws.
    public func progress(
        every interval: Duration = .milliseconds(500),
        clock: some Clock<Duration> = ContinuousClock()
    ) -> BatchProgress {
        BatchProgress(handle: self) { try await clock.sleep(for: interval) }
    }

    /// Waits for the end of the operation.
    ///
    /// - Parameter interval: The time between two looks at it.
    /// - Returns: What has become of it: an operation that could not be carried out for some workflows has completed, with
    ///   failures.
    /// - Throws: What ``describe()`` throws.
    public func result(every interval: Duration = .milliseconds(500)) async throws -> BatchOperationDescription {
        var last = try await describe()
        for try await description in progress(every: interval) { last = description }
        return last
    }
}

/// How far an operation on many workflows is, until it has ended.
public struct BatchProgress: AsyncSequence, Sendable {
    let handle: BatchOperationHandle
    let wait: @Sendable () async throws -> Void

    public func makeAsyncIterator() -> Iterator {
        Iterator(handle: handle, wait: wait)
    }

    /// Looks at the operation, waits, and looks again.
    public struct Iterator: AsyncIteratorProtocol {
        let handle: BatchOperationHandle
        let wait: @Sendable () async throws -> Void
        private var last: BatchOperationState?

        init(handle: BatchOperationHandle, wait: @escaping @Sendable () async throws -> Void) {
            self.handle = handle
            self.wait = wait
        }

        public mutating func next() async throws -> BatchOperationDescription? {
            if let last {
                guard last == .running else { return nil }
                try await wait()
            }
            let description = try await handle.describe()
            last = description.state
            return description
        }
    }
}

/// The state of an operation on many workflows.
public struct BatchOperationState: Sendable, Hashable, CustomStringConvertible {
    /// The name of the state.
    public let description: String

    /// The operation goes on.
    public static let running = BatchOperationState(description: "running")
    /// The operation has come to all workflows, with or without success.
    public static let completed = BatchOperationState(description: "completed")
    /// The operation as a whole failed, or was stopped.
    public static let failed = BatchOperationState(description: "failed")

    init(description: String) {
        self.description = description
    }

    init(_ proto: APIBatchOperationState) {
        switch proto {
        case .running: self = .running
        case .completed: self = .completed
        case .failed: self = .failed
        case .unspecified: self.init(description: "unknown")
        case .UNRECOGNIZED(let number): self.init(description: "unknown (\(number))")
        }
    }
}

/// How far an operation on many workflows is.
public struct BatchOperationDescription: Sendable {
    private let proto: APIDescribeBatchOperationResponse

    init(_ proto: APIDescribeBatchOperationResponse) {
        self.proto = proto
    }

    /// The id of the operation.
    public var id: String { proto.jobID }
    /// What it does, in Temporal's words, such as `Reset`.
    public var type: String {
        let name = "\(proto.operationType)"
        return name.prefix(1).uppercased() + name.dropFirst()
    }
    /// Whether it goes on.
    public var state: BatchOperationState { BatchOperationState(proto.state) }
    /// When it was started.
    public var startTime: Date { Date(proto.startTime) }
    /// When it ended; `nil` while it goes on.
    public var closeTime: Date? { proto.hasCloseTime ? Date(proto.closeTime) : nil }
    /// The number of workflows that it is for. It may be 0 until the service has counted them.
    public var total: Int { Int(proto.totalOperationCount) }
    /// The number of workflows for which it succeeded.
    public var completed: Int { Int(proto.completeOperationCount) }
    /// The number of workflows for which it failed.
    public var failed: Int { Int(proto.failureOperationCount) }
    /// Who started it.
    public var identity: String { proto.identity }
    /// Why it was started.
    public var reason: String { proto.reason }
    /// The share of workflows that are done, with or without success, from 0 to 1; 1 for an operation that is for none.
    public var fraction: Double {
        total > 0 ? min(1, Double(completed + failed) / Double(total)) : state == .running ? 0 : 1
    }
}

/// An operation on many workflows, as the service lists it.
public struct BatchOperationSummary: Sendable, Hashable {
    /// The id of the operation.
    public let id: String
    /// Whether it goes on.
    public let state: BatchOperationState
    /// When it was started.
    public let startTime: Date
    /// When it ended; `nil` while it goes on.
    public let closeTime: Date?

    init(_ proto: APIBatchOperationInfo) {
        self.id = proto.jobID
        self.state = BatchOperationState(proto.state)
        self.startTime = Date(proto.startTime)
        self.closeTime = proto.hasCloseTime ? Date(proto.closeTime) : nil
    }
}
