import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// Workflows that operators hold. Servers before these calls existed are passed over.
@Suite(.timeLimit(.minutes(2))) struct WorkflowPauseScenarios {
    @Test(arguments: Backend.available)
    func `a paused workflow goes on where it was`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Turnstile.self]) { scene in
            guard try await scene.hasCapability(\.workflowPause) else { return }
            let handle = try await scene.start(Turnstile.self)
            #expect(try await handle.query(Turnstile.count) == 0)
            try await handle.pause(reason: "lunch")
            let description = try await handle.describe()
            #expect(description.status == .paused && description.pause?.reason == "lunch")
            #expect(description.pause?.identity == "conformance")
            try await handle.signal(Turnstile.pass)
            let rejected = await #expect(throws: QueryRejectedError.self) { try await handle.query(Turnstile.count) }
            #expect(rejected?.status == .paused)
            let refused = await #expect(throws: RPCError.self) { try await handle.executeUpdate(Turnstile.take, 1) }
            #expect(refused?.code == .failedPrecondition)
            let second = await #expect(throws: RPCError.self) { try await handle.pause() }
            #expect(second?.code == .failedPrecondition)
            try await handle.unpause(reason: "back")
            #expect(try await handle.query(Turnstile.count) == 1)
            try await handle.signal(Turnstile.pass)
            #expect(try await handle.result() == 2)
            let events = try await handle.history().map(\.type)
            #expect(events.contains("WorkflowExecutionPaused") && events.contains("WorkflowExecutionUnpaused"))
        }
    }

    @Test(arguments: Backend.available)
    func `an activity of a paused workflow gets no further attempt`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Call.self]) { scene in
            guard try await scene.hasCapability(\.workflowPause) else { return }
            let handle = try await scene.start(Call.self, Plan(activity: "flakyFirst", input: "x", interval: 2000))
            try await scene.eventually { try await handle.describe().pendingActivities.first?.attempt == 2 }
            try await handle.pause()
            try await scene.sleep(.seconds(3))
            #expect(scene.notes.filter { $0 == "flakyFirst" }.count == 1)
            try await handle.unpause()
            #expect(try await handle.result() == "attempt 2 again")
        }
    }
}

/// Lets two pass.
@Workflow actor Turnstile {
    private var passed = 0

    func run() async throws -> Int {
        try await context.waitCondition { self.passed == 2 }
        return passed
    }

    @Signal func pass() { passed += 1 }

    @Query func count() -> Int { passed }

    @Update func take(_ number: Int) async throws -> Int { passed + number }
}
