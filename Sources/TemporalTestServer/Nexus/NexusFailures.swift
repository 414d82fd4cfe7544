import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

extension APIFailure {
    /// The failure of a handler that could not answer.
    static func handlerError(_ message: String, _ type: NexusHandlerError.Kind) -> APIFailure {
        .with {
            $0.message = message
            $0.nexusHandlerFailureInfo.type = type.rawValue
        }
    }

    /// A failure of the service itself that is not tried again.
    static func message(_ message: String) -> APIFailure {
        .with {
            $0.message = message
            $0.applicationFailureInfo.nonRetryable = true
        }
    }

    /// The failure that stands for a handler's error in the older form, which has a cause but no message of its own.
    init(_ error: APINexusHandlerError) {
        self.init()
        nexusHandlerFailureInfo.type = error.errorType
        nexusHandlerFailureInfo.retryBehavior = error.retryBehavior
        cause = APIFailure(error.failure)
    }

    /// The failure that stands for one of Nexus.
    init(_ failure: APINexusFailure) {
        if failure.metadata["type"] == APIFailure.protoMessageName,
            let read = try? APIFailure(jsonUTF8Data: failure.details, options: .lenient)
        {
            self = read
        } else {
            self.init()
            // Where there is nothing but a message, the failure is of no kind.
            if let rest = failure.withoutMessage {
                var payload = APIPayload()
                payload.metadata["encoding"] = Data("json/plain".utf8)
                payload.data = rest
                applicationFailureInfo.type = "NexusFailure"
                applicationFailureInfo.details.payloads = [payload]
            }
        }
        message = failure.message
        if !failure.stackTrace.isEmpty { stackTrace = failure.stackTrace }
        if failure.hasCause { cause = APIFailure(failure.cause) }
    }

    /// The failure as Nexus carries it to the caller: a handler's error loses its source, for which Nexus has no place.
    var carriedByNexus: APIFailure {
        var carried = self
        if case .nexusHandlerFailureInfo = failureInfo { carried.source = "" }
        if hasCause { carried.cause = cause.carriedByNexus }
        return carried
    }

    /// Whether the service sends a request again after this failure of a handler.
    var isRetryableHandlerFailure: Bool {
        guard case .nexusHandlerFailureInfo(let info) = failureInfo else { return true }
        switch info.retryBehavior {
        case .retryable: return true
        case .nonRetryable: return false
        case .unspecified, .UNRECOGNIZED:
            return NexusHandlerError(type: .init(rawValue: info.type)).isRetryable
        }
    }
}

extension APINexusFailure {
    /// The failure as JSON, with an empty message, as callers find it in the details of one that the service cannot read; `nil`
    /// if it has nothing but a message.
    fileprivate var withoutMessage: Data? {
        guard !metadata.isEmpty || !details.isEmpty else { return nil }
        var fields = [#""message":"""#]
        // A map of texts can always be encoded.
        if !metadata.isEmpty, let json = try? JSONEncoder.sorted.encode(metadata) {
            fields.append(#""metadata":\#(String(decoding: json, as: UTF8.self))"#)
        }
        // They are JSON already.
        if !details.isEmpty { fields.append(#""details":\#(String(decoding: details, as: UTF8.self))"#) }
        return Data("{\(fields.joined(separator: ","))}".utf8)
    }
}

extension JSONEncoder {
    /// Writes keys in order, as servers do.
    fileprivate static var sorted: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension NexusEnd {
    /// The end that an operation's error in the older form stands for.
    init(_ error: APINexusUnsuccessfulOperationError) {
        var failure = APIFailure(error.failure)
        guard error.operationState == "canceled" else {
            self = .failed(failure)
            return
        }
        if case .canceledFailureInfo = failure.failureInfo {
        } else {
            failure.canceledFailureInfo = .init()
        }
        self = .cancelled(failure)
    }

    /// The end as Nexus carries it to the caller.
    var carriedByNexus: NexusEnd {
        switch self {
        case .completed, .timedOut: self
        case .failed(let failure): .failed(failure.carriedByNexus)
        case .cancelled(let failure): .cancelled(failure.carriedByNexus)
        }
    }

    /// The failure of the operation as its caller sees it; `nil` for a result.
    func failure(of operation: NexusOperation, scheduledEventID: Int64) -> APIFailure? {
        let cause: APIFailure
        switch self {
        case .completed:
            return nil
        case .failed(let failure), .cancelled(let failure):
            cause = failure
        case .timedOut(let kind):
            cause = .with {
                $0.message = "operation timed out"
                $0.timeoutFailureInfo.timeoutType = kind
            }
        }
        return .with {
            $0.message = "nexus operation completed unsuccessfully"
            $0.nexusOperationExecutionFailureInfo.endpoint = operation.endpoint
            $0.nexusOperationExecutionFailureInfo.service = operation.service
            $0.nexusOperationExecutionFailureInfo.operation = operation.operation
            $0.nexusOperationExecutionFailureInfo.operationToken = operation.token
            $0.nexusOperationExecutionFailureInfo.operationID = operation.token
            $0.nexusOperationExecutionFailureInfo.scheduledEventID = scheduledEventID
            $0.cause = cause
        }
    }
}

extension JSONDecodingOptions {
    /// Reads what newer versions of the API have added.
    fileprivate static var lenient: JSONDecodingOptions {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        return options
    }
}
