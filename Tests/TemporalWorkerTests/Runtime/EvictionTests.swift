import Foundation
import Logging
import Synchronization
import Temporal
import TemporalAPI
import Testing

@testable import TemporalWorker

/// Runs leave memory without a trace, wherever their code waits.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EvictionTests {
    fileprivate func run(_ type: any Workflow.Type, _ number: Int) throws -> WorkflowRun {
        let run = WorkflowRun.fresh(type, runID: "r\(number)")
        for (id, type) in [APIEventType.workflowExecutionStarted, .workflowTaskScheduled, .workflowTaskStarted]
            .enumerated()
        {
            var event = APIHistoryEvent()
            event.eventID = Int64(id + 1)
            event.eventType = type
            switch type {
            case .workflowExecutionStarted: event.workflowExecutionStartedEventAttributes = .init()
            case .workflowTaskScheduled: event.workflowTaskScheduledEventAttributes = .init()
            default: event.workflowTaskStartedEventAttributes = .init()
            }
            if let job = try run.machine.apply(event) { run.add(job, after: event.eventID) }
        }
        guard case .done = run.activate(isReplaying: false) else {
            throw WorkflowMisuse("The code did not wait.")
        }
        return run
    }

    fileprivate static var residentKilobytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4
    }

    @Test func `ten thousand evictions leave no actor and no memory behind`() async {
        // In a process of its own, because the memory of this one belongs to all tests that run now.
        await #expect(processExitsWith: .success) {
            let tests = EvictionTests()
            for number in 0..<1000 { try tests.run(Hanging.self, number).evict() }
            let before = EvictionTests.residentKilobytes
            for number in 0..<10_000 { try tests.run(Hanging.self, number).evict() }
            try #require(Hanging.alive.count == 0)
            #if os(Linux)
                try #require(EvictionTests.residentKilobytes - before < 10_000)
            #endif
        }
    }

    @Test func `code in catch and defer reaches nobody`() throws {
        let run = try run(Stubborn.self, 0)
        _ = run.machine.takeCommands()
        run.evict()
        #expect(run.machine.takeCommands().isEmpty)
        #expect(Stubborn.alive.count == 0)
    }

    @Test func `code that waits again and again in a loop is left alone after a while`() throws {
        try run(Endless.self, 0).evict()
    }

    @Test func `code in catch that draws until a number suits comes to an end`() throws {
        try run(Drawing.self, 0).evict()
        #expect(Drawing.alive.count == 0)
    }

    @Test func `a run that waits outside of itself is finished when that comes back`() async throws {
        let foreign = try makeForeign()
        foreign.evict()
        Foreign.gate.open()
        for _ in 0..<1000 where Foreign.alive.count > 0 {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(Foreign.alive.count == 0)
    }

    private func makeForeign() throws -> WorkflowRun {
        try run(Foreign.self, 0)
    }
}

/// Counts the workflows of a type that are in memory, each of which keeps a member of it.
private final class Census: Sendable {
    private let members = Atomic<Int>(0)

    var count: Int { members.load(ordering: .acquiring) }

    /// Counts while it lives.
    final class Member: Sendable {
        private let census: Census

        init(_ census: Census) {
            self.census = census
            census.members.wrappingAdd(1, ordering: .relaxed)
        }

        deinit {
            census.members.wrappingSubtract(1, ordering: .releasing)
        }
    }
}

/// Waits in a timer, a condition, an activity, and in `catch` blocks that wait again.
@Workflow private actor Hanging {
    static let alive = Census()
    private let member = Census.Member(Hanging.alive)
    private var never = false

    func run() async throws {
        async let timer: Void = context.sleep(.seconds(1000))
        async let condition: Void = conditional()
        async let activity: Void = context.executeActivity(
            ActivityReference<Void>(name: "any"),
            startToCloseTimeout: .seconds(1)
        )
        let plain = Task { try await again() }
        _ = try await (timer, condition, activity)
        try await plain.value
    }

    private func conditional() async throws {
        try await context.waitCondition { self.never }
    }

    private func again() async throws {
        do {
            try await context.sleep(.seconds(1))
        } catch {
            do {
                try await context.sleep(.seconds(2))
            } catch {
                try await context.executeActivity(
                    ActivityReference<Void>(name: "clean up"),
                    startToCloseTimeout: .seconds(1)
                )
            }
        }
    }
}

@Workflow private actor Stubborn {
    static let alive = Census()
    private let member = Census.Member(Stubborn.alive)

    func run() async throws {
        do {
            try await context.sleep(.seconds(1))
        } catch {
            context.logger.error("This must reach nobody.")
            try await context.withoutCancellation {
                try await self.context.sleep(.seconds(1))
            }
        }
        // A workflow that swallows the error and returns must not be completed by that.
    }
}

@Workflow private actor Drawing {
    static let alive = Census()
    private let member = Census.Member(Drawing.alive)

    func run() async throws {
        do {
            try await context.sleep(.seconds(1))
        } catch {
            var random = context.random
            // Zero would be refused for ever, and is never above a half.
            _ = Int.random(in: 1...3, using: &random)
            while Bool.random(using: &random) {}
            while !Bool.random(using: &random) {}
            throw error
        }
    }
}

@Workflow private actor Endless {
    func run() async throws {
        while true {
            do {
                try await context.sleep(.seconds(1))
            } catch {
                continue
            }
        }
    }
}

private final class Gate: Sendable {
    private let waiter = Mutex<CheckedContinuation<Void, Never>?>(nil)

    func wait() async {
        await withCheckedContinuation { continuation in waiter.withLock { $0 = continuation } }
    }

    func open() {
        waiter.withLock { $0.take() }?.resume()
    }
}

@Workflow private actor Foreign {
    static let alive = Census()
    static let gate = Gate()
    private let member = Census.Member(Foreign.alive)

    func run() async throws {
        async let timer: Void = context.sleep(.seconds(1000))
        await Self.gate.wait()
        try await timer
    }
}
