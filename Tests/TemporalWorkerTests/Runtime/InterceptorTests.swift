import Foundation
import Logging
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTesting
import TemporalWorker
import Testing

/// What interceptors see and change, and that they run by the rules of workflow code.
@Suite(.timeLimit(.minutes(1))) struct InterceptorTests {
    static let cacheSizes = [1000, 0]

    @Test(arguments: cacheSizes)
    func `the first interceptor is the outermost, and headers reach everything`(_ cacheSize: Int) async throws {
        let notes = Notes()
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        options.clientInterceptors = [Tenant(notes: notes), Noting(name: "inner", notes: notes)]
        options.workflowInterceptors = [Tenant(notes: notes), Noting(name: "inner", notes: notes)]
        options.activityInterceptors = [Tenant(notes: notes)]
        try await TestWorkflowEnvironment.run(workflows: [Errand.self, Helper.self], options: options) { env in
            env.mock(Errand.fetch) { text in
                let tenant = try ActivityContext.current.info.headers["tenant"].map { payload in
                    try PayloadConverter().decode(payload, as: String.self)
                }
                return "\(text) for \(tenant ?? "nobody")"
            }
            let handle = try await env.startWorkflow(Errand.self, "milk", String?.none)
            try await handle.signal(Errand.go, "now")
            #expect(try await handle.result() == "MILK for acme; child of acme; second run of acme")
            #expect(try await handle.query(Errand.word) == "!")
            _ = try await handle.describe()
        }
        let kinds = Set(notes.lines)
        for expected in [
            "client start acme", "inner start acme", "client signal", "client query", "client describe",
            "workflow execute acme", "signal go acme", "query word acme", "inner activity acme", "sleep 5.0 seconds",
            "attempt acme",
        ] {
            #expect(kinds.contains(expected), "no '\(expected)' in \(notes.lines)")
        }
        // A replay goes through the interceptors again, and must note the same.
        if cacheSize > 0 { #expect(notes.lines.filter { $0 == "attempt acme" }.count == 1) }
    }

    @Test(arguments: cacheSizes)
    func `local activities pass through interceptors as others do`(_ cacheSize: Int) async throws {
        let notes = Notes()
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        options.workflowInterceptors = [Tenant(notes: notes), Noting(name: "inner", notes: notes)]
        options.activityInterceptors = [Tenant(notes: notes)]
        try await TestWorkflowEnvironment.run(workflows: [Shortcut.self], options: options) { env in
            env.mock(Errand.fetch) { errand in
                try "\(errand) for \(text(ActivityContext.current.info.headers["tenant"]))"
            }
            let result = try await env.executeWorkflow(Shortcut.self, "milk")
            #expect(result == "MILK for acme")
        }
        #expect(notes.lines.contains("inner activity acme, local"))
        #expect(notes.lines.filter { $0 == "attempt acme" }.count == 1)
    }

    @Test(arguments: cacheSizes)
    func `cancellations of other workflows, search attributes and memos pass through interceptors`(
        _ cacheSize: Int
    ) async throws {
        let notes = Notes()
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        options.searchAttributes = ["Tag": .keyword]
        options.workflowInterceptors = [Stamping(notes: notes)]
        try await TestWorkflowEnvironment.run(workflows: [Ending.self, Sleeper.self], options: options) { env in
            let id = "sleeper"
            let sleeper = try await env.startWorkflow(
                Sleeper.self,
                options: WorkflowOptions(id: id, taskQueue: env.options.taskQueue)
            )
            let ending = try await env.startWorkflow(Ending.self, id)
            try await ending.result()
            let error = await #expect(throws: WorkflowFailedError.self) { try await sleeper.result() }
            #expect(error?.cause is CancelledError)
            let request = try #require(
                try await sleeper.history().first { $0.type == "WorkflowExecutionCancelRequested" }
            )
            #expect(request.proto.workflowExecutionCancelRequestedEventAttributes.cause == "late, as acme says")
            let description = try await ending.describe()
            #expect(description.searchAttributes[SearchAttributeKey.keyword("Tag")] == "blue of acme")
            #expect(try description.memo("tenant", as: String.self) == "acme")
            #expect(try description.memo("state", as: String.self) == "ending")
            #expect(try description.memo("gone", as: String.self) == nil)
        }
        #expect(Set(notes.lines) == ["cancel sleeper", "attributes 1", "memo gone, state", "memo gone"])
    }

    @Test func `an interceptor can refuse a change of the memo`() async throws {
        var options = TestEnvironmentOptions()
        options.workflowInterceptors = [Refusing()]
        try await TestWorkflowEnvironment.run(workflows: [Ending.self], options: options) { env in
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Ending.self, "nobody")
            }
            #expect((error?.cause as? ApplicationError)?.message == "no memos here")
        }
    }

    @Test func `heartbeats pass through interceptors`() async throws {
        let notes = Notes()
        var options = TestEnvironmentOptions()
        options.activityInterceptors = [Tenant(notes: notes)]
        try await TestWorkflowEnvironment.run(workflows: [Errand.self, Helper.self], options: options) { env in
            env.mock(Errand.fetch) { text in
                if try ActivityContext.current.info.attempt == 1 {
                    try ActivityContext.current.heartbeat("half")
                    throw ApplicationError("again")
                }
                return text
            }
            let handle = try await env.startWorkflow(Errand.self, "milk", String?.none)
            try await handle.signal(Errand.go, "now")
            _ = try await handle.result()
        }
        #expect(notes.lines.contains("heartbeat 1"))
    }

    @Test func `nothing that is logged holds a value, a key or a header`() async throws {
        let secret = "sesame-4711"
        let notes = Notes()
        var options = TestEnvironmentOptions()
        options.logger = Logger(label: "test") { _ in NotingHandler(notes: notes) }
        options.clientInterceptors = [Tenant(notes: Notes(), tenant: secret)]
        options.workflowInterceptors = [Tenant(notes: Notes(), tenant: secret)]
        options.maximumCachedWorkflows = 0
        try await TestWorkflowEnvironment.run(workflows: [Errand.self, Helper.self], options: options) { env in
            env.mock(Errand.fetch) { text in
                try ActivityContext.current.logger.info("The activity runs.")
                if try ActivityContext.current.info.attempt == 1 {
                    try ActivityContext.current.heartbeat(secret)
                    throw ApplicationError("again", details: [try PayloadConverter().encode(secret)])
                }
                return text
            }
            var workflow = WorkflowOptions(id: "w", taskQueue: env.options.taskQueue)
            workflow.memo = ["m": secret]
            workflow.staticSummary = secret
            let handle = try await env.startWorkflow(Errand.self, secret, String?.none, options: workflow)
            try await handle.signal(Errand.go, secret)
            try await handle.untyped.signal("unknown", secret)
            _ = try await handle.result()
            _ = try await handle.query(Errand.word)
            await #expect(throws: (any Error).self) {
                try await handle.untyped.query("unknown", secret, as: String.self)
            }
        }
        #expect(!notes.lines.isEmpty)
        #expect(notes.lines.filter { $0.contains(secret) } == [])
        // What is logged of an attempt says which one it is.
        let activity = try #require(notes.lines.first { $0.contains("The activity runs.") })
        for key in ["namespace", "task_queue", "workflow_id", "run_id", "workflow_type", "activity_type", "attempt"] {
            #expect(activity.contains(key))
        }
    }
}

