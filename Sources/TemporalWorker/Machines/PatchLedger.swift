import Foundation
import Temporal
import TemporalAPI

/// What a run knows of its patches: which its history has, and what the code was told.
struct PatchLedger: Sendable, Equatable {
    /// What asking for a patch comes to.
    struct Answer: Sendable, Equatable {
        /// Whether the code is to take the new way.
        var isPatched: Bool

        /// Whether a marker has to be written.
        var needsMarker: Bool
    }

    /// The patches whose markers the history has, up to the end of the task that the code runs in.
    private var known: Set<String> = []

    /// What the code was told. The answer for one patch is the same for the whole run.
    private var answers: [String: Bool] = [:]

    /// The patches that the code has written markers for, in alphabetical order.
    private(set) var marked: [String] = []

    /// Notes a marker that the history has.
    mutating func note(_ id: String) {
        known.insert(id)
    }

    /// Whether the history has the patch, or the code was told of it.
    func isDecided(_ id: String) -> Bool { answers[id] != nil || known.contains(id) }

    /// What the code was told of a patch, or would be told now; nothing is kept.
    func answer(_ id: String, isReplaying: Bool) -> Bool {
        answers[id] ?? (!isReplaying || known.contains(id))
    }

    /// Answers the code, which asks for a patch.
    ///
    /// A replay takes the new way only if the history has the marker: it was written before the patch otherwise.
    mutating func ask(_ id: String, isReplaying: Bool) -> Answer {
        if let answer = answers[id] { return Answer(isPatched: answer, needsMarker: false) }
        let isPatched = answer(id, isReplaying: isReplaying)
        answers[id] = isPatched
        if isPatched {
            marked.insert(id, at: marked.firstIndex { $0 > id } ?? marked.endIndex)
        }
        return Answer(isPatched: isPatched, needsMarker: isPatched)
    }
}

/// The marker of a patch, as all SDKs that share a core write it.
struct PatchMarker: Sendable, Equatable, Codable {
    /// The name of such markers.
    static let name = "core_patch"

    private static let detail = "patch-data"

    /// The patch.
    var id: String

    /// Whether the code said that it will drop the patch.
    var deprecated: Bool

    init(id: String, deprecated: Bool) {
        self.id = id
        self.deprecated = deprecated
    }

    /// Reads an event; `nil` if it is no marker of a patch.
    ///
    /// - Throws: ``HistoryError`` if it is one that cannot be read.
    init?(_ event: APIHistoryEvent) throws {
        guard event.eventType == .markerRecorded,
            case .markerRecordedEventAttributes(let attributes) = event.attributes,
            attributes.markerName == Self.name
        else { return nil }
        guard let payload = attributes.details[Self.detail]?.values.first,
            let marker = try? JSONDecoder().decode(PatchMarker.self, from: payload.data)
        else { throw HistoryError("The patch in history \(event.label) cannot be read.") }
        self = marker
    }

    /// The command that writes the marker.
    var command: APICommand {
        let text = "{\"id\":\(JSONValue.quoted(id)),\"deprecated\":\(deprecated)}"
        var command = APICommand()
        command.commandType = .recordMarker
        command.recordMarkerCommandAttributes.markerName = Self.name
        command.recordMarkerCommandAttributes.details[Self.detail] = APIPayloads([
            Payload(encoding: "json/plain", data: Data(text.utf8))
        ])
        return command
    }
}
