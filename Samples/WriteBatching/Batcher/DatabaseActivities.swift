package import Logging
package import Temporal

/// Writes batches.
@Activities
package struct DatabaseActivities {
    private let ledger: Ledger
    private let logger: Logger

    /// Writes to a ledger.
    package init(ledger: Ledger, logger: Logger) {
        self.ledger = ledger
        self.logger = logger
    }

    /// Writes a batch: all of it or nothing. Requests that are there already are left as they are.
    ///
    /// - Parameters:
    ///   - requests: What is written.
    ///   - batchID: The name of the batch.
    /// - Returns: What was new, and what was there.
    @Activity package func writeBatch(_ requests: [WriteRequest], _ batchID: String) async throws -> BatchResult {
        let result = try await ledger.write(requests, batch: batchID)
        logger.notice("\(batchID): \(result.written) rows written, \(result.repeated) were there already")
        return result
    }
}
