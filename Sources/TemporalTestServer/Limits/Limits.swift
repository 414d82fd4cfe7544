import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The server's limits, with the numbers of a server that nobody configured.
enum Limits {
    /// The largest payloads of one field, in bytes of their binary form.
    static let blobSize = 2 * 1024 * 1024

    /// The largest memo, in bytes of its binary form.
    static let memoSize = 2 * 1024 * 1024

    /// How many activities, children, signals to others and cancellations of others a run has pending at most.
    static let pending = 2000

    /// How many signals a run takes.
    static let signals = 10_000

    /// How many events a history has at most, before its run is terminated.
    static let events = 50 * 1024

    /// How many bytes a history has at most, before its run is terminated.
    static let historySize: Int64 = 50 * 1024 * 1024

    /// How many events wait at most for the end of a workflow task, before it is failed so that they are delivered.
    static let bufferedEvents = 100

    /// How many bytes of a failure are kept while another attempt follows.
    static let retriedFailure = 4 * 1024

    /// How many updates of a run are not completed at a time.
    static let updatesInFlight = 10

    /// How many updates a run takes.
    static let updates = 2000

    private static let textLength = 1000
    private static let fairnessKeyLength = 64

    /// From how many updates on a workflow task suggests to continue as new: nine tenths of those that a run takes.
    static let suggestedUpdates = updates / 10 * 9

    /// From how many events on a workflow task suggests to continue as new.
    static let suggestedEvents = 4096

    /// From how many bytes of history on a workflow task suggests to continue as new.
    static let suggestedSize: Int64 = 4 * 1024 * 1024

    /// Checks payloads of a request.
    ///
    /// - Throws: `INVALID_ARGUMENT` if they are too large.
    static func check(_ payloads: APIPayloads) throws {
        guard isLarge(payloads) else { return }
        throw ServiceError.invalid("Blob data size exceeds limit.")
    }

    /// Checks a memo of a request.
    ///
    /// - Throws: `INVALID_ARGUMENT` if it is too large.
    static func check(_ memo: APIMemo) throws {
        guard isLarge(memo) else { return }
        throw ServiceError.invalid("Memo size exceeds limit.")
    }

    private static func isLarge(_ memo: APIMemo) -> Bool {
        // Adding up is cheaper than encoding, and enough for what is far below the limit.
        memo.fields.values.reduce(0) { $0 + $1.data.count } > memoSize / 2 && size(of: memo) > memoSize
    }

    /// Checks an id, a name or an identity of a request.
    ///
    /// - Throws: `INVALID_ARGUMENT` if it is too long.
    static func check(_ text: String, _ name: String) throws {
        guard text.utf8.count <= textLength else { throw ServiceError.invalid("\(name) length exceeds limit.") }
    }

    /// Checks whether a run takes one more signal.
    ///
    /// - Throws: `INVALID_ARGUMENT` if it has had too many.
    static func checkSignals(of run: Run) throws {
        guard run.signalCount < signals else {
            throw ServiceError.invalid("exceeded workflow execution limit for signal events")
        }
    }

    /// What is wrong with a priority; `nil` if nothing is.
    static func problem(with priority: APIPriority) -> String? {
        if priority.priorityKey < 0 { return "priority key can't be negative" }
        if priority.fairnessKey.utf8.count > fairnessKeyLength { return "fairness key length exceeds limit" }
        if !(priority.fairnessWeight >= 0) { return "must be greater than zero" }
        return nil
    }

    /// Whether a failure is too large to be kept.
    static func isLarge(_ failure: APIFailure) -> Bool {
        size(of: failure) > blobSize
    }

    // MARK: Commands

    /// Checks payloads of a command.
    ///
    /// - Parameters:
    ///   - payloads: The payloads.
    ///   - name: What they are, in the server's words.
    ///   - cause: What the workflow task fails with.
    /// - Throws: ``CommandFailure`` that ends the run, if they are too large.
    static func check(
        _ payloads: APIPayloads,
        _ name: String,
        _ cause: APIWorkflowTaskFailedCause
    ) throws(CommandFailure) {
        if isLarge(payloads) { throw tooLarge(name, cause) }
    }

    /// Checks a memo of a command.
    static func check(
        _ memo: APIMemo,
        _ name: String,
        _ cause: APIWorkflowTaskFailedCause
    ) throws(CommandFailure) {
        if isLarge(memo) { throw tooLarge(name, cause) }
    }

    /// Checks named values of a command by the size of the names and of what the values hold.
    static func check(
        _ fields: [String: APIPayload],
        _ name: String,
        _ cause: APIWorkflowTaskFailedCause
    ) throws(CommandFailure) {
        let size = fields.reduce(0) { $0 + $1.key.utf8.count + $1.value.data.count }
        if size > blobSize { throw tooLarge(name, cause) }
    }

    /// Checks the details of a marker.
    static func check(_ details: [String: APIPayloads]) throws(CommandFailure) {
        let size = details.reduce(0) { $0 + $1.key.utf8.count + Self.size(of: $1.value) }
        if size > blobSize { throw tooLarge("RecordMarkerCommandAttributes.Details", .badRecordMarkerAttributes) }
    }

    /// Checks the failure that a run ends with.
    static func checkEnd(_ failure: APIFailure) throws(CommandFailure) {
        guard isLarge(failure) else { return }
        throw tooLarge("FailWorkflowExecutionCommandAttributes.Failure", .badFailWorkflowExecutionAttributes)
    }

    private static func tooLarge(_ name: String, _ cause: APIWorkflowTaskFailedCause) -> CommandFailure {
        CommandFailure(cause: cause, message: "\(name) exceeds size limit.", terminatesRun: true)
    }

    /// Checks that a run may have one more of something pending.
    ///
    /// - Parameters:
    ///   - count: How many it has.
    ///   - cause: What the workflow task fails with if it may not.
    ///   - what: What is pending, in the server's words.
    /// - Throws: ``CommandFailure`` if there are too many.
    static func checkPending(
        _ count: Int,
        _ cause: APIWorkflowTaskFailedCause,
        _ what: String
    ) throws(CommandFailure) {
        guard count >= pending else { return }
        throw CommandFailure(
            cause: cause,
            message: "the number of pending \(what), \(count), has reached the per-workflow limit of \(pending)"
        )
    }

    /// Whether payloads are larger than a field may be.
    static func isLarge(_ payloads: APIPayloads) -> Bool {
        guard payloads.payloads.reduce(0, { $0 + $1.data.count }) > blobSize / 2 else { return false }
        return size(of: payloads) > blobSize
    }

    /// The size of a message in bytes of its binary form.
    static func size(of message: some Message) -> Int { MessageSize.of(message) }
}
