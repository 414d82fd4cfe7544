import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// Tests that are run in many orders, with evictions, faults and seeds.
@Suite(.timeLimit(.minutes(3))) struct ExplorationTests {
    // MARK: D5

    /// Workflows with a bug that shows in some order of what happens at one moment.
    enum Bug: String, CaseIterable, CustomTestStringConvertible {
        case signalBeforeTimer, completionOrder, lostUpdate, signalsTwice, oneOrderOfSix

        var testDescription: String { rawValue }

        var workflow: any Workflow.Type {
            switch self {
            case .signalBeforeTimer: Deadline.self
            case .completionOrder: FirstWins.self
            case .lostUpdate: TwoTimers.self
            case .signalsTwice: CountsSignals.self
            case .oneOrderOfSix: Gate.self
            }
        }

        func check(_ env: TestWorkflowEnvironment) async throws {
            switch self {
            case .signalBeforeTimer:
                let handle = try await env.startWorkflow(Deadline.self)
                env.schedule(after: .seconds(60)) { try await handle.signal(Deadline.approve) }
                guard try await handle.result() == "approved" else { throw Found() }
            case .completionOrder:
                env.mock(Till.charge) { "\($0)" }
                guard try await env.executeWorkflow(FirstWins.self) == "1" else { throw Found() }
            case .lostUpdate:
                guard try await env.executeWorkflow(TwoTimers.self) == "ab" else { throw Found() }
            case .signalsTwice:
                let handle = try await env.startWorkflow(CountsSignals.self)
                env.schedule(after: .seconds(60)) { try await handle.signal(CountsSignals.add) }
                env.schedule(after: .seconds(60)) { try await handle.signal(CountsSignals.stop) }
                guard try await handle.result() == 1 else { throw Found() }
            case .oneOrderOfSix:
                let gate = try await env.startWorkflow(Gate.self)
                for text in ["a", "b", "c"] {
                    env.schedule(after: .seconds(60)) { try await gate.signal(Gate.note, text) }
                }
                env.schedule(after: .seconds(70)) { try await gate.signal(Gate.open) }
                guard try await gate.result() != ["c", "b", "a"] else { throw Found() }
            }
        }
    }

    struct Found: Error {}

    @Test(arguments: Bug.allCases)
    func `a bug that shows in some orders is found by chance, and shrunk to a few choices`(_ bug: Bug) async throws {
        let failure = await #expect(throws: ExplorationFailure.self) {
            try await TestWorkflowEnvironment.explore(.seeds(60), workflows: [bug.workflow]) { try await bug.check($0) }
        }
        let found = try #require(failure)
        #expect(found.error is Found)
        #expect(found.deviations <= 3, "\(found)")
        // The order that is named has the bug.
        let again = await #expect(throws: ExplorationFailure.self) {
            try await TestWorkflowEnvironment.explore(.choices(found.choices), workflows: [bug.workflow]) {
                try await bug.check($0)
            }
        }
        #expect(again?.error is Found)
    }

    /// With any seed an exploration tries some orders: how many of a hundred seeds find the bug within thirty.
    @Test(arguments: Bug.allCases)
    func `a bug that shows in some orders is found within thirty, with 95 of 100 seeds at least`(_ bug: Bug)
        async throws
    {
        let (seeds, orders) = (100, 30)
        let shows = Mutex<[Bool]>([])
        // One order for each seed: an exploration from a seed tries its order and those of the seeds after it.
        try await TestWorkflowEnvironment.explore(.seeds(seeds + orders - 1), workflows: [bug.workflow]) { env in
            do {
                try await bug.check(env)
                shows.withLock { $0.append(false) }
            } catch is Found {
                shows.withLock { $0.append(true) }
            }
        }
        let all = shows.withLock { $0 }
        try #require(all.count == seeds + orders - 1)
        #expect(all.contains(false), "It shows in all orders.")
        let finds = (0..<seeds).count { all[$0..<$0 + orders].contains(true) }
        #expect(finds >= 95, "It shows in \(all.count { $0 }) of \(all.count) orders.")
    }

    @Test(arguments: Bug.allCases)
    func `a bug that shows in some orders is found by trying them all`(_ bug: Bug) async throws {
        let failure = await #expect(throws: ExplorationFailure.self) {
            try await TestWorkflowEnvironment.explore(.exhaustive(limit: 500), workflows: [bug.workflow]) {
                try await bug.check($0)
            }
        }
        #expect(failure?.error is Found)
    }

    @Test func `a sound workflow passes in all orders, and there are several`() async throws {
        let orders = try await TestWorkflowEnvironment.explore(.exhaustive(limit: 300), workflows: [Gate.self]) { env in
            let gate = try await env.startWorkflow(Gate.self)
            for text in ["a", "b"] {
                env.schedule(after: .seconds(10)) { try await gate.signal(Gate.note, text) }
            }
            env.schedule(after: .seconds(20)) { try await gate.signal(Gate.open) }
            let value1 = try await gate.result().sorted()
            #expect(value1 == ["a", "b"])
        }
        #expect(orders > 1)
    }

    // MARK: D4

    @Test func `one seed makes one timeline, whatever happens in it`() async throws {
        var timelines: Set<String> = []
        for _ in 0..<100 {
            var options = TestEnvironmentOptions()
            options.seed = 42
            let timeline = try await TestWorkflowEnvironment.run(
                workflows: [Purchase.self, Gate.self, Nap.self],
                options: options
            ) { env in
                env.mock(Till.charge).results([.failure(ApplicationError("busy")), .success("paid")])
                let gate = try await env.startWorkflow(Gate.self)
                async let nap: Void = env.executeWorkflow(Nap.self, 100)
                async let purchase = env.executeWorkflow(Purchase.self, .init(attempts: 2))
                _ = try await (nap, purchase)
                try await gate.signal(Gate.open)
                _ = try await gate.result()
                return await env.timeline()
            }
            timelines.insert(timeline)
        }
        #expect(timelines.count == 1)
    }

    @Test func `a failure tells its seed, and how to repeat it`() async {
        var options = TestEnvironmentOptions()
        options.seed = 77
        let failure = await failure(of: [Nap.self], options: options) { env in
            env.mock(Till.charge).returns("unused")
        }
        #expect(failure?.description.contains("TEMPORAL_TEST_SEED=77") == true)
    }

    // MARK: D2

    @Test func `a sound workflow does the same wherever it leaves memory`() async throws {
        let runs = try await TestWorkflowEnvironment.sweepEvictions(
            workflows: [Purchase.self, Gate.self, Errand.self]
        ) { env in
            env.mock(Till.charge).results([.failure(ApplicationError("busy")), .success("paid")])
            env.mock(Till.refund).runs { "\($0) back" }
            let errand = try await env.startWorkflow(Errand.self)
            env.schedule(after: .seconds(5)) { try await errand.signal(Errand.hurry) }
            let value2 = try await errand.executeUpdate(Errand.ask, "when")
            #expect(value2 == "when?")
            let value3 = try await errand.result()
            #expect(value3 == "paid back, hurried")
        }
        #expect(runs > 5)
    }

    @Test func `a workflow that keeps something outside of its run is found, with the difference`() async {
        let failure = await #expect(throws: (any Error).self) {
            try await TestWorkflowEnvironment.sweepEvictions(workflows: [KeepsOutside.self]) { env in
                var options = WorkflowOptions(id: "keeps", taskQueue: env.options.taskQueue)
                options.memo = [:]
                _ = try await env.executeWorkflow(KeepsOutside.self, options: options)
            }
        }
        #expect("\(failure.map { "\($0)" } ?? "")".contains("KeepsOutside") || failure is EvictionFailure)
    }

    // MARK: D6

    /// One fault, and what becomes of a purchase that meets it.
    struct Row: Sendable, CustomTestStringConvertible {
        var fault: Fault
        /// How often the activity ran.
        var runs: ClosedRange<Int>
        /// How long it all took, by the environment's clock.
        var seconds: ClosedRange<Double>

        var testDescription: String { fault.description }
    }

    static let faults = [
        Row(fault: Fault(.error(.unavailable), of: "StartWorkflowExecution"), runs: 1...1, seconds: 0...0),
        Row(fault: Fault(.lostResponse, of: "StartWorkflowExecution"), runs: 1...1, seconds: 0...0),
        Row(fault: Fault(.duplicate, of: "StartWorkflowExecution"), runs: 1...1, seconds: 0...0),
        Row(fault: Fault(.error(.unavailable), of: "PollWorkflowTaskQueue", calls: 1...3), runs: 1...1, seconds: 0...0),
        Row(fault: Fault(.lostTask, of: "PollWorkflowTaskQueue"), runs: 1...1, seconds: 10...10),
        Row(fault: Fault(.lostTask, of: "PollActivityTaskQueue"), runs: 1...1, seconds: 11...11),
        Row(fault: Fault(.timeout, of: "PollActivityTaskQueue"), runs: 1...1, seconds: 0...0),
        Row(fault: Fault(.error(.unavailable), of: "RespondWorkflowTaskCompleted"), runs: 1...1, seconds: 0...0),
        Row(fault: Fault(.lostResponse, of: "RespondWorkflowTaskCompleted"), runs: 1...1, seconds: 0...20),
        Row(fault: Fault(.duplicate, of: "RespondWorkflowTaskCompleted"), runs: 1...1, seconds: 0...0),
        Row(fault: Fault(.error(.unavailable), of: "RespondActivityTaskCompleted"), runs: 1...1, seconds: 0...0),
        Row(fault: Fault(.lostResponse, of: "RespondActivityTaskCompleted"), runs: 1...1, seconds: 0...0),
        Row(fault: Fault(.duplicate, of: "RespondActivityTaskCompleted"), runs: 1...1, seconds: 0...0),
        Row(fault: Fault(.crashBefore, of: "RespondActivityTaskCompleted"), runs: 2...2, seconds: 11...11),
        // Before it crashes the worker may have taken the workflow task that follows.
        Row(fault: Fault(.crashAfter, of: "RespondActivityTaskCompleted"), runs: 1...1, seconds: 0...10),
        Row(fault: Fault(.crashBefore, of: "RespondWorkflowTaskCompleted"), runs: 1...1, seconds: 10...10),
        Row(fault: Fault(.crashAfter, of: "RespondWorkflowTaskCompleted"), runs: 1...2, seconds: 0...20),
        Row(fault: Fault(.delay(.seconds(3)), of: "RespondActivityTaskCompleted"), runs: 1...1, seconds: 3...3),
        Row(fault: Fault(.delay(.seconds(30)), of: "RespondActivityTaskCompleted"), runs: 2...2, seconds: 11...11),
    ]

    @Test(arguments: faults)
    func `a fault costs time and attempts, and no work is lost or done by the workflow twice`(_ row: Row) async throws {
        var options = TestEnvironmentOptions()
        options.faults = FaultPlan([row.fault])
        // Activities that come with other answers are not polled for.
        if row.fault.method == "PollActivityTaskQueue" { options.grantsEagerActivities = false }
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self], options: options) { env in
            let mock = env.mock(Till.charge).returns("paid").atLeast(1)
            let start = env.now
            let started = WorkflowOptions(id: "purchase", taskQueue: env.options.taskQueue)
            let handle = try await env.startWorkflow(Purchase.self, .init(attempts: 5), options: started)
            let value4 = try await handle.result()
            #expect(value4 == "paid")
            #expect(row.runs.contains(mock.callCount), "\(mock.callCount)")
            let took = env.now.timeIntervalSince(start)
            #expect(row.seconds.contains(took), "\(took)")
            let history = try await handle.history()
            #expect(history.count(of: .activityScheduled(Till.charge)) == 1)
            #expect(history.count(of: .activityCompleted(Till.charge)) == 1)
        }
    }

    @Test func `a fault that does not happen fails the test`() async {
        var options = TestEnvironmentOptions()
        options.faults = [
            Fault(.duplicate, of: "StartWorkflowExecution"),
            Fault(.lostResponse, of: "StartWorkflowExecution", calls: 7...9),
            Fault(.lostRequest, of: "RecordActivityTaskHeartbeat"),
            Fault(.timeout, of: "RespondActivityTaskComplete"),
        ]
        let failure = await failure(of: [Nap.self], options: options) { env in
            try await env.executeWorkflow(Nap.self, 1)
        }
        #expect(
            failure?.problems == [
                "The fault '\(Fault(.timeout, of: "RespondActivityTaskComplete"))' is of no call that there is: name one in "
                    + "Temporal's words, such as 'RespondActivityTaskCompleted'.",
                "The fault 'lost response of StartWorkflowExecution 7...9' did not happen: StartWorkflowExecution was called once.",
                "The fault 'lost request of RecordActivityTaskHeartbeat 1' did not happen: RecordActivityTaskHeartbeat was called "
                    + "not at all.",
            ]
        )
        #expect(failure?.faults == [Fault(.duplicate, of: "StartWorkflowExecution")])
        #expect(
            failure?.description.contains("What went wrong on purpose:\n  duplicate of StartWorkflowExecution 1")
                == true
        )
    }

    @Test func `the report of a test with faults by chance tells which`() async {
        var options = TestEnvironmentOptions()
        options.faults = .random(rate: 1, limit: 2)
        let failure = await failure(of: [Nap.self], options: options) { env in
            env.mock(Till.refund).returns("unused")
            try await env.executeWorkflow(Nap.self, 1)
        }
        #expect(failure?.faults.count == 2)
        for fault in failure?.faults ?? [] { #expect(failure?.description.contains("\n  \(fault)") == true) }
    }

    @Test func `a lost heartbeat times the attempt out`() async throws {
        var options = TestEnvironmentOptions()
        options.faults = [Fault(.lostRequest, of: "RecordActivityTaskHeartbeat", calls: 2...100)]
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self], options: options) { env in
            env.mock(Till.charge).heartbeats([1, 2, 3, 4], every: .seconds(5)).times(1)
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Purchase.self, .init(startToClose: 100, heartbeat: 6))
            }
            let timeout = (error?.cause as? ActivityError)?.cause as? TimeoutError
            #expect(timeout?.kind == .heartbeat)
        }
    }

    @Test func `a codec that fails once fails one workflow task, and the next one passes`() async throws {
        var options = TestEnvironmentOptions()
        options.taskFailurePolicy = .retry
        options.faults = [Fault(.codecFailure, of: "RespondWorkflowTaskCompleted")]
        try await TestWorkflowEnvironment.run(workflows: [Nap.self], options: options) { env in
            let handle = try await env.startWorkflow(Nap.self, 5)
            try await handle.result()
            #expect(try await handle.history().contains(.workflowTaskFailed, .timerFired(), .workflowCompleted))
        }
    }

    @Test(arguments: UInt64(1)...25)
    func `faults by chance lose nothing`(_ seed: UInt64) async throws {
        var options = TestEnvironmentOptions()
        options.seed = seed
        options.faults = .random(rate: 0.15)
        try await TestWorkflowEnvironment.run(workflows: [Errand.self], options: options) { env in
            let charge = env.mock(Till.charge).returns("paid").atLeast(1)
            let refund = env.mock(Till.refund).runs { "\($0) back" }.atLeast(1)
            let errand = try await env.startWorkflow(Errand.self)
            env.schedule(after: .seconds(5)) {
                do {
                    try await errand.signal(Errand.hurry)
                } catch is WorkflowNotFoundError {
                    // Its attempts were lost or late, and the run has ended meanwhile.
                }
            }
            #expect(try await errand.result().hasPrefix("paid back"))
            let history = try await errand.history()
            #expect(history.count(of: .activityCompleted(Till.charge)) == 1)
            #expect(history.count(of: .activityCompleted(Till.refund)) == 1)
            #expect(charge.callCount >= 1 && refund.callCount >= 1)
        }
    }
}

