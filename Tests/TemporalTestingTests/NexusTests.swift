import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import TemporalTestingTraits
import TemporalWorker
import TemporalXCTest
import Testing

/// Nexus operations in a test environment: called by workflows, run by real code or by mocks.
@Suite(.timeLimit(.minutes(1))) struct NexusTests {
    private func options(cacheSize: Int = 1000) -> TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        options.nexusEndpoints = ["desk"]
        return options
    }

    private func run(
        cacheSize: Int = 1000,
        services: [any NexusService] = [Desk()],
        _ body: (TestWorkflowEnvironment) async throws -> Void
    ) async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Visitor.self, Leaver.self, Errand.self],
            nexusServices: services,
            options: options(cacheSize: cacheSize),
            body
        )
    }

    static let cacheSizes = [1000, 0]

    // MARK: Real operations

    @Test(arguments: cacheSizes)
    func `a workflow calls an operation that answers at once`(_ cacheSize: Int) async throws {
        try await run(cacheSize: cacheSize) { env in
            let greeting = try await env.executeWorkflow(Visitor.self, "greet", "Ada")
            #expect(greeting == "Hello, Ada, greet of Desk at desk")
        }
    }

    @Test(arguments: cacheSizes)
    func `an operation goes on as a workflow, and ends with it`(_ cacheSize: Int) async throws {
        try await run(cacheSize: cacheSize) { env in
            let start = env.now
            let errand = try await env.executeWorkflow(Visitor.self, "errand", "3600")
            #expect(errand == "back after 3600 s")
            #expect(env.now.timeIntervalSince(start) >= 3600)
        }
    }

    @Test(arguments: ["fail", "cancel", "bad", "final"])
    func `what an operation's code throws reaches the caller`(_ what: String) async throws {
        let expected = [
            "fail": "NexusOperationError < ApplicationError(OperationError) 'no luck' < ApplicationError(Reason) 'why'",
            "cancel": "NexusOperationError < CancelledError 'not today'",
            "bad": "NexusOperationError < NexusHandlerError(BAD_REQUEST) 'not like this'",
            "final": "NexusOperationError < NexusHandlerError(INTERNAL) "
                + "'The handler failed with a non-retryable application error' < ApplicationError(Broken) 'for good'",
        ]
        try await run { env in
            let outcome = try await env.executeWorkflow(Visitor.self, what, "")
            #expect(outcome == expected[what])
        }
    }

    @Test func `trouble of a handler is tried again with growing pauses`() async throws {
        let desk = Desk(troubles: 3)
        try await run(services: [desk]) { env in
            let start = env.now
            let mood = try await env.executeWorkflow(Visitor.self, "moody", "")
            #expect(mood == "at last")
            #expect(desk.calls == 4)
            #expect(env.now.timeIntervalSince(start) == 1 + 2 + 4)
        }
    }

    @Test func `an operation times out while its handler is in trouble`() async throws {
        try await expectNoWait {
            try await run(services: [Desk(troubles: .max)]) { env in
                let start = env.now
                let result = try await env.executeWorkflow(Visitor.self, "impatient", "")
                #expect(result == "NexusOperationError < TimeoutError(scheduleToClose) 'operation timed out'")
                #expect(env.now.timeIntervalSince(start) == 20)
            }
        }
    }

    // MARK: Cancellation

    @Test(arguments: cacheSizes)
    func `a cancellation waits for the end of the operation`(_ cacheSize: Int) async throws {
        try await run(cacheSize: cacheSize) { env in
            let result = try await env.executeWorkflow(Leaver.self, "completed")
            #expect(result == "left after 5 s: NexusOperationError < CancelledError 'operation canceled'")
        }
    }

    @Test(arguments: cacheSizes)
    func `a cancellation waits for the handler to take note`(_ cacheSize: Int) async throws {
        try await run(cacheSize: cacheSize) { env in
            let result = try await env.executeWorkflow(Leaver.self, "requested")
            #expect(result == "left after 0 s: NexusOperationError < CancelledError 'Cancelled'")
        }
    }

    @Test(arguments: cacheSizes)
    func `a cancellation is passed on, and nobody waits`(_ cacheSize: Int) async throws {
        try await run(cacheSize: cacheSize) { env in
            let result = try await env.executeWorkflow(Leaver.self, "try")
            #expect(result == "left after 0 s: NexusOperationError < CancelledError 'Cancelled'")
            let errand = try await env.client.listWorkflows("WorkflowType = 'Errand'").all()
            #expect(errand.count == 1)
        }
    }

    @Test(arguments: cacheSizes)
    func `an abandoned operation goes on`(_ cacheSize: Int) async throws {
        try await run(cacheSize: cacheSize) { env in
            let result = try await env.executeWorkflow(Leaver.self, "abandon")
            #expect(result == "left after 0 s: NexusOperationError < CancelledError 'Cancelled'")
            let errands = try await env.client.listWorkflows("WorkflowType = 'Errand'").all()
            let errand = try #require(errands.first)
            let handle = env.client.workflowHandle(for: Errand.self, id: errand.id)
            #expect(try await handle.result() == "back after 3600 s")
        }
    }

    // MARK: Mocks

    @Test func `mocks return, fail and compute, and see their inputs`() async throws {
        try await run(services: []) { env in
            let greet = env.mock(Desk.greet).results([.success("one"), .failure(NexusUnsuccessfulOperation("two"))])
            let first = try await env.executeWorkflow(Visitor.self, "greet", "Ada")
            #expect(first == "one")
            let second = try await env.executeWorkflow(Visitor.self, "greet", "Bob")
            #expect(second == "NexusOperationError < ApplicationError(OperationError) 'two'")
            #expect(try greet.inputs().map { $0 } == ["Ada", "Bob"])
            #expect(greet.calls.map(\.operation) == ["greet", "greet"])
            env.mock(Desk.moody) { "computed" }
            let computed = try await env.executeWorkflow(Visitor.self, "moody", "")
            #expect(computed == "computed")
        }
    }

    @Test func `a mock can stand before the real operation`() async throws {
        try await run { env in
            env.mock(Desk.greet).when { $0 == "Ada" }.returns("mocked")
            env.mock(Desk.greet).callsReal()
            let mocked = try await env.executeWorkflow(Visitor.self, "greet", "Ada")
            #expect(mocked == "mocked")
            let real = try await env.executeWorkflow(Visitor.self, "greet", "Bob")
            #expect(real == "Hello, Bob, greet of Desk at desk")
        }
    }

    @Test func `a mocked operation goes on for a time before it ends`() async throws {
        try await run(services: []) { env in
            env.mock(Desk.errand).goesOn(for: .seconds(86_400)).returns("after a day")
            let start = env.now
            let late = try await env.executeWorkflow(Visitor.self, "errand", "1")
            #expect(late == "after a day")
            #expect(env.now.timeIntervalSince(start) == 86_400)
        }
    }

    @Test func `a mocked operation that goes on is cancelled by its caller`() async throws {
        try await run(services: []) { env in
            env.mock(Desk.errand).completesAsynchronously()
            let result = try await env.executeWorkflow(Leaver.self, "completed")
            #expect(result == "left after 0 s: NexusOperationError < CancelledError 'The operation was cancelled'")
        }
    }

    @Test func `the test ends a mocked operation`() async throws {
        try await run(services: []) { env in
            let errand = env.mock(Desk.errand).completesAsynchronously()
            let visitor = try await env.startWorkflow(Visitor.self, "errand", "1")
            try await env.sleep(for: .seconds(60))
            #expect(errand.callCount == 1)
            try errand.complete("by hand")
            #expect(try await visitor.result() == "by hand")
        }
    }

    @Test func `what waits for a mocked operation that nobody ends is reported`() async throws {
        try await run(services: []) { env in
            env.mock(Desk.errand).completesAsynchronously()
            let visitor = try await env.startWorkflow(Visitor.self, "errand", "1")
            let error = await #expect(throws: RPCError.self) { try await visitor.result() }
            #expect(error?.message.contains("Nexus operation 'Desk/errand' at endpoint 'desk'") == true)
            #expect(error?.message.contains("has started under the token") == true)
            try await visitor.terminate()
        }
    }

    @Test func `calls of operations are logged with their inputs and ends`() async throws {
        try await run { env in
            env.mock(Desk.errand).completesAsynchronously()
            _ = try await env.executeWorkflow(Visitor.self, "greet", "Ada")
            _ = try await env.executeWorkflow(Visitor.self, "fail", "")
            let visitor = try await env.startWorkflow(Visitor.self, "errand", "7")
            try await env.sleep(for: .seconds(1))
            let calls = env.calls.map(\.description)
            #expect(calls.count == 3)
            #expect(
                calls.first == "Nexus operation 'Desk/greet' (\"Ada\") returned \"Hello, Ada, greet of Desk at desk\""
            )
            #expect(calls.dropFirst().first?.hasPrefix("Nexus operation 'Desk/greet' (\"fail\") threw") == true)
            #expect(calls.last == "Nexus operation 'Desk/errand' (7) left its end to others")
            try await visitor.terminate()
        }
    }

    @Test(arguments: ["goes on", "completed", "failed"])
    func `the end of a mocked operation that goes on passes the codecs`(_ how: String) async throws {
        var options = options()
        options.dataConverter = DataConverter(
            failureConverter: FailureConverter(encodesCommonAttributes: true),
            codecs: [Sealing()]
        )
        try await TestWorkflowEnvironment.run(workflows: [Visitor.self], options: options) { env in
            let errand = env.mock(Desk.errand)
            if how == "goes on" {
                errand.goesOn(for: .seconds(60)).returns("secret")
            } else {
                errand.completesAsynchronously()
            }
            let visitor = try await env.startWorkflow(Visitor.self, "errand", "1")
            try await env.sleep(for: .seconds(1))
            if how == "completed" { try errand.complete("secret") }
            if how == "failed" { errand.fail(NexusUnsuccessfulOperation("secret")) }
            let result = try await visitor.result()
            #expect(result.hasSuffix(how == "failed" ? "ApplicationError(OperationError) 'secret'" : "secret"))
            let history = String(
                decoding: try await env.client.workflowHandle(id: visitor.id).history().json(),
                as: UTF8.self
            )
            #expect(!history.contains("secret"))
        }
    }

    @Test func `explored orders and evictions have real operations`() async throws {
        let visits: @Sendable (TestWorkflowEnvironment) async throws -> Void = { env in
            let greeting = try await env.executeWorkflow(Visitor.self, "greet", "Ada")
            #expect(greeting.hasPrefix("Hello, Ada"))
        }
        let workflows: [any Workflow.Type] = [Visitor.self]
        let orders = try await TestWorkflowEnvironment.explore(
            .seeds(3),
            workflows: workflows,
            nexusServices: [Desk()],
            options: options(),
            visits
        )
        #expect(orders == 3)
        try await TestWorkflowEnvironment.sweepEvictions(
            workflows: workflows,
            nexusServices: [Desk()],
            options: options(),
            visits
        )
        try await runTestWorkflowEnvironment(
            workflows: workflows,
            nexusServices: [Desk()],
            options: options(),
            visits
        ) { Issue.record("\($0)") }
    }

    @Test(.temporal(workflows: [Visitor.self], nexusServices: [Desk()], options: withDesk))
    func `an environment of a trait has real operations`() async throws {
        let env = try TestWorkflowEnvironment.required
        #expect(try await env.executeWorkflow(Visitor.self, "greet", "Ada").hasPrefix("Hello, Ada"))
    }

    @Test func `a real operation that was not given fails the test`() async throws {
        let error = await #expect(throws: TestFailure.self) {
            try await run(services: []) { env in
                env.mock(Desk.greet).callsReal()
                _ = try await env.executeWorkflow(Visitor.self, "greet", "Ada")
            }
        }
        let problem = error?.problems.first ?? ""
        #expect(problem.hasPrefix("A mock of Nexus operation 'Desk/greet' calls its real code, which was not given"))
    }

    @Test func `an unexpected call fails the test`() async throws {
        let error = await #expect(throws: TestFailure.self) {
            try await run(services: []) { env in
                _ = try await env.executeWorkflow(Visitor.self, "greet", "Ada")
            }
        }
        #expect(error?.problems.contains { $0.contains("'Desk/greet' was called, but it is neither mocked") } == true)
    }
}

