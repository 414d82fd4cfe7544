/// A list filter after parsing: the condition and the clauses after it.
struct ListFilter {
    /// The condition; `nil` for none.
    var condition: Expression?

    /// What to group by.
    var groups: [Expression] = []

    /// Whether there is an `ORDER BY` clause.
    var hasOrder = false

    /// Whether there is a `LIMIT` clause.
    var hasLimit = false

    /// A condition or a value.
    indirect enum Expression: Sendable {
        case name(String)
        case string(String)
        case number(String, isWhole: Bool)
        case unusable(String)
        case null
        case bool(Bool)
        case parenthesized(Expression)
        case tuple([Expression])
        /// `-x`, `+x`, `!x`, `~x`.
        case unary(String, Expression)
        /// Arithmetic.
        case binary(String, Expression, Expression)
        case function(String)
        case not(Expression)
        /// Two or more, side by side rather than nested: a chain of any length takes no more of the stack than a short one.
        case and([Expression])
        case or([Expression])
        case comparison(Expression, Comparison, Expression)
        case range(Expression, isNegated: Bool, low: Expression, high: Expression)
        /// `IS` with whatever follows, such as `not null`.
        case test(Expression, String)

        /// What the server calls such an expression in messages.
        var kind: String {
            switch self {
            case .name: "*sqlparser.ColName"
            case .string, .number, .unusable: "*sqlparser.SQLVal"
            case .null: "*sqlparser.NullVal"
            case .bool: "sqlparser.BoolVal"
            case .parenthesized: "*sqlparser.ParenExpr"
            case .tuple: "sqlparser.ValTuple"
            case .unary: "*sqlparser.UnaryExpr"
            case .binary: "*sqlparser.BinaryExpr"
            case .function: "*sqlparser.FuncExpr"
            case .not: "*sqlparser.NotExpr"
            case .and: "*sqlparser.AndExpr"
            case .or: "*sqlparser.OrExpr"
            case .comparison: "*sqlparser.ComparisonExpr"
            case .range: "*sqlparser.RangeCond"
            case .test: "*sqlparser.IsExpr"
            }
        }

        /// The expression as the server repeats it in messages.
        var text: String {
            switch self {
            case .name(let name): name
            case .string(let value): "'\(value.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
            case .number(let digits, _): digits
            case .unusable(let text): text
            case .null: "null"
            case .bool(let value): "\(value)"
            case .parenthesized(let inner): "(\(inner.text))"
            case .tuple(let values): "(\(values.map(\.text).joined(separator: ", ")))"
            case .unary(let sign, let inner): sign + inner.text
            case .binary(let sign, let left, let right): "\(left.text) \(sign) \(right.text)"
            case .function(let name): "\(name)()"
            case .not(let inner): "not \(inner.text)"
            case .and(let parts): parts.map(\.text).joined(separator: " and ")
            case .or(let parts): parts.map(\.text).joined(separator: " or ")
            case .comparison(let left, let comparison, let right):
                "\(left.text) \(comparison.rawValue) \(right.text)"
            case .range(let value, let isNegated, let low, let high):
                "\(value.text) \(isNegated ? "not " : "")between \(low.text) and \(high.text)"
            case .test(let inner, let what): "\(inner.text) is \(what)"
            }
        }
    }

    /// The operators between two values.
    enum Comparison: String, Sendable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case nullSafeEqual = "<=>"
        case isIn = "in"
        case isNotIn = "not in"
        case startsWith = "starts_with"
        case notStartsWith = "not starts_with"
        case like
        case notLike = "not like"
        case regexp
        case notRegexp = "not regexp"
    }
}
