import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

// The samples of the guide `StandaloneActivities.md`.

@Activities struct Mailer {
    @Activity func send(_ address: String) async throws -> String {
        let info = try ActivityContext.current.info
        let run = info.isStandalone ? info.activityRunID : info.runID
        return "mail to \(address), attempt \(info.attempt) of run \(run.isEmpty ? "none" : "one")"
    }

    /// A long one, which stops when it is asked to.
    @Activity func sendAll(_ addresses: [String]) async throws -> Int {
        var sent = try ActivityContext.current.heartbeatDetails(Int.self) ?? 0
        while sent < addresses.count {
            try Task.checkCancellation()
            sent += 1
            try ActivityContext.current.heartbeat(sent)
        }
        return sent
    }
}

@Suite(.timeLimit(.minutes(1))) struct StandaloneActivitiesGuide {
    private func welcome(_ client: TemporalClient) async throws -> String {
        let receipt = try await client.executeActivity(
            Mailer.send,
            "ada@example.org",
            options: ActivityOptions(id: "welcome-ada", taskQueue: "mail", startToCloseTimeout: .seconds(30))
        )
        return receipt
    }

    private func end(_ client: TemporalClient) async throws -> String {
        let campaign = client.activityHandle(for: Mailer.sendAll, id: "campaign")
        do {
            let count = try await campaign.result()
            return "sent \(count)"
        } catch let error as ActivityFailedError where error.cause is CancelledError {
            return "stopped"
        }
    }

    private func hold(_ campaign: ActivityHandle<Int>) async throws {
        try await campaign.updateOptions(ActivityOptionsChange(startToCloseTimeout: .seconds(600)))
        try await campaign.pause(reason: "the mail server is down")
        let description = try await campaign.describe()
        print(description.status, description.attempt, description.lastFailure ?? "no failure")
        try await campaign.unpause()
    }

    private func look(_ client: TemporalClient) async throws -> Int {
        let failed = try await client.countActivities("ActivityType = 'send' AND ExecutionStatus = 'Failed'").total
        for try await activity in client.listActivities("ExecutionStatus = 'Running'") {
            print(activity.id, activity.status)
        }
        _ = try await client.batch.cancelActivities(.query("ActivityType = 'sendAll'"), reason: "the campaign is over")
        return failed
    }

    private var options: TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.taskQueue = "mail"
        return options
    }

    @Test func `the samples of the guide do what it says`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [], activities: [Mailer()], options: options) { env in
            #expect(try await welcome(env.client) == "mail to ada@example.org, attempt 1 of run one")
            let campaign = try await env.client.startActivity(
                Mailer.sendAll,
                ["ada", "grace"],
                options: ActivityOptions(
                    id: "campaign",
                    taskQueue: "mail",
                    startToCloseTimeout: .seconds(60),
                    startDelay: .seconds(600)
                )
            )
            try await hold(campaign)
            #expect(try await look(env.client) == 0)
            #expect(try await end(env.client) == "stopped")
        }
    }

    @Test func `a mail is sent in the second attempt`() async throws {
        try await TestWorkflowEnvironment.run(workflows: []) { env in
            env.mock(Mailer.send).results([.failure(ApplicationError("busy")), .success("sent")])
            let answer = try await env.executeActivity(Mailer.send, "ada@example.org")
            #expect(answer == "sent")
        }
    }
}
