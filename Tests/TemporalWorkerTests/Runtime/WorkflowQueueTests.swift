import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTesting
import Testing

/// Queues hand values from handlers to `run` and from task to task, live, on replay and in runs that are never kept.
@Suite(.timeLimit(.minutes(1))) struct WorkflowQueueTests {
    static let cacheSizes = [1000, 0]

    private func options(_ cacheSize: Int) -> TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        return options
    }

    @Test(arguments: cacheSizes)
    func `what signals put in is taken in their order, until the queue is closed`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Printer.self], options: options(cacheSize)) { env in
            env.mock(Press.print) { "\($0) printed" }
            let printer = try await env.startWorkflow(Printer.self)
            for page in ["one", "two", "three"] { try await printer.signal(Printer.add, page) }
            try await env.sleep(for: .seconds(3600))
            #expect(try await printer.query(Printer.waiting) == 0)
            try await printer.signal(Printer.add, "four")
            try await printer.signal(Printer.finish)
            // What comes after the end is not taken on.
            try await printer.signal(Printer.add, "five")
            #expect(
                try await printer.result() == ["one", "two", "three", "four"].map { "\($0) printed" } + ["refused"]
            )
        }
    }

    @Test(arguments: cacheSizes)
    func `those who wait for an element get one in the order in which they came`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Crew.self], options: options(cacheSize)) { env in
            let crew = try await env.startWorkflow(Crew.self)
            env.schedule(after: .seconds(10)) {
                for job in 1...6 { try await crew.signal(Crew.add, job) }
                try await crew.signal(Crew.close)
            }
            // The third is cancelled while it waits, and takes nothing.
            let log = try await crew.result()
            #expect(log.prefix(1) == ["2 cancelled"])
            #expect(log.dropFirst().prefix(3) == ["0 took 1", "1 took 2", "3 took 3"])
            let taken = log.filter { $0.contains("took") }.compactMap { $0.split(separator: " ").last }
            #expect(taken == ["1", "2", "3", "4", "5", "6"])
            #expect(log.suffix(3).sorted() == ["0 done", "1 done", "3 done"])
        }
    }

    @Test(arguments: cacheSizes)
    func `a full queue holds back those who put, until there is room or it is closed`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Belt.self], options: options(cacheSize)) { env in
            let log = try await env.executeWorkflow(Belt.self)
            #expect(
                log == [
                    "put 1", "put 2", "offer 9 false", "after 0 s: 2 in it", "take 1", "put 3", "take 2", "put 4",
                    "closed for 5", "offer 9 false", "rest 3, 4, none", "closed for 6",
                ]
            )
        }
    }

    @Test(arguments: cacheSizes)
    func `what is left is handed on to the next run`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Relay.self], options: options(cacheSize)) { env in
            let relay = try await env.startWorkflow(Relay.self, [])
            for word in ["a", "b", "c", "d", "e"] { try await relay.signal(Relay.add, word) }
            #expect(try await relay.result() == ["e"])
        }
    }

    @Test(arguments: cacheSizes)
    func `who waits for an element for a while gets none, and the next in the line gets what comes`(
        _ cacheSize: Int
    ) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Patrol.self], options: options(cacheSize)) { env in
            let patrol = try await env.startWorkflow(Patrol.self)
            env.schedule(after: .seconds(90)) { try await patrol.signal(Patrol.add, "a") }
            env.schedule(after: .seconds(200)) { try await patrol.signal(Patrol.close) }
            let log = try await patrol.result()
            #expect(log.sorted() == ["first: none, open, 60 s", "second: a, open, 90 s", "third: none, closed, 200 s"])
            let timers = try await patrol.history().filter { $0.type == "TimerStarted" }
            #expect(timers.count == 3)
            #expect(timers.allSatisfy { $0.proto.userMetadata.hasSummary })
        }
    }

    @Test func `a stream that handlers feed cannot be waited for, and the error names the queue`() async throws {
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [Streaming.self]) { env in
                _ = try await env.executeWorkflow(Streaming.self)
            }
        }
        let text = failure.map { "\($0)" } ?? ""
        #expect(text.contains("a WorkflowQueue to wait"))
    }

    @Test(arguments: cacheSizes)
    func `the summary of a wait stands at its timer`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Patience.self], options: options(cacheSize)) { env in
            let handle = try await env.startWorkflow(Patience.self)
            #expect(try await handle.result() == [false, true])
            let timers = try await handle.history().filter { $0.type == "TimerStarted" }
            let summaries = try timers.map { event in
                event.proto.userMetadata.hasSummary
                    ? try PayloadConverter().decode(Payload(event.proto.userMetadata.summary), as: String.self) : "none"
            }
            #expect(summaries == ["waits for an approval", "none", "a nap"])
        }
    }
}

