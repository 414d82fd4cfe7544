import Temporal
import TemporalClient
import TemporalWorker

func work() async throws {
    let client = try await TemporalClient.connect(profile: .load())
    let worker = try TemporalWorker(
        client: client,
        taskQueue: "shop",
        workflows: [Subscription.self],
        activities: [Shop()]
    )
    try await worker.run()
}
