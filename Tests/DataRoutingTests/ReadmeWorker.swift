import Temporal
import TemporalClient
import TemporalWorker

public func runWorker() async throws {
    let client = try await TemporalClient.connect(profile: .load())
    let worker = try TemporalWorker(
        client: client,
        taskQueue: "shop",
        workflows: [Subscription.self],
        activities: [Shop()]
    )
    try await worker.run()
}
