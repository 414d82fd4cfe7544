import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// Converters and codecs that bind every payload to what it belongs to: each is decoded with the context with which it
/// was encoded, by whoever does that.
@Suite(.timeLimit(.minutes(2))) struct ContextScenarios {
    static let backends = Backend.available

    private let converter = DataConverter(
        payloadConverter: PayloadConverter(encodings: [BoundEncoding()] + PayloadConverter.standardEncodings),
        failureConverter: FailureConverter(encodesCommonAttributes: true),
        codecs: [BoundCodec()]
    )

    private func withBinding(
        _ backend: Backend,
        cacheSize: Int = 1000,
        _ body: (Scene) async throws -> Void
    ) async throws {
        try await withScene(
            backend,
            workflows: [Bound.self, BoundChild.self, Call.self],
            dataConverter: converter,
            configure: { $0.maximumCachedWorkflows = cacheSize },
            body
        )
    }

    @Test(arguments: backends, [1000, 0])
    func `values of workflows, activities, children, messages and memos find their context again`(
        _ backend: Backend,
        _ cacheSize: Int
    ) async throws {
        try await withBinding(backend, cacheSize: cacheSize) { scene in
            let handle = try await scene.start(Bound.self, Note("input"), Note?.none) {
                $0.memo = ["note": Note("memo")]
                $0.staticSummary = "summary"
            }
            try await handle.signal(Bound.put, Note("signal"))
            #expect(try await handle.executeUpdate(Bound.change, Note("update")) == Note("update changed"))
            #expect(try await handle.query(Bound.last, Note("query")) == Note("update query"))
            #expect(try await handle.describe().memo("note", as: Note.self) == Note("memo"))
            #expect(try await handle.describe().staticSummary() == "summary")
            try await handle.signal(Bound.put, Note("go on"))
            let result = try await handle.result()
            #expect(result == Note("input: echo signal, local signal, child signal told, memo"))
            // A history is decoded page by page. The first run has an activity.
            let first = scene.run(handle)
            let events = try await first.history()
            #expect(events.contains { $0.type == "ActivityTaskCompleted" })
            let reversed = try await first.untyped.eventsReversed(pageSize: 5).all()
            #expect(reversed.map(\.proto) == events.reversed().map(\.proto))
            #expect(!(try await handle.history()).isEmpty)
        }
    }

    @Test(arguments: backends)
    func `heartbeats and failures of activities belong to the activity`(_ backend: Backend) async throws {
        try await withBinding(backend) { scene in
            let silent = try await scene.start(Call.self, Plan(activity: "silent", input: "note", heartbeat: 1000))
            #expect(try await silent.result() == "attempt 2 found note 50")
            let failing = try await scene.start(
                Call.self,
                Plan(activity: "leak", input: "text", maximumAttempts: 2)
            )
            let failed = await #expect(throws: WorkflowFailedError.self) { try await failing.result() }
            let cause = try #require((failed?.cause as? ActivityError)?.cause as? ApplicationError)
            #expect(cause.message == "leaked text")
            #expect(try cause.detail(as: String.self) == "text")
        }
    }

    @Test(arguments: backends)
    func `what schedules and operations on many workflows have encoded is decoded in its workflow`(_ backend: Backend)
        async throws
    {
        let converter = DataConverter(codecs: [BoundCodec(label: "no workflow")])
        try await withScene(backend, workflows: [Collected.self], dataConverter: converter) { scene in
            var options = scene.options()
            options.memo = ["note": "memo"]
            options.staticSummary = "summary"
            let id = "schedule-\(options.id)"
            let schedule = try await scene.client.schedules.create(
                id: id,
                Schedule(
                    action: .startWorkflow(Collected.self, "input", options: options),
                    spec: ScheduleSpec(),
                    state: ScheduleState(isPaused: true)
                )
            )
            func run(_ number: Int) async throws -> UntypedWorkflowHandle {
                try await schedule.trigger()
                try await scene.eventually { try await schedule.describe().recentActions.count == number }
                let last = try #require(try await schedule.describe().recentActions.last)
                return scene.client.workflowHandle(id: last.workflowID)
            }
            let first = try await run(1)
            #expect(first.id.hasPrefix(options.id))
            // The description holds what the schedule has encoded, and what the workflow has.
            try await scene.eventually { try await first.describe().memo.count == 2 }
            #expect(try await first.describe().memo("note", as: String.self) == "memo")
            #expect(try await first.describe().memo("own", as: String.self) == "own")
            #expect(try await first.describe().staticSummary() == "summary")
            try await scene.eventually {
                try await scene.client.listWorkflows("WorkflowId = '\(first.id)'").all().count == 1
            }
            let listed = try await scene.client.listWorkflows("WorkflowId = '\(first.id)'").all()
            #expect(try listed.first?.memo("note", as: String.self) == "memo")
            // One signal to it alone, and one to many.
            try await first.signal("put", "one")
            let current = try await first.describe().runID
            let batch = try await scene.client.batch.signal(
                .executions([(first.id, current)]),
                named: "put",
                "two",
                reason: "a scenario"
            )
            #expect(try await batch.result(every: .milliseconds(10)).state == .completed)
            #expect(try await first.result(as: String.self) == "input: one, two; nothing")
            #expect(try await first.history().isEmpty == false)
            // The result of the run before is another workflow's, and nobody can say which. The run goes on all the same.
            try await scene.sleep(.seconds(2))
            let second = try await run(2)
            #expect(second.id != first.id)
            for text in ["three", "four"] { try await second.signal("put", text) }
            #expect(try await second.result(as: String.self) == "input: three, four; not readable")
            try await schedule.delete()
        }
    }

    @Test(arguments: backends)
    func `runs that have left the cache read what comes in the middle of their histories`(_ backend: Backend)
        async throws
    {
        try await withBinding(backend, cacheSize: 1) { scene in
            var handles: [WorkflowHandle<Call>] = []
            for number in 1...3 {
                let handle = try await scene.start(Call.self, Plan(activity: "later", input: "\(number)"))
                try await scene.eventually { try await handle.describe().pendingActivities.contains { $0.isStarted } }
                handles.append(handle)
            }
            for handle in handles {
                let context = SerializationContext(
                    namespace: "default",
                    workflowID: handle.id,
                    activity: .init(type: "later", taskQueue: scene.taskQueue, workflowType: "Call")
                )
                try await scene.client.asyncActivity(workflowID: handle.id, activityID: "1").with(context)
                    .complete("done")
                #expect(try await handle.result() == "done")
                let types = try await RawWorker(scene).events(handle.id).map(\.eventType)
                #expect(!types.contains(.workflowTaskFailed))
            }
        }
    }

    @Test(arguments: NexusScenarios.backends)
    func `what Nexus operations take and give belongs to nobody`(_ backend: Backend) async throws {
        // Without a context, the handler could not read what a workflow has sent.
        let converter = DataConverter(codecs: [BoundCodec(label: "no workflow")])
        try await withOffice(backend, dataConverter: converter) { scene, endpoint in
            let asker = try await scene.start(Asker.self, endpoint, "well", 0)
            #expect(try await asker.result() == "well, attempt 1")
            let failing = try await scene.start(Asker.self, endpoint, "failed", 0)
            #expect(try await outcome(of: failing).hasPrefix("NexusOperationError(Office/ask) < ApplicationError("))
            let types = try await RawWorker(scene).events(asker.id).map(\.eventType)
            #expect(!types.contains(.workflowTaskFailed))
        }
    }

    @Test(arguments: backends)
    func `signals of operations on many workflows that a program carries out belong to each workflow`(
        _ backend: Backend
    ) async throws {
        try await withBinding(backend) { scene in
            let handle = try await scene.start(Bound.self, Note("input"), Note?.none) {
                $0.memo = ["note": Note("memo")]
            }
            #expect(try await handle.query(Bound.last, Note("query")) == Note("update query"))
            // Servers before 1.28 do nothing to the new run of a reset.
            let new = try await handle.reset(
                to: .firstWorkflowTask,
                reason: "a scenario",
                followedBy: [.signal(Bound.put, Note("first"))]
            )
            if backend == .realServer, try await !new.history().contains(where: \.isSignal) {
                try await new.signal(Bound.put, Note("first"))
            }
            let query = "RunId = '\(try #require(new.untyped.runID))'"
            try await scene.eventually { try await scene.client.countWorkflows(query).total == 1 }
            let batch = PointwiseBatch(query: query, reason: "a scenario") { _, _ in
                .signal(Bound.put, Note("second"))
            }
            for try await item in batch.run(with: scene.client) {
                guard case .done = item.outcome else {
                    Issue.record("\(item.outcome)")
                    continue
                }
            }
            let last = scene.client.workflowHandle(for: Bound.self, id: handle.id)
            #expect(try await last.result() == Note("input: echo first, local first, child first told, memo"))
        }
    }

    @Test(arguments: backends)
    func `an activity that is completed from outside is told its context`(_ backend: Backend) async throws {
        try await withBinding(backend) { scene in
            let handle = try await scene.start(Call.self, Plan(activity: "later", input: "x"))
            try await scene.eventually {
                try await handle.describe().pendingActivities.contains { $0.isStarted }
            }
            // Options of one's own leave the context as it is.
            let client = scene.client.with(CallOptions(metadata: ["team": "blue"]))
            let activity = client.asyncActivity(workflowID: handle.id, activityID: "1")
                .with(
                    SerializationContext(
                        namespace: "default",
                        workflowID: handle.id,
                        activity: .init(type: "later", taskQueue: scene.taskQueue, workflowType: "Call")
                    )
                )
            try await activity.complete("from outside")
            #expect(try await handle.result() == "from outside")
        }
    }
}

