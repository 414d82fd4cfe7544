import OrderedCollections
import SwiftProtobuf
import TemporalAPI

/// One namespace of the service.
struct Namespace: Codable, Sendable {
    let name: String
    let id: String
    var retention: Span
    var state = APINamespaceState.registered
    var description = ""
    var ownerEmail = ""
    var data: [String: String] = [:]

    /// The search attributes that its workflows can have.
    var searchAttributes = SearchAttributeRegistry()

    /// The rules by which activities are paused, by their id.
    var rules: OrderedDictionary<String, WorkflowRule> = [:]

    /// How the namespace describes itself.
    var info: APIDescribeNamespaceResponse {
        .with { response in
            response.namespaceInfo = .with {
                $0.name = name
                $0.id = id
                $0.state = state
                $0.description_p = description
                $0.ownerEmail = ownerEmail
                $0.data = data
                $0.supportsSchedules = true
                $0.capabilities = .with {
                    $0.eagerWorkflowStart = true
                    $0.syncUpdate = true
                    $0.asyncUpdate = true
                    $0.workerHeartbeats = true
                    $0.workerPollCompleteOnShutdown = true
                    $0.workflowPause = true
                    $0.standaloneActivities = true
                    $0.standaloneNexusOperation = true
                    $0.standaloneActivityStartDelay = true
                    $0.standaloneActivityOperatorCommands = true
                    $0.standaloneActivityBatchOperations = true
                }
                $0.limits = .with {
                    $0.blobSizeLimitError = 2 * 1024 * 1024
                    $0.memoSizeLimitError = 2 * 1024 * 1024
                }
            }
            response.config = .with {
                $0.workflowExecutionRetentionTtl = retention.proto
                $0.historyArchivalState = .disabled
                $0.visibilityArchivalState = .disabled
            }
            response.replicationConfig = .with {
                $0.activeClusterName = "active"
                $0.clusters = [.with { $0.clusterName = "active" }]
            }
        }
    }
}

/// A workflow id in its namespace.
struct WorkflowKey: Hashable, Codable, Sendable {
    let namespace: String
    let workflowID: String
}
