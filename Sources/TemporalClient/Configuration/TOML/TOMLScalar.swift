/// The values of TOML that have no brackets and no quotation marks.
enum TOMLScalar {
    /// Reads a value, or `nil` if the text is none.
    static func parse(_ text: String) -> TOMLValue? {
        switch text {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "inf", "+inf": return .float(.infinity)
        case "-inf": return .float(-.infinity)
        case "nan", "+nan", "-nan": return .float(.nan)
        default: return integer(text) ?? float(text) ?? dateTime(text)
        }
    }

    private static func integer(_ text: String) -> TOMLValue? {
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where text.hasPrefix(prefix) {
            let digits = text.dropFirst(2)
            guard isGrouped(digits), !digits.hasPrefix("+"), !digits.hasPrefix("-") else { return nil }
            return Int64(digits.replacing("_", with: ""), radix: radix).map(TOMLValue.integer)
        }
        guard text.wholeMatch(of: #/[+-]?(0|[1-9](_?[0-9])*)/#) != nil else { return nil }
        return Int64(text.replacing("_", with: "")).map(TOMLValue.integer)
    }

    /// Whether every underscore stands between two digits.
    private static func isGrouped(_ digits: Substring) -> Bool {
        !digits.isEmpty && !digits.hasPrefix("_") && !digits.hasSuffix("_") && !digits.contains("__")
    }

    private static func float(_ text: String) -> TOMLValue? {
        let number = #/[+-]?(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?([eE][+-]?[0-9](_?[0-9])*)?/#
        guard text.wholeMatch(of: number) != nil, text.contains(where: { ".eE".contains($0) }) else { return nil }
        return Double(text.replacing("_", with: "")).map(TOMLValue.float)
    }

    private static func dateTime(_ text: String) -> TOMLValue? {
        let date = #/([0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})/#
        let time = #/(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})(\.[0-9]+)?/#
        let zone = #/[zZ]|[+-]([01][0-9]|2[0-3]):[0-5][0-9]/#
        var rest = text[...]
        var isWhole = false
        if let match = rest.prefixMatch(of: date) {
            guard let month = Int(match.month), (1...12).contains(month), let day = Int(match.day),
                (1...daysOf(month)).contains(day)
            else { return nil }
            rest = rest[match.range.upperBound...]
            if rest.isEmpty { return .dateTime(text) }
            guard let separator = rest.popFirst(), "Tt ".contains(separator) else { return nil }
            isWhole = true
        }
        guard let match = rest.prefixMatch(of: time), let hour = Int(match.hour), hour < 24,
            let minute = Int(match.minute), minute < 60, let second = Int(match.second), second <= 60
        else { return nil }
        rest = rest[match.range.upperBound...]
        guard rest.isEmpty || isWhole && rest.wholeMatch(of: zone) != nil else { return nil }
        return .dateTime(text)
    }

    private static func daysOf(_ month: Int) -> Int {
        switch month {
        case 2: 29
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