/// A text with an encoding of its own.
struct Note: Codable, Sendable, Hashable {
    var text: String

    init(_ text: String) { self.text = text }
}

extension SerializationContext {
    fileprivate var label: String {
        var parts = [namespace, workflowID]
        if let activity {
            parts += [activity.type, activity.taskQueue, activity.workflowType, "\(activity.isLocal)"]
        }
        return parts.joined(separator: "/")
    }
}

/// A value or payload that came with another context than it was made with.
private struct WrongContext: Error {}

/// Writes what a note belongs to beside it.
private struct BoundEncoding: ContextualEncodingConverter {
    var label = ""
    let encoding = "test/note"

    func with(_ context: SerializationContext) -> any EncodingConverter { BoundEncoding(label: context.label) }

    func encode<Value: Encodable>(_ value: Value) throws -> Payload? {
        guard let note = value as? Note else { return nil }
        guard !label.isEmpty else { throw WrongContext() }
        return Payload(encoding: encoding, data: Data("\(label)|\(note.text)".utf8))
    }

    func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type) throws -> Value {
        let parts = String(decoding: payload.data, as: UTF8.self).split(separator: "|", maxSplits: 1)
        guard parts.count == 2, parts[0] == label else { throw WrongContext() }
        if let note = Note(String(parts[1])) as? Value { return note }
        throw WrongContext()
    }
}

