/// Writes TOML.
enum TOMLWriter {
    /// A line with a key and a text.
    static func line(_ key: String, _ text: String) -> String { "\(self.key(key)) = \(string(text))\n" }

    /// A line with a key and a truth value.
    static func line(_ key: String, _ value: Bool) -> String { "\(self.key(key)) = \(value)\n" }

    /// A line that begins a table.
    static func header(_ path: String...) -> String { "[\(path.map(key).joined(separator: "."))]\n" }

    private static func key(_ key: String) -> String {
        key.wholeMatch(of: #/[A-Za-z0-9_-]+/#) == nil ? string(key) : key
    }

    /// A text with all that cannot stand in one line escaped.
    private static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
