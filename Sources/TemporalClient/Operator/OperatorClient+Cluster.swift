import Temporal
import TemporalAPI

/// What a server can do, as it says itself.
public struct SystemInfo: Sendable, Hashable {
    /// The version of the server, such as `1.27.1`.
    public let serverVersion: String

    /// The names of what the server can do, in the API's words and in their order, such as `supportsSchedules`.
    public let capabilities: [String]

    /// Whether schedules can be created.
    public var supportsSchedules: Bool { capabilities.contains("supportsSchedules") }

    /// Whether a first workflow task can come with the answer to a start.
    public var supportsEagerWorkflowStart: Bool { capabilities.contains("eagerWorkflowStart") }

    /// Whether Nexus operations can be called and handled.
    public var supportsNexus: Bool { capabilities.contains("nexus") }

    init(_ proto: APIGetSystemInfoResponse) {
        serverVersion = proto.serverVersion
        let can = proto.capabilities
        let all = [
            ("signalAndQueryHeader", can.signalAndQueryHeader),
            ("internalErrorDifferentiation", can.internalErrorDifferentiation),
            ("activityFailureIncludeHeartbeat", can.activityFailureIncludeHeartbeat),
            ("supportsSchedules", can.supportsSchedules),
            ("encodedFailureAttributes", can.encodedFailureAttributes),
            ("buildIdBasedVersioning", can.buildIDBasedVersioning),
            ("upsertMemo", can.upsertMemo),
            ("eagerWorkflowStart", can.eagerWorkflowStart),
            ("sdkMetadata", can.sdkMetadata),
            ("countGroupByExecutionStatus", can.countGroupByExecutionStatus),
            ("nexus", can.nexus),
            ("serverScaledDeployments", can.serverScaledDeployments),
            ("serverScaledProviderCloudRun", can.serverScaledProviderCloudRun),
        ]
        capabilities = all.filter(\.1).map(\.0)
    }
}

/// What a cluster is made of.
public struct ClusterInfo: Sendable, Hashable {
    /// The name of the cluster.
    public let name: String

    /// The id of the cluster.
    public let id: String

    /// The version of the server.
    public let serverVersion: String

    /// The number of shards that histories are spread over.
    public let historyShardCount: Int

    /// What histories are kept in, such as `postgres12`.
    public let persistenceStore: String

    /// What lists are kept in, such as `elasticsearch`.
    public let visibilityStore: String

    /// The versions of clients that the server knows, by the name of the client.
    public let supportedClients: [String: String]

    init(_ proto: APIGetClusterInfoResponse) {
        name = proto.clusterName
        id = proto.clusterID
        serverVersion = proto.serverVersion
        historyShardCount = Int(proto.historyShardCount)
        persistenceStore = proto.persistenceStore
        visibilityStore = proto.visibilityStore
        supportedClients = proto.supportedClients
    }
}

/// One of the clusters that are connected with each other.
public struct ConnectedCluster: Sendable, Hashable {
    /// The name of the cluster.
    public let name: String

    /// The id of the cluster.
    public let id: String

    /// Where its frontend is.
    public let address: String

    /// Whether the connection is in use.
    public let isConnectionEnabled: Bool

    init(_ proto: APIClusterMetadata) {
        name = proto.clusterName
        id = proto.clusterID
        address = proto.address
        isConnectionEnabled = proto.isConnectionEnabled
    }
}

/// Whether a server takes calls.
public struct ServiceHealth: Sendable, Hashable, CustomStringConvertible {
    /// The name of the state.
    public let description: String

    /// The server takes calls.
    public static let serving = ServiceHealth(description: "serving")
    /// The server runs, but takes no calls: it starts up or shuts down.
    public static let notServing = ServiceHealth(description: "not serving")
    /// The server knows no service of the name.
    public static let unknownService = ServiceHealth(description: "unknown service")
    /// The server does not say.
    public static let unknown = ServiceHealth(description: "unknown")

    private init(description: String) {
        self.description = description
    }

    init(_ status: Int32) {
        switch status {
        case 1: self = .serving
        case 2: self = .notServing
        case 3: self = .unknownService
        default: self = .unknown
        }
    }
}

extension OperatorClient {
    /// Which version the server is, and what it can do.
    ///
    /// - Throws: `RPCError`.
    public func systemInfo() async throws -> SystemInfo {
        SystemInfo(try await client.call(.getSystemInfo, APIGetSystemInfoRequest()))
    }

    /// What the cluster is made of.
    ///
    /// - Throws: ``PermissionDeniedError`` where only operators may know, `RPCError` for anything else.
    public func clusterInfo() async throws -> ClusterInfo {
        ClusterInfo(try await client.call(.getClusterInfo, APIGetClusterInfoRequest()))
    }

    /// The clusters that this one is connected with, itself among them.
    ///
    /// - Returns: The clusters. The loop throws ``PermissionDeniedError`` where only operators may know, and `RPCError` for
    ///   anything else.
    public func clusters() -> PagedResults<ConnectedCluster> {
        PagedResults { [client] token in
            var request = APIListClustersRequest()
            request.nextPageToken = token
            let page = try await client.call(.listClusters, request)
            return (page.clusters.map(ConnectedCluster.init), page.nextPageToken)
        }
    }

    /// Asks the server once whether it takes calls, by gRPC's own health check. It needs no rights.
    ///
    /// - Parameters:
    ///   - service: The full name of the service that is asked about.
    ///   - timeout: How long to wait for an answer.
    /// - Returns: What the server says.
    /// - Throws: `RPCError`, with the code `unavailable` if the server cannot be reached, and `deadlineExceeded` if it
    ///   does not answer in time.
    public func checkHealth(
        of service: String = "temporal.api.workflowservice.v1.WorkflowService",
        timeout: Duration = .seconds(10)
    ) async throws -> ServiceHealth {
        var request = APIHealthCheckRequest()
        request.service = service
        do {
            let options = CallOptions(timeout: timeout, retries: false)
            return ServiceHealth(try await client.call(.healthCheck, request, options: options).status)
        } catch let error as RPCError where error.code == .notFound {
            return .unknownService
        }
    }
}
