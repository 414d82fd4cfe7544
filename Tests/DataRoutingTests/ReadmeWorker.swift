import Temporal
import TemporalClient
import TemporalWorker

func work() async throws {
    let connection = try await GRPCConnection.connect(try .fromEnvironment())
    let client = TemporalClient(service: connection, namespace: ConnectionOptions.namespace())
    let worker = try TemporalWorker(
        client: client,
        taskQueue: "shop",
        workflows: [Subscription.self],
        activities: [Shop()]
    )
    try await worker.run()
}