/// Keeps lines in their order.
private final class Notes: Sendable {
    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }

    func add(_ line: String) { state.withLock { $0.append(line) } }
}

private struct NotingHandler: LogHandler {
    let notes: Notes
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        notes.add("\(event.level) \(event.message) \(metadata) \(event.metadata ?? [:])")
    }
}

private func text(_ payload: Payload?) -> String {
    payload.flatMap { try? PayloadConverter().decode($0, as: String.self) } ?? "nobody"
}

/// Hands the name of a tenant through everything.
private struct Tenant: ClientInterceptor, WorkflowInterceptor, ActivityInterceptor {
    let notes: Notes
    var tenant = "acme"

    private func with(_ headers: [String: Payload]) throws -> [String: Payload] {
        headers.merging(["tenant": try PayloadConverter().encode(tenant)]) { $1 }
    }

    func startWorkflow(
        _ input: StartWorkflowInput,
        next: (StartWorkflowInput) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle {
        var input = input
        input.headers = try with(input.headers)
        notes.add("client start \(text(input.headers["tenant"]))")
        return try await next(input)
    }

    func signalWorkflow(
        _ input: WorkflowMessageInput,
        next: (WorkflowMessageInput) async throws -> Void
    ) async throws {
        var input = input
        input.headers = try with(input.headers)
        notes.add("client signal")
        try await next(input)
    }

    func queryWorkflow(
        _ input: WorkflowMessageInput,
        next: (WorkflowMessageInput) async throws -> [Payload]
    ) async throws -> [Payload] {
        var input = input
        input.headers = try with(input.headers)
        notes.add("client query")
        return try await next(input)
    }

    func describeWorkflow(
        _ input: WorkflowCallInput,
        next: (WorkflowCallInput) async throws -> WorkflowDescription
    ) async throws -> WorkflowDescription {
        notes.add("client describe")
        return try await next(input)
    }

    func execute(
        _ input: ExecuteWorkflowInput,
        next: (ExecuteWorkflowInput) async throws -> Payload
    ) async throws -> Payload {
        notes.add("workflow execute \(text(input.context.info.headers["tenant"]))")
        return try await next(input)
    }

    func handleSignal(_ input: HandleMessageInput, next: (HandleMessageInput) async throws -> Void) async throws {
        notes.add("signal \(input.name) \(text(input.headers["tenant"]))")
        try await next(input)
    }

    func handleQuery(
        _ input: HandleMessageInput,
        next: (HandleMessageInput) async throws -> Payload
    ) async throws -> Payload {
        notes.add("query \(input.name) \(text(input.headers["tenant"]))")
        let answer = try await next(input)
        guard tenant == "acme" else { return answer }
        return try PayloadConverter().encode(text(answer) + "!")
    }

    func executeActivity(
        _ input: ActivityCallInput,
        next: (ActivityCallInput) async throws -> [Payload]
    ) async throws -> [Payload] {
        var input = input
        input.headers = try with(input.headers)
        if tenant == "acme" { input.arguments = [try PayloadConverter().encode(text(input.arguments[0]).uppercased())] }
        return try await next(input)
    }

    func startChildWorkflow(
        _ input: ChildWorkflowInput,
        next: (ChildWorkflowInput) async throws -> Void
    ) async throws {
        var input = input
        input.headers = try with(input.headers)
        try await next(input)
    }

    func sleep(_ input: SleepInput, next: (SleepInput) async throws -> Void) async throws {
        notes.add("sleep \(input.duration)")
        try await next(input)
    }

    func continueAsNew(_ input: ContinueAsNewInput) throws -> ContinueAsNewInput {
        var input = input
        input.headers = try with(input.headers)
        return input
    }

    func execute(
        _ input: ExecuteActivityInput,
        next: (ExecuteActivityInput) async throws -> Payload
    ) async throws -> Payload {
        notes.add("attempt \(text(input.info.headers["tenant"]))")
        return try await next(input)
    }

    func heartbeat(_ input: HeartbeatInput, next: (HeartbeatInput) -> Void) {
        notes.add("heartbeat \(input.details.count)")
        next(input)
    }
}

/// Notes what reaches it.
private struct Noting: ClientInterceptor, WorkflowInterceptor {
    let name: String
    let notes: Notes

