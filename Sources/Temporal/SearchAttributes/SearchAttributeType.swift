package import TemporalAPI

/// What a search attribute holds, and how queries over workflows compare it.
public struct SearchAttributeType: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: String, Sendable, CaseIterable {
        case text = "Text"
        case keyword = "Keyword"
        case int = "Int"
        case double = "Double"
        case bool = "Bool"
        case datetime = "Datetime"
        case keywordList = "KeywordList"
    }

    private let kind: Kind

    /// A text that is found by its words.
    public static let text = SearchAttributeType(kind: .text)
    /// A text that is found as a whole.
    public static let keyword = SearchAttributeType(kind: .keyword)
    /// A whole number of 64 bits.
    public static let int = SearchAttributeType(kind: .int)
    /// A floating-point number.
    public static let double = SearchAttributeType(kind: .double)
    /// True or false.
    public static let bool = SearchAttributeType(kind: .bool)
    /// A moment.
    public static let datetime = SearchAttributeType(kind: .datetime)
    /// Several texts, each of which is found as a whole.
    public static let keywordList = SearchAttributeType(kind: .keywordList)

    private init(kind: Kind) {
        self.kind = kind
    }

    /// The name of the type as payloads and the command line write it, such as `KeywordList`.
    public var description: String { kind.rawValue }

    /// The type of a number of the API; `nil` for one that this version of the SDK does not know.
    package init?(_ proto: APIIndexedValueType) {
        let kind: Kind
        switch proto {
        case .text: kind = .text
        case .keyword: kind = .keyword
        case .int: kind = .int
        case .double: kind = .double
        case .bool: kind = .bool
        case .datetime: kind = .datetime
        case .keywordList: kind = .keywordList
        case .unspecified, .UNRECOGNIZED: return nil
        }
        self.init(kind: kind)
    }

    /// The number of the type in the API.
    package var proto: APIIndexedValueType {
        switch kind {
        case .text: .text
        case .keyword: .keyword
        case .int: .int
        case .double: .double
        case .bool: .bool
        case .datetime: .datetime
        case .keywordList: .keywordList
        }
    }
}
