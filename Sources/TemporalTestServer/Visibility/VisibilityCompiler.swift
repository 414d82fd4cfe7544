import Foundation
import Temporal
import TemporalAPI

/// Puts the names and types of a namespace into a list filter, with the server's rules and messages.
struct VisibilityCompiler {
    private typealias Expression = ListFilter.Expression
    typealias Column = VisibilityQuery.Column
    typealias Test = VisibilityQuery.Test

    /// The search attributes of the namespace.
    let registry: SearchAttributeRegistry

    /// What the filter selects.
    let kind: VisibilityQuery.Kind

    /// Whether the state of what is selected is kept as a number, so that its names are checked.
    private var hasNumericStatus: Bool { kind == .workflows }

    /// Turns a condition into a test.
    func test(_ expression: ListFilter.Expression) throws(ListFilterError) -> Test {
        switch expression {
        case .and(let parts): return .and(try tests(parts))
        case .or(let parts): return .or(try tests(parts))
        case .not(let inner): return .not(try test(inner))
        case .parenthesized(let inner): return try test(inner)
        case .comparison(let left, let comparison, let right):
            return try self.comparison(left, comparison, right, in: expression)
        case .range(let value, let isNegated, let low, let high):
            let column = try column(value)
            let (from, to) = (try literal(low, for: column), try literal(high, for: column))
            guard column.type != .text, column.type != .keywordList else {
                throw .invalid(
                    "cannot do range condition on search attribute '\(column.name)' of type \(column.type)"
                )
            }
            return .range(
                column,
                isNegated: isNegated,
                low: converted(from, for: column),
                high: converted(to, for: column)
            )
        case .test(let value, let what):
            let column = try column(value)
            guard what.hasSuffix("null") else {
                throw .invalid("'IS' operator can only be used with 'NULL' or 'NOT NULL'")
            }
            return .isNull(column, isNegated: what == "not null")
        case .name:
            throw .invalid("incomplete expression")
        case .function:
            throw .unsupported("nested func")
        case .string, .number, .unusable, .null, .bool, .tuple, .unary, .binary:
            throw .unsupported("expression of type \(expression.kind)")
        }
    }

    private func tests(_ expressions: [ListFilter.Expression]) throws(ListFilterError) -> [Test] {
        var tests: [Test] = []
        for expression in expressions { tests.append(try test(expression)) }
        return tests
    }

    /// The attribute that an expression names.
    func column(_ expression: ListFilter.Expression) throws(ListFilterError) -> Column {
        guard case .name(let name) = expression else {
            throw .invalid("must be a column name but was \(expression.kind)")
        }
        guard let type = registry.type(of: name, or: kind.attributes) else {
            throw .invalid("column name '\(name)' is not a valid search attribute")
        }
        return Column(name: name, type: type)
    }

    // MARK: Comparisons

    private func comparison(
        _ left: Expression,
        _ comparison: ListFilter.Comparison,
        _ right: Expression,
        in whole: Expression
    ) throws(ListFilterError) -> Test {
        let column = try column(left)
        var values: [SearchValue] = []
        let isTuple = if case .tuple = right { true } else { false }
        if case .tuple(let members) = right {
            for member in members { values.append(try literal(member, for: column)) }
        } else {
            values = [try literal(right, for: column)]
        }
        switch comparison {
        case .like, .notLike, .regexp, .notRegexp, .nullSafeEqual:
            throw .invalid("invalid operator '\(comparison.rawValue)' in `\(whole.text)`")
        default: break
        }
        if column.type == .text || column.type == .keywordList {
            return try words(column, comparison, values, isTuple: isTuple, in: whole)
        }
        switch comparison {
        case .isIn, .isNotIn:
            return .member(column, isNegated: comparison == .isNotIn, values.map { converted($0, for: column) })
        case .startsWith, .notStartsWith:
            guard case .text(let prefix) = values[0] else {
                throw .invalid(
                    "right-hand side of '\(comparison.rawValue)' must be a literal string (got: \(values[0].asText))"
                )
            }
            return .prefix(column, isNegated: comparison == .notStartsWith, prefix)
        default:
            return .comparison(column, comparison, converted(values[0], for: column))
        }
    }

