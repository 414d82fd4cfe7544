import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    /// The version of the server whose behaviour this service has.
    private static let serverVersion = "1.27.1"

    /// Says that everything is served, to who asks as gRPC clients do.
    func health(_ request: APIHealthCheckRequest) throws -> APIHealthCheckResponse {
        let known = Set(ServiceMethods.all.map { $0.service }).union(["", "grpc.health.v1.Health"])
        guard known.contains(request.service) else { throw ServiceError.notFound("unknown service") }
        return .with { $0.status = 1 }
    }

    /// What this service can do.
    func systemInfo(_ request: APIGetSystemInfoRequest) -> APIGetSystemInfoResponse {
        .with {
            $0.serverVersion = Self.serverVersion
            $0.capabilities = .with {
                $0.signalAndQueryHeader = true
                $0.internalErrorDifferentiation = true
                $0.activityFailureIncludeHeartbeat = true
                $0.encodedFailureAttributes = true
                $0.buildIDBasedVersioning = true
                $0.supportsSchedules = true
                $0.upsertMemo = true
                $0.eagerWorkflowStart = true
                $0.sdkMetadata = true
                $0.countGroupByExecutionStatus = true
                $0.nexus = true
            }
        }
    }

    /// What this service calls itself.
    func clusterInfo(_ request: APIGetClusterInfoRequest) -> APIGetClusterInfoResponse {
        .with {
            $0.serverVersion = Self.serverVersion
            $0.clusterName = "active"
            $0.clusterID = "in-memory"
            $0.historyShardCount = 1
            $0.persistenceStore = "memory"
            $0.visibilityStore = "memory"
        }
    }

    /// Tells how a task queue is divided: it is not.
    func listPartitions(_ request: APIListTaskQueuePartitionsRequest) throws -> APIListTaskQueuePartitionsResponse {
        _ = try namespace(request.namespace)
        try TaskQueueRules.check(request.hasTaskQueue ? request.taskQueue : nil)
        let partition = APITaskQueuePartitionMetadata.with { $0.key = request.taskQueue.name }
        return .with {
            $0.activityTaskQueuePartitions = [partition]
            $0.workflowTaskQueuePartitions = [partition]
        }
    }

    /// Tells of the clusters: this one.
    func list(_ request: APIListClustersRequest) -> APIListClustersResponse {
        .with {
            $0.clusters = [
                .with {
                    $0.clusterName = "active"
                    $0.clusterID = "in-memory"
                    $0.initialFailoverVersion = 1
                    $0.historyShardCount = 1
                    $0.isConnectionEnabled = true
                }
            ]
        }
    }
}