/// Approves unless a timer is first, and takes the timer for first whenever both are there.
@Workflow private actor Deadline {
    private var isApproved = false

    func run() async throws -> String {
        let inTime = try await context.waitCondition(timeout: .seconds(60)) { self.isApproved }
        return inTime ? "approved" : "late"
    }

    @Signal func approve() { isApproved = true }
}

/// Takes the activity that ends first for the first.
@Workflow private actor FirstWins {
    private var first: String?

    func run() async throws -> String {
        try await withThrowingTaskGroup(of: Void.self) { [self] group in
            for number in 1...2 {
                group.addTask { [self] in
                    let name = try await context.executeActivity(
                        Till.charge,
                        number,
                        startToCloseTimeout: .seconds(10)
                    )
                    await note(name)
                }
            }
            try await group.waitForAll()
        }
        return first ?? ""
    }

    private func note(_ name: String) { first = first ?? name }
}

/// Expects timers of one moment in their order.
@Workflow private actor TwoTimers {
    private var order = ""

    func run() async throws -> String {
        try await withThrowingTaskGroup(of: Void.self) { [self] group in
            for name in ["a", "b"] {
                group.addTask { [self] in
                    try await context.sleep(.seconds(60))
                    await note(name)
                }
            }
            try await group.waitForAll()
        }
        return order
    }

    private func note(_ name: String) { order += name }
}

