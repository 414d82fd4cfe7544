/// Reads the settings of one table of a configuration. Errors name keys, and never values.
struct TOMLTableReader {
    private let entries: [String: TOMLValue]
    private let path: [String]
    private let name: String
    private var known: Set<String> = []

    /// Begins to read.
    ///
    /// - Parameters:
    ///   - entries: The entries of the table.
    ///   - path: The names of the table and of those around it.
    ///   - name: What the configuration is called in errors.
    init(_ entries: [String: TOMLValue], path: [String], name: String) {
        self.entries = entries
        self.path = path
        self.name = name
    }

    /// The keys, in order.
    var keys: [String] { entries.keys.sorted() }

    /// A text, or `nil` if there is none.
    mutating func string(_ key: String) throws -> String? {
        guard let value = take(key) else { return nil }
        guard case .string(let text) = value else { throw mismatch(key, value, "a text in quotation marks") }
        return text
    }

    /// A truth value, or `nil` if there is none.
    mutating func boolean(_ key: String) throws -> Bool? {
        guard let value = take(key) else { return nil }
        guard case .boolean(let isTrue) = value else { throw mismatch(key, value, "true or false") }
        return isTrue
    }

    /// A table, or `nil` if there is none.
    mutating func table(_ key: String) throws -> TOMLTableReader? {
        guard let value = take(key) else { return nil }
        guard case .table(let entries) = value else { throw mismatch(key, value, "a table") }
        return TOMLTableReader(entries, path: path + [key], name: name)
    }

    /// Makes sure that nothing is left that was not asked for.
    ///
    /// - Throws: ``ConnectionOptionsError`` that names the keys.
    func refuseUnknown() throws {
        let unknown = keys.filter { !known.contains($0) }
        guard !unknown.isEmpty else { return }
        let names = unknown.map { "'\((path + [$0]).joined(separator: "."))'" }.joined(separator: ", ")
        throw ConnectionOptionsError("\(name.capitalizedFirst) has keys that are not known: \(names).")
    }

    /// An error about the table.
    func wrong(_ what: String) -> ConnectionOptionsError {
        ConnectionOptionsError("'\(path.joined(separator: "."))' in \(name) \(what).")
    }

    private mutating func take(_ key: String) -> TOMLValue? {
        known.insert(key)
        return entries[key]
    }

    private func mismatch(_ key: String, _ value: TOMLValue, _ kind: String) -> ConnectionOptionsError {
        ConnectionOptionsError(
            "'\((path + [key]).joined(separator: "."))' in \(name) must be \(kind), and is \(value.kind)."
        )
    }
}
