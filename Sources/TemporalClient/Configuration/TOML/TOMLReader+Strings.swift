extension TOMLReader {
    /// Reads a text in quotation marks, with escapes.
    mutating func basicString() throws(TOMLError) -> String {
        index += 1
        var text: [UInt8] = []
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                text += try escape()
            default:
                guard !Self.isControl(byte) else { throw error("a text has a control character or does not end") }
                text.append(byte)
                index += 1
            }
        }
        throw error("a text does not end")
    }

    /// Reads a text in apostrophes, which has no escapes.
    mutating func literalString() throws(TOMLError) -> String {
        index += 1
        let start = index
        while let byte = peek() {
            if byte == UInt8(ascii: "'") {
                index += 1
                return String(decoding: bytes[start..<index - 1], as: UTF8.self)
            }
            guard !Self.isControl(byte) else { throw error("a text has a control character or does not end") }
            index += 1
        }
        throw error("a text does not end")
    }

    /// Reads a text of several lines in three quotation marks each, with escapes.
    mutating func multilineBasicString() throws(TOMLError) -> String {
        index += 3
        skipFirstNewline()
        var text: [UInt8] = []
        while let byte = peek() {
            if looks("\"\"\"") {
                return end(text, UInt8(ascii: "\""))
            } else if byte == UInt8(ascii: "\\") {
                if !skipLineBreak() { text += try escape() }
            } else {
                text.append(try lineByte(byte))
            }
        }
        throw error("a text of several lines does not end")
    }

    /// Reads a text of several lines in three apostrophes each.
    mutating func multilineLiteralString() throws(TOMLError) -> String {
        index += 3
        skipFirstNewline()
        var text: [UInt8] = []
        while let byte = peek() {
            if looks("'''") { return end(text, UInt8(ascii: "'")) }
            text.append(try lineByte(byte))
        }
        throw error("a text of several lines does not end")
    }

    /// Passes the end of a text of several lines. Up to two quotation marks more belong to the text.
    private mutating func end(_ text: [UInt8], _ mark: UInt8) -> String {
        index += 3
        var text = text
        for _ in 0..<2 where peek() == mark {
            text.append(mark)
            index += 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func skipFirstNewline() {
        if !take("\n") { _ = take("\r\n") }
    }

    /// A byte of a text of several lines. Ends of lines become one character, whatever they are in the file.
    private mutating func lineByte(_ byte: UInt8) throws(TOMLError) -> UInt8 {
        if take("\r\n") || take("\n") { return UInt8(ascii: "\n") }
        guard !Self.isControl(byte) else { throw error("a text has a control character") }
        index += 1
        return byte
    }

    /// Passes a backslash that ends a line, with all white space after it.
    private mutating func skipLineBreak() -> Bool {
        var end = index + 1
        var hasNewline = false
        while end < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[end]) {
            hasNewline = hasNewline || bytes[end] == UInt8(ascii: "\n")
            // Before the end of the line only blanks may stand.
            if bytes[end] == UInt8(ascii: "\r"), end + 1 >= bytes.count || bytes[end + 1] != UInt8(ascii: "\n") {
                return false
            }
            end += 1
        }
        guard hasNewline else { return false }
        index = end
        return true
    }

    private mutating func escape() throws(TOMLError) -> [UInt8] {
        let start = index
        index += 1
        guard let letter = peek() else { throw error("a text does not end") }
        index += 1
        switch letter {
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [letter]
        case UInt8(ascii: "u"): return try scalar(digits: 4, start)
        case UInt8(ascii: "U"): return try scalar(digits: 8, start)
        default:
            throw error(
                "a backslash is followed by what is no escape: use apostrophes for texts with backslashes",
                at: start
            )
        }
    }

    private mutating func scalar(digits: Int, _ start: Int) throws(TOMLError) -> [UInt8] {
        let text = String(decoding: bytes[index...].prefix(digits), as: UTF8.self)
        guard text.utf8.count == digits, text.allSatisfy(\.isHexDigit), text.allSatisfy(\.isASCII),
            let scalar = UInt32(text, radix: 16).flatMap(Unicode.Scalar.init)
        else {
            throw error("an escape is no character", at: start)
        }
        index += digits
        return Array(String(Character(scalar)).utf8)
    }
}
