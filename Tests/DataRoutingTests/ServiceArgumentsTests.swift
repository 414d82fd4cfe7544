import ArgumentParser
import SampleSupport
import TemporalClient
import Testing

/// Where the samples find their service.
@Suite struct ServiceArgumentsTests {
    @Test(
        arguments: [
            ([], [:], false),
            ([], ["TEMPORAL_ADDRESS": "", "TEMPORAL_PROFILE": ""], false),
            ([], ["TEMPORAL_NAMESPACE": "shop", "TEMPORAL_CONFIG_FILE": "temporal.toml"], false),
            (["--address", "127.0.0.1:7233"], [:], true),
            ([], ["TEMPORAL_ADDRESS": "127.0.0.1:7233"], true),
            ([], ["TEMPORAL_PROFILE": "prod"], true),
        ] as [([String], [String: String], Bool)]
    )
    func `an argument, an address and a named profile ask for a service, and a configuration file alone does not`(
        _ arguments: [String],
        _ environment: [String: String],
        _ isGiven: Bool
    ) throws {
        #expect(try ServiceArguments.parse(arguments).isGiven(in: environment) == isGiven)
    }

    @Test func `where the service is can be told before it is used`() throws {
        let toml = """
            [profile.default]
            namespace = "shop"

            [profile.prod]
            address = "temporal.example.com:7233"
            """
        func place(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> String {
            ServiceArguments.place(
                of: try ServiceArguments.parse(arguments)
                    .profile(over: .load(from: .text(toml), environment: environment))
            )
        }
        #expect(try place() == "The Temporal Service is at 127.0.0.1:7233, namespace 'shop'")
        #expect(
            try place([], ["TEMPORAL_PROFILE": "prod"])
                == "The Temporal Service is at temporal.example.com:7233, namespace 'default'"
        )
        #expect(
            try place(["--address", "10.0.0.1:1", "--namespace", "mine"], ["TEMPORAL_PROFILE": "prod"])
                == "The Temporal Service is at 10.0.0.1:1, namespace 'mine'"
        )
    }
}