@Activities private struct Press {
    @Activity func print(_ page: String) async throws -> String { page }
}

@Workflow private actor Printer {
    private lazy var pages = WorkflowQueue<String>(context)
    private var printed: [String] = []
    private var refused: [String] = []

    func run() async throws -> [String] {
        for try await page in pages {
            printed.append(try await context.executeActivity(Press.print, page, startToCloseTimeout: .seconds(30)))
        }
        try await context.sleep(.seconds(60))
        return printed + refused
    }

    @Signal func add(_ page: String) {
        if !pages.offer(page) { refused.append("refused") }
    }

    @Signal func finish() { pages.close() }

    @Query func waiting() -> Int { pages.count }
}

@Workflow private actor Crew {
    private lazy var jobs = WorkflowQueue<Int>(context)
    private var log: [String] = []

    func run() async throws -> [String] {
        let workers = (0..<4).map { number in Task { try await work(number) } }
        try await context.sleep(.seconds(1))
        workers[2].cancel()
        for worker in workers { _ = try? await worker.value }
        return log
    }

    private func work(_ number: Int) async throws {
        do {
            for try await job in jobs {
                log.append("\(number) took \(job)")
                try await context.sleep(.seconds(1))
            }
            log.append("\(number) done")
        } catch {
            log.append("\(number) cancelled")
        }
    }

    @Signal func add(_ job: Int) { jobs.offer(job) }

    @Signal func close() { jobs.close() }
}

@Workflow private actor Belt {
    private lazy var belt = WorkflowQueue<Int>(context, capacity: 2)
    private var log: [String] = []

    func run() async throws -> [String] {
        let putting = Task {
            for number in 1...5 { try await put(number) }
        }
        try await context.sleep(.seconds(1))
        // Nobody overtakes the one that waits.
        log.append("offer 9 \(belt.offer(9))")
        log.append("after 0 s: \(belt.count) in it")
        for _ in 1...2 {
            log.append("take \(try await belt.next() ?? 0)")
            try await context.sleep(.seconds(1))
        }
        belt.close()
        try await putting.value
        log.append("offer 9 \(belt.offer(9))")
        let rest = [belt.poll(), try await belt.next(), try await belt.next()]
        log.append("rest \(rest.map { $0.map { "\($0)" } ?? "none" }.joined(separator: ", "))")
        try await put(6)
        return log
    }

    private func put(_ number: Int) async throws {
        do {
            try await belt.put(number)
            log.append("put \(number)")
        } catch is WorkflowQueueClosedError {
            log.append("closed for \(number)")
        }
    }
}

@Workflow private actor Relay {
    private lazy var words = WorkflowQueue<String>(context)

    func run(_ left: [String]) async throws -> [String] {
        for word in left { words.offer(word) }
        try await context.waitCondition { !self.words.isEmpty }
        // Whatever came together is there: the next run gets what this one does not take.
        _ = words.poll()
        try await context.sleep(.seconds(60))
        var rest: [String] = []
        while let word = words.poll() { rest.append(word) }
        if rest.count <= 1 { return rest }
        try context.continueAsNew(Relay.self, rest)
    }

    @Signal func add(_ word: String) { words.offer(word) }
}

@Workflow private actor Patrol {
    private lazy var finds = WorkflowQueue<String>(context)
    private var log: [String] = []

    func run() async throws -> [String] {
        // Without time it is a look.
        log.append(contentsOf: try await finds.next(timeout: .zero).map { [$0] } ?? [])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (name, seconds) in [("first", 60), ("second", 120), ("third", 3600)] {
                group.addTask { try await self.walk(name, .seconds(seconds)) }
            }
            try await group.waitForAll()
        }
        return log
    }

    private func walk(_ name: String, _ timeout: Duration) async throws {
        let start = context.now
        let find = try await finds.next(timeout: timeout, summary: name)
        let seconds = Int(context.now.timeIntervalSince(start))
        log.append("\(name): \(find ?? "none"), \(finds.isClosed ? "closed" : "open"), \(seconds) s")
    }

    @Signal func add(_ find: String) { finds.offer(find) }

    @Signal func close() { finds.close() }
}

@Workflow private actor Streaming {
    private let (stream, feed) = AsyncStream.makeStream(of: String.self)

    func run() async throws -> String {
        for await word in stream { return word }
        return ""
    }

    @Signal func add(_ word: String) { feed.yield(word) }
}

@Workflow private actor Patience {
    private var isOver = false

    func run() async throws -> [Bool] {
        let first = try await context.waitCondition(timeout: .seconds(60), summary: "waits for an approval") { false }
        let nap = Task {
            try await context.sleep(.seconds(1), summary: "a nap")
            isOver = true
        }
        let second = try await context.waitCondition(timeout: .seconds(60)) { self.isOver }
        try await nap.value
        return [first, second]
    }
}
