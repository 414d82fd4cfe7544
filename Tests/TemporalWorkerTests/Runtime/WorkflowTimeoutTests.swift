import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// What may take a certain time only, live, on replay and in runs that are never kept.
@Suite(.timeLimit(.minutes(1))) struct WorkflowTimeoutTests {
    static let cacheSizes = [1000, 0]

    private func run(_ cacheSize: Int, _ body: (TestWorkflowEnvironment) async throws -> Void) async throws {
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        try await TestWorkflowEnvironment.run(workflows: [Hasty.self], options: options) { env in
            env.mock(Broker.quote).after(.seconds(50)).returns(7)
            try await body(env)
        }
    }

    @Test(arguments: cacheSizes)
    func `what is done in time leaves a timer that was cancelled`(_ cacheSize: Int) async throws {
        try await run(cacheSize) { env in
            let handle = try await env.startWorkflow(Hasty.self, Haste(timeout: 60))
            #expect(try await handle.result() == "7 after 50 s")
            let events = try await handle.history().map(\.type)
            #expect(events.contains("TimerCanceled") && !events.contains("TimerFired"))
        }
    }

    @Test(arguments: cacheSizes)
    func `what takes too long is cancelled, and the error says so`(_ cacheSize: Int) async throws {
        try await run(cacheSize) { env in
            let handle = try await env.startWorkflow(Hasty.self, Haste(timeout: 20))
            #expect(try await handle.result() == "too long after 20 s: startToClose")
            #expect(try await handle.history().map(\.type).contains("ActivityTaskCancelRequested"))
        }
    }

    @Test(arguments: cacheSizes)
    func `who cleans up has the time for it, and may have a result nevertheless`(_ cacheSize: Int) async throws {
        try await run(cacheSize) { env in
            let tidy = try await env.executeWorkflow(Hasty.self, Haste(timeout: 20, way: "cleans up"))
            #expect(tidy == "too long after 25 s: startToClose")
            let stubborn = try await env.executeWorkflow(Hasty.self, Haste(timeout: 20, way: "goes on"))
            #expect(stubborn == "-1 after 20 s")
        }
    }

    @Test(arguments: cacheSizes)
    func `another error and a cancellation of the workflow are not taken for the end of the time`(
        _ cacheSize: Int
    ) async throws {
        try await run(cacheSize) { env in
            let failing = try await env.executeWorkflow(Hasty.self, Haste(timeout: 20, way: "fails"))
            #expect(failing == "failed: broken")
            let handle = try await env.startWorkflow(Hasty.self, Haste(timeout: 20))
            env.schedule(after: .seconds(5)) { try await handle.cancel() }
            #expect(try await handle.result() == "cancelled after 5 s")
        }
    }

    @Test(arguments: cacheSizes)
    func `a task of its own, one within another, and no time at all`(_ cacheSize: Int) async throws {
        try await run(cacheSize) { env in
            let inTask = try await env.executeWorkflow(Hasty.self, Haste(timeout: 20, isInTask: true))
            #expect(inTask == "too long after 20 s: startToClose")
            let tidy = Haste(timeout: 20, way: "cleans up", isInTask: true)
            #expect(try await env.executeWorkflow(Hasty.self, tidy) == "too long after 25 s: startToClose")
            let shielded = Haste(timeout: 20, way: "is shielded", isInTask: true)
            #expect(try await env.executeWorkflow(Hasty.self, shielded) == "7 after 50 s")
            let nested = try await env.executeWorkflow(Hasty.self, Haste(timeout: 40, way: "nests"))
            #expect(nested == "too long after 40 s: startToClose")
            let patient = try await env.executeWorkflow(Hasty.self, Haste(timeout: 100, way: "nests"))
            #expect(patient == "7 after 60 s")
            let none = try await env.executeWorkflow(Hasty.self, Haste(timeout: 0))
            #expect(none == "too long after 0 s: startToClose")
        }
    }

    @Test func `an error that nobody catches fails the workflow as a timeout`() async throws {
        try await run(1000) { env in
            let handle = try await env.startWorkflow(Hasty.self, Haste(timeout: 20, catches: false))
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect((error?.cause as? TimeoutError)?.kind == .startToClose)
        }
    }
}

private struct Haste: Codable, Sendable {
    var timeout: Int
    var way = "asks"
    var isInTask = false
    var catches = true
}

@Activities private struct Broker {
    @Activity func quote() async throws -> Int { 0 }
}

@Workflow private actor Hasty {
    func run(_ haste: Haste) async throws -> String {
        let start = context.now
        func seconds() -> Int { Int(context.now.timeIntervalSince(start)) }
        do {
            let quote =
                haste.isInTask
                ? try await Task { try await self.quote(haste) }.value : try await quote(haste)
            return "\(quote) after \(seconds()) s"
        } catch let error as TimeoutError where haste.catches {
            return "too long after \(seconds()) s: \(error.kind.rawValue)"
        } catch let error as ApplicationError {
            return "failed: \(error.message)"
        } catch  where isCancellation(error) {
            return "cancelled after \(seconds()) s"
        }
    }

    private func quote(_ haste: Haste) async throws -> Int {
        if haste.way == "is shielded" {
            // In a plain task, without a timeout.
            return try await context.withoutCancellation { try await self.ask() }
        }
        return try await context.withTimeout(.seconds(haste.timeout), summary: haste.way) {
            switch haste.way {
            case "fails":
                try await self.context.sleep(.seconds(5))
                throw ApplicationError("broken")
            case "cleans up":
                do {
                    return try await self.ask()
                } catch {
                    try await self.context.withoutCancellation { try await self.context.sleep(.seconds(5)) }
                    throw error
                }
            case "goes on":
                return (try? await self.ask()) ?? -1
            case "nests":
                do {
                    return try await self.context.withTimeout(.seconds(10)) { try await self.ask() }
                } catch is TimeoutError {
                    return try await self.ask()
                }
            default:
                return try await self.ask()
            }
        }
    }

    private func ask() async throws -> Int {
        try await context.executeActivity(Broker.quote, startToCloseTimeout: .seconds(300))
    }
}
