import Foundation
import Temporal
import TemporalClient

// The code of the guides `Connect.md` and `Security.md`: `ConnectGuideTests` compares them.

private func password() throws -> String { "…" }

func loaded() async throws -> TemporalClient {
    let client = try await TemporalClient.connect(profile: .load())
    return client
}

func client(address: String?) async throws -> TemporalClient {
    var profile = try ClientProfile.load("prod")
    if let address { profile.address = address }
    return try await TemporalClient.connect(profile: profile)
}

func connection() async throws -> GRPCConnection {
    var options = ConnectionOptions(address: "temporal.example.com:7233")
    options.metadata = ["team": "checkout"]
    options.keepAlive = .init(interval: .seconds(20), timeout: .seconds(5))
    options.proxy = HTTPProxy(
        address: "proxy.example.com:3128",
        credentials: .init(user: "checkout", password: try password())
    )
    return try await GRPCConnection.connect(options)
}

func clients(_ connection: GRPCConnection) -> [TemporalClient] {
    ["shop", "billing"].map { TemporalClient(service: connection, namespace: $0) }
}

func isThere(_ id: String, _ client: TemporalClient) async throws -> Bool {
    let impatient = client.with(CallOptions(timeout: .seconds(2), metadata: ["team": "checkout"], retries: false))
    do {
        _ = try await impatient.workflowHandle(id: id).describe()
        return true
    } catch is WorkflowNotFoundError {
        return false
    }
}

actor Vault {
    func currentKey() async throws -> String { "…" }
}

func cloud(key: String) async throws -> TemporalClient {
    let connection = try await GRPCConnection.connect(
        ConnectionOptions(address: "eu-west-1.aws.api.temporal.io:7233", apiKey: key)
    )
    return TemporalClient(service: connection, namespace: "shop.a1b2c")
}

func cloudWithCertificate() async throws -> TemporalClient {
    var tls = TLSOptions()
    tls.clientIdentity = .init(
        certificate: .file("/run/secrets/client.pem"),
        privateKey: .file("/run/secrets/client.key")
    )
    let connection = try await GRPCConnection.connect(
        ConnectionOptions(address: "shop.a1b2c.tmprl.cloud:7233", tls: tls)
    )
    return TemporalClient(service: connection, namespace: "shop.a1b2c")
}

func connect(_ vault: Vault) async throws -> GRPCConnection {
    var options = ConnectionOptions(address: "eu-west-1.aws.api.temporal.io:7233")
    options.apiKeyProvider = { try await vault.currentKey() }
    return try await GRPCConnection.connect(options)
}

func mutualTLS() async throws -> GRPCConnection {
    var tls = TLSOptions()
    tls.serverRootCertificates = .file("/run/secrets/ca.pem")
    tls.clientIdentity = .init(
        certificate: .file("/run/secrets/client.pem"),
        privateKey: .file("/run/secrets/client.key")
    )
    return try await GRPCConnection.connect(ConnectionOptions(address: "temporal.example.com:7233", tls: tls))
}
