import Foundation
import InMemoryTracing
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