    /// Lists and texts know only whether they have a word.
    private func words(
        _ column: Column,
        _ comparison: ListFilter.Comparison,
        _ values: [SearchValue],
        isTuple: Bool,
        in whole: Expression
    ) throws(ListFilterError) -> Test {
        let isText = column.type == .text
        let allowed: [ListFilter.Comparison] = isText ? [.equal, .notEqual] : [.equal, .notEqual, .isIn, .isNotIn]
        guard allowed.contains(comparison) else {
            throw .invalid(
                "operator '\(comparison.rawValue)' not supported for \(column.type) type search attribute in "
                    + "`\(whole.text)`"
            )
        }
        var words: Set<String> = []
        for value in values {
            guard case .text(let text) = value else {
                throw .invalid(
                    "unexpected value type\(isTuple ? " in tuple" : "") (expected string, got \(value.asText))"
                )
            }
            if isText {
                let tokens = SearchValue.words(of: text)
                guard !tokens.isEmpty else {
                    throw .invalid(
                        "unexpected value for Text type search attribute (no tokens found in '\(text)')"
                    )
                }
                words.formUnion(tokens)
            } else {
                words.insert(text.lowercased())
            }
        }
        return .words(column, isNegated: comparison == .notEqual || comparison == .isNotIn, words)
    }

    /// A value as the column compares it: columns of numbers read texts as numbers, columns of texts numbers as texts.
    private func converted(_ value: SearchValue, for column: Column) -> SearchValue {
        let isNumber = column.type != .keyword || hasNumericStatus && column.name == "ExecutionStatus"
        return isNumber ? value.asNumber : .text(value.asText)
    }

    // MARK: Literals

    private func literal(_ expression: Expression, for column: Column) throws(ListFilterError) -> SearchValue {
        let value: SearchValue
        switch expression {
        case .string(let text): value = .text(text)
        case .number(let digits, let isWhole):
            if isWhole, let number = Int64(digits) {
                value = .integer(number)
            } else if let number = Double(digits.hasSuffix(".") ? digits + "0" : digits), number.isFinite {
                value = .real(number)
            } else {
                throw ListFilterError(bare: "invalid expression: unable to parse \(digits)")
            }
        case .unusable(let text): throw ListFilterError(bare: "invalid expression: unable to parse \(text)")
        case .bool(let flag): return .integer(flag ? 1 : 0)
        case .name(let name):
            throw .unsupported(
                "column name on the right side of comparison expression (did you forget to quote '\(name)'?)"
            )
        case .function: throw .unsupported("nested func")
        default: throw .invalid("unexpected value type \(expression.kind)")
        }
        if column.type == .datetime { return try datetime(value, for: column) }
        switch column.name {
        case "ExecutionStatus" where hasNumericStatus: return try status(value)
        case "ExecutionDuration": return try duration(value)
        default: return value
        }
    }

    private func datetime(_ value: SearchValue, for column: Column) throws(ListFilterError) -> SearchValue {
        switch value {
        case .integer: return value
        case .text(let text):
            guard let moment = Moment(timestamp: text) else { throw .invalid("unable to parse datetime '\(text)'") }
            return .integer(moment.nanoseconds)
        case .real, .words:
            throw .invalid("unexpected value type float64 for search attribute \(column.name)")
        }
    }

    private func status(_ value: SearchValue) throws(ListFilterError) -> SearchValue {
        switch value {
        case .integer: return value
        case .text(let name):
            guard let status = APIWorkflowExecutionStatus.allCases.first(where: { $0.words == name }) else {
                throw .invalid("invalid ExecutionStatus value '\(name)'")
            }
            return .integer(Int64(status.rawValue))
        case .real, .words:
            throw .invalid("unexpected value type float64 for search attribute ExecutionStatus")
        }
    }

    private func duration(_ value: SearchValue) throws(ListFilterError) -> SearchValue {
        guard case .text(let text) = value else { return value }
        func fail(_ detail: String) -> ListFilterError {
            ListFilterError("invalid value for search attribute ExecutionDuration: \(text) (\(detail))")
        }
        if let nanoseconds = Int64(text) { return .integer(nanoseconds) }
        if let span = Span(goDuration: text) { return .integer(span.nanoseconds) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
        guard parts.count == 3, let hours = parts[0], let minutes = parts[1], let seconds = parts[2] else {
            throw fail("invalid duration")
        }
        guard (0...59).contains(minutes) else { throw fail("invalid duration: minutes must be from 0 to 59") }
        guard (0...59).contains(seconds) else { throw fail("invalid duration: seconds must be from 0 to 59") }
        guard (0...2_000_000).contains(hours) else { throw fail("invalid duration") }
        return .integer(Span.seconds(hours * 3600 + minutes * 60 + seconds).nanoseconds)
    }
}

extension APIWorkflowExecutionStatus {
    /// The name of the status in filters and counts, such as `TimedOut`; empty for none.
    var words: String {
        switch self {
        case .running: "Running"
        case .completed: "Completed"
        case .failed: "Failed"
        case .canceled: "Canceled"
        case .terminated: "Terminated"
        case .continuedAsNew: "ContinuedAsNew"
        case .timedOut: "TimedOut"
        case .paused: "Paused"
        case .unspecified, .UNRECOGNIZED: ""
        }
    }
}
