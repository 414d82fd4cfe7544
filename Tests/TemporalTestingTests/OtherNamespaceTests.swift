import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// What an environment knows of runs in its other namespaces.
@Suite(.timeLimit(.minutes(1))) struct OtherNamespaceTests {
    private var options: TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.otherNamespaces = ["south"]
        return options
    }

    @Test func `what comes to mocked workflows of other namespaces is known`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [], options: options) { env in
            let mock = env.mock(Gate.self).hangs().times(2)
            for client in [env.client, env.client(ofNamespace: "south")] {
                // One id in both: each run has its own.
                let start = WorkflowOptions(id: "gate", taskQueue: env.options.taskQueue)
                let gate = try await client.startWorkflow(Gate.self, options: start)
                try await gate.signal(Gate.note, client.namespace)
                try await env.waitUntilIdle()
                try await gate.cancel()
                _ = try? await gate.result()
            }
            let notes = try mock.signals.map { try $0.arguments.decode(0, as: String.self) }
            #expect(notes == ["default", "south"])
            #expect(mock.cancellationRequests == 2)
        }
    }

    @Test func `a wait for a run of another namespace that never ends says where its code waits`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Gate.self], options: options) { env in
            let start = WorkflowOptions(id: "gate", taskQueue: env.options.taskQueue)
            let gate = try await env.client(ofNamespace: "south").startWorkflow(Gate.self, options: start)
            let error = await #expect(throws: RPCError.self) { try await gate.result() }
            #expect(error?.message.contains("Its code waits here:") == true)
        }
    }

    @Test func `a report has what is open in other namespaces, and what its code waits for`() async throws {
        let failure = await failure(of: [Gate.self], options: options) { env in
            env.mock(Till.charge).returns("unused")
            for client in [env.client, env.client(ofNamespace: "south")] {
                let start = WorkflowOptions(id: "gate in \(client.namespace)", taskQueue: env.options.taskQueue)
                _ = try await client.startWorkflow(Gate.self, options: start)
            }
            try await env.waitUntilIdle()
        }
        let pending = try #require(failure?.pendingWork)
        try #require(pending.count == 2)
        #expect(pending[0].hasPrefix("workflow 'gate in default' (Gate)\n"))
        #expect(pending[1].hasPrefix("workflow 'gate in south' (Gate) in namespace 'south'\n"))
        for run in pending { #expect(run.contains("\n  code: ")) }
    }
}
