import Temporal
import Testing

@testable import TemporalWorker

/// Lengths of time in the headers of Nexus.
@Suite struct NexusTimeoutTests {
    @Test(
        arguments: [
            ("10s", .seconds(10)), ("100ms", .milliseconds(100)), ("1.5s", .milliseconds(1500)),
            ("1m30s", .seconds(90)),
            ("2h", .seconds(7200)), ("0s", .zero),
        ] as [(String, Duration)]
    )
    func `a length of time is read`(_ text: String, _ expected: Duration) throws {
        #expect(NexusTimeout.parse(text) == expected)
        #expect(try NexusTimeout.request(["Request-Timeout": text]) == expected)
    }

    @Test(
        arguments: [
            "10", "s", "-1s", "1 s", "ten", "1x", "9999999999999999999999999h", "2562048h",
            "2000000h2000000h", String(repeating: "9", count: 400) + "s",
        ]
    )
    func `what is no length of time is a bad request`(_ text: String) {
        let error = #expect(throws: NexusHandlerError.self) { try NexusTimeout.request(["request-timeout": text]) }
        #expect(error?.type == .badRequest)
    }

    @Test func `a request need not say how much time there is`() throws {
        #expect(try NexusTimeout.request([:]) == nil)
        #expect(try NexusTimeout.request(["request-timeout": ""]) == nil)
    }
}
