import Logging
import LoyaltyPoints
import Temporal
import TemporalClient
import TemporalTesting

/// Runs a test with the loyalty program on a service in memory, where customers can be found by their points.
func withLoyalty(
    activities: [any ActivityContainer] = [],
    configure: (inout TestEnvironmentOptions) -> Void = { _ in },
    _ body: (TestWorkflowEnvironment, LoyaltyClient) async throws -> Void
) async throws {
    var options = TestEnvironmentOptions()
    options.searchAttributes = [LoyaltyProgram.pointsAttribute.name: .int]
    configure(&options)
    try await TestWorkflowEnvironment.run(
        workflows: [LoyaltyProgram.self],
        activities: activities,
        options: options
    ) { env in
        try await body(env, LoyaltyClient(client: env.client, taskQueue: env.options.taskQueue))
    }
}
