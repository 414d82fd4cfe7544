import Foundation
import TemporalAPI
import Testing

@testable import TemporalWorker

/// Paging through histories.
@Suite struct HistoryReaderTests {
    private func events(_ ids: ClosedRange<Int64>) -> [APIHistoryEvent] {
        ids.map { id in
            var event = APIHistoryEvent()
            event.eventID = id
            return event
        }
    }

    private func read(_ reader: HistoryReader) async throws -> [Int64] {
        var reader = reader
        var ids: [Int64] = []
        while let event = try await reader.next() { ids.append(event.eventID) }
        return ids
    }

    @Test func `pages that overlap are read once`() async throws {
        let reader = HistoryReader(events: events(1...3), after: 0, nextPageToken: Data([1])) { token in
            token == Data([1]) ? (events(3...5), Data([2])) : (events(5...7), Data())
        }
        #expect(try await read(reader) == [1, 2, 3, 4, 5, 6, 7])
    }

    @Test func `an empty page with a token goes on, and a token to an empty page ends`() async throws {
        let reader = HistoryReader(events: events(1...1), after: 0, nextPageToken: Data([1])) { token in
            switch token {
            case Data([1]): ([], Data([2]))
            case Data([2]): (events(2...3), Data([3]))
            default: ([], Data())
            }
        }
        #expect(try await read(reader) == [1, 2, 3])
    }

    @Test func `events that only came with the task follow the stored ones`() async throws {
        let reader = HistoryReader(fromStartWithTail: { events(4...6) }) { token in
            token.isEmpty ? (events(1...2), Data([1])) : (events(3...4), Data())
        }
        #expect(try await read(reader) == [1, 2, 3, 4, 5, 6])
    }

    @Test func `a look ahead takes nothing`() async throws {
        var reader = HistoryReader(events: events(5...6), after: 4, nextPageToken: Data()) { _ in ([], Data()) }
        #expect(try await reader.peek()?.eventID == 5)
        #expect(try await reader.next()?.eventID == 5)
        #expect(try await reader.peek()?.eventID == 6)
        #expect(try await reader.next()?.eventID == 6)
        #expect(try await reader.peek() == nil)
    }

    @Test func `an error of a page is passed on`() async throws {
        struct Broken: Error {}
        var reader = HistoryReader(events: [], after: 0, nextPageToken: Data([1])) { _ in throw Broken() }
        await #expect(throws: Broken.self) { _ = try await reader.next() }
    }
}
