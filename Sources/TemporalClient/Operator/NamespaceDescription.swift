public import Foundation
import SwiftProtobuf
import Temporal
package import TemporalAPI

/// Whether a namespace is in use.
public struct NamespaceState: Sendable, Hashable, CustomStringConvertible {
    /// The name of the state.
    public let description: String

    /// The namespace is in use.
    public static let registered = NamespaceState(description: "registered")
    /// Nothing new should use the namespace.
    public static let deprecated = NamespaceState(description: "deprecated")
    /// The namespace is being deleted.
    public static let deleted = NamespaceState(description: "deleted")

    private init(description: String) {
        self.description = description
    }

    init(_ proto: APINamespaceState) {
        switch proto {
        case .registered: self = .registered
        case .deprecated: self = .deprecated
        case .deleted: self = .deleted
        case .unspecified: self.init(description: "unknown")
        case .UNRECOGNIZED(let number): self.init(description: "unknown (\(number))")
        }
    }
}

/// What the service knows of a namespace.
public struct NamespaceDescription: Sendable {
    /// What the service answered.
    package let proto: APIDescribeNamespaceResponse

    init(_ proto: APIDescribeNamespaceResponse) {
        self.proto = proto
    }

    /// The name of the namespace.
    public var name: String { proto.namespaceInfo.name }

    /// The id of the namespace.
    public var id: String { proto.namespaceInfo.id }

    /// Whether the namespace is in use.
    public var state: NamespaceState { NamespaceState(proto.namespaceInfo.state) }

    /// What the namespace is for.
    public var description: String { proto.namespaceInfo.description_p }

    /// Whom to ask about it.
    public var ownerEmail: String { proto.namespaceInfo.ownerEmail }

    /// Values that go with it, for tools.
    public var data: [String: String] { proto.namespaceInfo.data }

    /// How long closed workflows are kept.
    public var retention: Duration { Duration(proto.config.workflowExecutionRetentionTtl) }

    /// Whether closed histories go to an archive, and where. `nil` if they do not.
    public var historyArchive: String? {
        proto.config.historyArchivalState == .enabled ? proto.config.historyArchivalUri : nil
    }

    /// Whether what is listed of closed workflows goes to an archive, and where. `nil` if it does not.
    public var visibilityArchive: String? {
        proto.config.visibilityArchivalState == .enabled ? proto.config.visibilityArchivalUri : nil
    }

    /// Whether the namespace is replicated to other clusters.
    public var isGlobal: Bool { proto.isGlobalNamespace }

    /// The cluster in which the namespace is active.
    public var activeCluster: String { proto.replicationConfig.activeClusterName }

    /// The clusters that have the namespace.
    public var clusters: [String] { proto.replicationConfig.clusters.map(\.clusterName) }

    /// The largest payloads of one field that the service takes, in bytes; `nil` if it does not say.
    public var payloadSizeLimit: Int? { limit(proto.namespaceInfo.limits.blobSizeLimitError) }

    /// The largest memo that the service takes, in bytes; `nil` if it does not say.
    public var memoSizeLimit: Int? { limit(proto.namespaceInfo.limits.memoSizeLimitError) }

    /// What can be done in the namespace, in the API's words, such as `standaloneActivities`.
    public var capabilities: [String] {
        let can = proto.namespaceInfo.capabilities
        let all = [
            ("eagerWorkflowStart", can.eagerWorkflowStart), ("syncUpdate", can.syncUpdate),
            ("asyncUpdate", can.asyncUpdate), ("workerHeartbeats", can.workerHeartbeats),
            ("reportedProblemsSearchAttribute", can.reportedProblemsSearchAttribute),
            ("workflowPause", can.workflowPause), ("standaloneActivities", can.standaloneActivities),
            ("workerPollCompleteOnShutdown", can.workerPollCompleteOnShutdown),
            ("pollerAutoscaling", can.pollerAutoscaling), ("workerCommands", can.workerCommands),
            ("standaloneNexusOperation", can.standaloneNexusOperation),
            ("workflowUpdateCallbacks", can.workflowUpdateCallbacks),
            ("pollerAutoscalingAutoEnroll", can.pollerAutoscalingAutoEnroll),
            ("workflowTaskCompletionPagination", can.workflowTaskCompletionPagination),
            ("standaloneActivityStartDelay", can.standaloneActivityStartDelay),
            ("standaloneActivityBatchOperations", can.standaloneActivityBatchOperations),
            ("standaloneActivityOperatorCommands", can.standaloneActivityOperatorCommands),
        ]
        return all.filter(\.1).map(\.0)
    }

    /// Everything that the service answered, as JSON with the names of the API.
    ///
    /// - Throws: An error of the JSON writer if the answer cannot be written.
    public func json() throws -> Data {
        try proto.jsonUTF8Data()
    }

    private func limit(_ size: Int64) -> Int? { size > 0 ? Int(size) : nil }
}
