/// Reads list filters: conditions in the dialect of SQL that the server takes, with its messages for what it does not.
///
/// Texts of any form and size either parse or throw; nested parentheses are limited, so that no text exhausts the stack.
struct ListFilterParser {
    /// How much the server puts before a condition; its messages count from there.
    private static let conditionOffset = 27

    /// The same for a filter that has only clauses.
    private static let clauseOffset = 21

    private static let deepest = 200

    private var lexer: ListFilterLexer
    private var token: ListFilterToken
    private var depth = 0

    /// Parses a list filter.
    ///
    /// - Parameter text: The filter; empty for one that everything passes.
    /// - Throws: ``ListFilterError`` if it is malformed.
    static func parse(_ text: String) throws(ListFilterError) -> ListFilter {
        let trimmed = text.trimmingBlanks
        guard !trimmed.isEmpty else { return ListFilter() }
        let start = trimmed.lowercased()
        let hasOnlyClauses = start.hasPrefix("order by") || start.hasPrefix("group by")
        var parser = try ListFilterParser(trimmed, offset: hasOnlyClauses ? clauseOffset : conditionOffset)
        return try parser.filter(hasOnlyClauses: hasOnlyClauses)
    }

    private init(_ text: String, offset: Int) throws(ListFilterError) {
        lexer = ListFilterLexer(text, offset: offset)
        token = ListFilterToken(kind: .end, end: 0, near: nil)
        try advance()
    }

    private mutating func advance() throws(ListFilterError) {
        token = try lexer.next()
    }

    private func unexpected() -> ListFilterError {
        .syntax(end: token.end, near: token.near)
    }

    private mutating func take(symbol: String) throws(ListFilterError) -> Bool {
        guard token.isSymbol(symbol) else { return false }
        try advance()
        return true
    }

    private mutating func take(word: String) throws(ListFilterError) -> Bool {
        guard token.isWord(word) else { return false }
        try advance()
        return true
    }

    private mutating func expect(symbol: String) throws(ListFilterError) {
        guard try take(symbol: symbol) else { throw unexpected() }
    }

    private mutating func expect(word: String) throws(ListFilterError) {
        guard try take(word: word) else { throw unexpected() }
    }

    // MARK: Clauses

    private mutating func filter(hasOnlyClauses: Bool) throws(ListFilterError) -> ListFilter {
        var filter = ListFilter()
        if !hasOnlyClauses { filter.condition = try expression() }
        if try take(word: "group") {
            try expect(word: "by")
            repeat { filter.groups.append(try expression()) } while try take(symbol: ",")
        }
        // The server reads this clause and makes nothing of it.
        if try take(word: "having") { _ = try expression() }
        if try take(word: "order") {
            try expect(word: "by")
            filter.hasOrder = true
            repeat {
                _ = try expression()
                if try !take(word: "asc") { _ = try take(word: "desc") }
            } while try take(symbol: ",")
        }
        if try take(word: "limit") {
            filter.hasLimit = true
            _ = try expression()
            if try take(symbol: ",") { _ = try expression() }
        }
        if try take(word: "for") { try expect(word: "update") }
        _ = try take(symbol: ";")
        guard token.kind == .end else { throw unexpected() }
        return filter
    }

    // MARK: Conditions

