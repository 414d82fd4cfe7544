import Temporal

/// Lengths of time in headers of Nexus: `100ms`, `2.5s`, `1m`.
enum NexusTimeout {
    /// The time that a request has for its answer; `nil` if its headers do not say.
    ///
    /// - Throws: ``NexusHandlerError`` of the kind `BAD_REQUEST` if they say something else than a length of time.
    static func request(_ headers: [String: String]) throws -> Duration? {
        guard let text = headers.first(where: { $0.key.lowercased() == "request-timeout" })?.value, !text.isEmpty else {
            return nil
        }
        guard let duration = parse(text) else {
            throw NexusHandlerError(
                "The header 'request-timeout' is '\(text)', which is no length of time.",
                type: .badRequest
            )
        }
        return duration
    }

    /// The longest time that there is: what other SDKs can count in nanoseconds.
    private static let maximum = Duration.nanoseconds(Int64.max)

    /// Reads a length of time: numbers with the units `h`, `m`, `s` and `ms` and below, one after the other.
    ///
    /// - Returns: The length; `nil` for anything else, and for one that is longer than 292 years.
    static func parse(_ text: String) -> Duration? {
        var total = Duration.zero
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Double(digits), let length = units[String(unit)], number <= maximum / length else {
                return nil
            }
            total += length * number
            if total > maximum { return nil }
        }
        return total
    }

    private static let units: [String: Duration] = [
        "h": .seconds(3600), "m": .seconds(60), "s": .seconds(1), "ms": .milliseconds(1), "us": .microseconds(1),
        "µs": .microseconds(1), "ns": .nanoseconds(1),
    ]
}
