import Temporal

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
