package import Logging
import Synchronization
package import Temporal
package import TemporalAPI

/// A service that warns of large payloads, and refuses a worker's answers that the Temporal Service would refuse.
///
/// It stands behind the codecs, so that it measures what is sent.
package struct PayloadLimitService: TemporalService {
    /// The service without the checks.
    package let base: any TemporalService

    private let warnings: PayloadLimits
    private let errors: PayloadErrorLimits
    private let logger: Logger

    /// Adds checks to a service.
    ///
    /// - Parameters:
    ///   - base: The service.
    ///   - warnings: What to warn of.
    ///   - errors: What to refuse, as far as it is known.
    ///   - logger: Where warnings go.
    package init(_ base: any TemporalService, warnings: PayloadLimits, errors: PayloadErrorLimits, logger: Logger) {
        self.base = base
        self.warnings = warnings
        self.errors = errors
        self.logger = logger
    }

    /// The answers of a worker that fail here, so that it can say so in their place.
    private static let answers: Set<String> = ["RespondWorkflowTaskCompleted", "RespondActivityTaskCompleted"]

    package func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        if let holder = request as? any PayloadHolder { try check(holder, method.name) }
        return try await base.call(method, request, options: options)
    }

    private func check(_ holder: any PayloadHolder, _ operation: String) throws {
        var reader = PayloadReader.measuring
        holder.readPayloads(&reader)
        if Self.answers.contains(operation) { try errors.check(reader) }
        warn("payloads", reader.largestField, warnings.payloadWarning, operation)
        warn("memo", reader.largestMemo, warnings.memoWarning, operation)
    }

    private func warn(_ what: String, _ size: Int, _ limit: Int?, _ operation: String) {
        guard let limit, size > limit else { return }
        logger.warning(
            "[TMPRL1103] Attempted to upload \(what) with size that exceeded the warning limit.",
            metadata: ["operation": "\(operation)", "size": "\(size)", "limit": "\(limit)"]
        )
    }
}

/// The sizes that the Temporal Service refuses in the namespace of a client. A worker learns them when it starts.
package final class PayloadErrorLimits: Sendable {
    private struct Limits {
        var payload = 0
        var memo = 0
    }

    private let limits = Mutex(Limits())

    package init() {}

    /// Sets the limits, in bytes; 0 for none.
    package func set(payload: Int, memo: Int) {
        limits.withLock { $0 = Limits(payload: payload, memo: memo) }
    }

    /// Checks what was measured.
    ///
    /// - Throws: ``PayloadsTooLargeError`` if the service would refuse it.
    package func check(_ reader: PayloadReader) throws {
        let limits = limits.withLock { $0 }
        if limits.payload > 0, reader.largestField > limits.payload {
            throw PayloadsTooLargeError(what: "payloads", size: reader.largestField, limit: limits.payload)
        }
        if limits.memo > 0, reader.largestMemo > limits.memo {
            throw PayloadsTooLargeError(what: "memo", size: reader.largestMemo, limit: limits.memo)
        }
    }
}

/// An answer of a worker that is larger than the Temporal Service takes.
package struct PayloadsTooLargeError: Error, Sendable, CustomStringConvertible {
    let what: String
    let size: Int
    let limit: Int

    package var description: String {
        "[TMPRL1103] Attempted to upload \(what) with size that exceeded the error limit."
    }

    /// The sizes, for the log.
    package var metadata: Logger.Metadata { ["size": "\(size)", "limit": "\(limit)"] }
}