/// Turns each bit around, and says so.
private struct Sealing: PayloadCodec {
    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { payload in
            let bytes = try payload.serialized()
            return Payload(encoding: "test/sealed", data: Data(bytes.map { ~$0 }))
        }
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { payload in
            try #require(payload.encoding == "test/sealed")
            return try Payload(serialized: Data(payload.data.map { ~$0 }))
        }
    }
}

private let withDesk: TestEnvironmentOptions = {
    var options = TestEnvironmentOptions()
    options.nexusEndpoints = ["desk"]
    return options
}()

@NexusService
private final class Desk: Sendable {
    private let troubles: Int
    private let count = Mutex(0)

    init(troubles: Int = 0) {
        self.troubles = troubles
    }

    var calls: Int { count.withLock { $0 } }

    @NexusOperation
    func greet(_ name: String) async throws -> String {
        let info = try NexusOperationContext.current.info
        switch name {
        case "fail":
            throw NexusUnsuccessfulOperation("no luck", cause: ApplicationError("why", type: "Reason"))
        case "cancel": throw NexusUnsuccessfulOperation("not today", state: .cancelled)
        case "bad": throw NexusHandlerError("not like this", type: .badRequest)
        case "final": throw ApplicationError("for good", type: "Broken", nonRetryable: true)
        default: return "Hello, \(name), \(info.operation) of \(info.service) at \(info.endpoint)"
        }
    }

