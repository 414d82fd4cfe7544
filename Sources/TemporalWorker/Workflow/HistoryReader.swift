import DequeModule
import Foundation
import TemporalAPI

/// The events of a history, one after the other, fetched page by page.
struct HistoryReader {
    /// One page, and the token of the next: empty after the last.
    typealias Page = (events: [APIHistoryEvent], nextPageToken: Data)

    private var events: [APIHistoryEvent]
    private var position = 0
    private var nextPageToken: Data?
    private var tail: (() async throws -> [APIHistoryEvent])?
    /// Events that were read but not taken.
    private var ahead: Deque<APIHistoryEvent> = []
    private var lastEventID: Int64
    private let fetch: (Data) async throws -> Page

    /// Reads from events at hand, and goes on with the pages after them.
    ///
    /// - Parameters:
    ///   - events: The events at hand.
    ///   - eventID: The last event that is known already: it and those before it are passed over.
    ///   - nextPageToken: The token of the page after them; empty if there is none.
    ///   - fetch: Gets a page.
    init(
        events: [APIHistoryEvent],
        after eventID: Int64,
        nextPageToken: Data,
        fetch: @escaping (Data) async throws -> Page
    ) {
        self.events = events
        self.nextPageToken = nextPageToken.isEmpty ? nil : nextPageToken
        self.tail = nil
        self.lastEventID = eventID
        self.fetch = fetch
    }

    /// Reads a whole history from its first page.
    ///
    /// - Parameters:
    ///   - tail: Gives the events that came with the task, after the last page. Those of an attempt that is not stored are
    ///     in no page.
    ///   - fetch: Gets a page; an empty token means the first.
    init(
        fromStartWithTail tail: @escaping () async throws -> [APIHistoryEvent],
        fetch: @escaping (Data) async throws -> Page
    ) {
        self.events = []
        self.nextPageToken = Data()
        self.tail = tail
        self.lastEventID = 0
        self.fetch = fetch
    }

    /// The next event; `nil` at the end.
    mutating func next() async throws -> APIHistoryEvent? {
        guard let event = try await peek() else { return nil }
        ahead.removeFirst()
        return event
    }

    /// The event that ``next()`` returns next, or one after it, without taking it.
    ///
    /// - Parameter offset: How many events to pass over.
    mutating func peek(_ offset: Int = 0) async throws -> APIHistoryEvent? {
        while ahead.count <= offset {
            guard let event = try await read() else { return nil }
            ahead.append(event)
        }
        return ahead[offset]
    }

    /// The events that the commands of a task have made, where the start of the task was taken last. None is taken.
    ///
    /// Empty if the task was not completed.
    mutating func peekCommandEvents() async throws -> [APIHistoryEvent] {
        guard case .workflowTaskCompletedEventAttributes = try await peek()?.attributes else { return [] }
        var found: [APIHistoryEvent] = []
        while let event = try await peek(1 + found.count), event.eventType.isMadeByCommand { found.append(event) }
        return found
    }

    private mutating func read() async throws -> APIHistoryEvent? {
        while true {
            // Pages may overlap at their borders.
            while position < events.count, events[position].eventID <= lastEventID { position += 1 }
            if position < events.count {
                defer { position += 1 }
                lastEventID = events[position].eventID
                return events[position]
            }
            position = 0
            if let token = nextPageToken {
                let page = try await fetch(token)
                events = page.events
                nextPageToken = page.nextPageToken.isEmpty ? nil : page.nextPageToken
            } else if let read = tail {
                tail = nil
                events = try await read()
            } else {
                events = []
                return nil
            }
        }
    }
}

extension APIEventType {
    /// Whether a command of a workflow task makes events of this type, or a message that a command names.
    var isMadeByCommand: Bool {
        switch self {
        case .activityTaskScheduled, .activityTaskCancelRequested, .markerRecorded,
            .requestCancelExternalWorkflowExecutionInitiated, .signalExternalWorkflowExecutionInitiated,
            .startChildWorkflowExecutionInitiated, .timerStarted, .timerCanceled, .upsertWorkflowSearchAttributes,
            .workflowPropertiesModified, .nexusOperationScheduled, .nexusOperationCancelRequested,
            .workflowExecutionCompleted, .workflowExecutionFailed, .workflowExecutionCanceled,
            .workflowExecutionContinuedAsNew, .workflowExecutionUpdateAccepted, .workflowExecutionUpdateCompleted:
            true
        default:
            false
        }
    }
}
