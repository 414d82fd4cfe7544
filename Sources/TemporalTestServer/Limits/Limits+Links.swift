import SwiftProtobuf
import TemporalAPI

extension Limits {
    /// How many links a request has at most.
    private static let links = 10

    /// The largest link, in bytes of its binary form.
    private static let linkSize = 4000

    /// Checks the links of a request.
    ///
    /// - Throws: `INVALID_ARGUMENT` with the server's words if there are too many, or one leads nowhere.
    static func check(_ links: [APILink]) throws {
        guard links.count <= Self.links else {
            throw ServiceError.invalid("cannot attach more than \(Self.links) links per request, got \(links.count)")
        }
        for link in links {
            let size = try link.serializedData().count
            guard size <= linkSize else {
                throw ServiceError.invalid("link exceeds allowed size of \(linkSize), got \(size)")
            }
            if let problem = problem(with: link) { throw ServiceError.invalid(problem) }
        }
    }

    /// Checks the links of a request that has callbacks, whose links count too.
    ///
    /// - Returns: The links of the request without those that a callback has as well.
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    static func checked(_ links: [APILink], of callbacks: [APICallback]) throws -> [APILink] {
        let ofCallbacks = callbacks.flatMap(\.links)
        let links = links.filter { !ofCallbacks.contains($0) }
        try check(links + ofCallbacks)
        return links
    }

    private static func problem(with link: APILink) -> String? {
        switch link.variant {
        case .workflowEvent(let event):
            if event.namespace.isEmpty { return "workflow event link must not have an empty namespace field" }
            if event.workflowID.isEmpty { return "workflow event link must not have an empty workflow ID field" }
            if event.runID.isEmpty { return "workflow event link must not have an empty run ID field" }
            if event.eventRef.eventType == .unspecified, event.eventRef.eventID != 0 {
                return "workflow event link ref cannot have an unspecified event type and a non-zero event ID"
            }
            return nil
        case .batchJob(let job):
            return job.jobID.isEmpty ? "batch job link must not have an empty job ID" : nil
        case .nexusOperation(let operation):
            return emptyField(
                of: "nexus operation",
                operation.namespace,
                ("operation ID", operation.operationID),
                operation.runID
            )
        case .activity(let activity):
            return emptyField(of: "activity", activity.namespace, ("activity ID", activity.activityID), activity.runID)
        case .workflow(let workflow):
            return emptyField(of: "workflow", workflow.namespace, ("workflow ID", workflow.workflowID), workflow.runID)
        case .callback, nil:
            return "unsupported link variant"
        }
    }

    private static func emptyField(
        of kind: String,
        _ namespace: String,
        _ id: (name: String, value: String),
        _ runID: String
    ) -> String? {
        let fields = [("namespace", namespace), (id.name, id.value), ("run ID", runID)]
        return fields.first { $0.1.isEmpty }.map { "\(kind) link must not have an empty \($0.0) field" }
    }
}
