/// The metadata that tells the service who calls.
struct CallMetadata {
    /// The version of this SDK, which the service checks and shows.
    static let version = "0.1.0"

    /// What every call carries.
    static let client = [
        "client-name": "temporal-swift",
        "client-version": version,
        "supported-server-versions": ">=1.0.0 <2.0.0",
        // Without this, the end of a run that a schedule or a retry follows is shown as continued-as-new.
        "supported-features": "follows-next-run-id",
    ]

    /// What every call that is made in the namespace carries.
    private let ofNamespace: [String: String]

    /// The metadata of calls in a namespace.
    init(namespace: String) {
        ofNamespace = Self.client.merging(["temporal-namespace": namespace]) { _, own in own }
    }

    /// The metadata of one call.
    ///
    /// - Parameters:
    ///   - method: The name of the RPC: those that concern the whole cluster name no namespace.
    ///   - own: What the caller adds, which wins.
    func all(method: String, own: [String: String]) -> [String: String] {
        let all = Self.clusterMethods.contains(method) ? Self.client : ofNamespace
        return own.isEmpty ? all : all.merging(own) { _, own in own }
    }

    private static let clusterMethods: Set = [
        "GetSystemInfo", "GetClusterInfo", "ListNamespaces", "RegisterNamespace", "GetSearchAttributes",
        "AddOrUpdateRemoteCluster", "RemoveRemoteCluster", "ListClusters", "GetNexusEndpoint", "CreateNexusEndpoint",
        "UpdateNexusEndpoint", "DeleteNexusEndpoint", "ListNexusEndpoints",
    ]
}
