import Foundation
import GRDB

/// The database that requests are written to: a file of SQLite, or memory.
package struct Ledger: Sendable {
    private let database: DatabaseQueue

    /// Opens the database, and makes its table if there is none.
    ///
    /// - Parameter path: The file; `nil` for one in memory.
    package init(path: String?) throws {
        var configuration = Configuration()
        // Several workers may write to one file.
        configuration.busyMode = .timeout(10)
        database = try path.map { try DatabaseQueue(path: $0, configuration: configuration) } ?? DatabaseQueue()
        try database.write { database in
            try database.create(table: "ledger", options: .ifNotExists) { table in
                // The key makes a write repeatable: a batch may be written, and the news of it be lost.
                table.primaryKey("request_id", .text)
                table.column("workflow_id", .text).notNull()
                table.column("data", .text).notNull()
                table.column("batch_id", .text).notNull()
                table.column("submitted_at", .datetime).notNull()
            }
        }
    }

    /// Writes requests in one transaction.
    ///
    /// - Returns: What was new, and what was there.
    package func write(_ requests: [WriteRequest], batch: String) async throws -> BatchResult {
        try await database.write { database in
            var written = 0
            let statement = try database.makeStatement(
                sql:
                    "INSERT OR IGNORE INTO ledger (request_id, workflow_id, data, batch_id, submitted_at) VALUES (?, ?, ?, ?, ?)"
            )
            for request in requests {
                try statement.execute(arguments: [
                    request.requestID, request.workflowID, request.data, batch, request.submittedAt,
                ])
                written += database.changesCount
            }
            return BatchResult(written: written, repeated: requests.count - written)
        }
    }

    /// The number of rows, and of those that are there more than once for one workflow.
    package func count() async throws -> (rows: Int, workflows: Int) {
        try await database.read { database in
            let rows = try Int.fetchOne(database, sql: "SELECT count(*) FROM ledger") ?? 0
            let workflows = try Int.fetchOne(database, sql: "SELECT count(DISTINCT workflow_id) FROM ledger") ?? 0
            return (rows, workflows)
        }
    }
}