/// Writes what a payload belongs to before it.
private struct BoundCodec: ContextualPayloadCodec {
    var label = ""

    func with(_ context: SerializationContext) -> any PayloadCodec { BoundCodec(label: context.label) }

    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        guard !label.isEmpty else { throw WrongContext() }
        return try payloads.map { payload in
            Payload(encoding: "test/bound", data: Data(label.utf8) + [0] + (try payload.serialized()))
        }
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { payload in
            guard payload.encoding == "test/bound" else { return payload }
            let parts = payload.data.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == Data(label.utf8) else { throw WrongContext() }
            return try Payload(serialized: Data(parts[1]))
        }
    }
}

/// Passes a note through everything that has payloads.
@Workflow private actor Bound {
    private var notes: [Note] = []

    func run(_ input: Note, _ kept: Note?) async throws -> Note {
        if let kept { return Note("\(input.text): \(kept.text)") }
        try await context.waitCondition { self.notes.count == 2 }
        let echo = try await context.executeActivity(
            ActivityReference<String, String>(name: "echo"),
            notes[0].text,
            startToCloseTimeout: .seconds(30),
            summary: "echo"
        )
        let local = try await context.executeLocalActivity(
            ActivityReference<String, String>(name: "echo"),
            notes[0].text,
            startToCloseTimeout: .seconds(30)
        )
        let child = try await context.startChildWorkflow(BoundChild.self, notes[0])
        try await child.signal(BoundChild.tell, Note("told"))
        let told = try await child.result()
        let memo = try context.memo("note", as: Note.self)
        try context.upsertMemo(["last": Note("last")])
        try context.continueAsNew(
            Bound.self,
            input,
            Note?.some(Note("echo \(echo), local \(local), \(told.text), \(memo?.text ?? "")"))
        )
    }

    @Signal func put(_ note: Note) { notes.append(note) }

    @Update func change(_ note: Note) -> Note { Note("\(note.text) changed") }

    @Query func last(_ note: Note) -> Note { Note("update \(note.text)") }
}

/// Collects two texts, and says what it finds of the run before.
@Workflow private actor Collected {
    private var texts: [String] = []

    func run(_ input: String) async throws -> String {
        try context.upsertMemo(["own": "own"])
        try await context.waitCondition { self.texts.count == 2 }
        var last = "nothing"
        do {
            last = try context.lastCompletionResult(as: String.self) ?? last
        } catch is PayloadConversionError {
            last = "not readable"
        }
        return "\(input): \(texts.joined(separator: ", ")); \(last)"
    }

    @Signal func put(_ text: String) { texts.append(text) }
}

@Workflow private actor BoundChild {
    private var told: Note?

    func run(_ note: Note) async throws -> Note {
        try await context.waitCondition { self.told != nil }
        return Note("child \(note.text) \(told?.text ?? "")")
    }

    @Signal func tell(_ note: Note) { told = note }
}
