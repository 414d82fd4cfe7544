import Temporal
import TemporalClient
import TemporalTesting
import Testing

@Activities
struct Shop {
    @Activity
    func charge(_ customer: String, _ cents: Int) async throws -> String {
        // Anything that touches the world: here one calls the bank. It is tried again until it succeeds.
        "receipt for \(customer) over \(cents) cents"
    }
}

@Workflow
actor Subscription {
    private var receipts: [String] = []
    private var isCancelled = false

    func run(_ customer: String, _ monthlyCents: Int) async throws -> [String] {
        while !isCancelled {
            let receipt = try await context.executeActivity(
                Shop.charge,
                customer,
                monthlyCents,
                startToCloseTimeout: .seconds(30)
            )
            receipts.append(receipt)
            // A durable timer: the process may end, another one goes on.
            try await context.waitCondition(timeout: .seconds(30 * 86_400)) { self.isCancelled }
        }
        return receipts
    }

    @Signal func cancel() { isCancelled = true }
    @Query func paid() -> Int { receipts.count }
}

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
