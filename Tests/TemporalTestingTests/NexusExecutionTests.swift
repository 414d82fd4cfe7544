import Foundation
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import TemporalWorker
import Testing

/// Nexus operations that clients start, without a workflow around them.
@Suite(.timeLimit(.minutes(1))) struct NexusExecutionTests {
    private func run(
        interceptors: [any ClientInterceptor] = [],
        _ body: (TestWorkflowEnvironment) async throws -> Void
    ) async throws {
        var options = TestEnvironmentOptions()
        options.clientInterceptors = interceptors
        options.nexusEndpoints = ["kitchen"]
        options.searchAttributes = ["Table": .int, "Seats": .int]
        try await TestWorkflowEnvironment.run(
            workflows: [Roast.self],
            nexusServices: [Kitchen()],
            options: options,
            body
        )
    }

    @Test func `an operation answers at once`() async throws {
        try await run { env in
            let soup = try await env.client.executeNexusOperation(
                Kitchen.serve,
                "soup",
                endpoint: "kitchen",
                options: NexusExecutionOptions(id: "soup")
            )
            #expect(soup == "hot soup")
        }
    }

    @Test func `an operation goes on as a workflow, and is described`() async throws {
        try await run { env in
            let roast = try await env.client.startNexusOperation(
                Kitchen.roast,
                60,
                endpoint: "kitchen",
                options: NexusExecutionOptions(
                    id: "roast",
                    scheduleToCloseTimeout: .seconds(7200),
                    headers: ["Chef": "Ada"],
                    summary: "for table one"
                )
            )
            let token = try #require(try await roast.waitUntilStarted())
            let before = try await roast.describe()
            #expect(before.status == .running)
            #expect(before.token == token)
            #expect(before.attempts == 1)
            #expect(before.headers == ["chef": "Ada"])
            #expect(before.summary == "for table one")
            #expect(before.expirationTime == before.scheduleTime.addingTimeInterval(7200))
            #expect(!before.isCancelRequested)
            #expect(try await roast.result() == "done after 60 min")
            let after = try await roast.describe()
            #expect(after.status == .completed)
            #expect(after.closeTime?.timeIntervalSince(after.scheduleTime) == 3600)
            #expect(try await roast.waitUntilStarted() == token)
        }
    }

    @Test func `an interceptor sees the start, and may change it or answer by itself`() async throws {
        try await run(interceptors: [Waiter()]) { env in
            func order(_ dish: String) async throws -> NexusExecutionHandle<String> {
                try await env.client.startNexusOperation(
                    Kitchen.serve,
                    dish,
                    endpoint: "kitchen",
                    options: NexusExecutionOptions(id: dish)
                )
            }
            let soup = try await order("soup")
            #expect(try await soup.result() == "hot soup with bread")
            #expect(try await soup.describe().headers == ["waiter": "kitchen/Kitchen/serve"])
            #expect(soup.runID != nil)
            let again = try await order("the same")
            #expect(again.id == "soup" && again.runID == nil)
            #expect(try await again.result() == "hot soup with bread")
        }
    }

    @Test func `an operation that fails says why`() async throws {
        try await run { env in
            let error = await #expect(throws: NexusExecutionFailedError.self) {
                _ = try await env.client.executeNexusOperation(
                    Kitchen.serve,
                    "nothing",
                    endpoint: "kitchen",
                    options: NexusExecutionOptions(id: "nothing")
                )
            }
            #expect((error?.cause as? ApplicationError)?.message == "sold out")
            let failed = try await env.client.countNexusOperations("ExecutionStatus = 'Failed'")
            #expect(failed.total == 1)
        }
    }

    @Test func `an operation is cancelled, terminated and taken away`() async throws {
        try await run { env in
            func start(_ id: String) async throws -> NexusExecutionHandle<String> {
                try await env.client.startNexusOperation(
                    Kitchen.roast,
                    600,
                    endpoint: "kitchen",
                    options: NexusExecutionOptions(id: id)
                )
            }
            let first = try await start("first")
            _ = try await first.waitUntilStarted()
            try await first.cancel(reason: "no longer hungry")
            let cancelled = await #expect(throws: NexusExecutionFailedError.self) { _ = try await first.result() }
            #expect(cancelled?.cause is CancelledError)
            #expect(try await first.describe().isCancelRequested)
            let late = await #expect(throws: RPCError.self) { try await first.cancel() }
            #expect(late?.code == .failedPrecondition)

            let second = try await start("second")
            try await second.terminate(reason: "fire")
            let terminated = await #expect(throws: NexusExecutionFailedError.self) { _ = try await second.result() }
            #expect((terminated?.cause as? TerminatedError)?.message == "fire")

            try await second.delete()
            let gone = await #expect(throws: NexusExecutionNotFoundError.self) { _ = try await second.describe() }
            #expect(gone?.operationID == second.id && gone?.namespace == "default")
        }
    }

    @Test func `an id is in use until its operation has ended, by the policies`() async throws {
        try await run { env in
            func start(_ change: (inout NexusExecutionOptions) -> Void) async throws -> NexusExecutionHandle<String> {
                var options = NexusExecutionOptions(id: "roast")
                change(&options)
                return try await env.client.startNexusOperation(
                    Kitchen.roast,
                    10,
                    endpoint: "kitchen",
                    options: options
                )
            }
            let first = try await start { _ in }
            let conflict = await #expect(throws: NexusExecutionAlreadyStartedError.self) {
                _ = try await start { _ in }
            }
            #expect(conflict?.runID == first.runID)
            let same = try await start { $0.idConflictPolicy = .useExisting }
            #expect(same.runID == first.runID)
            _ = try await first.result()
            await #expect(throws: NexusExecutionAlreadyStartedError.self) {
                _ = try await start { $0.idReusePolicy = .rejectDuplicate }
            }
            await #expect(throws: NexusExecutionAlreadyStartedError.self) {
                _ = try await start { $0.idReusePolicy = .allowDuplicateFailedOnly }
            }
            let next = try await start { _ in }
            #expect(next.runID != first.runID)
            _ = try await next.result()
        }
    }

    @Test func `operations are listed and counted by filters`() async throws {
        try await run { env in
            for number in 1...3 {
                var options = NexusExecutionOptions(id: "soup-\(number)")
                options.searchAttributes = [SearchAttributeKey.int("Seats").set(number)]
                _ = try await env.client.executeNexusOperation(
                    Kitchen.serve,
                    "soup",
                    endpoint: "kitchen",
                    options: options
                )
            }
            let roast = try await env.client.startNexusOperation(
                Kitchen.roast,
                10,
                endpoint: "kitchen",
                options: NexusExecutionOptions(id: "roast")
            )
            let all = try await env.client.listNexusOperations(pageSize: 2).all()
            #expect(all.map(\.id) == ["roast", "soup-3", "soup-2", "soup-1"])
            let large = try await env.client.listNexusOperations("Seats > 1 AND Operation = 'serve'").all()
            #expect(large.map(\.id) == ["soup-3", "soup-2"])
            let running = try await env.client.listNexusOperations("ExecutionStatus = 'Running'").all()
            #expect(running.map(\.operation) == ["roast"])
            let counts = try await env.client.countNexusOperations("Service = 'Kitchen' GROUP BY ExecutionStatus")
            #expect(counts.total == 4)
            #expect(counts.groups.map(\.values) == [["Running"], ["Completed"]])
            _ = try await roast.result()
        }
    }

    @Test func `an operation times out where nobody takes it`() async throws {
        try await run { env in
            try await env.createNexusEndpoint("nowhere", taskQueue: "nobody")
            let handle = try await env.client.startNexusOperation(
                Kitchen.serve,
                "soup",
                endpoint: "nowhere",
                options: NexusExecutionOptions(id: "soup", scheduleToCloseTimeout: .seconds(3600))
            )
            let error = await #expect(throws: NexusExecutionFailedError.self) { _ = try await handle.result() }
            #expect((error?.cause as? TimeoutError)?.kind == .scheduleToClose)
        }
    }

    @Test func `an operation without a time limit that nobody takes is reported`() async throws {
        try await run { env in
            try await env.createNexusEndpoint("nowhere", taskQueue: "nobody")
            let handle = try await env.client.startNexusOperation(
                Kitchen.serve,
                "soup",
                endpoint: "nowhere",
                options: NexusExecutionOptions(id: "soup")
            )
            let error = await #expect(throws: RPCError.self) { _ = try await handle.result() }
            #expect(error?.code == .failedPrecondition)
            #expect(error?.message.contains("'soup'") == true, "\(error?.message ?? "")")
        }
    }
}