    @NexusOperation
    func moody() async throws -> String {
        let call = count.withLock { count in
            count += 1
            return count
        }
        if call <= troubles { throw NexusHandlerError("not now", type: .unavailable) }
        return "at last"
    }

    @NexusOperation
    func errand(_ seconds: Int) async throws -> NexusWorkflowRun<String> {
        let context = try NexusOperationContext.current
        return try await context.startWorkflow(
            Errand.self,
            seconds,
            options: WorkflowOptions(id: "errand-\(context.info.requestID)", taskQueue: context.info.taskQueue)
        )
    }
}

/// Calls one operation.
@Workflow
private actor Visitor {
    func run(_ what: String, _ argument: String) async throws -> String {
        do {
            switch what {
            case "greet":
                return try await context.executeNexusOperation(Desk.greet, argument, endpoint: "desk")
            case "moody":
                return try await context.executeNexusOperation(Desk.moody, endpoint: "desk")
            case "impatient":
                return try await context.executeNexusOperation(
                    Desk.moody,
                    endpoint: "desk",
                    options: NexusOperationOptions(scheduleToCloseTimeout: .seconds(20))
                )
            case "errand":
                return try await context.executeNexusOperation(Desk.errand, Int(argument) ?? 0, endpoint: "desk")
            default:
                return try await context.executeNexusOperation(Desk.greet, what, endpoint: "desk")
            }
        } catch let error as NexusOperationError {
            return words(error)
        }
    }
}

