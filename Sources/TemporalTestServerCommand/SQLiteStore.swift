package import Foundation
import GRDB
package import TemporalTestServer

/// Keeps the state of a service in an SQLite file.
///
/// The file belongs to one process at a time. What is written lasts when the process is killed, and when the machine
/// loses its power.
package final class SQLiteStore: StateStore {
    /// Tells files of this program from others.
    private static let applicationID: Int32 = 0x7473_7673
    private static let version = 1

    private let database: DatabaseQueue

    /// Opens a file, or makes it.
    ///
    /// - Parameter path: Where it is.
    /// - Throws: ``SQLiteStoreError`` if it is used by another process or is not a file of this program.
    package init(path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .immediateError
        configuration.prepareDatabase { database in
            // Before there is a table: pages that are no longer used can be given back.
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.inDatabase { try Self.prepare($0) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw SQLiteStoreError("'\(path)' is used by another process. End it, or use another file.")
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw SQLiteStoreError("'\(path)' is not a database of temporal-test-server. Use another file.")
        } catch let error as SQLiteStoreError {
            throw SQLiteStoreError("'\(path)' \(error.description)")
        } catch {
            throw SQLiteStoreError("'\(path)' cannot be opened: \(error)")
        }
    }

    private static func prepare(_ database: Database) throws {
        let identifier = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0
        if isEmpty {
            try database.inTransaction {
                try database.execute(sql: "PRAGMA application_id = \(applicationID)")
                try database.execute(sql: "PRAGMA user_version = \(Self.version)")
                try database.execute(
                    sql: "CREATE TABLE state (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
                )
                return .commit
            }
            return
        }
        guard identifier == applicationID else {
            throw SQLiteStoreError("is not a database of temporal-test-server. Use another file.")
        }
        guard version == Self.version else {
            throw SQLiteStoreError(
                "was made by another version of temporal-test-server (format \(version), this one has "
                    + "\(Self.version)). Use that version, or another file."
            )
        }
        try database.execute(sql: "PRAGMA incremental_vacuum")
    }

    package func read(_ body: (_ key: Data, _ value: Data) throws -> Void) throws {
        try database.inDatabase { database in
            let rows = try Row.fetchCursor(database, sql: "SELECT key, value FROM state ORDER BY key")
            while let row = try rows.next() { try body(row[0], row[1]) }
        }
    }

    package func write(_ changes: [StoredChange]) throws {
        try database.inDatabase { database in
            try database.inTransaction(.immediate) {
                let put = try database.cachedStatement(
                    sql: "INSERT INTO state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
                )
                let delete = try database.cachedStatement(sql: "DELETE FROM state WHERE key = ?")
                let deleteAll = try database.cachedStatement(sql: "DELETE FROM state WHERE key >= ? AND key < ?")
                for change in changes {
                    switch change {
                    case .put(let key, let value): try put.execute(arguments: [key, value])
                    case .delete(let key): try delete.execute(arguments: [key])
                    case .deleteAll(let prefix):
                        try deleteAll.execute(arguments: [prefix, prefix + Data(repeating: 0xFF, count: 24)])
                    }
                }
                return .commit
            }
        }
    }
}

/// Why a file cannot be used.
package struct SQLiteStoreError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
