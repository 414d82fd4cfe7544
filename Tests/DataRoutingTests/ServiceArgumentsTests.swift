import ArgumentParser
import SampleSupport
import TemporalClient
import Testing

/// Where the samples find their service.
@Suite struct ServiceArgumentsTests {
    @Test func `an argument, a variable and a profile of the configuration file say where the service is`() throws {
        let toml = """
            [profile.default]
            namespace = "shop"

            [profile.prod]
            address = "temporal.example.com:7233"
            """
        func isGiven(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> Bool {
            try ServiceArguments.parse(arguments).isGiven(in: .load(from: .text(toml), environment: environment))
        }
        #expect(try !isGiven())
        #expect(try !isGiven([], ["TEMPORAL_ADDRESS": ""]))
        #expect(try isGiven(["--address", "127.0.0.1:7233"]))
        #expect(try isGiven([], ["TEMPORAL_ADDRESS": "127.0.0.1:7233"]))
        #expect(try isGiven([], ["TEMPORAL_PROFILE": "prod"]))
    }
}
