import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import TemporalWorker
import Testing

/// Plugins are tested as they are used: they adjust the client, the workers and the replays of an environment.
@Suite(.timeLimit(.minutes(1))) struct EnvironmentPluginTests {
    @Test(arguments: [1000, 0])
    func `a plugin brings workflows, activities, interceptors and a codec, and mocks go on standing in`(
        _ cacheSize: Int
    ) async throws {
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        options.plugins = [Bakery()]
        try await TestWorkflowEnvironment.run(workflows: [Fair.self], options: options) { env in
            env.mock(Kitchen.decorate) { "\($0), decorated" }
            let fair = try await env.startWorkflow(Fair.self)
            // The interceptor of the client has its say in the arguments, that of the workflows in the commands.
            #expect(try await fair.result() == "apple tart, decorated by Ada")
            let tart = try await env.client.workflowHandle(id: "tart").history()
            #expect(tart.map(\.type).contains("TimerStarted"))
            #expect(env.options.dataConverter.codecs.count == 1)
        }
    }

    @Test func `patches are held back by the environment as well as by a plugin`() async throws {
        struct Rollout: WorkerPlugin {
            var name: String { "rollout" }
            func configure(_ worker: inout WorkerSetup) {
                worker.options.activatesPatch = { $0.id != "plums" }
            }
        }
        for (withheld, expected) in [([String](), ["apples", "pears"]), (["apples"], ["pears"])] {
            var options = TestEnvironmentOptions()
            options.plugins = [Rollout()]
            options.withheldPatches = Set(withheld)
            try await TestWorkflowEnvironment.run(workflows: [Orchard.self], options: options) { env in
                let taken = try await env.executeWorkflow(Orchard.self)
                #expect(taken == expected)
            }
        }
    }

    @Test func `what a plugin throws is what the environment throws`() async throws {
        struct NoFlour: Error {}
        struct Empty: WorkerPlugin {
            var name: String { "empty" }
            func configure(_ worker: inout WorkerSetup) throws { throw NoFlour() }
        }
        var options = TestEnvironmentOptions()
        options.plugins = [Empty()]
        let failure = await #expect(throws: (any Error).self) {
            try await TestWorkflowEnvironment.run(workflows: [Fair.self], options: options) { _ in }
        }
        #expect(failure is NoFlour || (failure as? TestFailure)?.error is NoFlour)
    }
}

private struct Bakery: ClientPlugin, WorkerPlugin {
    var name: String { "bakery" }

    func configure(_ client: inout ClientOptions) {
        client.dataConverter = DataConverter(codecs: [Flipped()])
        client.interceptors.append(Signing())
    }

    func configure(_ worker: inout WorkerSetup) {
        worker.workflows.append(Tart.self)
        worker.activities.append(Kitchen())
        worker.options.workflowInterceptors.append(Resting())
    }

    func configure(_ replayer: inout ReplayerSetup) {
        replayer.workflows.append(Tart.self)
        replayer.workflowInterceptors.append(Resting())
    }
}

private struct Flipped: PayloadCodec {
    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { Payload(encoding: "test/flipped", data: Data(try $0.serialized().map { ~$0 })) }
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { payload in
            guard payload.encoding == "test/flipped" else { return payload }
            return try Payload(serialized: Data(payload.data.map { ~$0 }))
        }
    }
}

private struct Signing: ClientInterceptor {
    func startWorkflow(
        _ input: StartWorkflowInput,
        next: (StartWorkflowInput) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle {
        var input = input
        input.headers["baker"] = try PayloadConverter().encode("Ada")
        return try await next(input)
    }
}

/// Issues a command of its own before each activity.
private struct Resting: WorkflowInterceptor {
    func executeActivity(
        _ input: ActivityCallInput,
        next: (ActivityCallInput) async throws -> [Payload]
    ) async throws -> [Payload] {
        try await input.context.sleep(.seconds(60))
        return try await next(input)
    }
}

@Activities private struct Kitchen {
    @Activity func bake(_ fruit: String) async throws -> String { "\(fruit) tart" }
    @Activity func decorate(_ what: String) async throws -> String { what }
}

@Workflow private actor Tart {
    func run(_ fruit: String) async throws -> String {
        let tart = try await context.executeActivity(Kitchen.bake, fruit, startToCloseTimeout: .seconds(10))
        return try await context.executeActivity(Kitchen.decorate, tart, startToCloseTimeout: .seconds(10))
    }
}

@Workflow private actor Orchard {
    func run() async throws -> [String] {
        ["apples", "pears", "plums"].filter { context.patched($0) }
    }
}

@Workflow private actor Fair {
    func run() async throws -> String {
        let baker = try context.info.headers["baker"].map { try PayloadConverter().decode($0, as: String.self) }
        let tart = try await context.executeChildWorkflow(
            Tart.self,
            "apple",
            options: ChildWorkflowOptions(id: "tart")
        )
        return "\(tart) by \(baker ?? "nobody")"
    }
}