/// Starts an operation and leaves it.
@Workflow
private actor Leaver {
    func run(_ how: String) async throws -> String {
        let cancellation: NexusOperationCancellationType =
            switch how {
            case "completed": .waitCancellationCompleted
            case "requested": .waitCancellationRequested
            case "try": .tryCancel
            default: .abandon
            }
        let operation = try await context.startNexusOperation(
            Desk.errand,
            3600,
            endpoint: "desk",
            options: NexusOperationOptions(cancellation: cancellation)
        )
        let start = context.now
        try operation.cancel()
        do {
            return try await operation.result()
        } catch let error as NexusOperationError {
            return "left after \(Int(context.now.timeIntervalSince(start))) s: \(words(error))"
        }
    }
}

/// Takes a while, and five seconds to clean up if it is cancelled.
@Workflow
private actor Errand {
    func run(_ seconds: Int) async throws -> String {
        do {
            try await context.sleep(.seconds(seconds))
        } catch {
            try await context.withoutCancellation { try await self.context.sleep(.seconds(5)) }
            throw error
        }
        return "back after \(seconds) s"
    }
}

/// An error and its causes in one line.
private func words(_ error: any Error) -> String {
    guard let known = error as? any TemporalError else { return "\(error)" }
    let text =
        switch known {
        case is NexusOperationError: "NexusOperationError"
        case let error as NexusHandlerError: "NexusHandlerError(\(error.type)) '\(error.message)'"
        case let error as ApplicationError: "ApplicationError(\(error.type)) '\(error.message)'"
        case let error as TimeoutError: "TimeoutError(\(error.kind)) '\(error.message)'"
        default: "\(type(of: known)) '\(known.message)'"
        }
    return known.cause.map { text + " < " + words($0) } ?? text
}
