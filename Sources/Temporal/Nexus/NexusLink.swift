import Foundation
package import TemporalAPI

/// Links between histories, as Nexus carries them: a URL and the name of a message.
extension APINexusLink {
    /// Writes a link as Nexus carries it; `nil` for one of a kind that Nexus has no form for.
    package init?(_ link: APILink) {
        switch link.variant {
        case .workflowEvent(let event):
            self.init(
                ["namespaces", event.namespace, "workflows", event.workflowID, event.runID, "history"],
                query: event.query,
                type: APILink.WorkflowEvent.protoMessageName
            )
        case .nexusOperation(let operation):
            self.init(
                [
                    "namespaces", operation.namespace, "nexus-operations", operation.operationID, operation.runID,
                    "details",
                ],
                type: APILink.NexusOperation.protoMessageName
            )
        case .activity(let activity):
            self.init(
                ["namespaces", activity.namespace, "activities", activity.activityID, activity.runID, "details"],
                type: APILink.Activity.protoMessageName
            )
        case .batchJob, .workflow, .callback, nil:
            return nil
        }
    }

    private init(_ path: [String], query: [(String, String)] = [], type: String) {
        self.init()
        url = "temporal:///" + path.map(escaped).joined(separator: "/")
        if !query.isEmpty {
            // In the order in which the other SDKs write them.
            url += "?" + query.sorted { $0.0 < $1.0 }.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
        }
        self.type = type
    }

    /// The link as histories keep it; `nil` for one that is not of this form.
    package var link: APILink? {
        guard url.hasPrefix("temporal:///") else { return nil }
        let parts = url.dropFirst("temporal:///".count).split(separator: "?", maxSplits: 1)
        guard let first = parts.first else { return nil }
        let path = first.split(separator: "/").compactMap { $0.removingPercentEncoding }
        guard path.count == 6 || path.count == 5, path[0] == "namespaces" else { return nil }
        var link = APILink()
        switch (type, path[2], path.last) {
        case (APILink.WorkflowEvent.protoMessageName, "workflows", "history"):
            link.workflowEvent.namespace = path[1]
            link.workflowEvent.workflowID = path[3]
            link.workflowEvent.runID = path.count == 6 ? path[4] : ""
            link.workflowEvent.read(parts.count == 2 ? String(parts[1]) : "")
        case (APILink.NexusOperation.protoMessageName, "nexus-operations", "details"):
            link.nexusOperation.namespace = path[1]
            link.nexusOperation.operationID = path[3]
            link.nexusOperation.runID = path.count == 6 ? path[4] : ""
        case (APILink.Activity.protoMessageName, "activities", "details"):
            link.activity.namespace = path[1]
            link.activity.activityID = path[3]
            link.activity.runID = path.count == 6 ? path[4] : ""
        default:
            return nil
        }
        return link
    }
}

extension APILink.WorkflowEvent {
    fileprivate var query: [(String, String)] {
        switch reference {
        case .eventRef(let event):
            var query = [("referenceType", "EventReference"), ("eventType", event.eventType.linkName)]
            if event.eventID > 0 { query.append(("eventID", String(event.eventID))) }
            return query
        case .requestIDRef(let request):
            return [
                ("referenceType", "RequestIdReference"), ("requestID", request.requestID),
                ("eventType", request.eventType.linkName),
            ]
        case nil:
            return []
        }
    }

    fileprivate mutating func read(_ query: String) {
        var values: [String: String] = [:]
        for item in query.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1).map { $0.removingPercentEncoding ?? "" }
            if pair.count == 2 { values[pair[0]] = pair[1] }
        }
        let type = values["eventType"].map(APIEventType.init(linkName:)) ?? .unspecified
        switch values["referenceType"] {
        case "EventReference":
            eventRef.eventID = values["eventID"].flatMap { Int64($0) } ?? 0
            eventRef.eventType = type
        case "RequestIdReference":
            requestIDRef.requestID = values["requestID"] ?? ""
            requestIDRef.eventType = type
        default:
            break
        }
    }
}

extension APIEventType {
    /// The name of the type in a link: `NexusOperationScheduled`.
    fileprivate var linkName: String {
        let name = String(describing: self)
        return name.prefix(1).uppercased() + name.dropFirst()
    }

    /// Reads a name, also in the older form `EVENT_TYPE_NEXUS_OPERATION_SCHEDULED`.
    fileprivate init(linkName: String) {
        let plain = linkName.replacing("EVENT_TYPE_", with: "").replacing("_", with: "").lowercased()
        self = Self.allCases.first { String(describing: $0).lowercased() == plain } ?? .unspecified
    }
}

/// A part of a path or a query, with everything but letters, digits and `-._~` escaped.
private func escaped(_ part: String) -> String {
    part.addingPercentEncoding(withAllowedCharacters: unreserved) ?? part
}

private let unreserved = CharacterSet(
    charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
)
