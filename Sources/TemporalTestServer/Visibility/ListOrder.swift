import Foundation
import Temporal

/// The order of lists: what is open first, then what has ended, the latest of each first.
///
/// There is no index to keep: things are held in the order of their starts and, once they have ended, also in the order of
/// their ends. So a start and an end cost nothing more; a list looks at things until its page is full.
struct ListOrder {
    /// A place in the order: in the starts if the thing is open, in the ends if it has ended.
    struct Place {
        let isOpen: Bool
        let index: Int

        /// The thing, by its place in the starts.
        let number: Int
    }

    /// The most things in one page.
    static let largestPage = 1000

    /// How many things there are.
    let count: Int

    /// The things that have ended, in the order of their ends.
    let ended: [Int]

    /// Whether a thing goes on.
    let isOpen: (Int) -> Bool

    /// Describes an order.
    init(count: Int, ended: [Int], isOpen: @escaping (Int) -> Bool) {
        self.count = count
        self.ended = ended
        self.isOpen = isOpen
    }

    /// The things in their order, from a place on.
    func places(from place: (isOpen: Bool, index: Int)?) -> some Sequence<Place> {
        let open = place.map { $0.isOpen ? min($0.index, count) : 0 } ?? count
        let closed = place.map { $0.isOpen ? ended.count : min($0.index, ended.count) } ?? ended.count
        let openPlaces = (0..<open).reversed().lazy.filter { isOpen($0) }
            .map { Place(isOpen: true, index: $0, number: $0) }
        let closedPlaces = (0..<closed).reversed().lazy
            .map { Place(isOpen: false, index: $0, number: ended[$0]) }
        return [AnySequence(openPlaces), AnySequence(closedPlaces)].lazy.joined()
    }

    /// One page.
    ///
    /// - Parameters:
    ///   - size: How many things at most; the largest page for a number that is none.
    ///   - token: Where the page begins; empty for the first.
    ///   - matches: Whether a thing is to be listed.
    /// - Returns: The things, and the token of the next page: empty after the last.
    /// - Throws: `INVALID_ARGUMENT` for a token that is none.
    func page(size: Int32, token: Data, _ matches: (Int) -> Bool) throws -> (numbers: [Int], token: Data) {
        let limit = (1...Self.largestPage).contains(Int(size)) ? Int(size) : Self.largestPage
        var found: [Int] = []
        for place in places(from: try Self.place(of: token)) where matches(place.number) {
            found.append(place.number)
            // As on the server, a full page has a token even if nothing follows.
            if found.count == limit { return (found, Data("\(place.isOpen ? "open" : "closed") \(place.index)".utf8)) }
        }
        return (found, Data())
    }

    private static func place(of token: Data) throws -> (isOpen: Bool, index: Int)? {
        guard !token.isEmpty else { return nil }
        let words = String(decoding: token, as: UTF8.self).split(separator: " ")
        guard words.count == 2, words[0] == "open" || words[0] == "closed", let index = Int(words[1]), index >= 0 else {
            throw ServiceError.invalid("Invalid NextPageToken.")
        }
        return (words[0] == "open", index)
    }
}
