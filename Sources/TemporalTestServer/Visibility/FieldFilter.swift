import Temporal

/// A filter over a few plain fields, which the server has for workers and for the rules of a namespace: fewer operators
/// than lists of runs know, and no search attributes.
///
/// A condition that makes no sense, such as one on a field that is not there, is found out only when it is looked at, and
/// selects nothing.
struct FieldFilter: Sendable {
    /// The value of a field.
    enum Value {
        case text(String)
        case number(Int64)
        /// A moment; `nil` if there is none.
        case moment(Moment?)
    }

    private let condition: ListFilter.Expression?

    /// Whether conditions with `IS NULL` and `IS NOT NULL` make sense.
    private let knowsNull: Bool

    /// Reads a filter.
    ///
    /// - Parameters:
    ///   - text: The filter; empty for everything.
    ///   - knowsNull: Whether `IS NULL` and `IS NOT NULL` make sense.
    /// - Throws: ``ListFilterError`` if it is none.
    init(_ text: String, knowsNull: Bool) throws(ListFilterError) {
        let filter = try ListFilterParser.parse(text)
        if filter.hasLimit { throw .unsupported("'limit' clause") }
        condition = filter.condition
        self.knowsNull = knowsNull
    }

    /// Whether something passes the filter.
    ///
    /// - Parameter field: Its fields by name; `nil` for a name that is none.
    func matches(_ field: (String) -> Value?) -> Bool {
        condition.map { evaluate($0, field) == true } ?? true
    }

    /// Whether a condition holds; `nil` if it makes no sense.
    private func evaluate(_ condition: ListFilter.Expression, _ field: (String) -> Value?) -> Bool? {
        switch condition {
        case .parenthesized(let inner):
            return evaluate(inner, field)
        case .and(let parts):
            for part in parts {
                guard let holds = evaluate(part, field) else { return nil }
                if !holds { return false }
            }
            return true
        case .or(let parts):
            for part in parts {
                guard let holds = evaluate(part, field) else { return nil }
                if holds { return true }
            }
            return false
        case .comparison(.name(let name), let comparison, let literal):
            return field(name).flatMap { compare($0, comparison, literal) }
        case .range(.name(let name), let isNegated, let low, let high):
            guard case .moment(let found)? = field(name), let low = moment(low), let high = moment(high) else {
                return nil
            }
            guard let found else { return false }
            return (low <= found && found <= high) != isNegated
        case .test(.name(let name), let what) where knowsNull && ["null", "not null"].contains(what):
            guard let value = field(name) else { return nil }
            return value.isMissing == (what == "null")
        default:
            return nil
        }
    }

    private func compare(_ value: Value, _ comparison: ListFilter.Comparison, _ literal: ListFilter.Expression) -> Bool?
    {
        switch (value, literal) {
        case (.text(let found), .string(let wanted)) where !wanted.isEmpty:
            switch comparison {
            case .equal: found == wanted
            case .notEqual: found != wanted
            case .startsWith: found.hasPrefix(wanted)
            case .notStartsWith: !found.hasPrefix(wanted)
            default: nil
            }
        case (.number(let found), .number(let digits, isWhole: true)):
            Int64(digits).flatMap { Self.compare(found, comparison, $0) }
        case (.moment(let found), _):
            // What has no moment compares as 1970, as the server's clocks begin there.
            moment(literal).flatMap { Self.compare(found ?? Moment(nanoseconds: 0), comparison, $0) }
        default:
            nil
        }
    }

    private static func compare<Operand: Comparable>(
        _ left: Operand,
        _ comparison: ListFilter.Comparison,
        _ right: Operand
    ) -> Bool? {
        switch comparison {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        default: nil
        }
    }

    /// The moment that a literal names, in nanoseconds or as a date.
    private func moment(_ literal: ListFilter.Expression) -> Moment? {
        switch literal {
        case .string(let text): Moment(timestamp: text)
        case .number(let digits, isWhole: true): Int64(digits).map { Moment(nanoseconds: $0) }
        default: nil
        }
    }
}

extension FieldFilter.Value {
    /// Whether there is no value.
    fileprivate var isMissing: Bool {
        switch self {
        case .text(let text): text.isEmpty
        case .moment(let moment): moment == nil
        case .number: false
        }
    }
}
