import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// What a recording knows of time, of calls without an answer, and of files that are none.
@Suite(.timeLimit(.minutes(1))) struct RecordedTimeTests {
    /// Runs one test twice, the second time with what was recorded in the first.
    ///
    /// - Returns: The timelines of both, and the text of the file.
    private func twice(
        _ workflows: [any Workflow.Type],
        _ body: (TestWorkflowEnvironment) async throws -> Void
    ) async throws -> (recorded: String, repeated: String, file: String) {
        let file = FileManager.default.temporaryDirectory.appending(path: "recorded-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        var timelines: [String] = []
        for recording in [RecordedActivities.record(to: file), .replay(from: file)] {
            var options = TestEnvironmentOptions()
            options.recording = recording
            options.startTime = Date(timeIntervalSince1970: 1_700_000_000)
            timelines.append(
                try await TestWorkflowEnvironment.run(workflows: workflows, options: options) { env in
                    try await body(env)
                    return await env.timeline()
                }
            )
        }
        return (timelines[0], timelines[1], try String(contentsOf: file, encoding: .utf8))
    }

    @Test(arguments: [false, true])
    func `a call takes as long as it took when it was recorded, and reports that it is alive`(
        _ hasHeartbeat: Bool
    ) async throws {
        let (recorded, repeated, file) = try await twice([Race.self]) { env in
            env.mock(Till.charge).runs { _ in
                for _ in 1...31 {
                    try await TestClock().sleep(for: .seconds(60))
                    try ActivityContext.current.heartbeat()
                }
                return "paid"
            }
            let start = env.now
            let winner = try await env.executeWorkflow(Race.self, hasHeartbeat ? 90 : 0)
            #expect(winner == "the timer, and then paid")
            #expect(env.now.timeIntervalSince(start) == 31 * 60)
        }
        #expect(recorded == repeated)
        #expect(file.contains("\"nanoseconds\" : 1860000000000"))
    }

    @Test(arguments: [false, true])
    func `a call that was left to its timeout stays open`(_ isLocal: Bool) async throws {
        let (recorded, repeated, file) = try await twice([Purchase.self]) { env in
            env.mock(Till.charge).hangs()
            let start = env.now
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Purchase.self, .init(isLocal: isLocal))
            }
            #expect((error?.cause as? ActivityError)?.cause is TimeoutError)
            #expect(env.now.timeIntervalSince(start) == 10)
        }
        #expect(recorded == repeated)
        #expect(file.contains("\"isOpen\" : true"))
    }

    @Test func `a call that the test completes is completed again`() async throws {
        let (recorded, repeated, _) = try await twice([Purchase.self]) { env in
            let mock = env.mock(Till.charge).completesAsynchronously()
            env.schedule(after: .seconds(5)) {
                let call = try #require(mock.calls.first)
                try await env.client.asyncActivity(taskToken: call.taskToken).complete("by hand")
            }
            let receipt = try await env.executeWorkflow(Purchase.self, .init())
            #expect(receipt == "by hand")
        }
        #expect(recorded == repeated)
    }

    @Test func `an attempt that was too late is too late again, and the next one answers`() async throws {
        let (recorded, repeated, _) = try await twice([Purchase.self]) { env in
            env.mock(Till.charge).onAttempts(1...1).returns("too late").after(.seconds(100)).times(1)
            env.mock(Till.charge).onAttempts(2...2).returns("in time").after(.seconds(5)).times(1)
            let start = env.now
            let receipt = try await env.executeWorkflow(Purchase.self, .init(attempts: 2))
            #expect(receipt == "in time")
            #expect(env.now.timeIntervalSince(start) == 16)
        }
        #expect(recorded == repeated)
    }

    @Test func `an attempt that was lost with its worker is open, and the next one answers`() async throws {
        let (_, _, file) = try await twice([Purchase.self]) { env in
            env.mock(Till.charge).onAttempts(1...1).crashesWorker().times(1)
            env.mock(Till.charge).onAttempts(2...2).returns("from the second worker").times(1)
            let start = env.now
            let receipt = try await env.executeWorkflow(Purchase.self, .init(attempts: 2))
            #expect(receipt == "from the second worker")
            #expect(env.now.timeIntervalSince(start) == 11)
        }
        #expect(file.contains("\"isOpen\" : true"))
    }

    @Test func `a call that goes on when the test ends goes on again`() async throws {
        let (_, _, file) = try await twice([Purchase.self]) { env in
            env.mock(Till.charge).returns("after the test").after(.seconds(3600))
            _ = try await env.startWorkflow(Purchase.self, .init(startToClose: 7200))
            try await env.sleep(for: .seconds(60))
        }
        #expect(file.contains("\"isCutOff\" : true"))
    }

    @Test func `what takes no time is recorded as before`() async throws {
        let (recorded, repeated, file) = try await twice([Purchase.self]) { env in
            env.mock(Till.charge).results([.failure(ApplicationError("busy")), .success("paid")])
            let receipt = try await env.executeWorkflow(Purchase.self, .init(attempts: 2))
            #expect(receipt == "paid")
        }
        #expect(recorded == repeated)
        for name in ["nanoseconds", "isOpen", "isCutOff"] { #expect(!file.contains(name)) }
    }

    @Test(
        arguments: [
            (nil, "cannot be read: "),
            ("no JSON", "is no recording of activities: "),
            (#"{"activity": "charge"}"#, "is no recording of activities: "),
            (
                #"[{"activity": "charge", "input": []}]"#,
                "is no recording of activities: its call 1, of 'charge', has neither a result nor a failure, nor is it open. "
            ),
            (
                #"[{"activity": "charge", "input": [], "result": "{}", "isOpen": true}]"#,
                "is no recording of activities: its call 1, of 'charge', has more than one end. "
            ),
        ] as [(String?, String)]
    )
    func `a file that is no recording is named, with what to do`(_ text: String?, _ problem: String) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "recorded-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        if let text { try Data(text.utf8).write(to: file) }
        var options = TestEnvironmentOptions()
        options.recording = .replay(from: file)
        let error = await #expect(throws: (any Error).self) {
            try await TestWorkflowEnvironment.run(workflows: [Purchase.self], options: options) { _ in }
        }
        let message = error.map { "\($0)" } ?? ""
        #expect(message.hasPrefix("The file '\(file.path(percentEncoded: false))' \(problem)"), "\(message)")
        #expect(
            message.hasSuffix("Record it with RecordedActivities.record(to:), in a test that passes."),
            "\(message)"
        )
    }
}

/// Charges, and sees whether half an hour is over before.
@Workflow private actor Race {
    private var winner: String?

    func run(_ heartbeatTimeout: Double) async throws -> String {
        async let receipt = context.executeActivity(
            Till.charge,
            1,
            startToCloseTimeout: .seconds(7200),
            heartbeatTimeout: heartbeatTimeout > 0 ? .seconds(heartbeatTimeout) : nil
        )
        async let timer: Void = wait()
        let paid = try await receipt
        note("the activity")
        try await timer
        return "\(winner ?? "nobody"), and then \(paid)"
    }

    private func wait() async throws {
        try await context.sleep(.seconds(1800))
        note("the timer")
    }

    private func note(_ name: String) { winner = winner ?? name }
}
