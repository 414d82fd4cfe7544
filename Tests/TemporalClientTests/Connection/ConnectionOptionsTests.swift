import Foundation
import Temporal
import TemporalAPI
import Testing

@testable import TemporalClient

@Suite struct ConnectionOptionsTests {
    @Test func `an empty environment is the default`() throws {
        let options = try ConnectionOptions.fromEnvironment(["TEMPORAL_ADDRESS": "", "PATH": "/bin"])
        #expect(options.address == "127.0.0.1:7233")
        #expect(options.apiKey == nil)
        #expect(options.effectiveTLS == nil)
        #expect(options.metadata.isEmpty)
        #expect(ConnectionOptions.namespace(fromEnvironment: [:]) == "default")
    }

    @Test func `the environment describes a connection`() throws {
        let environment = [
            "TEMPORAL_ADDRESS": "host:1",
            "TEMPORAL_NAMESPACE": "space",
            "TEMPORAL_API_KEY": "key",
            "TEMPORAL_TLS_SERVER_CA_CERT_PATH": "/ca.pem",
            "TEMPORAL_TLS_CLIENT_CERT_DATA": "cert",
            "TEMPORAL_TLS_CLIENT_KEY_PATH": "/key.pem",
            "TEMPORAL_TLS_SERVER_NAME": "name",
            "TEMPORAL_GRPC_META_TEAM_NAME": "blue",
        ]
        let options = try ConnectionOptions.fromEnvironment(environment)
        #expect(options.address == "host:1")
        #expect(options.apiKey == "key")
        #expect(
            options.effectiveTLS
                == TLSOptions(
                    serverRootCertificates: .file("/ca.pem"),
                    clientIdentity: .init(certificate: .text("cert"), privateKey: .file("/key.pem")),
                    serverName: "name"
                )
        )
        #expect(options.metadata == ["team-name": "blue"])
        #expect(ConnectionOptions.namespace(fromEnvironment: environment) == "space")
    }

    @Test(arguments: [
        (["TEMPORAL_TLS": "true"], true),
        (["TEMPORAL_TLS": "1"], true),
        (["TEMPORAL_TLS": "perhaps"], false),
        (["TEMPORAL_API_KEY": "k"], true),
        (["TEMPORAL_API_KEY": "k", "TEMPORAL_TLS": "FALSE"], false),
        (["TEMPORAL_TLS_SERVER_NAME": "n"], true),
        (["TEMPORAL_TLS_SERVER_NAME": "n", "TEMPORAL_TLS": "0"], false),
    ])
    func `the environment turns TLS on and off`(environment: [String: String], isOn: Bool) throws {
        #expect(try (ConnectionOptions.fromEnvironment(environment).effectiveTLS != nil) == isOn)
    }

    @Test(arguments: [
        ["TEMPORAL_TLS_CLIENT_CERT_PATH": "/c"],
        ["TEMPORAL_TLS_CLIENT_KEY_DATA": "k"],
        ["TEMPORAL_TLS_SERVER_CA_CERT_PATH": "/c", "TEMPORAL_TLS_SERVER_CA_CERT_DATA": "c"],
    ])
    func `an environment that contradicts itself is refused`(environment: [String: String]) {
        #expect(throws: ConnectionOptionsError.self) { try ConnectionOptions.fromEnvironment(environment) }
    }

    @Test(arguments: [
        ("localhost", "localhost", 7233, HostAndPort.Kind.name),
        ("temporal.test:80", "temporal.test", 80, .name),
        ("10.0.0.1:7000", "10.0.0.1", 7000, .ipv4),
        ("[::1]:7000", "::1", 7000, .ipv6),
        ("[fe80::1]", "fe80::1", 7233, .ipv6),
        ("::1", "::1", 7233, .ipv6),
    ])
    func `an address is taken apart`(text: String, host: String, port: Int, kind: HostAndPort.Kind) throws {
        let address = try HostAndPort(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.kind == kind)
    }

    @Test(arguments: [
        "", ":7233", "http://host:7233", "host:", "host:0", "host:65536", "host:abc", "host:-1", "[::1", "[::1]x",
        "[host]:1", "a b:1", "host/path:1", "a:b:c",
    ])
    func `what is no address is refused with the text and an example`(text: String) {
        let error = #expect(throws: ConnectionOptionsError.self) { try HostAndPort(text) }
        #expect(error?.message.contains("'\(text)'") == true)
        #expect(error?.message.contains("localhost:7233") == true)
    }

    @Test(arguments: [
        ["Team": "x"], ["": "x"], ["a b": "x"], ["grpc-timeout": "1S"], ["name": "line\nbreak"], ["name": "ü"],
        ["data-bin": "no base 64!"],
    ])
    func `metadata that cannot be sent is refused without showing its value`(metadata: [String: String]) {
        let error = #expect(throws: ConnectionOptionsError.self) {
            try GRPCConnection(lazily: ConnectionOptions(metadata: metadata))
        }
        #expect(error?.message.contains("no base 64!") == false)
    }
}
