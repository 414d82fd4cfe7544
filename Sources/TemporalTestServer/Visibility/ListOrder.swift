import Foundation
import Temporal

/// The order of lists: what is open first, then what has ended, the latest of each first.
///
/// Things are held in the order of their starts and, once they have ended, in the order of their ends. So a start and an
/// end cost next to nothing; a list looks at things until its page is full.
struct ListOrder {
    /// A place in the order: in the starts if the thing is open, in the ends if it has ended.
    struct Place {
        let isOpen: Bool
        let order: UInt64

        /// The thing, by its place in the starts.
        let number: Int
    }

    /// The most things in one page.
    static let largestPage = 1000

    /// What goes on, in the order of the starts.
    let open: RunIndex

    /// What has ended, in the order of the ends.
    let ended: RunIndex

    /// The things in their order, from a place on.
    func places(from place: (isOpen: Bool, order: UInt64)?) -> some Sequence<Place> {
        let firstOpen = place.map { $0.isOpen ? $0.order : 0 } ?? .max
        let firstEnded = place.map { $0.isOpen ? .max : $0.order } ?? .max
        let openPlaces = open.backwards(before: firstOpen).lazy
            .map { Place(isOpen: true, order: $0.order, number: $0.run) }
        let endedPlaces = ended.backwards(before: firstEnded).lazy
            .map { Place(isOpen: false, order: $0.order, number: $0.run) }
        return [AnySequence(openPlaces), AnySequence(endedPlaces)].lazy.joined()
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
            if found.count == limit { return (found, Data("\(place.isOpen ? "open" : "closed") \(place.order)".utf8)) }
        }
        return (found, Data())
    }

    private static func place(of token: Data) throws -> (isOpen: Bool, order: UInt64)? {
        guard !token.isEmpty else { return nil }
        let words = String(decoding: token, as: UTF8.self).split(separator: " ")
        guard words.count == 2, words[0] == "open" || words[0] == "closed", let order = UInt64(words[1]) else {
            throw ServiceError.invalid("Invalid NextPageToken.")
        }
        return (words[0] == "open", order)
    }
}
