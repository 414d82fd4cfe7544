import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The marker of a local activity, as all SDKs that share a core write it.
struct LocalActivityMarker: Sendable, Equatable {
    /// The name of such markers.
    static let name = "core_local_activity"

    private static let dataDetail = "data"
    private static let resultDetail = "result"

    /// A moment or a length of time in seconds and nanoseconds.
    struct Time: Sendable, Equatable, Decodable {
        var seconds: Int64
        var nanos: Int32

        init(_ duration: Duration) {
            let parts = duration.components
            seconds = parts.seconds
            nanos = Int32(parts.attoseconds / 1_000_000_000)
        }

        /// A moment, cut to microseconds so that it is the same number wherever it is read.
        init(_ date: Date) {
            // A history may have any number.
            let microseconds =
                Int64(
                    exactly: min(max((date.timeIntervalSince1970 * 1e6).rounded(), -1e18), 1e18)
                ) ?? 0
            let whole = microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
            seconds = whole
            nanos = Int32((microseconds - whole * 1_000_000) * 1000)
        }

        /// The length of time.
        var duration: Duration { .seconds(seconds) + .nanoseconds(Int64(nanos)) }

        /// The moment, counted from 1970.
        var date: Date { Date(timeIntervalSince1970: TimeInterval(seconds) + TimeInterval(nanos) / 1e9) }
    }

    /// What all such markers say.
    struct Header: Sendable, Equatable, Decodable {
        /// The number of the local activity in its run, from 1.
        var sequence: Int
        /// The number of the last attempt.
        var attempt: Int
        var activityID: String
        var activityType: String
        /// The workflow's time at the end; `nil` if the workflow did not wait for it.
        var completeTime: Time?
        /// How long to wait until the activity is called again; `nil` if it is not.
        var backoff: Time?
        /// When the activity was first called.
        var originalScheduleTime: Time?

        enum CodingKeys: String, CodingKey {
            case sequence = "seq"
            case attempt
            case activityID = "activity_id"
            case activityType = "activity_type"
            case completeTime = "complete_time"
            case backoff
            case originalScheduleTime = "original_schedule_time"
        }

        /// The text of the marker. All keys are there, with null for what is missing.
        var json: String {
            """
            {"seq":\(sequence),"attempt":\(attempt),"activity_id":\(JSONValue.quoted(activityID)),\
            "activity_type":\(JSONValue.quoted(activityType)),"complete_time":\(json(completeTime)),\
            "backoff":\(json(backoff)),"original_schedule_time":\(json(originalScheduleTime))}
            """
        }

        private func json(_ time: Time?) -> String {
            time.map { "{\"seconds\":\($0.seconds),\"nanos\":\($0.nanos)}" } ?? "null"
        }
    }

    /// Which activity, and when it ended.
    var header: Header

    /// The result; empty if it failed.
    var result: [Payload] = []

    /// How it failed, `nil` if it did not.
    var failure: APIFailure?

    init(_ header: Header, result: [Payload] = [], failure: APIFailure? = nil) {
        self.header = header
        self.result = result
        self.failure = failure
    }

    /// Reads an event; `nil` if it is no marker of a local activity.
    ///
    /// - Throws: ``HistoryError`` if it is one that cannot be read.
    init?(_ event: APIHistoryEvent) throws {
        guard event.eventType == .markerRecorded,
            case .markerRecordedEventAttributes(let attributes) = event.attributes,
            attributes.markerName == Self.name
        else { return nil }
        guard let data = attributes.details[Self.dataDetail]?.values.first?.data,
            let header = try? JSONDecoder().decode(Header.self, from: data)
        else { throw HistoryError("The local activity in history \(event.label) cannot be read.") }
        self.init(
            header,
            result: attributes.details[Self.resultDetail]?.values ?? [],
            failure: attributes.hasFailure ? attributes.failure : nil
        )
    }

    /// The command that writes the marker.
    ///
    /// - Parameter summary: A line for the Web UI and the command line.
    func command(summary: Payload?) -> APICommand {
        let data = Payload(encoding: "json/plain", data: Data(header.json.utf8))
        var attributes = APIRecordMarkerCommandAttributes()
        attributes.markerName = Self.name
        attributes.details[Self.dataDetail] = APIPayloads([data])
        if let failure {
            attributes.failure = failure
        } else {
            attributes.details[Self.resultDetail] = APIPayloads(result)
        }
        var command = APICommand()
        command.commandType = .recordMarker
        command.attributes = .recordMarkerCommandAttributes(attributes)
        if let summary { command.userMetadata.summary = summary.proto }
        return command
    }
}
