/// One call of a Nexus operation, with everything encoded.
package struct NexusOperationCall: Sendable {
    package var endpoint: String
    package var service: String
    package var operation: String
    package var input: Payload
    package var scheduleToCloseTimeout: Duration?
    package var scheduleToStartTimeout: Duration?
    package var startToCloseTimeout: Duration?
    package var cancellation: NexusOperationCancellationType
    package var headers: [String: String]
    package var summary: Payload?

    init(
        _ endpoint: String,
        _ service: String,
        _ operation: String,
        _ input: Payload,
        _ options: NexusOperationOptions,
        converter: PayloadConverter
    ) throws {
        self.endpoint = endpoint
        self.service = service
        self.operation = operation
        self.input = input
        self.scheduleToCloseTimeout = options.scheduleToCloseTimeout
        self.scheduleToStartTimeout = options.scheduleToStartTimeout
        self.startToCloseTimeout = options.startToCloseTimeout
        self.cancellation = options.cancellation
        // As everywhere in Nexus. Of two names that differ by case only, the first in their order counts.
        self.headers = Dictionary(
            options.headers.sorted { $0.key < $1.key }.map { ($0.key.lowercased(), $0.value) },
            uniquingKeysWith: { first, _ in first }
        )
        self.summary = try options.summary.map { try converter.encode($0) }
    }

    /// The operation in words.
    package var label: String { "Nexus operation '\(service)/\(operation)'" }
}

/// What a run knows of one Nexus operation. The run and the handles to the operation share it.
///
/// Unchecked, for the reason of its superclass.
package final class NexusOperationExecution: LongOperation, @unchecked Sendable {
    /// The operation in words.
    package let label: String

    /// The token by which the operation is known; `nil` before it has started, and if it ended at once.
    package var token: String?

    package init(label: String) {
        self.label = label
    }
}
