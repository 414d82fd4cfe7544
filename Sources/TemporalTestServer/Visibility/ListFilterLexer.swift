/// Cuts a list filter into tokens. Every text has tokens: what cannot be read is a token that no rule accepts.
struct ListFilterLexer {
    private let bytes: [UInt8]
    private let offset: Int
    private var index = 0

    /// Starts at the beginning of a text.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - offset: What the server's messages add to the places of the text.
    init(_ text: String, offset: Int) {
        bytes = Array(text.utf8)
        self.offset = offset
    }

    private func peek(_ distance: Int = 0) -> UInt8? {
        index + distance < bytes.count ? bytes[index + distance] : nil
    }

    /// The next token, or ``ListFilterToken/Kind/end`` for ever.
    ///
    /// - Throws: A syntax error for what is no token.
    mutating func next() throws(ListFilterError) -> ListFilterToken {
        skipBlanks()
        guard let byte = peek() else { return ListFilterToken(kind: .end, end: bytes.count + offset, near: nil) }
        switch byte {
        case _ where byte.isLetter: return name()
        case _ where byte.isDigit: return try number()
        case UInt8(ascii: ".") where peek(1)?.isDigit == true: return try number()
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return try string(quote: byte)
        case UInt8(ascii: "`"): return try quotedName()
        case UInt8(ascii: ":") where peek(1)?.isLetter == true: return placeholder()
        case UInt8(ascii: "?"):
            index += 1
            return token(.unusable(":v1"), near: nil)
        default: return try symbol(byte)
        }
    }

    private func token(_ kind: ListFilterToken.Kind, near: String?) -> ListFilterToken {
        ListFilterToken(kind: kind, end: index + offset, near: near)
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private func failure(near: String?) -> ListFilterError {
        .syntax(end: index + offset, near: near)
    }

    private mutating func skipBlanks() {
        while let byte = peek() {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                index += 1
            } else if byte == UInt8(ascii: "-"), peek(1) == UInt8(ascii: "-") {
                while let byte = peek(), byte != 0x0A { index += 1 }
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                index += 2
                while index < bytes.count, !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) { index += 1 }
                index = min(index + 2, bytes.count)
            } else {
                return
            }
        }
    }

    private mutating func name() -> ListFilterToken {
        let start = index
        while let byte = peek(), byte.isLetter || byte.isDigit { index += 1 }
        let name = text(start..<index)
        let word = name.lowercased()
        return ListFilterToken.reserved.contains(word)
            ? token(.word(word), near: word) : token(.name(name), near: name)
    }

    private mutating func quotedName() throws(ListFilterError) -> ListFilterToken {
        index += 1
        var name: [UInt8] = []
        while let byte = peek() {
            index += 1
            if byte != UInt8(ascii: "`") {
                name.append(byte)
            } else if peek() == UInt8(ascii: "`") && !name.isEmpty {
                index += 1
                name.append(byte)
            } else {
                let text = String(decoding: name, as: UTF8.self)
                guard !name.isEmpty else { throw failure(near: nil) }
                return token(.name(text), near: text)
            }
        }
        throw failure(near: name.isEmpty ? nil : String(decoding: name, as: UTF8.self))
    }

    private mutating func number() throws(ListFilterError) -> ListFilterToken {
        let start = index
        if peek() == UInt8(ascii: "0"), let mark = peek(1), mark == UInt8(ascii: "x") || mark == UInt8(ascii: "X") {
            index += 2
            while let byte = peek(), byte.isHexDigit { index += 1 }
            return token(.unusable(text(start..<index)), near: text(start..<index))
        }
        var isWhole = true
        while peek()?.isDigit == true { index += 1 }
        if peek() == UInt8(ascii: ".") {
            isWhole = false
            index += 1
            while peek()?.isDigit == true { index += 1 }
        }
        if let byte = peek(), byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            isWhole = false
            index += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { index += 1 }
            while peek()?.isDigit == true { index += 1 }
        }
        let digits = text(start..<index)
        if peek()?.isLetter == true { throw failure(near: digits) }
        return token(.number(digits, isWhole: isWhole), near: digits)
    }

    private mutating func string(quote: UInt8) throws(ListFilterError) -> ListFilterToken {
        index += 1
        var value: [UInt8] = []
        while let byte = peek() {
            index += 1
            if byte == quote {
                guard peek() == quote else {
                    let text = String(decoding: value, as: UTF8.self)
                    return token(.string(text), near: text)
                }
                index += 1
                value.append(quote)
            } else if byte == UInt8(ascii: "\\") {
                guard let escaped = peek() else { break }
                index += 1
                value.append(Self.unescaped(escaped))
            } else {
                value.append(byte)
            }
        }
        throw failure(near: String(decoding: value, as: UTF8.self))
    }

    private static func unescaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "0"): 0x00
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "Z"): 0x1A
        default: byte
        }
    }

    private mutating func placeholder() -> ListFilterToken {
        let start = index
        index += 1
        while let byte = peek(), byte.isLetter || byte.isDigit { index += 1 }
        return token(.unusable(text(start..<index)), near: text(start..<index))
    }

    private static let symbols = [
        "<=>", "<=", ">=", "<>", "!=", "&&", "||", "<<", ">>", "=", "<", ">", "!", "(", ")", ",", ".", ";", "+", "-",
        "*", "/", "%", "&", "|", "^", "~",
    ]

    private mutating func symbol(_ byte: UInt8) throws(ListFilterError) -> ListFilterToken {
        let rest = bytes[index..<min(index + 3, bytes.count)]
        if let symbol = Self.symbols.first(where: { rest.starts(with: $0.utf8) }) {
            index += symbol.utf8.count
            return token(.symbol(symbol), near: nil)
        }
        index += 1
        throw failure(near: byte == UInt8(ascii: "#") ? nil : text(index - 1..<index))
    }
}

extension UInt8 {
    /// Whether a name can begin with the byte.
    fileprivate var isLetter: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
            || self == UInt8(ascii: "_") || self == UInt8(ascii: "@")
    }

    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isHexDigit: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
    }
}
