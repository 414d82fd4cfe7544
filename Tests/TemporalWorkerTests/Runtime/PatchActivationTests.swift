import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import TemporalWorker
import Testing

/// A worker decides which patches runs take on that come to them for the first time.
@Suite(.timeLimit(.minutes(1))) struct PatchActivationTests {
    static let cacheSizes = [1000, 0]

    private func run(
        _ cacheSize: Int,
        _ gate: Gate,
        _ body: (TestWorkflowEnvironment) async throws -> Void
    ) async throws {
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        options.plugins = [gate]
        try await TestWorkflowEnvironment.run(workflows: [Parcels.self], options: options, body)
    }

    private func markers(_ handle: WorkflowHandle<Parcels>) async throws -> Int {
        try await handle.history().count { $0.type == "MarkerRecorded" }
    }

    @Test(arguments: cacheSizes)
    func `a run that came to a patch before it was on goes the old way to its end`(_ cacheSize: Int) async throws {
        let gate = Gate()
        try await run(cacheSize, gate) { env in
            let old = try await env.startWorkflow(Parcels.self)
            try await env.sleep(for: .seconds(60))
            gate.isOpen.withLock { $0 = true }
            // The query asks too, and is told what the run was told.
            #expect(try await old.query(Parcels.isInsured) == false)
            let new = try await env.startWorkflow(Parcels.self)
            #expect(try await old.result() == [false, false, true])
            #expect(try await new.result() == [true, true, true])
            #expect(try await markers(old) == 1)
            #expect(try await markers(new) == 2)
            // Asked once by each run, and never on a replay; not for the one that is on its way out.
            #expect(gate.asked.withLock { $0 } == ["insure \(old.id)", "insure \(new.id)"])
        }
    }

    @Test func `a patch that the history has is taken by a worker that does not turn it on`() async throws {
        let gate = Gate()
        gate.isOpen.withLock { $0 = true }
        try await run(0, gate) { env in
            let handle = try await env.startWorkflow(Parcels.self)
            try await env.sleep(for: .seconds(60))
            gate.isOpen.withLock { $0 = false }
            #expect(try await handle.result() == [true, true, true])
        }
    }

    @Test func `a query that comes to a patch before the run is told what the run would be told`() async throws {
        let gate = Gate()
        try await run(1000, gate) { env in
            let handle = try await env.startWorkflow(Parcels.self)
            try await env.sleep(for: .seconds(60))
            #expect(try await handle.query(Parcels.isTracked) == false)
            gate.isOpen.withLock { $0 = true }
            #expect(try await handle.query(Parcels.isTracked) == true)
            _ = try await handle.result()
            #expect(try await markers(handle) == 1)
        }
    }
}

/// Turns patches on at once.
private final class Gate: WorkerPlugin {
    let name = "gate"
    let isOpen = Mutex(false)
    let asked = Mutex<[String]>([])

    func configure(_ worker: inout WorkerSetup) {
        worker.options.activatesPatch = { [self] patch in
            asked.withLock { $0.append("\(patch.id) \(patch.workflow.workflowID)") }
            return isOpen.withLock { $0 }
        }
    }
}

@Workflow private actor Parcels {
    func run() async throws -> [Bool] {
        var answers = [context.patched("insure")]
        try await context.sleep(.seconds(3600))
        answers.append(context.patched("insure"))
        context.deprecatePatch("weigh")
        answers.append(context.patched("weigh"))
        try await context.sleep(.seconds(60))
        return answers
    }

    @Query func isInsured() -> Bool { context.patched("insure") }
    @Query func isTracked() -> Bool { context.patched("track") }
}
