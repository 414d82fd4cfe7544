/// Reads TOML 1.0.
///
/// The configuration of clients is the only TOML that is read here, and packages for it bring C++ or do not build for
/// every platform; the format is small.
struct TOMLReader {
    /// How deep arrays and inline tables may be in each other: a hostile file must not exhaust the stack.
    static let maximumDepth = 100

    /// The document.
    var bytes: [UInt8]
    /// Where reading stands.
    var index = 0
    private var tables = TOMLTables()
    private var depth = 0

    private init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Reads a document.
    ///
    /// - Returns: The entries of its topmost table.
    /// - Throws: ``TOMLError`` if it is no TOML.
    static func read(_ text: String) throws(TOMLError) -> [String: TOMLValue] {
        var reader = TOMLReader(text)
        if reader.bytes.starts(with: [0xef, 0xbb, 0xbf]) { reader.index = 3 }
        return try reader.document()
    }

    // MARK: Lines

    private mutating func document() throws(TOMLError) -> [String: TOMLValue] {
        while true {
            try skipToContent()
            guard let byte = peek() else { return tables.entries }
            if byte == UInt8(ascii: "[") { try header() } else { try entry() }
            try endLine()
        }
    }

    private mutating func header() throws(TOMLError) {
        let start = index
        index += 1
        let isArray = take("[")
        let path = try key()
        try expect("]", "after the name of a table")
        if isArray { try expect("]", "after the name of a table in an array") }
        do {
            if isArray { try tables.append(path) } else { try tables.open(path) }
        } catch {
            throw self.error(error.problem, at: start)
        }
    }

    private mutating func entry() throws(TOMLError) {
        let start = index
        let path = try key()
        try expect("=", "after a key")
        skipBlanks()
        let value = try value()
        do {
            try tables.set(path, value)
        } catch {
            throw self.error(error.problem, at: start)
        }
    }

    /// The parts of a dotted key.
    private mutating func key() throws(TOMLError) -> [String] {
        var parts: [String] = []
        repeat {
            skipBlanks()
            switch peek() {
            case UInt8(ascii: "\""):
                guard !looks("\"\"\"") else { throw error("a key has one quotation mark, not three") }
                parts.append(try basicString())
            case UInt8(ascii: "'"):
                guard !looks("'''") else { throw error("a key has one quotation mark, not three") }
                parts.append(try literalString())
            default:
                let start = index
                while let byte = peek(), Self.isBareKeyByte(byte) { index += 1 }
                guard index > start else { throw error("a key is missing") }
                parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
            }
            skipBlanks()
        } while take(".")
        return parts
    }

    // MARK: Values

    private mutating func value() throws(TOMLError) -> TOMLValue {
        switch peek() {
        case UInt8(ascii: "\""):
            return .string(try looks("\"\"\"") ? multilineBasicString() : basicString())
        case UInt8(ascii: "'"):
            return .string(try looks("'''") ? multilineLiteralString() : literalString())
        case UInt8(ascii: "["):
            return try nested { reader throws(TOMLError) in try reader.array() }
        case UInt8(ascii: "{"):
            return try nested { reader throws(TOMLError) in try reader.inlineTable() }
        default:
            return try scalar()
        }
    }

    private mutating func nested(
        _ read: (inout TOMLReader) throws(TOMLError) -> TOMLValue
    ) throws(TOMLError) -> TOMLValue {
        guard depth < Self.maximumDepth else { throw error("arrays and tables are nested too deep") }
        depth += 1
        defer { depth -= 1 }
        return try read(&self)
    }

    private mutating func array() throws(TOMLError) -> TOMLValue {
        index += 1
        var values: [TOMLValue] = []
        while true {
            try skipToContent()
            if take("]") { return .array(values) }
            values.append(try value())
            try skipToContent()
            if take("]") { return .array(values) }
            guard take(",") else { throw error("',' or ']' is missing in an array") }
        }
    }

    private mutating func inlineTable() throws(TOMLError) -> TOMLValue {
        index += 1
        let entries = TOMLTables()
        skipBlanks()
        if take("}") { return .table([:]) }
        while true {
            let start = index
            let path = try key()
            try expect("=", "after a key")
            skipBlanks()
            let value = try value()
            do {
                try entries.set(path, value)
            } catch {
                throw self.error(error.problem, at: start)
            }
            skipBlanks()
            if take("}") { return .table(entries.entries) }
            guard take(",") else { throw error("',' or '}' is missing in an inline table") }
        }
    }

    private mutating func scalar() throws(TOMLError) -> TOMLValue {
        let start = index
        while let byte = peek(), Self.isScalarByte(byte) { index += 1 }
        // A date and a time may have a space between them.
        if peek() == UInt8(ascii: " "), index - start == 10, bytes[start + 4] == UInt8(ascii: "-"),
            index + 1 < bytes.count, Self.isDigit(bytes[index + 1])
        {
            index += 1
            while let byte = peek(), Self.isScalarByte(byte) { index += 1 }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        guard let value = TOMLScalar.parse(text) else {
            throw error(
                text.isEmpty
                    ? "a value is missing" : "this is no value: write texts in quotation marks, and true or false",
                at: start
            )
        }
        return value
    }

    // MARK: Bytes

    /// The next byte, or `nil` at the end.
    func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    /// Whether a text comes next.
    func looks(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[index...].starts(with: $0) }
    }

    /// Passes a text if it comes next.
    mutating func take(_ text: StaticString) -> Bool {
        guard looks(text) else { return false }
        index += text.utf8CodeUnitCount
        return true
    }

    private mutating func expect(_ text: StaticString, _ place: String) throws(TOMLError) {
        guard take(text) else { throw error("'\(text)' is missing \(place)") }
    }

    private mutating func skipBlanks() {
        while let byte = peek(), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { index += 1 }
    }

    /// Passes blanks, comments and ends of lines.
    private mutating func skipToContent() throws(TOMLError) {
        while true {
            skipBlanks()
            try skipComment()
            guard take("\n") || take("\r\n") else { return }
        }
    }

    private mutating func skipComment() throws(TOMLError) {
        guard take("#") else { return }
        while let byte = peek(), byte != UInt8(ascii: "\n"), !looks("\r\n") {
            guard !Self.isControl(byte) else { throw error("a comment has a control character") }
            index += 1
        }
    }

    private mutating func endLine() throws(TOMLError) {
        skipBlanks()
        try skipComment()
        guard peek() == nil || take("\n") || take("\r\n") else { throw error("the line goes on after its end") }
    }

    /// An error at a place in the document, by default where reading stands.
    func error(_ problem: String, at place: Int? = nil) -> TOMLError {
        let before = bytes.prefix(place ?? index)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return TOMLError(
            line: before.count { $0 == UInt8(ascii: "\n") } + 1,
            column: before.count - lineStart + 1,
            problem: problem
        )
    }

    /// Whether a byte must not stand in texts and comments. A tab may.
    static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7f }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isBareKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isScalarByte(_ byte: UInt8) -> Bool {
        isBareKeyByte(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
    }
}
