import Temporal
import TemporalClient
import TemporalTesting
import Testing

@Test func `A year of payments, in milliseconds`() async throws {
    try await TestWorkflowEnvironment.run(workflows: [Subscription.self]) { env in
        env.mock(Shop.charge).returns("receipt").times(12)
        let subscription = try await env.startWorkflow(Subscription.self, "Ada", 500)
        try await env.sleep(for: .seconds(355 * 86_400))
        #expect(try await subscription.query(Subscription.paid) == 12)
        try await subscription.signal(Subscription.cancel)
        #expect(try await subscription.result().count == 12)
    }
}
