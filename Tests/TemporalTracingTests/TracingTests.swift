import Foundation
import InMemoryTracing
import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import TemporalTracing
import Testing
import Tracing

/// Which spans there are, and how they hang together.
@Suite(.timeLimit(.minutes(1))) struct TracingTests {
    /// The runs that stay in memory: with none, every task replays the run from its start.
    static let cacheSizes = [1000, 0]

    @Test(arguments: cacheSizes)
    func `the spans of client, workflow, child and activity are one trace, and no replay repeats one`(
        _ cacheSize: Int
    ) async throws {
        let tracer = InMemoryTracer()
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        options.clientInterceptors = [TracingInterceptor(tracer: tracer)]
        options.workflowInterceptors = [TracingInterceptor(tracer: tracer)]
        options.activityInterceptors = [TracingInterceptor(tracer: tracer)]
        try await TestWorkflowEnvironment.run(workflows: [Parent.self, Kid.self], options: options) { env in
            env.mock(Parent.greet) { name in
                #expect(InstrumentationContext.current?.inMemorySpanContext != nil)
                return "hello \(name)"
            }
            let handle = try await env.startWorkflow(Parent.self, "Ada")
            try await handle.signal(Parent.go)
            #expect(try await handle.result() == "hello Ada from the child")
            #expect(try await handle.query(Parent.isGone))
        }
        let spans = tracer.finishedSpans
        let names = spans.map(\.operationName).sorted()
        #expect(
            names == [
                "CompleteWorkflow:Kid", "CompleteWorkflow:Parent", "HandleQuery:isGone", "HandleSignal:go",
                "QueryWorkflow:isGone", "RunActivity:greet", "RunWorkflow:Kid", "RunWorkflow:Parent",
                "SignalWorkflow:go", "StartActivity:greet", "StartChildWorkflow:Kid", "StartWorkflow:Parent",
            ]
        )
        #expect(tracer.activeSpans.isEmpty)
        func span(_ name: String) throws -> FinishedInMemorySpan {
            try #require(spans.first { $0.operationName == name })
        }
        let start = try span("StartWorkflow:Parent")
        for name in ["RunWorkflow:Parent", "StartActivity:greet", "StartChildWorkflow:Kid", "CompleteWorkflow:Parent"] {
            #expect(try span(name).parentSpanID == start.spanID)
        }
        #expect(try span("RunActivity:greet").parentSpanID == span("StartActivity:greet").spanID)
        #expect(try span("RunWorkflow:Kid").parentSpanID == span("StartChildWorkflow:Kid").spanID)
        #expect(try span("HandleSignal:go").parentSpanID == span("SignalWorkflow:go").spanID)
        #expect(try span("HandleQuery:isGone").parentSpanID == span("QueryWorkflow:isGone").spanID)
        #expect(try span("RunActivity:greet").traceID == start.traceID)
        #expect(try span("RunWorkflow:Kid").traceID == start.traceID)
        #expect(start.attributes.get("temporalWorkflowID") == .string("test-workflow-1"))
        let activity = try span("RunActivity:greet").attributes
        #expect(activity.get("temporalActivityID") == .string("1"))
        #expect(activity.get("temporalRunID") != nil)
    }

    @Test func `no span holds a value, a header or a detail of an error`() async throws {
        let secret = "sesame-4711"
        let tracer = InMemoryTracer()
        var options = TestEnvironmentOptions()
        options.clientInterceptors = [TracingInterceptor(tracer: tracer)]
        options.workflowInterceptors = [TracingInterceptor(tracer: tracer)]
        options.activityInterceptors = [TracingInterceptor(tracer: tracer)]
        try await TestWorkflowEnvironment.run(workflows: [Parent.self, Kid.self], options: options) { env in
            env.mock(Parent.greet) { _ -> String in
                throw ApplicationError(
                    "no",
                    nonRetryable: true,
                    details: [try PayloadConverter().encode(secret)]
                )
            }
            var start = WorkflowOptions(id: "w", taskQueue: env.options.taskQueue)
            start.memo = ["m": secret]
            start.staticSummary = secret
            let handle = try await env.startWorkflow(Parent.self, secret, options: start)
            try await handle.signal(Parent.go)
            await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        }
        let spans = tracer.finishedSpans
        #expect(spans.contains { !$0.errors.isEmpty })
        for span in spans {
            var text = ""
            dump(span, to: &text)
            #expect(!text.contains(secret), "\(span.operationName)")
        }
    }

    @Test func `an update and its handler are one trace, and so are a schedule and its workflow`() async throws {
        let tracer = InMemoryTracer()
        var options = TestEnvironmentOptions()
        options.clientInterceptors = [TracingInterceptor(tracer: tracer)]
        options.workflowInterceptors = [TracingInterceptor(tracer: tracer)]
        try await TestWorkflowEnvironment.run(workflows: [Till.self], options: options) { env in
            let start = WorkflowOptions(id: "till", taskQueue: env.options.taskQueue)
            let first = try await env.client.startUpdateWithStart(
                Till.self,
                update: Till.put,
                updateInput: 2,
                waitFor: .completed,
                options: start
            )
            #expect(try await first.workflow.executeUpdate(Till.put, 3) == 5)
            try await first.workflow.terminate()
            let schedule = try await env.client.schedules.create(
                id: "tills",
                Schedule(
                    action: .startWorkflow(Till.self, options: start),
                    spec: ScheduleSpec(),
                    policies: SchedulePolicies(keepsWorkflowID: true)
                ),
                triggersImmediately: true
            )
            let till: WorkflowHandle<Till> = env.client.workflowHandle(id: "till")
            #expect(try await till.executeUpdate(Till.put, 4) == 4)
            try await till.terminate()
            try await schedule.delete()
        }
        let spans = tracer.finishedSpans
        func spanIDs(_ name: String) -> [String] {
            spans.filter { $0.operationName == name }.map(\.spanID)
        }
        let handlers = spans.filter { $0.operationName == "HandleUpdate:put" }
        #expect(handlers.count == 3)
        #expect(
            handlers.map(\.parentSpanID)
                == spanIDs("StartUpdateWithStartWorkflow:put") + spanIDs("StartWorkflowUpdate:put")
        )
        let runs = spans.filter { $0.operationName == "RunWorkflow:Till" }
        #expect(
            runs.map(\.parentSpanID) == spanIDs("StartUpdateWithStartWorkflow:put") + spanIDs("CreateSchedule:tills")
        )
    }

    @Test func `a Nexus operation and what it starts belong to the trace of its caller`() async throws {
        let tracer = InMemoryTracer()
        var options = TestEnvironmentOptions()
        options.nexusEndpoints = ["desk"]
        options.clientInterceptors = [TracingInterceptor(tracer: tracer)]
        options.workflowInterceptors = [TracingInterceptor(tracer: tracer)]
        options.nexusInterceptors = [TracingInterceptor(tracer: tracer)]
        try await TestWorkflowEnvironment.run(
            workflows: [Visitor.self, Errand.self],
            nexusServices: [Desk()],
            options: options
        ) { env in
            let result = try await env.executeWorkflow(Visitor.self)
            #expect(result == "left")
        }
        let spans = tracer.finishedSpans
        func span(_ name: String) throws -> FinishedInMemorySpan {
            try #require(spans.first { $0.operationName == name }, "\(spans.map(\.operationName))")
        }
        let caller = try span("StartWorkflow:Visitor")
        let call = try span("StartNexusOperation:Desk/errand")
        #expect(call.parentSpanID == caller.spanID)
        #expect(call.kind == .client)
        let handler = try span("RunStartNexusOperationHandler:Desk/errand")
        #expect(handler.parentSpanID == call.spanID)
        #expect(handler.kind == .server)
        #expect(try span("StartWorkflow:Errand").parentSpanID == handler.spanID)
        #expect(try span("RunWorkflow:Errand").parentSpanID == span("StartWorkflow:Errand").spanID)
        // The request to cancel carries what the call carried.
        #expect(try span("RunCancelNexusOperationHandler:Desk/errand").parentSpanID == call.spanID)
        #expect(Set(spans.map(\.traceID)) == [caller.traceID])
        #expect(spans.count { $0.operationName == "StartNexusOperation:Desk/errand" } == 1)
    }

    @Test func `a Nexus operation that a client starts belongs to the trace of the client`() async throws {
        let tracer = InMemoryTracer()
        var options = TestEnvironmentOptions()
        options.nexusEndpoints = ["desk"]
        options.clientInterceptors = [TracingInterceptor(tracer: tracer)]
        options.nexusInterceptors = [TracingInterceptor(tracer: tracer)]
        try await TestWorkflowEnvironment.run(
            workflows: [Errand.self],
            nexusServices: [Desk()],
            options: options
        ) { env in
            let result = try await env.client.executeNexusOperation(
                Desk.errand,
                endpoint: "desk",
                options: NexusExecutionOptions(id: "errand")
            )
            #expect(result == "back")
        }
        let spans = tracer.finishedSpans
        let call = try #require(spans.first { $0.operationName == "StartNexusOperation:Desk/errand" })
        #expect(call.kind == .client)
        #expect(call.attributes.get("temporalOperationID") == .string("errand"))
        let handler = try #require(spans.first { $0.operationName == "RunStartNexusOperationHandler:Desk/errand" })
        #expect(handler.parentSpanID == call.spanID)
        #expect(Set(spans.map(\.traceID)) == [call.traceID])
    }

    @Test func `a run that continues as new has not failed`() async throws {
        let spans = try await spans(of: Unsteady.self, "again")
        #expect(spans.map(\.errors.count) == [0, 0])
        #expect(spans.allSatisfy { $0.status == nil })
    }

    @Test func `an error that fails the task only leaves no span, however often the task is tried`() async throws {
        let spans = try await spans(of: Unsteady.self, "slip")
        #expect(spans.map(\.errors.count) == [0])
    }

    @Test func `an error that a rule names fails the workflow, and its span`() async throws {
        let spans = try await spans(of: Unsteady.self, "slip") {
            $0.workflowFailureRules = [.type(Slip.self)]
        }
        #expect(spans.map(\.errors.count) == [1])
        #expect(spans.map(\.status?.code) == [.error])
    }

    /// The spans of the ends of a workflow's runs.
    private func spans(
        of type: Unsteady.Type,
        _ how: String,
        _ change: (inout TestEnvironmentOptions) -> Void = { _ in }
    ) async throws -> [FinishedInMemorySpan] {
        let tracer = InMemoryTracer()
        var options = TestEnvironmentOptions()
        options.taskFailurePolicy = .retry
        options.replaysHistories = false
        options.workflowInterceptors = [TracingInterceptor(tracer: tracer)]
        change(&options)
        try await TestWorkflowEnvironment.run(workflows: [type], options: options) { env in
            _ = try? await env.executeWorkflow(type, how, UUID().uuidString)
        }
        return tracer.finishedSpans.filter { $0.operationName == "CompleteWorkflow:Unsteady" }
    }

    @Test func `an activity that goes on elsewhere and a benign error are no failures`() async throws {
        let tracer = InMemoryTracer()
        var options = TestEnvironmentOptions()
        options.activityInterceptors = [TracingInterceptor(tracer: tracer)]
        try await TestWorkflowEnvironment.run(workflows: [Parent.self, Kid.self], options: options) { env in
            env.mock(Parent.greet) { _ in
                // The first attempt is left open until its time is over.
                if try ActivityContext.current.info.attempt == 1 { throw CompletesAsynchronously() }
                throw ApplicationError("no", nonRetryable: true, category: .benign)
            }
            let handle = try await env.startWorkflow(Parent.self, "Ada")
            try await handle.signal(Parent.go)
            await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        }
        #expect(tracer.finishedSpans.map(\.operationName) == ["RunActivity:greet", "RunActivity:greet"])
        #expect(tracer.finishedSpans.allSatisfy { $0.errors.isEmpty && $0.status == nil })
    }

    @Test func `what fails is marked`() async throws {
        let tracer = InMemoryTracer()
        var options = TestEnvironmentOptions()
        options.workflowInterceptors = [TracingInterceptor(tracer: tracer)]
        options.activityInterceptors = [TracingInterceptor(tracer: tracer)]
        try await TestWorkflowEnvironment.run(workflows: [Parent.self, Kid.self], options: options) { env in
            env.mock(Parent.greet) { _ in throw ApplicationError("no", nonRetryable: true) }
            let handle = try await env.startWorkflow(Parent.self, "Ada")
            try await handle.signal(Parent.go)
            await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        }
        for name in ["RunActivity:greet", "CompleteWorkflow:Parent"] {
            let span = try #require(tracer.finishedSpans.first { $0.operationName == name })
            #expect(span.errors.count == 1)
            #expect(span.status?.code == .error)
        }
    }
}