/// Adds to what is ordered.
private struct Waiter: ClientInterceptor {
    func startNexusOperation(
        _ input: StartNexusExecutionInput,
        next: (StartNexusExecutionInput) async throws -> StartedNexusExecution
    ) async throws -> StartedNexusExecution {
        let dish = try PayloadConverter().decode(input.argument, as: String.self)
        guard dish != "the same" else { return StartedNexusExecution(operationID: "soup", runID: nil) }
        var input = input
        input.argument = try PayloadConverter().encode("\(dish) with bread")
        input.options.headers["waiter"] = "\(input.endpoint)/\(input.service)/\(input.operation)"
        return try await next(input)
    }
}

@NexusService
private struct Kitchen {
    @NexusOperation
    func serve(_ dish: String) async throws -> String {
        if dish == "nothing" { throw NexusUnsuccessfulOperation("sold out") }
        return "hot \(dish)"
    }

    @NexusOperation
    func roast(_ minutes: Int) async throws -> NexusWorkflowRun<String> {
        let context = try NexusOperationContext.current
        return try await context.startWorkflow(
            Roast.self,
            minutes,
            options: WorkflowOptions(id: "roast-\(context.info.requestID)", taskQueue: context.info.taskQueue)
        )
    }
}

@Workflow
private actor Roast {
    func run(_ minutes: Int) async throws -> String {
        try await context.sleep(.seconds(60 * minutes))
        return "done after \(minutes) min"
    }
}
