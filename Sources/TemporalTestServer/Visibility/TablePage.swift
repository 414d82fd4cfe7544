import Foundation

/// One page of a list whose entries have numbers of their own. What is added or deleted between two pages moves nothing.
struct TablePage<Value> {
    let values: [Value]

    /// The token of the next page; empty after the last.
    let token: Data

    /// Takes a page.
    ///
    /// - Parameters:
    ///   - entries: All entries with their numbers.
    ///   - isFalling: Whether the numbers fall. Default: they do, so that the latest entry is the first.
    ///   - size: How many entries at most; the largest page for a number that is none.
    ///   - standardSize: How many for no number. Default: the largest page.
    ///   - token: Where the page begins; empty for the first.
    /// - Throws: `INVALID_ARGUMENT` for a token that is none.
    init(
        of entries: [(number: UInt64, value: Value)],
        isFalling: Bool = true,
        size: Int32,
        standardSize: Int = ListOrder.largestPage,
        token: Data
    ) throws {
        let last = try Self.number(in: token)
        let rest = entries.drop { entry in
            last.map { isFalling ? entry.number >= $0 : entry.number <= $0 } ?? false
        }
        let limit = size > 0 ? min(Int(size), ListOrder.largestPage) : standardSize
        let page = rest.prefix(limit)
        values = page.map(\.value)
        if page.count < rest.count, let end = page.last {
            self.token = Data("after \(end.number)".utf8)
        } else {
            self.token = Data()
        }
    }

    private static func number(in token: Data) throws -> UInt64? {
        guard !token.isEmpty else { return nil }
        let words = String(decoding: token, as: UTF8.self).split(separator: " ")
        guard words.count == 2, words[0] == "after", let number = UInt64(words[1]) else {
            throw ServiceError.invalid("Invalid NextPageToken.")
        }
        return number
    }
}