/// Ends with what has come, and forgets what comes later.
@Workflow private actor CountsSignals {
    private var count = 0
    private var isStopped = false

    func run() async throws -> Int {
        try await context.waitCondition { self.isStopped }
        return count
    }

    @Signal func add() { count += 1 }

    @Signal func stop() { isStopped = true }
}

/// Some of everything.
@Workflow private actor Errand {
    private var isHurried = false

    func run() async throws -> String {
        let receipt = try await context.executeActivity(Till.charge, 1, startToCloseTimeout: .seconds(10))
        let hurried = try await context.waitCondition(timeout: .seconds(60)) { self.isHurried }
        let refund = try await context.executeActivity(Till.refund, receipt, startToCloseTimeout: .seconds(10))
        return refund + (hurried ? ", hurried" : "")
    }

    @Signal func hurry() { isHurried = true }

    @Update func ask(_ question: String) async throws -> String {
        try await context.sleep(.seconds(1))
        return question + "?"
    }
}

/// How often the code below has begun: what no replay brings back.
private let beginnings = Mutex(0)

@Workflow private actor KeepsOutside {
    func run() async throws {
        let count = beginnings.withLock { count in
            count += 1
            return count
        }
        try await context.sleep(.seconds(count.isMultiple(of: 2) ? 1 : 2))
        try await context.sleep(.seconds(1))
    }
}
