/// One token of a list filter.
struct ListFilterToken: Equatable {
    enum Kind: Equatable {
        /// A name, in backquotes or without.
        case name(String)
        /// A reserved word, in lower case.
        case word(String)
        case string(String)
        /// A number as it was written. `isWhole` if it has neither fraction nor exponent.
        case number(String, isWhole: Bool)
        /// A hexadecimal number or a placeholder, which the grammar knows and no search attribute takes.
        case unusable(String)
        case symbol(String)
        case end
    }

    let kind: Kind

    /// How many bytes were read when the token was complete, with those that the server puts before the text.
    let end: Int

    /// What a message about the token repeats of the text; `nil` for symbols and the end.
    let near: String?

    /// Whether this is the reserved word.
    func isWord(_ word: String) -> Bool { kind == .word(word) }

    /// Whether this is the symbol.
    func isSymbol(_ symbol: String) -> Bool { kind == .symbol(symbol) }

    /// The words that no attribute can be named without backquotes. The grammar of list filters is that of a condition
    /// in SQL, so all of SQL's words are reserved, used or not.
    static let reserved: Set<String> = [
        "add", "against", "alter", "analyze", "and", "as", "asc", "auto_increment", "between", "binary", "by", "case",
        "character", "collate", "column", "convert", "create", "cross", "current_date", "current_time",
        "current_timestamp", "database", "databases", "default", "delete", "desc", "describe", "distinct", "div",
        "drop", "else", "end", "escape", "exists", "explain", "false", "for", "force", "foreign", "from", "fulltext",
        "generated", "group", "having", "if", "ignore", "in", "index", "infile", "inner", "insert", "interval", "into",
        "is", "join", "key", "keys", "kill", "left", "like", "limit", "localtime", "localtimestamp", "lock", "match",
        "maxvalue", "mod", "natural", "next", "not", "null", "on", "or", "order", "outer", "primary", "regexp",
        "rename", "replace", "right", "rlike", "schema", "select", "separator", "set", "show", "starts_with",
        "straight_join", "table", "then", "to", "true", "union", "unique", "unlock", "update", "use", "using",
        "utc_date", "utc_time", "utc_timestamp", "values", "when", "where", "with", "xor",
    ]
}

/// Why a list filter is not accepted.
struct ListFilterError: Error, Equatable {
    /// What the server says after `invalid query: `, or as a whole.
    let message: String

    init(_ message: String) {
        self.message = "invalid query: \(message)"
    }

    /// A message of the server's without its usual beginning.
    init(bare message: String) {
        self.message = message
    }

    /// Something that the grammar allows and the service does not.
    static func unsupported(_ what: String) -> ListFilterError {
        ListFilterError("operation is not supported: \(what)")
    }

    /// Something that the grammar does not allow.
    ///
    /// - Parameters:
    ///   - end: How many bytes were read by then.
    ///   - near: The text of the token, if the message shows it.
    static func syntax(end: Int, near: String?) -> ListFilterError {
        ListFilterError(
            "malformed SQL query: syntax error at position \(end + 1)" + (near.map { " near '\($0)'" } ?? "")
        )
    }

    /// Something that makes no sense where it stands.
    static func invalid(_ what: String) -> ListFilterError {
        ListFilterError("invalid expression: \(what)")
    }
}