    func startWorkflow(
        _ input: StartWorkflowInput,
        next: (StartWorkflowInput) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle {
        notes.add("\(name) start \(text(input.headers["tenant"]))")
        return try await next(input)
    }

    func executeActivity(
        _ input: ActivityCallInput,
        next: (ActivityCallInput) async throws -> [Payload]
    ) async throws -> [Payload] {
        notes.add("\(name) activity \(text(input.headers["tenant"]))\(input.isLocal ? ", local" : "")")
        return try await next(input)
    }
}

/// Changes what a workflow says of itself and to others.
private struct Stamping: WorkflowInterceptor {
    let notes: Notes

    func cancelExternalWorkflow(
        _ input: ExternalCancelInput,
        next: (ExternalCancelInput) async throws -> Void
    ) async throws {
        var input = input
        notes.add("cancel \(input.workflowID)")
        input.reason += ", as acme says"
        try await next(input)
    }

    func upsertSearchAttributes(
        _ input: UpsertSearchAttributesInput,
        next: (UpsertSearchAttributesInput) throws -> Void
    ) throws {
        var input = input
        notes.add("attributes \(input.updates.count)")
        input.updates.append(SearchAttributeKey.keyword("Tag").set("blue of acme"))
        try next(input)
    }

    func upsertMemo(_ input: UpsertMemoInput, next: (UpsertMemoInput) throws -> Void) throws {
        var input = input
        notes.add("memo \(input.values.keys.sorted().joined(separator: ", "))")
        input.values["tenant"] = try PayloadConverter().encode("acme")
        try next(input)
    }
}

private struct Refusing: WorkflowInterceptor {
    func upsertMemo(_ input: UpsertMemoInput, next: (UpsertMemoInput) throws -> Void) throws {
        throw ApplicationError("no memos here")
    }
}

@Workflow private actor Ending {
    func run(_ other: String) async throws {
        try context.upsertMemo(["state": "ending", "gone": "soon"])
        try context.upsertMemo(["gone": nil])
        try context.upsertSearchAttributes(SearchAttributeKey.keyword("Tag").set("blue"))
        try await context.externalWorkflow(id: other).cancel(reason: "late")
    }
}

@Workflow private actor Sleeper {
    func run() async throws {
        try await context.sleep(.seconds(3600))
    }
}

/// Does something of each kind, and continues as new.
@Workflow private actor Errand {
    static let fetch = ActivityReference<String, String>(name: "fetch")

    private var lastWord = ""

    func run(_ errand: String, _ done: String?) async throws -> String {
        let tenant = text(context.info.headers["tenant"])
        if let done { return "\(done); second run of \(tenant)" }
        try await context.waitCondition { self.lastWord != "" }
        try await context.sleep(.seconds(5))
        let fetched = try await context.executeActivity(Errand.fetch, errand, startToCloseTimeout: .seconds(10))
        let helped = try await context.executeChildWorkflow(Helper.self)
        try context.continueAsNew(Errand.self, errand, String?.some("\(fetched); \(helped)"))
    }

    @Signal func go(_ word: String) { lastWord = word }

    @Query func word() -> String { lastWord }
}

@Workflow private actor Shortcut {
    func run(_ errand: String) async throws -> String {
        try await context.executeLocalActivity(Errand.fetch, errand, startToCloseTimeout: .seconds(10))
    }
}

@Workflow private actor Helper {
    func run() async throws -> String { "child of \(text(context.info.headers["tenant"]))" }
}
