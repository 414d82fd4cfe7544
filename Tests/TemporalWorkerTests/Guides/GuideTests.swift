import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// The code of the guides compiles, runs, and is the code of the pages.
@Suite(.timeLimit(.minutes(1))) struct GuideTests {
    private let here = URL(filePath: #filePath).deletingLastPathComponent()

    /// The lines of a text without the spaces that they begin with.
    private func unindented(_ text: some StringProtocol) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0.drop { $0 == " " }) }
            .joined(separator: "\n")
    }

    @Test(arguments: [
        "Temporal/Temporal.docc/ChildWorkflows", "Temporal/Temporal.docc/Nexus",
        "Temporal/Temporal.docc/StandaloneActivities", "Temporal/Temporal.docc/WorkflowCode",
        "TemporalClient/TemporalClient.docc/StartAndWait", "TemporalClient/TemporalClient.docc/Message",
        "TemporalClient/TemporalClient.docc/ListAndCount", "TemporalClient/TemporalClient.docc/ResetMany",
        "TemporalClient/TemporalClient.docc/Schedule", "TemporalClient/TemporalClient.docc/Operate",
        "TemporalClient/TemporalClient.docc/Errors",
    ])
    func `the code of a guide is the code that is compiled here`(name: String) throws {
        let guide = here.appending(path: "../../../Sources/\(name).md")
        let page = try String(contentsOf: guide, encoding: .utf8)
        let code = try FileManager.default.contentsOfDirectory(at: here, includingPropertiesForKeys: nil)
            .filter { !$0.lastPathComponent.hasSuffix("GuideTests.swift") }
            .map { try String(contentsOf: $0, encoding: .utf8) }
            .joined()
        let samples = page.components(separatedBy: "```swift\n").dropFirst()
            .map { $0.components(separatedBy: "```")[0] }
        #expect(!samples.isEmpty)
        for sample in samples {
            #expect(unindented(code).contains(unindented(sample)), "\(sample)")
        }
    }

    @Test func `the workflows of the guide on workflow code do what it says`() async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Checkout.self, Lottery.self, Deposits.self, Holding.self],
            activities: [Store(), Bank()]
        ) { env in
            #expect(try await env.executeWorkflow(Checkout.self, ["tea", "bread"]) == 8)
            let lottery = try await env.executeWorkflow(Lottery.self, ["Ada", "Grace"])
            #expect(["Ada", "Grace"].contains(lottery.winner))
            #expect(lottery.isInTime)

            let deposits = try await env.startWorkflow(Deposits.self)
            try await deposits.signal(Deposits.approve)
            #expect(try await deposits.result() == 10)

            let holding = try await env.startWorkflow(Holding.self)
            env.schedule(after: .seconds(10)) { try await holding.cancel() }
            let error = await #expect(throws: WorkflowFailedError.self) { try await holding.result() }
            #expect(error?.cause is CancelledError)
            let events = try await holding.history().map(\.type)
            #expect(events.contains("ActivityTaskCompleted"))
        }
    }

    @Test func `the code of the guide on Nexus does what it says`() async throws {
        try await publishesTranslations()
        var options = TestEnvironmentOptions()
        options.taskQueue = "translators"
        try await TestWorkflowEnvironment.run(
            workflows: [Publisher.self, Traveller.self, BookTranslation.self],
            nexusServices: [Translations(), Postcards()],
            options: options
        ) { env in
            try await NexusProgram.makeEndpoint(env.client)
            let book = Book(title: "koob", pages: ["1", "2", "3"])
            #expect(try await env.executeWorkflow(Publisher.self, book) == "book, 3 pages")
            #expect(try await env.executeWorkflow(Traveller.self, "de") == "hello")
            #expect(try await env.executeWorkflow(Traveller.self, "fr") == "not translated")
            #expect(try await NexusProgram.call(env.client) == "hello")
        }
    }

    @Test func `the workflows of the guide on children do what it says`() async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [
                Order.self, Shipment.self, Dispatch.self, Lenient.self, Impatient.self, Hurry.self, Shop.self,
            ]
        ) { env in
            #expect(try await env.executeWorkflow(Order.self, ["b", "a"]) == ["a shipped", "b shipped"])
            #expect(try await env.executeWorkflow(Dispatch.self, "c") == "shipment-c")
            try await env.executeWorkflow(Hurry.self, "c")
            let shipment: WorkflowHandle<Shipment> = env.client.workflowHandle(id: "shipment-c")
            #expect(try await shipment.result() == "c hurried")
            // It has ended, so there is nothing to hurry.
            try await env.executeWorkflow(Hurry.self, "c")
            #expect(try await env.executeWorkflow(Lenient.self, "d") == "d shipped")
            #expect(try await env.executeWorkflow(Impatient.self, "e") == "e cancelled")
            try await env.executeWorkflow(Shop.self, ["f", "g"])
        }
    }
}