@Workflow private actor Parent {
    static let greet = ActivityReference<String, String>(name: "greet")

    private var mayGo = false

    func run(_ name: String) async throws -> String {
        try await context.waitCondition { self.mayGo }
        let greeting = try await context.executeActivity(Parent.greet, name, startToCloseTimeout: .seconds(10))
        try await context.sleep(.seconds(60))
        return try await context.executeChildWorkflow(Kid.self, greeting)
    }

    @Signal func go() { mayGo = true }

    @Query func isGone() -> Bool { mayGo }
}

@Workflow private actor Kid {
    func run(_ text: String) async throws -> String { "\(text) from the child" }
}

@Workflow private actor Till {
    private var sum = 0

    func run() async throws {
        try await context.waitCondition { false }
    }

    @Update func put(_ amount: Int) -> Int {
        sum += amount
        return sum
    }
}

private struct Slip: Error {}

/// Continues as new once, or throws once what is no error of Temporal's.
@Workflow private actor Unsteady {
    private static let slipped = Mutex<Set<String>>([])

    func run(_ how: String, _ id: String) async throws {
        if how == "again" { try context.continueAsNew(Unsteady.self, "end", id) }
        if how == "slip", Self.slipped.withLock({ $0.insert(id).inserted }) { throw Slip() }
    }
}

@NexusService private struct Desk {
    @NexusOperation func errand() async throws -> NexusWorkflowRun<String> {
        let context = try NexusOperationContext.current
        return try await context.startWorkflow(
            Errand.self,
            options: WorkflowOptions(id: "errand", taskQueue: context.info.taskQueue)
        )
    }
}

@Workflow private actor Errand {
    func run() async throws -> String {
        try await context.sleep(.seconds(3600))
        return "back"
    }
}

/// Has an errand run, and does not wait for its end.
@Workflow private actor Visitor {
    func run() async throws -> String {
        let operation = try await context.startNexusOperation(Desk.errand, endpoint: "desk")
        try operation.cancel()
        do {
            return try await operation.result()
        } catch is NexusOperationError {
            return "left"
        }
    }
}
