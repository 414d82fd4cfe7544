import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// What a reset is for the code of a workflow.
@Suite(.timeLimit(.minutes(3))) struct ResetRunScenarios {
    @Test(.serialized, arguments: UpdateScenarios.places)
    func `a run that was reset makes its choices and takes its updates anew`(
        _ place: UpdateScenarios.Place
    ) async throws {
        try await withChooser(place) { scene, old in
            let before = try await old.query(Chooser.choices)
            let point = try #require(try await old.history().last { $0.type == "WorkflowTaskCompleted" })
            let drawn = try await old.executeUpdate(Chooser.draw, id: "draw")
            let new = try await old.reset(to: .event(point.id), reason: "again")

            // Nobody sends the update again.
            let drawnAnew = try await new.updateHandle(Chooser.draw, id: "draw").result()
            #expect(drawnAnew != drawn)
            let after = try await new.query(Chooser.choices)
            try #require(before.count == 2 && after.count == 3)
            #expect(after[0] == before[0], "what was before the point of the reset is kept")
            #expect(Set(before + after + [drawn]).count == 5, "what came after it is chosen anew")
            #expect(after.contains(drawnAnew))

            try await new.signal(Chooser.close)
            let end = try await new.result()
            #expect(end.runID == new.resultRunID)
            #expect(end.runID != old.resultRunID)
            #expect(end.originalRunID == old.resultRunID)
            #expect(end.firstRunID == old.resultRunID)
            try await expectHistory(
                new,
                [
                    "WorkflowExecutionStarted Chooser",
                    "WorkflowTask",
                    "TimerStarted 1 0.001 seconds",
                    "TimerFired 1",
                    "WorkflowTaskScheduled",
                    "WorkflowTaskStarted",
                    "WorkflowTaskFailed resetWorkflow unknown",
                    "WorkflowExecutionUpdateAdmitted",
                    "WorkflowTask",
                    "WorkflowExecutionUpdateAccepted",
                    "WorkflowExecutionUpdateCompleted success",
                    "WorkflowExecutionSignaled close",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(.serialized, arguments: UpdateScenarios.places)
    func `a run goes on when the one is deleted that it was taken from`(
        _ place: UpdateScenarios.Place
    ) async throws {
        try await withChooser(place) { scene, old in
            let point = try #require(try await old.history().last { $0.type == "WorkflowTaskCompleted" })
            let new = try await old.reset(to: .event(point.id), reason: "again")
            let first = scene.run(old)
            try await first.delete()
            // A real server comes back to a run that has ended later than to others.
            try await scene.eventually(within: .seconds(90)) { try await isGone(first) }
            // Both had the first part of the history.
            let drawn = try await new.executeUpdate(Chooser.draw)
            let choices = try await new.query(Chooser.choices)
            #expect(choices.count == 3 && choices.last == drawn)
            let history = try await new.history()
            #expect(history.first?.type == "WorkflowExecutionStarted")
            #expect(history.last?.type == "WorkflowExecutionUpdateCompleted")
            try await new.delete()
            try await scene.eventually { try await isGone(scene.client.workflowHandle(id: old.id)) }
        }
    }

    /// Runs a body with a workflow that has made two choices, in a task each.
    private func withChooser(
        _ place: UpdateScenarios.Place,
        _ body: (Scene, WorkflowHandle<Chooser>) async throws -> Void
    ) async throws {
        try await withScene(
            place.backend,
            workflows: [Chooser.self],
            configure: { $0.maximumCachedWorkflows = place.cache },
            { scene in
                let handle = try await scene.start(Chooser.self)
                // For the timer between the choices.
                try await scene.sleep(.milliseconds(5))
                try await scene.eventually { try await handle.describe().historyLength == 9 }
                try await body(scene, handle)
            }
        )
    }

    private func isGone(_ handle: WorkflowHandle<Chooser>) async throws -> Bool {
        do {
            _ = try await handle.describe()
            return false
        } catch is WorkflowNotFoundError {
            return true
        }
    }
}

/// Makes choices by chance until it is closed.
@Workflow private actor Chooser {
    /// Which runs it knows of.
    struct Runs: Codable, Sendable {
        var runID: String
        var originalRunID: String
        var firstRunID: String
    }

    private var chosen: [String] = []
    private var isClosed = false

    func run() async throws -> Runs {
        chosen.append(try context.uuid().uuidString)
        try await context.sleep(.milliseconds(1))
        chosen.append(try context.uuid().uuidString)
        try await context.waitCondition { self.isClosed }
        let info = context.info
        return Runs(runID: info.runID, originalRunID: info.originalRunID, firstRunID: info.firstRunID)
    }

    @Signal func close() { isClosed = true }

    @Query func choices() -> [String] { chosen }

    @Update func draw() throws -> String {
        let choice = try context.uuid().uuidString
        chosen.append(choice)
        return choice
    }
}
