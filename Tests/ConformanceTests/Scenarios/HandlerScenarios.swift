import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// Handlers for messages and types that nobody declared, handlers that come later, and built-in queries.
@Suite(.timeLimit(.minutes(2))) struct HandlerScenarios {
    @Test(arguments: Backend.available, [1000, 0])
    func `messages that nobody declared go to the dynamic handlers`(_ backend: Backend, _ cache: Int) async throws {
        try await withScene(
            backend,
            workflows: [Switchboard.self],
            configure: { $0.maximumCachedWorkflows = cache }
        ) { scene in
            let handle = try await scene.start(Switchboard.self)
            try await handle.untyped.signal("ring", 3)
            #expect(try await handle.untyped.query("calls", as: String.self) == "calls 1")
            #expect(try await handle.untyped.executeUpdate("transfer", 7, as: String.self) == "transfer 7")
            let refused = await #expect(throws: WorkflowUpdateFailedError.self) {
                try await handle.untyped.executeUpdate("refuse", as: String.self)
            }
            #expect(refused?.cause.message == "refused")
            try await handle.signal(Switchboard.done)
            #expect(try await handle.result() == ["ring 3", "transfer 7"])
        }
    }

    @Test(arguments: Backend.available)
    func `a dynamic workflow and a dynamic activity stand for all names`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = try TemporalWorker(
            client: scene.client,
            taskQueue: scene.taskQueue,
            workflows: [Switchboard.self, Anything.self],
            activities: [Others()]
        )
        let running = Task { try await worker.run() }
        let handle = try await scene.client.startWorkflow(named: "Whatever", "tea", 3, options: scene.options())
        let result = try await handle.result(as: String.self)
        running.cancel()
        try await running.value
        #expect(result == "Whatever: brew tea 3")
    }

    @Test func `of two dynamic workflows one is refused`() async throws {
        let scene = try await Scene(.inMemory)
        #expect(throws: WorkerConfigurationError.self) {
            try TemporalWorker(client: scene.client, taskQueue: "q", workflows: [Anything.self, Anything.self])
        }
    }

    @Test(arguments: Backend.available, [1000, 0])
    func `signals wait for their handler, in their order`(_ backend: Backend, _ cache: Int) async throws {
        try await withScene(
            backend,
            workflows: [LateHandlers.self],
            configure: { $0.maximumCachedWorkflows = cache }
        ) { scene in
            let handle = try await scene.start(LateHandlers.self)
            try await handle.signal(LateHandlers.add, "a")
            try await handle.signal(LateHandlers.add, "b")
            await #expect(throws: QueryFailedError.self) { try await handle.query(LateHandlers.size) }
            try await handle.signal(LateHandlers.ready)
            #expect(try await handle.query(LateHandlers.size) == 2)
            #expect(try await handle.executeUpdate(LateHandlers.rename, "c") == 2)
            try await handle.signal(LateHandlers.add, "d")
            #expect(try await handle.result() == ["a", "c", "d"])
        }
    }

    @Test(arguments: Backend.available)
    func `a signal that cannot be read fails the workflow task`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [LateHandlers.self]) { scene in
            let handle = try await scene.start(LateHandlers.self)
            try await handle.signal(LateHandlers.ready)
            try await handle.untyped.signal("add", 5)
            try await scene.eventually {
                try await handle.history().contains { $0.type == "WorkflowTaskFailed" }
            }
            let failed = try await handle.history().proto.events.first { $0.eventType == .workflowTaskFailed }
            let message = try #require(failed).workflowTaskFailedEventAttributes.failure.message
            #expect(message.contains("Signal 'add' of workflow 'LateHandlers', argument 1"))
            try await handle.terminate()
        }
    }

    @Test(arguments: Backend.available, [1000, 0])
    func `the built-in queries tell what the run waits for, and what it answers`(
        _ backend: Backend,
        _ cache: Int
    ) async throws {
        try await withScene(
            backend,
            workflows: [Desk.self, Switchboard.self],
            configure: { $0.maximumCachedWorkflows = cache }
        ) { scene in
            let desk = try await scene.start(Desk.self, 1)
            _ = try await desk.startUpdate(Desk.waitForClose, id: "u1")
            try await desk.untyped.signal("unknown", 1)
            let waiting = try await desk.untyped.query("__stack_trace", as: String.self)
            let lines = waiting.split(separator: "\n").map(String.init)
            #expect(
                lines.sorted() == [
                    "run waits for a condition", "signal 'unknown' has no handler",
                    "update 'waitForClose' (u1) waits for a condition",
                ]
            )
            let enhanced = await #expect(throws: QueryFailedError.self) {
                try await desk.untyped.query("__enhanced_stack_trace", as: String.self)
            }
            #expect(enhanced?.message.contains("__stack_trace") == true)
            try await desk.terminate()

            let board = try await scene.start(Switchboard.self)
            let payload = try await board.untyped.query("__temporal_workflow_metadata", as: Payload.self)
            #expect(payload.encoding == "json/protobuf")
            #expect(payload.metadata["messageType"] == Data("temporal.api.sdk.v1.WorkflowMetadata".utf8))
            let metadata = try APIWorkflowMetadata(jsonUTF8Bytes: payload.data)
            #expect(metadata.currentDetails == "waiting")
            #expect(metadata.definition.type == "Switchboard")
            #expect(metadata.definition.signalDefinitions.map(\.name) == ["done", ""])
            #expect(metadata.definition.signalDefinitions.first?.description_p == "Ends the run.")
            #expect(metadata.definition.updateDefinitions.map(\.name) == [""])
            #expect(
                metadata.definition.queryDefinitions.map(\.name)
                    == ["", "__stack_trace", "__temporal_workflow_metadata"]
            )
            try await board.terminate()
        }
    }
}

