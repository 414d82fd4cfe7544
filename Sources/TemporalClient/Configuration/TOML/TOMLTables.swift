/// The tables of a TOML document while it is read, with what decides whether they may be added to.
///
/// A table may be defined once: by its header, by dotted keys, or inline. Headers may add tables to what dotted keys
/// defined and to what only came into being as the parent of another table, and to nothing else.
struct TOMLTables {
    /// Why a key cannot be put in.
    struct Conflict: Error {
        let problem: String
    }

    private final class Table {
        enum Origin {
            /// It is the parent of a table with a header, and has none itself so far.
            case parent
            case header
            case dotted
            case inline
        }

        var origin: Origin
        var entries: [String: Entry] = [:]

        init(_ origin: Origin) {
            self.origin = origin
        }

        var value: TOMLValue { .table(entries.mapValues(\.value)) }
    }

    private enum Entry {
        case value(TOMLValue)
        case table(Table)
        /// An array whose tables have headers in double brackets; it has at least one.
        case tables([Table], last: Table)

        var value: TOMLValue {
            switch self {
            case .value(let value): value
            case .table(let table): table.value
            case .tables(let tables, _): .array(tables.map(\.value))
            }
        }
    }

    private let root = Table(.header)
    private var current: Table

    /// No tables but that of the document.
    init() {
        current = root
    }

    /// All that was read.
    var entries: [String: TOMLValue] { root.entries.mapValues(\.value) }

    /// Begins the table of a header.
    mutating func open(_ path: [String]) throws(Conflict) {
        let (parent, name) = try container(path)
        switch parent.entries[name] {
        case nil:
            current = Table(.header)
            parent.entries[name] = .table(current)
        case .table(let table) where table.origin == .parent:
            table.origin = .header
            current = table
        case .some:
            throw Conflict(problem: "'\(path.joined(separator: "."))' is defined already")
        }
    }

    /// Begins another table of an array of tables.
    mutating func append(_ path: [String]) throws(Conflict) {
        let (parent, name) = try container(path)
        current = Table(.header)
        switch parent.entries[name] {
        case nil:
            parent.entries[name] = .tables([current], last: current)
        case .tables(let tables, _):
            parent.entries[name] = .tables(tables + [current], last: current)
        case .some:
            throw Conflict(problem: "'\(path.joined(separator: "."))' is defined already, and is no array of tables")
        }
    }

    /// Puts a value into the current table.
    func set(_ path: [String], _ value: TOMLValue) throws(Conflict) {
        var table = current
        for name in path.dropLast() {
            switch table.entries[name] {
            case nil:
                let next = Table(.dotted)
                table.entries[name] = .table(next)
                table = next
            case .table(let next) where next.origin == .dotted || next.origin == .parent:
                next.origin = .dotted
                table = next
            case .some:
                throw Conflict(problem: "'\(path.joined(separator: "."))' adds to what is defined already")
            }
        }
        guard let name = path.last else { return }
        guard table.entries[name] == nil else {
            throw Conflict(problem: "the key '\(path.joined(separator: "."))' is there twice")
        }
        table.entries[name] = .value(value)
    }

    /// The table that the last name of a header is in. Those on the way come into being.
    private func container(_ path: [String]) throws(Conflict) -> (table: Table, name: String) {
        var table = root
        for name in path.dropLast() {
            switch table.entries[name] {
            case nil:
                let next = Table(.parent)
                table.entries[name] = .table(next)
                table = next
            case .table(let next):
                table = next
            case .tables(_, let last):
                table = last
            case .value:
                throw Conflict(problem: "'\(name)' is defined already, and is no table to add to")
            }
        }
        return (table, path.last ?? "")
    }
}
