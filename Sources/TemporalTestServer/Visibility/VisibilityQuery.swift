import Foundation
import Temporal
import TemporalAPI

/// A list filter with the names and types of a namespace put in: what decides about a run.
struct VisibilityQuery {
    private let test: Test?

    /// Whether runs are counted by their status.
    let isGrouped: Bool

    /// Whether what belongs to a division of its own is looked at too, because the filter asks for it.
    private let namesDivision: Bool

    /// Reads a filter.
    ///
    /// - Parameters:
    ///   - text: The filter; empty for all runs.
    ///   - registry: The search attributes of the namespace.
    ///   - kind: What the filter selects.
    ///   - allowsGroups: Whether a `GROUP BY` clause is allowed, as only counts have it.
    /// - Throws: ``ListFilterError``.
    init(
        _ text: String,
        registry: SearchAttributeRegistry,
        about kind: Kind = .workflows,
        allowsGroups: Bool
    ) throws(ListFilterError) {
        let filter = try ListFilterParser.parse(text)
        let compiler = VisibilityCompiler(registry: registry, kind: kind)
        test = if let condition = filter.condition { try compiler.test(condition) } else { nil }
        namesDivision = filter.condition?.names("TemporalNamespaceDivision") ?? false
        if !filter.groups.isEmpty {
            guard allowsGroups else { throw .unsupported("'group by' clause") }
            guard filter.groups.count == 1 else { throw .unsupported("'group by' clause supports only a single field") }
            let column = try compiler.column(filter.groups[0]).name
            guard column == "ExecutionStatus" else { throw .unsupported(kind.refusalToGroup(by: column)) }
        }
        isGrouped = !filter.groups.isEmpty
        if filter.hasOrder { throw .unsupported("'order by' clause") }
        if filter.hasLimit { throw .unsupported("'limit' clause") }
    }

    /// Whether a run or schedule passes the filter.
    func matches(_ subject: some SearchSubject) -> Bool {
        guard namesDivision || !subject.hasDivision else { return false }
        return test.map { $0.evaluate(subject) == true } ?? true
    }

    /// What a filter selects.
    enum Kind: Sendable {
        case workflows
        /// Standalone activities.
        case activities

        /// The attributes that things of this kind have by themselves, beside those of the registry.
        var attributes: [String: SearchAttributeType] {
            switch self {
            case .workflows: [:]
            case .activities:
                [
                    "ActivityId": .keyword, "ActivityType": .keyword, "ExecutionStatus": .keyword,
                    "ExecutionTime": .datetime, "TaskQueue": .keyword,
                ]
            }
        }

        /// Why things of this kind are not counted by an attribute.
        fileprivate func refusalToGroup(by column: String) -> String {
            switch self {
            case .workflows: "'group by' clause is only supported for ExecutionStatus search attribute"
            case .activities: "'GROUP BY' clause is not supported for search attribute \(column)"
            }
        }
    }