    private mutating func nested<Value>(
        _ body: (inout ListFilterParser) throws(ListFilterError) -> Value
    ) throws(ListFilterError) -> Value {
        guard depth < Self.deepest else { throw ListFilterError("the filter is nested too deeply") }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    /// The next length of a chain whose links are nested in each other.
    private func longer(_ length: Int) throws(ListFilterError) -> Int {
        guard length < Self.deepest else { throw ListFilterError("the filter is nested too deeply") }
        return length + 1
    }

    private mutating func expression() throws(ListFilterError) -> ListFilter.Expression {
        try nested { parser throws(ListFilterError) in
            var parts: [ListFilter.Expression] = []
            while true {
                parts.append(try parser.conjunction())
                let isOr = try parser.take(word: "or")
                let goesOn = isOr ? true : try parser.take(symbol: "||")
                guard goesOn else { return parts.count == 1 ? parts[0] : .or(parts) }
            }
        }
    }

    private mutating func conjunction() throws(ListFilterError) -> ListFilter.Expression {
        var parts: [ListFilter.Expression] = []
        while true {
            parts.append(try negation())
            let isAnd = try take(word: "and")
            let goesOn = isAnd ? true : try take(symbol: "&&")
            guard goesOn else { return parts.count == 1 ? parts[0] : .and(parts) }
        }
    }

    private mutating func negation() throws(ListFilterError) -> ListFilter.Expression {
        guard try take(word: "not") else { return try test() }
        return .not(try nested { parser throws(ListFilterError) in try parser.negation() })
    }

    private mutating func test() throws(ListFilterError) -> ListFilter.Expression {
        var left = try comparison()
        var length = 0
        while try take(word: "is") {
            length = try longer(length)
            let isNegated = try take(word: "not")
            guard case .word(let word) = token.kind, ["null", "true", "false"].contains(word) else {
                throw unexpected()
            }
            try advance()
            left = .test(left, isNegated ? "not \(word)" : word)
        }
        return left
    }

    private static let comparisons: [String: ListFilter.Comparison] = [
        "=": .equal, "!=": .notEqual, "<>": .notEqual, "<": .less, "<=": .lessOrEqual, ">": .greater,
        ">=": .greaterOrEqual, "<=>": .nullSafeEqual,
    ]

    private mutating func comparison() throws(ListFilterError) -> ListFilter.Expression {
        let left = try sum()
        if case .symbol(let symbol) = token.kind, let comparison = Self.comparisons[symbol] {
            try advance()
            return .comparison(left, comparison, try sum())
        }
        let isNegated = try take(word: "not")
        guard case .word(let word) = token.kind, ["in", "like", "regexp", "starts_with", "between"].contains(word)
        else {
            if isNegated { throw unexpected() }
            return left
        }
        try advance()
        switch word {
        case "in": return .comparison(left, isNegated ? .isNotIn : .isIn, try tuple())
        case "like": return .comparison(left, isNegated ? .notLike : .like, try sum())
        case "regexp": return .comparison(left, isNegated ? .notRegexp : .regexp, try sum())
        case "starts_with": return .comparison(left, isNegated ? .notStartsWith : .startsWith, try sum())
        default:
            let low = try sum()
            try expect(word: "and")
            return .range(left, isNegated: isNegated, low: low, high: try sum())
        }
    }

    private mutating func tuple() throws(ListFilterError) -> ListFilter.Expression {
        try expect(symbol: "(")
        var values: [ListFilter.Expression] = []
        repeat { values.append(try expression()) } while try take(symbol: ",")
        try expect(symbol: ")")
        return .tuple(values)
    }

    // MARK: Values

    private mutating func sum() throws(ListFilterError) -> ListFilter.Expression {
        var left = try value()
        var length = 0
        while case .symbol(let symbol) = token.kind,
            ["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"].contains(symbol)
        {
            length = try longer(length)
            try advance()
            left = .binary(symbol, left, try value())
        }
        return left
    }

    private mutating func value() throws(ListFilterError) -> ListFilter.Expression {
        switch token.kind {
        case .name(let name):
            try advance()
            return try afterName(name)
        case .word(let word):
            guard let constant = Self.constants[word] else { throw unexpected() }
            try advance()
            return constant
        case .string(let value):
            try advance()
            return .string(value)
        case .number(let digits, let isWhole):
            try advance()
            return .number(digits, isWhole: isWhole)
        case .unusable(let text):
            try advance()
            return .unusable(text)
        case .symbol("("):
            try advance()
            let inner = try expression()
            try expect(symbol: ")")
            return .parenthesized(inner)
        case .symbol(let sign) where ["-", "+", "!", "~"].contains(sign):
            try advance()
            return Self.signed(sign, try nested { parser throws(ListFilterError) in try parser.value() })
        case .symbol, .end:
            throw unexpected()
        }
    }

    private static let constants: [String: ListFilter.Expression] = [
        "null": .null, "true": .bool(true), "false": .bool(false),
    ]

    private mutating func afterName(_ first: String) throws(ListFilterError) -> ListFilter.Expression {
        if try take(symbol: "(") {
            if try take(symbol: ")") { return .function(first) }
            repeat { _ = try expression() } while try take(symbol: ",")
            try expect(symbol: ")")
            return .function(first)
        }
        var name = first
        while try take(symbol: ".") {
            guard case .name(let part) = token.kind else { throw unexpected() }
            try advance()
            name += ".\(part)"
        }
        return .name(name)
    }

    /// A sign before a number belongs to the number.
    private static func signed(_ sign: String, _ value: ListFilter.Expression) -> ListFilter.Expression {
        guard case .number(let digits, let isWhole) = value else { return .unary(sign, value) }
        switch sign {
        case "+": return value
        case "-":
            let text = digits.hasPrefix("-") ? String(digits.dropFirst()) : "-" + digits
            return .number(text, isWhole: isWhole)
        default: return .unary(sign, value)
        }
    }
}

extension String {
    /// The text without blanks around it.
    fileprivate var trimmingBlanks: String {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}
