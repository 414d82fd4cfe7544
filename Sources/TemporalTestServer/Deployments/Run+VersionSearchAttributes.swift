import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The builds and versions that a run was on, as its search attributes tell them.
struct VersionMarks: Codable, Sendable {
    /// What they follow from.
    struct Cause: Equatable, Codable, Sendable {
        var behavior: VersioningBehavior?
        var version: WorkerDeploymentVersion?
        var deploymentName: String
        var stamp: APIWorkerVersionStamp?
        var used: WorkerDeploymentVersion?
    }

    private static let unversioned = "unversioned"

    private(set) var last: Cause?
    private(set) var buildIDs: [String] = []
    private(set) var usedVersions: [String] = []

    /// Notes what is so now.
    ///
    /// - Returns: Whether anything may have changed.
    mutating func note(_ cause: Cause) -> Bool {
        guard cause != last else { return false }
        last = cause
        var ids: [String] = []
        switch cause.behavior?.kind {
        case nil where cause.stamp?.useVersioning != true: ids.append(Self.unversioned)
        case .pinned: if let version = cause.version { ids.append("pinned:\(version)") }
        case nil, .autoUpgrade: break
        }
        // The first entry says where the run is now; all others are what has worked on it.
        ids += buildIDs.filter { $0 != Self.unversioned && !$0.hasPrefix("assigned:") && !$0.hasPrefix("pinned:") }
        if let stamp = cause.stamp, !stamp.buildID.isEmpty {
            let build = "\(stamp.useVersioning ? "versioned" : Self.unversioned):\(stamp.buildID)"
            if !ids.contains(build) { ids.append(build) }
        }
        buildIDs = ids
        if let used = cause.used?.description, !usedVersions.contains(used) { usedVersions.append(used) }
        return true
    }
}

/// The search attributes by which runs are found whose workers have versions.
extension Run {
    /// Sets them to what is so now.
    ///
    /// - Parameters:
    ///   - stamp: What a worker without versioning was built from.
    ///   - version: The version that has just completed a workflow task.
    func updateVersionSearchAttributes(
        stamp: APIWorkerVersionStamp? = nil,
        used version: WorkerDeploymentVersion? = nil
    ) {
        let cause = VersionMarks.Cause(
            behavior: versioning.visibleBehavior,
            version: versioning.visibleVersion,
            deploymentName: versioning.visibleVersion?.deploymentName ?? versioning.deploymentName,
            stamp: stamp,
            used: version
        )
        guard versionMarks.note(cause) else { return }
        var fields = searchAttributes.indexedFields
        fields.set("BuildIds", versionMarks.buildIDs)
        fields.set("TemporalUsedWorkerDeploymentVersions", versionMarks.usedVersions)
        fields.set("TemporalWorkerDeployment", cause.deploymentName)
        fields.set("TemporalWorkerDeploymentVersion", cause.version?.description ?? "")
        fields.set("TemporalWorkflowVersioningBehavior", cause.behavior?.visibleText ?? "")
        searchAttributes.indexedFields = fields
    }
}

extension VersioningBehavior {
    /// The behaviour as search attributes hold it.
    fileprivate var visibleText: String {
        switch kind {
        case .pinned: "Pinned"
        case .autoUpgrade: "AutoUpgrade"
        }
    }
}

extension [String: APIPayload] {
    /// Sets a text; an empty one is none.
    fileprivate mutating func set(_ name: String, _ text: String) {
        self[name] = text.isEmpty ? nil : payload(JSONValue.quoted(text), type: "Keyword")
    }

    /// Sets a list of texts; an empty one is none, unless there was one before.
    fileprivate mutating func set(_ name: String, _ texts: [String]) {
        if texts.isEmpty, self[name] == nil { return }
        self[name] = payload("[\(texts.map(JSONValue.quoted).joined(separator: ","))]", type: "KeywordList")
    }

    private func payload(_ json: String, type: String) -> APIPayload {
        .with {
            $0.metadata = ["encoding": Data("json/plain".utf8), "type": Data(type.utf8)]
            $0.data = Data(json.utf8)
        }
    }
}
