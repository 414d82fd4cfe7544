/// A value in a TOML document.
indirect enum TOMLValue: Sendable, Equatable {
    case string(String)
    case integer(Int64)
    case float(Double)
    case boolean(Bool)
    /// A date, a time or both, as it is written: nothing here needs to know more.
    case dateTime(String)
    case array([TOMLValue])
    case table([String: TOMLValue])

    /// What kind of value it is, in words.
    var kind: String {
        switch self {
        case .string: "a text"
        case .integer: "an integer"
        case .float: "a number"
        case .boolean: "true or false"
        case .dateTime: "a date or time"
        case .array: "an array"
        case .table: "a table"
        }
    }
}

/// A text that is not TOML. It names no values, which may be secrets.
struct TOMLError: Error, Equatable, CustomStringConvertible {
    /// The line, from 1.
    let line: Int

    /// The place in the line, in bytes, from 1.
    let column: Int

    /// What is wrong there.
    let problem: String

    var description: String { "line \(line), column \(column): \(problem)" }
}