/// Answers whatever it is asked.
@Workflow private actor Switchboard {
    private var calls: [String] = []
    private var isDone = false

    func run() async throws -> [String] {
        context.currentDetails = "waiting"
        try await context.waitCondition { self.isDone }
        return calls
    }

    @Signal(description: "Ends the run.") func done() { isDone = true }

    @Signal(dynamic: true) func anySignal(_ name: String, _ arguments: DynamicArguments) throws {
        calls.append("\(name) \(try arguments.decode(0, as: Int.self))")
    }

    @Query(dynamic: true) func anyQuery(_ name: String, _ arguments: DynamicArguments) -> String {
        "\(name) \(calls.count)"
    }

    @Update(validator: "checkAny", dynamic: true)
    func anyUpdate(_ name: String, _ arguments: DynamicArguments) async throws -> String {
        calls.append("\(name) \(try arguments.decode(0, as: Int.self))")
        return calls.last ?? ""
    }

    private func checkAny(_ name: String, _ arguments: DynamicArguments) throws {
        if name == "refuse" { throw ApplicationError("refused") }
    }
}

/// Stands for every workflow type.
@Workflow(dynamic: true) private actor Anything {
    static let brew = ActivityReference<String, Int, String>(name: "brew")

    func run(_ arguments: DynamicArguments) async throws -> String {
        let text = try await context.executeActivity(
            Self.brew,
            arguments.decode(0),
            arguments.decode(1),
            startToCloseTimeout: .seconds(30)
        )
        return "\(context.info.workflowType): \(text)"
    }
}

/// Stands for every activity.
@Activities private struct Others {
    @Activity(dynamic: true) func any(_ name: String, _ arguments: DynamicArguments) throws -> String {
        "\(name) \(try arguments.decode(0, as: String.self)) \(try arguments.decode(1, as: Int.self))"
    }
}

/// Sets its handlers when it is told to.
@Workflow private actor LateHandlers {
    static let add = SignalReference<LateHandlers, String>(name: "add")
    static let size = QueryReference<LateHandlers, Int>(name: "size")
    static let rename = UpdateReference<LateHandlers, String, Int>(name: "rename")

    private var isReady = false
    private var entries: [String] = []

    func run() async throws -> [String] {
        try await context.waitCondition { self.isReady }
        try context.setHandler(
            .signal(Self.add) { (workflow: isolated LateHandlers, text: String) in workflow.entries.append(text) },
            of: self
        )
        try context.setHandler(
            .query(Self.size) { (workflow: isolated LateHandlers) in workflow.entries.count },
            of: self
        )
        try context.setHandler(
            .update(Self.rename) { (workflow: isolated LateHandlers, text: String) in
                workflow.entries[workflow.entries.count - 1] = text
                return workflow.entries.count
            },
            of: self
        )
        try await context.waitCondition { self.entries.count == 3 }
        return entries
    }

    @Signal func ready() { isReady = true }
}
