public import Foundation
import SwiftProtobuf
import Temporal
package import TemporalAPI

/// The events of a workflow run, in order: what happened, and what a replay is made from.
public struct WorkflowHistory: Sendable, RandomAccessCollection {
    /// The id of the workflow. Empty if the history was read from JSON that does not say.
    public let workflowID: String

    /// The run. Empty if the history was read from JSON that does not say.
    public let runID: String

    /// The events.
    public let events: [HistoryEvent]

    public var startIndex: Int { events.startIndex }

    public var endIndex: Int { events.endIndex }

    public subscript(position: Int) -> HistoryEvent { events[position] }

    /// Puts a history together.
    package init(workflowID: String, runID: String, events: [APIHistoryEvent]) {
        self.workflowID = workflowID
        self.runID = runID
        self.events = events.map(HistoryEvent.init)
    }

    /// The events on the wire.
    package var proto: APIHistory {
        var history = APIHistory()
        history.events = events.map(\.proto)
        return history
    }

    /// Reads a history from the JSON that the `temporal` command line, the Web UI and ``json()`` write, today's or that of
    /// older versions. Fields that this version does not know are passed over.
    ///
    /// - Parameters:
    ///   - json: The JSON, in UTF-8.
    ///   - workflowID: The id of the workflow, which the JSON does not hold.
    /// - Throws: An error of the JSON reader if it is no history.
    public init(json: Data, workflowID: String = "") throws {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        let history = try APIHistory(jsonUTF8Data: LegacyHistoryJSON.modernized(json), options: options)
        self.init(
            workflowID: workflowID,
            runID: history.events.first?.workflowExecutionStartedEventAttributes.originalExecutionRunID ?? "",
            events: history.events
        )
    }

    /// The history in the JSON that the `temporal` command line, the Web UI and all SDKs read.
    ///
    /// - Throws: An error of the JSON writer if an event cannot be written, such as a time out of range.
    public func json() throws -> Data {
        try proto.jsonUTF8Data()
    }
}

/// Something that happened to a workflow run.
public struct HistoryEvent: Sendable, CustomStringConvertible {
    /// The event on the wire.
    package let proto: APIHistoryEvent

    /// Wraps an event.
    package init(_ proto: APIHistoryEvent) {
        self.proto = proto
    }

    /// The number of the event in its history, from 1.
    public var id: Int64 { proto.eventID }

    /// When it happened, by the clock of the service.
    public var time: Date { Date(proto.eventTime) }

    /// What happened, in Temporal's words, such as `ActivityTaskScheduled`.
    public var type: String {
        if case .UNRECOGNIZED(let number) = proto.eventType { return "Unknown(\(number))" }
        let name = "\(proto.eventType)"
        return name.prefix(1).uppercased() + name.dropFirst()
    }

    /// What the event has to do with elsewhere.
    public var links: [HistoryLink] { proto.links.map(HistoryLink.init) }

    /// What the event says, as JSON.
    ///
    /// - Throws: An error of the JSON writer if the event cannot be written.
    public func json() throws -> Data {
        try proto.jsonUTF8Data()
    }

    public var description: String { "\(id) \(type)" }
}
