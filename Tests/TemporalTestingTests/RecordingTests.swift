import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// Files of recorded activities.
@Suite(.timeLimit(.minutes(1))) struct RecordingTests {
    private func withFile(_ body: (URL) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "recorded-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try await body(file)
    }

    private func options(_ recording: RecordedActivities) -> TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.recording = recording
        return options
    }

    private func purchases(_ recording: RecordedActivities) async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Purchase.self],
            activities: [Till()],
            options: options(recording)
        ) { env in
            let dear = env.mock(Till.charge).when { $0 > 1000 }.returns("checked").times(1)
            let other = env.spy(on: Till.charge).times(2)
            let checked = try await env.executeWorkflow(Purchase.self, .init(cents: 2000))
            #expect(checked == "checked")
            for _ in 1...2 {
                let receipt = try await env.executeWorkflow(Purchase.self, .init(cents: 5))
                #expect(receipt == "receipt over 5")
            }
            #expect(dear.callCount == 1)
            #expect(other.callCount == 2)
        }
    }

    @Test func `one body records and repeats: its mocks and spies count the calls alike`() async throws {
        try await withFile { file in
            try await purchases(.record(to: file))
            try await purchases(.replay(from: file))
        }
    }

    @Test func `a call that no mock expects fails the test when it is repeated, as when it is recorded`() async throws {
        try await withFile { file in
            try await TestWorkflowEnvironment.run(workflows: [Purchase.self], options: options(.record(to: file))) {
                env in
                env.mock(Till.charge).returns("paid")
                _ = try await env.executeWorkflow(Purchase.self, .init())
            }
            let failure = await failure(of: [Purchase.self], options: options(.replay(from: file))) { env in
                env.mock(Till.charge).never()
                _ = try? await env.executeWorkflow(Purchase.self, .init())
            }
            #expect(failure?.problems.first?.contains("forbids it: it expects no such call") == true)
        }
    }

    @Test func `calls at the same time are repeated in the order in which they began`() async throws {
        try await withFile { file in
            try await TestWorkflowEnvironment.run(workflows: [Twice.self], options: options(.record(to: file))) { env in
                // The first to begin is the last to end.
                env.mock(Till.charge).whenCalled { $0.activityID == "1" }.returns("first").after(.seconds(10))
                env.mock(Till.charge).returns("second").after(.seconds(5))
                let found1 = try await env.executeWorkflow(Twice.self)
                #expect(found1 == ["first", "second"])
            }
            try await TestWorkflowEnvironment.run(workflows: [Twice.self], options: options(.replay(from: file))) {
                env in
                let found2 = try await env.executeWorkflow(Twice.self)
                #expect(found2 == ["first", "second"])
            }
        }
    }

    @Test(arguments: ["it throws", "its environment finds something"])
    func `a test that fails leaves the file as it was`(_ failing: String) async throws {
        try await withFile { file in
            try Data("[]".utf8).write(to: file)
            await #expect(throws: (any Error).self) {
                try await TestWorkflowEnvironment.run(
                    workflows: [Purchase.self],
                    options: options(.record(to: file))
                ) { env in
                    env.mock(Till.charge).returns("paid").times(failing == "it throws" ? 1 : 2)
                    _ = try await env.executeWorkflow(Purchase.self, .init())
                    if failing == "it throws" { throw ApplicationError("half-way") }
                }
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == "[]")
        }
    }
}

/// Charges the same twice at the same time.
@Workflow private actor Twice {
    func run() async throws -> [String] {
        async let first = context.executeActivity(Till.charge, 7, startToCloseTimeout: .seconds(60))
        async let second = context.executeActivity(Till.charge, 7, startToCloseTimeout: .seconds(60))
        return [try await first, try await second]
    }
}
