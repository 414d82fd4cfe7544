import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

@testable import DataRouting

/// What unit tests with mocks alone cannot show: retries, queries, histories, and answers that come late.
@Suite(.timeLimit(.minutes(1)))
struct RealActivitiesTests {
    @Test
    func `getRoute is retried when the service fails`() async throws {
        let routes = FakeRoutes(errors: 2)
        let activities = RoutingActivities(routes: routes, transmitter: FakeTransmitter())
        try await TestWorkflowEnvironment.run(workflows: [DataRouting.self], activities: [activities]) { env in
            env.mock(RoutingActivities.transmit).returns(inOrder: [Delivery(delivered: true)])
            let start = env.now
            let packet = try await env.executeWorkflow(DataRouting.self, RoutingRequest())
            #expect(packet.status == .delivered)
            #expect(packet.currentRouteProvider == "RouteA")
            #expect(routes.attemptsMade == [1, 2, 3])
            // The server has waited 1 s and 2 s between the attempts.
            #expect(env.now.timeIntervalSince(start) == 3)
        }
    }

    @Test
    func `A run can be queried while it runs and after it`() async throws {
        let transmitter = FakeTransmitter()
        let activities = RoutingActivities(routes: FakeRoutes(), transmitter: transmitter)
        try await TestWorkflowEnvironment.run(workflows: [DataRouting.self], activities: [activities]) { env in
            let handle = try await env.startWorkflow(DataRouting.self, RoutingRequest())
            let first = try await transmitter.next()
            #expect(try await handle.query(DataRouting.status) == .pending)
            #expect(try await handle.query(DataRouting.currentPacket).currentRouteProvider == "RouteA")
            try await env.client.asyncActivity(taskToken: first.taskToken).complete(Delivery(delivered: false))
            let second = try await transmitter.next()
            let between = try await handle.query(DataRouting.currentPacket)
            #expect(between.failedRouteProviders == ["RouteA"])
            #expect(between.currentRouteProvider == "RouteB")
            try await env.client.asyncActivity(taskToken: second.taskToken).complete(Delivery(delivered: true))
            let packet = try await handle.result()
            #expect(try await handle.query(DataRouting.status) == .delivered)
            #expect(try await handle.query(DataRouting.currentPacket) == packet)
        }
    }

    @Test
    func `The history of a run can be read, event by event and as JSON`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [DataRouting.self]) { env in
            env.mock(RoutingActivities.getRoute).returns(inOrder: [Route("RouteA")])
            env.mock(RoutingActivities.transmit).returns(inOrder: [Delivery(delivered: true)])
            let handle = try await env.startWorkflow(DataRouting.self, RoutingRequest())
            _ = try await handle.result()
            let history = try await handle.history()
            let task = ["WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted"]
            let activity = ["ActivityTaskScheduled", "ActivityTaskStarted", "ActivityTaskCompleted"]
            #expect(
                history.map(\.type) == ["WorkflowExecutionStarted"] + task + activity + task + activity + task
                    + ["WorkflowExecutionCompleted"]
            )
            #expect(history.map(\.id) == Array(1...Int64(history.count)))
            let json = String(decoding: try history.json(), as: UTF8.self)
            #expect(json.contains("transmit"))
            #expect(try WorkflowHistory(json: Data(json.utf8)).map(\.type) == history.map(\.type))
        }
    }

    @Test
    func `A late answer and a second one change nothing`() async throws {
        let transmitter = FakeTransmitter()
        let activities = RoutingActivities(routes: FakeRoutes(), transmitter: transmitter)
        try await TestWorkflowEnvironment.run(workflows: [DataRouting.self], activities: [activities]) { env in
            func answer(_ transmission: FakeTransmitter.Transmission) async throws {
                try await env.client.asyncActivity(taskToken: transmission.taskToken).complete(
                    Delivery(delivered: true)
                )
            }
            let handle = try await env.startWorkflow(DataRouting.self, RoutingRequest())
            let first = try await transmitter.next()
            try await env.sleep(for: .seconds(11))
            let second = try await transmitter.next()
            await #expect(throws: AsyncActivityNotFoundError.self) { try await answer(first) }
            let packet = try await handle.query(DataRouting.currentPacket)
            #expect(packet.status == .pending)
            #expect(packet.currentRouteProvider == "RouteB")
            try await answer(second)
            await #expect(throws: AsyncActivityNotFoundError.self) { try await answer(second) }
            let result = try await handle.result()
            #expect(result.failedRouteProviders == ["RouteA"])
            #expect(result.currentRouteProvider == "RouteB")
            #expect(result.status == .delivered)
            #expect(transmitter.transmissions.map(\.provider) == ["RouteA", "RouteB"])
        }
    }

    @Test
    func `A transmit service that cannot be reached counts as a failed provider`() async throws {
        // Nobody listens on port 1 of the loopback interface.
        let transmitter = HTTPTransmitter(url: "http://127.0.0.1:1")
        let activities = RoutingActivities(routes: FakeRoutes(), transmitter: transmitter)
        try await TestWorkflowEnvironment.run(workflows: [DataRouting.self], activities: [activities]) { env in
            let request = RoutingRequest(transmitPacketMaxAttempts: 2)
            let packet = try await env.executeWorkflow(DataRouting.self, request)
            #expect(packet.failedRouteProviders == ["RouteA", "RouteB"])
            #expect(packet.status == .undelivered)
        }
    }
}
