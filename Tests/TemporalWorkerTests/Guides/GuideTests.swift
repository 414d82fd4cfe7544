import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// The code of the guides compiles, runs, and is the code of the pages.
@Suite(.timeLimit(.minutes(1))) struct GuideTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized

    /// A text without its breaks and indentation, without the `private` that keeps samples apart, and without `public`.
    private func words(_ text: some StringProtocol) -> String {
        text.split(whereSeparator: \.isWhitespace).filter { $0 != "private" && $0 != "public" }.joined(separator: " ")
    }

    /// The code that the samples stand in.
    private func code() throws -> String {
        let guides = root.appending(path: "Tests/TemporalWorkerTests/Guides")
        var files = try FileManager.default.contentsOfDirectory(at: guides, includingPropertiesForKeys: nil)
        // What needs other modules.
        files += [
            "TemporalTracingTests/GuideSamples", "TemporalTestingTests/MessagesGuideTests",
            "ConformanceTests/Scenarios/CodecScenarios", "ConformanceTests/Guides/ConvertersGuideTests",
        ].map { root.appending(path: "Tests/\($0).swift") }
        return words(try files.map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n"))
    }

    @Test func `the code of each guide is the code that is compiled here`() throws {
        let code = try code()
        for (module, names) in [
            (
                "Temporal",
                [
                    "Activities", "ChildWorkflows", "ComingFromGo", "Converters", "Errors", "FirstWorkflow",
                    "Interceptors",
                    "LocalActivities", "Messages", "Nexus", "SearchAttributes", "StandaloneActivities", "Versioning",
                    "WorkerVersioning", "WorkflowCode",
                ]
            ),
            ("TemporalWorker", ["MetricsAndLogging", "RunAWorker"]),
            (
                "TemporalClient",
                ["Errors", "ListAndCount", "Message", "Operate", "ResetMany", "Schedule", "StartAndWait"]
            ),
        ] {
            for name in names {
                let guide = root.appending(path: "Sources/\(module)/\(module).docc/\(name).md")
                let samples = try String(contentsOf: guide, encoding: .utf8).components(separatedBy: "```swift\n")
                    .dropFirst().map { $0.components(separatedBy: "```")[0] }
                #expect(!samples.isEmpty, "\(name)")
                for sample in samples { #expect(code.contains(words(sample)), "\(name):\n\(sample)") }
            }
        }
    }

    @Test func `the overview of the module has each of its guides`() throws {
        for module in ["Temporal", "TemporalClient", "TemporalTesting", "TemporalWorker"] {
            let folder = root.appending(path: "Sources/\(module)/\(module).docc")
            let overview = try String(contentsOf: folder.appending(path: "\(module).md"), encoding: .utf8)
            let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
            for page in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
                let name = page.deletingPathExtension().lastPathComponent
                guard name != module else { continue }
                #expect(overview.contains("<doc:\(name)>"), "\(module): \(name)")
                // Those on tests are reached by the overview of their module.
                guard module != "TemporalTesting" else { continue }
                #expect(readme.contains("Sources/\(module)/\(module).docc/\(name).md"), "\(name)")
            }
        }
    }

    @Test func `the workflows of the guide on workflow code do what it says`() async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Checkout.self, Lottery.self, Deposits.self, Holding.self, Mailroom.self],
            activities: [Store(), Bank(), Post()]
        ) { env in
            #expect(try await env.executeWorkflow(Checkout.self, ["tea", "bread"]) == 8)
            let lottery = try await env.executeWorkflow(Lottery.self, ["Ada", "Grace"])
            #expect(["Ada", "Grace"].contains(lottery.winner))
            #expect(lottery.isInTime)

            let deposits = try await env.startWorkflow(Deposits.self)
            try await deposits.signal(Deposits.approve)
            #expect(try await deposits.result() == 10)

            let mailroom = try await env.startWorkflow(Mailroom.self)
            for letter in ["a", "b"] { try await mailroom.signal(Mailroom.add, letter) }
            try await mailroom.signal(Mailroom.close)
            #expect(try await mailroom.result() == 2)

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