    /// A condition. What compares with a missing value is neither true nor false, as in SQL.
    indirect enum Test {
        case and([Test])
        case or([Test])
        case not(Test)
        case isNull(Column, isNegated: Bool)
        case comparison(Column, ListFilter.Comparison, SearchValue)
        case member(Column, isNegated: Bool, [SearchValue])
        case range(Column, isNegated: Bool, low: SearchValue, high: SearchValue)
        case prefix(Column, isNegated: Bool, String)
        /// Whether a list or text has one of the words. Never null.
        case words(Column, isNegated: Bool, Set<String>)

        /// Several tests together: one that gives `decision` decides; otherwise, one that gives nothing leaves it open.
        private static func evaluate(
            _ tests: [Test],
            _ subject: some SearchSubject,
            decidedBy decision: Bool
        ) -> Bool? {
            var isOpen = false
            for test in tests {
                switch test.evaluate(subject) {
                case decision: return decision
                case nil: isOpen = true
                default: break
                }
            }
            return isOpen ? nil : !decision
        }

        fileprivate func evaluate(_ subject: some SearchSubject) -> Bool? {
            switch self {
            case .and(let tests):
                return Self.evaluate(tests, subject, decidedBy: false)
            case .or(let tests):
                return Self.evaluate(tests, subject, decidedBy: true)
            case .not(let test):
                return test.evaluate(subject).map { !$0 }
            case .isNull(let column, let isNegated):
                return (subject.searchValue(column) == nil) != isNegated
            case .comparison(let column, let comparison, let value):
                return subject.comparedSearchValue(column).map { comparison.holds($0, value) }
            case .member(let column, let isNegated, let values):
                guard let found = subject.comparedSearchValue(column) else { return nil }
                return values.contains { found.isSame(as: $0) } != isNegated
            case .range(let column, let isNegated, let low, let high):
                guard let found = subject.comparedSearchValue(column) else { return nil }
                return (!found.isLess(than: low) && !high.isLess(than: found)) != isNegated
            case .prefix(let column, let isNegated, let prefix):
                guard let found = subject.comparedSearchValue(column) else { return nil }
                return found.asText.hasASCIICaseInsensitivePrefix(prefix) != isNegated
            case .words(let column, let isNegated, let words):
                guard case .words(let found) = subject.searchValue(column) else { return isNegated }
                return found.isDisjoint(with: words) == isNegated
            }
        }
    }

    /// A search attribute with its type.
    struct Column: Sendable {
        let name: String
        let type: SearchAttributeType
    }
}

/// What has search attributes: a run, or a schedule.
protocol SearchSubject {
    /// The value of a search attribute; `nil` if there is none.
    func searchValue(_ column: VisibilityQuery.Column) -> SearchValue?

    /// The value as comparisons see it, which differs for what is missing and yet compares. Default: the value.
    func comparedSearchValue(_ column: VisibilityQuery.Column) -> SearchValue?

    /// Whether it belongs to a division of the namespace, which only those see who ask for it. Default: no.
    var hasDivision: Bool { get }
}

extension SearchSubject {
    func comparedSearchValue(_ column: VisibilityQuery.Column) -> SearchValue? { searchValue(column) }

    var hasDivision: Bool { false }
}

extension ListFilter.Comparison {
    /// Whether the comparison holds between two values; only for the six comparisons by order.
    fileprivate func holds(_ left: SearchValue, _ right: SearchValue) -> Bool {
        switch self {
        case .equal: left.isSame(as: right)
        case .notEqual: !left.isSame(as: right)
        case .less: left.isLess(than: right)
        case .lessOrEqual: !right.isLess(than: left)
        case .greater: right.isLess(than: left)
        case .greaterOrEqual: !left.isLess(than: right)
        case .nullSafeEqual, .isIn, .isNotIn, .startsWith, .notStartsWith, .like, .notLike, .regexp, .notRegexp: false
        }
    }
}

extension ListFilter.Expression {
    /// Whether a name occurs in the expression.
    fileprivate func names(_ name: String) -> Bool {
        switch self {
        case .name(let own): own == name
        case .string, .number, .unusable, .null, .bool, .function: false
        case .parenthesized(let inner), .not(let inner), .unary(_, let inner), .test(let inner, _): inner.names(name)
        case .tuple(let parts), .and(let parts), .or(let parts): parts.contains { $0.names(name) }
        case .binary(_, let left, let right), .comparison(let left, _, let right):
            left.names(name) || right.names(name)
        case .range(let value, _, let low, let high): value.names(name) || low.names(name) || high.names(name)
        }
    }
}

extension String {
    /// Whether the text begins with another, where the letters of ASCII count as the same in both cases.
    fileprivate func hasASCIICaseInsensitivePrefix(_ prefix: String) -> Bool {
        func folded(_ byte: UInt8) -> UInt8 {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        }
        return utf8.count >= prefix.utf8.count && zip(utf8, prefix.utf8).allSatisfy { folded($0) == folded($1) }
    }
}
