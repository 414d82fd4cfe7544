import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

@testable import DataRouting

/// The workflow with mocked activities: what the demo tests in other languages too.
@Suite(.timeLimit(.minutes(1)))
struct DataRoutingTests {
    @Test("ok")
    func delivered() async throws {
        try await TestWorkflowEnvironment.run(workflows: [DataRouting.self]) { env in
            env.mock(RoutingActivities.getRoute).returns(inOrder: [Route("route")])
            env.mock(RoutingActivities.transmit).returns(inOrder: [Delivery(delivered: true)])
            let packet = try await env.executeWorkflow(DataRouting.self, RoutingRequest())
            #expect(packet.status == .delivered)
            #expect(packet.currentRouteProvider == "route")
            #expect(packet.failedRouteProviders == [])
        }
    }

    @Test("MultipleTransmit_ok")
    func deliveredByTheSecond() async throws {
        try await TestWorkflowEnvironment.run(workflows: [DataRouting.self]) { env in
            let getRoute = env.mock(RoutingActivities.getRoute).returns(inOrder: [
                Route("badRoute"), Route("goodRoute"),
            ])
            env.mock(RoutingActivities.transmit) { packet in
                guard packet.currentRouteProvider == "goodRoute" else { throw ApplicationError("activity timed out") }
                return Delivery(delivered: true)
            }.times(2)
            let request = RoutingRequest(getRouteMaxAttempts: 1, transmitPacketMaxAttempts: 2)
            let packet = try await env.executeWorkflow(DataRouting.self, request)
            #expect(packet.failedRouteProviders == ["badRoute"])
            #expect(packet.currentRouteProvider == "goodRoute")
            #expect(packet.status == .delivered)
            #expect(try getRoute.inputs().map(\.failedRouteProviders) == [[], ["badRoute"]])
        }
    }

    @Test("MultipleTransmit_fail")
    func givenUp() async throws {
        try await TestWorkflowEnvironment.run(workflows: [DataRouting.self]) { env in
            env.mock(RoutingActivities.getRoute).returns(inOrder: [Route("badRoute"), Route("worseRoute")])
            env.mock(RoutingActivities.transmit).fails(ApplicationError("activity timed out")).times(2)
            let request = RoutingRequest(getRouteMaxAttempts: 1, transmitPacketMaxAttempts: 2)
            let packet = try await env.executeWorkflow(DataRouting.self, request)
            #expect(packet.status == .undelivered)
            #expect(packet.failedRouteProviders == ["badRoute", "worseRoute"])
            #expect(packet.currentRouteProvider == "")
        }
    }

    @Test
    func `A provider that says it did not deliver is followed by the next`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [DataRouting.self]) { env in
            env.mock(RoutingActivities.getRoute).returns(inOrder: [Route("RouteA"), Route("RouteB")])
            env.mock(RoutingActivities.transmit).returns(inOrder: [
                Delivery(delivered: false), Delivery(delivered: true),
            ])
            let packet = try await env.executeWorkflow(DataRouting.self, RoutingRequest())
            #expect(packet.failedRouteProviders == ["RouteA"])
            #expect(packet.currentRouteProvider == "RouteB")
            #expect(packet.status == .delivered)
        }
    }

    @Test
    func `A provider that never answers has ten seconds`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [DataRouting.self]) { env in
            env.mock(RoutingActivities.getRoute).runs { Route(RouteService.providers[$0.failedRouteProviders.count]) }
            env.mock(RoutingActivities.transmit).hangs().times(4)
            let start = env.now
            let packet = try await env.executeWorkflow(DataRouting.self, RoutingRequest())
            #expect(env.now.timeIntervalSince(start) == 40)
            #expect(packet.failedRouteProviders == ["RouteA", "RouteB", "RouteC", "RouteD"])
            #expect(packet.status == .undelivered)
        }
    }

    @Test
    func `No route after all tries fails the workflow, with the packet as its detail`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [DataRouting.self]) { env in
            env.mock(RoutingActivities.getRoute).fails(ApplicationError("IO Error: network disconnect")).times(3)
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(DataRouting.self, RoutingRequest())
            }
            let cause = try #require(error?.cause as? ApplicationError)
            #expect(cause.message == "Gave up on GetRouteActivity after 3 tries")
            let packet = try env.client.converter.decode(try #require(cause.details.first), as: Packet.self)
            #expect(packet.status == .undelivered)
            let activity = try #require(cause.cause as? ActivityError)
            #expect((activity.cause as? ApplicationError)?.message == "IO Error: network disconnect")
        }
    }

    @Test
    func `A workflow that is cancelled does not go on to the next provider`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [DataRouting.self]) { env in
            env.mock(RoutingActivities.getRoute).returns(inOrder: [Route("RouteA")])
            env.mock(RoutingActivities.transmit).hangs().times(1)
            let handle = try await env.startWorkflow(DataRouting.self, RoutingRequest())
            try await env.sleep(for: .seconds(5))
            try await handle.cancel()
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect(error?.cause is CancelledError)
        }
    }
}
