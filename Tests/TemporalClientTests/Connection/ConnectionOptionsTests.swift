import Foundation
import Temporal
import TemporalAPI
import Testing

@testable import TemporalClient

@Suite struct ConnectionOptionsTests {
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
