extension Span {
    /// Reads a duration as Go writes it, such as `1h30m`, `-90s` or, as the server also takes it, `2d`.
    ///
    /// - Parameters:
    ///   - text: The duration.
    ///   - allowsDays: Whether days are a unit, as in Go they are not.
    /// - Returns: `nil` if the text is none, or one that 64 bits of nanoseconds cannot hold.
    init?(goDuration text: String, allowsDays: Bool = true) {
        var units: [Substring: Double] = [
            "ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
        ]
        if allowsDays { units["d"] = 86400e9 }
        var rest = text[...]
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        guard !rest.isEmpty else { return nil }
        // The one number that needs no unit.
        if rest == "0" {
            self = .zero
            return
        }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
            rest = rest.dropFirst(unit.count)
            guard let number = Double(digits), let factor = units[unit] else { return nil }
            total += number * factor
        }
        guard total < 9e18 else { return nil }
        self.init(nanoseconds: isNegative ? -Int64(total) : Int64(total))
    }
}
