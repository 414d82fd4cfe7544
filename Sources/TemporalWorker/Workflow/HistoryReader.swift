import Foundation
import TemporalAPI

/// The events of a history, one after the other, fetched page by page.
struct HistoryReader {
    /// One page, and the token of the next: empty after the last.
    typealias Page = (events: [APIHistoryEvent], nextPageToken: Data)

    private var events: [APIHistoryEvent]
    private var position = 0
    private var nextPageToken: Data?
    private var tail: [APIHistoryEvent]
    private var lastEventID: Int64
    private let fetch: (Data) async throws -> Page

    /// Reads from events at hand, and goes on with the pages after them.
    ///
    /// - Parameters:
    ///   - events: The events at hand.
    ///   - nextPageToken: The token of the page after them; empty if there is none.
    ///   - fetch: Gets a page.
    init(events: [APIHistoryEvent], nextPageToken: Data, fetch: @escaping (Data) async throws -> Page) {
        self.events = events
        self.nextPageToken = nextPageToken.isEmpty ? nil : nextPageToken
        self.tail = []
        self.lastEventID = (events.first?.eventID ?? 1) - 1
        self.fetch = fetch
    }

    /// Reads a whole history from its first page.
    ///
    /// - Parameters:
    ///   - tail: Events that came with the task. Those of an attempt that is not stored are in no page.
    ///   - fetch: Gets a page; an empty token means the first.
    init(fromStartWithTail tail: [APIHistoryEvent], fetch: @escaping (Data) async throws -> Page) {
        self.events = []
        self.nextPageToken = Data()
        self.tail = tail
        self.lastEventID = 0
        self.fetch = fetch
    }

    /// The next event; `nil` at the end.
    mutating func next() async throws -> APIHistoryEvent? {
        guard let event = try await peek() else { return nil }
        position += 1
        lastEventID = event.eventID
        return event
    }

    /// The event that ``next()`` returns next, without taking it.
    mutating func peek() async throws -> APIHistoryEvent? {
        while true {
            // Pages may overlap at their borders.
            while position < events.count, events[position].eventID <= lastEventID { position += 1 }
            if position < events.count { return events[position] }
            position = 0
            if let token = nextPageToken {
                let page = try await fetch(token)
                events = page.events
                nextPageToken = page.nextPageToken.isEmpty ? nil : page.nextPageToken
            } else if !tail.isEmpty {
                events = tail
                tail = []
            } else {
                events = []
                return nil
            }
        }
    }
}
