import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    /// The version of the server whose behaviour this service has.
    private static let serverVersion = "1.27.1"

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
                $0.upsertMemo = true
                $0.sdkMetadata = true
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

    /// Tells of one namespace.
    func describe(_ request: APIDescribeNamespaceRequest) throws -> APIDescribeNamespaceResponse {
        if request.namespace.isEmpty, !request.id.isEmpty {
            guard let found = namespaces.values.first(where: { $0.id == request.id }) else {
                throw ServiceError.noSuchNamespace(request.id)
            }
            return found.info
        }
        return try namespace(request.namespace).info
    }

    /// Adds a namespace.
    func register(_ request: APIRegisterNamespaceRequest) throws -> APIRegisterNamespaceResponse {
        guard !request.namespace.isEmpty else { throw ServiceError.invalid("Namespace is not set on request.") }
        guard namespaces[request.namespace] == nil else {
            throw RPCError(
                code: .alreadyExists,
                message: "Namespace already exists.",
                detail: APINamespaceAlreadyExistsFailure()
            )
        }
        guard request.hasWorkflowExecutionRetentionPeriod else {
            throw ServiceError.invalid("A minimum retention of one hour is required.")
        }
        var namespace = Namespace(
            name: request.namespace,
            id: ids.uuid(),
            retention: Span(request.workflowExecutionRetentionPeriod)
        )
        namespace.description = request.description_p
        namespace.ownerEmail = request.ownerEmail
        namespace.data = request.data
        namespaces[request.namespace] = namespace
        return APIRegisterNamespaceResponse()
    }

    /// Tells of all namespaces, in the order in which they were made.
    func list(_ request: APIListNamespacesRequest) -> APIListNamespacesResponse {
        .with { $0.namespaces = namespaces.values.map { $0.info } }
    }

    /// Tells who polls a task queue and how much waits in it.
    func describe(_ request: APIDescribeTaskQueueRequest) throws -> APIDescribeTaskQueueResponse {
        _ = try namespace(request.namespace)
        let key = QueueKey(
            namespace: request.namespace,
            name: request.taskQueue.name,
            kind: request.taskQueueType == .activity ? .activity : .workflow
        )
        guard let queue = queues[key] else { return APIDescribeTaskQueueResponse() }
        return .with {
            $0.pollers = queue.identities.sorted { $0.key < $1.key }
                .map { identity, moment in
                    .with {
                        $0.identity = identity
                        $0.lastAccessTime = moment.timestamp
                        $0.ratePerSecond = 100_000
                    }
                }
            if request.reportStats {
                $0.stats = .with { $0.approximateBacklogCount = Int64(queue.tasks.filter(isLive).count) }
            }
        }
    }
}
