import Foundation
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// The code of the guides of `TemporalClient` does what it says.
@Suite(.timeLimit(.minutes(1))) struct ClientGuideTests {
    private func run(_ body: @Sendable (TestWorkflowEnvironment) async throws -> Void) async throws {
        var options = TestEnvironmentOptions()
        options.otherTaskQueues = ["deliveries", "invoices", "loyalty", "reports", "fast-reports"]
        options.stallPolicy = .skip
        try await TestWorkflowEnvironment.run(
            workflows: [ParcelDelivery.self, InvoiceTotal.self, Loyalty.self, Report.self],
            options: options,
            body
        )
    }

    @Test func `start and wait`() async throws {
        try await run { env in
            #expect(try await ClientGuide.startAndWait(env.client) == "parcel-17 delivered")
            #expect(try await ClientGuide.startByName(env.client) == 8)
            let attached = try await ClientGuide.attach(env.client)
            let again = try await ClientGuide.attach(env.client)
            #expect(attached.resultRunID == again.resultRunID)
            try await ClientGuide.find(env.client)
            try await ClientGuide.end(attached)
            await #expect(throws: WorkflowFailedError.self) { try await attached.result() }
        }
    }

    @Test func `message`() async throws {
        try await run { env in
            let loyalty = try await env.client.startWorkflow(
                Loyalty.self,
                options: WorkflowOptions(id: "loyalty-c-17", taskQueue: "loyalty")
            )
            #expect(try await ClientGuide.message(env.client, loyalty) == [100, 70, 60, 100])
            #expect(try await ClientGuide.updateWithStart(env.client) == 0)
            for id in ["loyalty-c-17", "loyalty-c-18", "loyalty-c-19"] {
                try await env.client.workflowHandle(id: id).terminate()
            }
        }
    }

    @Test func `list, count, and change many`() async throws {
        try await run { env in
            let loyalty = try await env.client.startWorkflow(
                Loyalty.self,
                options: WorkflowOptions(id: "loyalty-c-17", taskQueue: "loyalty")
            )
            #expect(try await ClientGuide.listAndCount(env.client) == 1)
            try await loyalty.signal(Loyalty.addPoints, 45)
            #expect(try await loyalty.query(Loyalty.points) == 45)
            try await ClientGuide.resetMany(env.client)
            #expect(try await loyalty.query(Loyalty.points) == 55)
            try await ClientGuide.gift(env.client)
            #expect(try await loyalty.query(Loyalty.points) == 60)
            try await loyalty.signal(Loyalty.expireAll)
            #expect(try await loyalty.query(Loyalty.points) == 0)
            try await ClientGuide.undo(env.client)
            let latest: WorkflowHandle<Loyalty> = env.client.workflowHandle(id: "loyalty-c-17")
            #expect(try await latest.query(Loyalty.points) == 60)
            try await latest.terminate()
        }
    }

    @Test func `schedule`() async throws {
        try await run { env in
            let report = try await ClientGuide.createSchedule(env.client)
            let moments = try await ClientGuide.changeSchedule(env.client, report)
            #expect(moments <= 5)
            await #expect(throws: ScheduleNotFoundError.self) { try await report.describe() }
            for execution in try await env.client.listWorkflows("WorkflowType = 'Report'").all() {
                #expect(try await execution.handle(env.client).result(as: String.self) == "report on sales")
            }
        }
    }

    @Test func `operate, and errors`() async throws {
        try await run { env in
            try await ClientGuide.operate(env.client)
            #expect(try await env.client.namespaces.describe("payments").retention == .seconds(7 * 86_400))
            try await ClientGuide.hold(env.client)
            #expect(try await env.client.workflowRules.list().all().isEmpty)
            let orders = try await env.client.workerDeployments.create(name: "orders")
            try await orders.createVersion(buildID: "2.0")
            #expect(try await ClientGuide.watch(env.client).taskQueues.isEmpty)
            let options = WorkflowOptions(id: "delivery-parcel-17", taskQueue: "deliveries")
            try await ClientGuide.errors(env.client, options)
            try await ClientGuide.errors(env.client, options)
            try await env.client.workflowHandle(id: "delivery-parcel-17").terminate()
            let failure = await #expect(throws: (any Error).self) { try await env.client.countWorkflows("Bogus ~ 3") }
            if let failure { ClientGuide.details(failure) }
        }
    }
}
