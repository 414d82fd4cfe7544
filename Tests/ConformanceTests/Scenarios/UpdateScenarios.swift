import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalWorker
import Testing

/// Updates, from the client through the worker and back.
@Suite(.timeLimit(.minutes(2))) struct UpdateScenarios {
    /// With runs kept in memory, and with every task replayed from the start; one after the other, so that the histories of
    /// the two services are compared case by case.
    static let places = Backend.available.flatMap { [Place(backend: $0, cache: 1000), Place(backend: $0, cache: 0)] }

    struct Place: CustomTestStringConvertible {
        let backend: Backend
        let cache: Int
        var testDescription: String { "\(backend)\(cache == 0 ? ", without memory" : "")" }
    }

    private func withDesk(_ place: Place, _ body: (Scene) async throws -> Void) async throws {
        try await withScene(
            place.backend,
            workflows: [Desk.self],
            configure: { $0.maximumCachedWorkflows = place.cache },
            body
        )
    }

    /// Starts the workflow and waits for the end of its first task.
    private func open(_ scene: Scene) async throws -> WorkflowHandle<Desk> {
        let handle = try await scene.start(Desk.self, 1)
        try await scene.eventually { try await handle.describe().historyLength == 4 }
        return handle
    }

    private func failure(_ body: () async throws -> Void) async throws -> any TemporalError {
        let error = await #expect(throws: WorkflowUpdateFailedError.self) { try await body() }
        return try #require(error).cause
    }

    @Test(.serialized, arguments: places)
    func `an update returns a value, and leaves two events`(_ place: Place) async throws {
        try await withDesk(place) { scene in
            let handle = try await open(scene)
            #expect(try await handle.executeUpdate(Desk.raise, 5) == 5)
            #expect(try await handle.executeUpdate(Desk.raise, 2) == 7)
            try await handle.signal(Desk.close)
            #expect(try await handle.result() == "7")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Desk",
                    "WorkflowTask",
                    "WorkflowTask",
                    "WorkflowExecutionUpdateAccepted raise",
                    "WorkflowExecutionUpdateCompleted success",
                    "WorkflowTask",
                    "WorkflowExecutionUpdateAccepted raise",
                    "WorkflowExecutionUpdateCompleted success",
                    "WorkflowExecutionSignaled close",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(.serialized, arguments: places)
    func `a rejected update leaves no events, and the run goes on`(_ place: Place) async throws {
        try await withDesk(place) { scene in
            let handle = try await open(scene)
            let cause = try await failure { _ = try await handle.executeUpdate(Desk.raise, -1) }
            #expect((cause as? ApplicationError)?.message == "not below zero")
            let other = try await failure { _ = try await handle.executeUpdate(Desk.raise, -1) }
            #expect(other is ApplicationError)
            #expect(try await handle.describe().historyLength == 4)
            #expect(try await handle.executeUpdate(Desk.raise, 1) == 1)
            try await handle.signal(Desk.close)
            #expect(try await handle.result() == "1")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Desk",
                    "WorkflowTask",
                    "WorkflowTask",
                    "WorkflowExecutionUpdateAccepted raise",
                    "WorkflowExecutionUpdateCompleted success",
                    "WorkflowExecutionSignaled close",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a rejected update keeps the run in memory`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Desk.self]) { scene in
            let handle = try await open(scene)
            let before = Desk.made(handle.id)
            for _ in 0..<5 { _ = try await failure { _ = try await handle.executeUpdate(Desk.raise, -1) } }
            #expect(try await handle.executeUpdate(Desk.raise, 1) == 1)
            #expect(Desk.made(handle.id) == before, "the run was not replayed")
            try await handle.terminate()
        }
    }

    @Test(.serialized, arguments: places)
    func `what is wrong with an update before it is accepted rejects it`(_ place: Place) async throws {
        try await withDesk(place) { scene in
            let handle = try await open(scene)
            let absent = try await failure {
                _ = try await handle.untyped.executeUpdate("absent", as: Int.self)
            }
            #expect(absent.message.contains("Known updates: [raise, order, break"))
            let undecodable = try await failure {
                _ = try await handle.untyped.executeUpdate("raise", "text", as: Int.self)
            }
            #expect(undecodable.message.contains("Update 'raise' of workflow 'Desk', argument 1"))
            let plain = try await failure { _ = try await handle.executeUpdate(Desk.raise, -2) }
            #expect((plain as? ApplicationError)?.type == "Unexpected", "any error of a validator rejects")
            #expect(try await handle.describe().historyLength == 4)
            try await handle.terminate()
        }
    }

    @Test(.serialized, arguments: places)
    func `a Temporal error of the handler fails the update alone`(_ place: Place) async throws {
        try await withDesk(place) { scene in
            let handle = try await open(scene)
            let cause = try await failure { _ = try await handle.executeUpdate(Desk.fail, "sold out") }
            let error = try #require(cause as? ApplicationError)
            #expect(error.message == "sold out")
            #expect(error.type == "SoldOut")
            try await handle.signal(Desk.close)
            #expect(try await handle.result() == "0")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Desk",
                    "WorkflowTask",
                    "WorkflowTask",
                    "WorkflowExecutionUpdateAccepted fail",
                    "WorkflowExecutionUpdateCompleted application(SoldOut)",
                    "WorkflowExecutionSignaled close",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `any other error of the handler fails the workflow task, and mended code completes the update`(
        _ backend: Backend
    ) async throws {
        try await withScene(backend, workflows: [Desk.self]) { scene in
            let handle = try await open(scene)
            #expect(try await handle.executeUpdate(Desk.`break`, handle.id) == "mended")
            let events = try await scene.run(handle).history().map(\.type)
            #expect(events.contains("WorkflowTaskFailed"))
            #expect(events.suffix(2) == ["WorkflowExecutionUpdateAccepted", "WorkflowExecutionUpdateCompleted"])
            try await handle.terminate()
        }
    }

    @Test(arguments: Backend.available)
    func `a validator that acts fails the workflow task`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Desk.self]) { scene in
            let handle = try await open(scene)
            #expect(try await handle.executeUpdate(Desk.acting, handle.id) == "accepted")
            let history = try await scene.run(handle).history()
            let failed = history.proto.events.first { $0.eventType == .workflowTaskFailed }
            let message = try #require(failed).workflowTaskFailedEventAttributes.failure.message
            #expect(message.contains("The validator of update 'acting' of 'Desk' tried to draw random numbers"))
            try await handle.terminate()
        }
    }

    @Test(.serialized, arguments: places)
    func `an update is accepted, waits for an activity, and completes`(_ place: Place) async throws {
        try await withDesk(place) { scene in
            let handle = try await open(scene)
            let update = try await handle.startUpdate(Desk.order, "tea", id: "order-1")
            #expect(update.id == "order-1")
            #expect(update.runID == handle.resultRunID)
            #expect(try await update.result() == "tea in order-1 of order")
            #expect(try await handle.updateHandle(Desk.order, id: "order-1").result() == "tea in order-1 of order")
            try await handle.signal(Desk.close)
            #expect(try await handle.result() == "0")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Desk",
                    "WorkflowTask",
                    "WorkflowTask",
                    "WorkflowExecutionUpdateAccepted order",
                    "ActivityTaskScheduled 1 echo",
                    "ActivityTaskStarted",
                    "ActivityTaskCompleted",
                    "WorkflowTask",
                    "WorkflowExecutionUpdateCompleted success",
                    "WorkflowExecutionSignaled close",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(.serialized, arguments: places)
    func `an update id is one update, however often it is sent`(_ place: Place) async throws {
        try await withDesk(place) { scene in
            let handle = try await open(scene)
            #expect(try await handle.executeUpdate(Desk.raise, 5, id: "same") == 5)
            #expect(try await handle.executeUpdate(Desk.raise, 5, id: "same") == 5)
            #expect(try await handle.executeUpdate(Desk.raise, 1) == 6)
            try await handle.signal(Desk.close)
            #expect(try await handle.result() == "6")
        }
    }

    @Test(.serialized, arguments: places)
    func `updates and signals before the first task run in their order, before run`(_ place: Place) async throws {
        let scene = try await Scene(place.backend)
        let handle = try await scene.start(Desk.self, 1)
        try await handle.signal(Desk.note, "signal")
        let update = Task { try await handle.executeUpdate(Desk.raise, 5) }
        let second = Task { try await handle.executeUpdate(Desk.raise, 6) }
        // Both have to be there before the worker; a real server does not say.
        if let server = scene.server {
            try await scene.eventually { server.waitingCalls == 2 }
        } else {
            try await Task.sleep(for: .seconds(1))
        }
        try await scene.withWorker(workflows: [Desk.self], configure: { $0.maximumCachedWorkflows = place.cache }) {
            let sums = try await [update.value, second.value]
            #expect(sums == [5, 11] || sums == [11, 6])
            let log = try await handle.query(Desk.log)
            #expect(log.first == "signal")
            #expect(log.last == "run")
            #expect(log.count == 4)
            try await handle.signal(Desk.close)
            #expect(try await handle.result() == "11")
        }
    }

    @Test(.serialized, arguments: places)
    func `many updates at a time are handled one after the other`(_ place: Place) async throws {
        try await withDesk(place) { scene in
            let handle = try await open(scene)
            let sums = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await handle.executeUpdate(Desk.raise, 1) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(sums.sorted() == Array(1...8))
            try await handle.signal(Desk.close)
            #expect(try await handle.result() == "8")
        }
    }

    @Test(arguments: Backend.available)
    func `an accepted update survives the loss of its worker`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let handle = try await scene.start(Desk.self, 1)
        let update = try await scene.withWorker(workflows: [Desk.self]) {
            try await handle.startUpdate(Desk.waitForClose, id: "waits")
        }
        try await scene.withWorker(workflows: [Desk.self]) {
            try await handle.signal(Desk.close)
            #expect(try await update.result() == "waits closed")
            #expect(try await handle.result() == "0")
        }
    }

    @Test(.serialized, arguments: places)
    func `an update that the end of its run cuts off fails`(_ place: Place) async throws {
        try await withDesk(place) { scene in
            let handle = try await open(scene)
            let update = try await handle.startUpdate(Desk.hang)
            try await handle.signal(Desk.close)
            let cause = try await failure { try await update.result() }
            #expect((cause as? ApplicationError)?.type == "AcceptedUpdateCompletedWorkflow")
            #expect(try await handle.result() == "0")
            await #expect(throws: WorkflowNotFoundError.self) { try await handle.executeUpdate(Desk.raise, 1) }
            await #expect(throws: WorkflowUpdateNotFoundError.self) {
                try await handle.updateHandle(Desk.raise, id: "nobody sent this").result()
            }
        }
    }

    @Test(.serialized, arguments: places)
    func `an update that ends its run completes first`(_ place: Place) async throws {
        try await withDesk(place) { scene in
            let handle = try await open(scene)
            #expect(try await handle.executeUpdate(Desk.finish) == "finished")
            #expect(try await handle.result() == "0")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Desk",
                    "WorkflowTask",
                    "WorkflowTask",
                    "WorkflowExecutionUpdateAccepted finish",
                    "WorkflowExecutionUpdateCompleted success",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(.serialized, arguments: places)
    func `a run continues as new because of an update`(_ place: Place) async throws {
        try await withDesk(place) { scene in
            let handle = try await open(scene)
            #expect(try await handle.executeUpdate(Desk.raise, 4) == 4)
            #expect(try await handle.executeUpdate(Desk.renew) == nil)
            #expect(try await handle.executeUpdate(Desk.raise, 3) == 3, "the new run begins at zero")
            try await handle.signal(Desk.close)
            #expect(try await handle.result() == "3")
            try await expectHistory(
                scene.run(handle),
                [
                    "WorkflowExecutionStarted Desk",
                    "WorkflowTask",
                    "WorkflowTask",
                    "WorkflowExecutionUpdateAccepted raise",
                    "WorkflowExecutionUpdateCompleted success",
                    "WorkflowTask",
                    "WorkflowExecutionUpdateAccepted renew",
                    "WorkflowExecutionUpdateCompleted success",
                    "WorkflowExecutionContinuedAsNew Desk by unspecified",
                ]
            )
        }
    }

    @Test(.serialized, arguments: places)
    func `an update starts a workflow, or finds it`(_ place: Place) async throws {
        try await withDesk(place) { scene in
            var options = scene.options()
            let first = try await scene.client.startUpdateWithStart(
                Desk.self,
                1,
                update: Desk.raise,
                updateInput: 5,
                options: options
            )
            #expect(try await first.update.result() == 5)
            await #expect(throws: WorkflowAlreadyStartedError.self) {
                try await scene.client.executeUpdateWithStart(
                    Desk.self,
                    1,
                    update: Desk.raise,
                    updateInput: 1,
                    options: options
                )
            }
            options.idConflictPolicy = .useExisting
            let sum = try await scene.client.executeUpdateWithStart(
                Desk.self,
                1,
                update: Desk.raise,
                updateInput: 2,
                options: options
            )
            #expect(sum == 7)
            let rejected = try await scene.client.startUpdateWithStart(
                named: "Desk",
                1,
                update: "raise",
                updateInput: -1,
                returning: Int.self,
                options: options
            )
            #expect(try await failure { _ = try await rejected.update.result() }.message == "not below zero")
            try await first.workflow.signal(Desk.close)
            #expect(try await first.workflow.result() == "7")
            try await expectHistory(
                first.workflow,
                [
                    "WorkflowExecutionStarted Desk",
                    "WorkflowTask",
                    "WorkflowExecutionUpdateAccepted raise",
                    "WorkflowExecutionUpdateCompleted success",
                    "WorkflowTask",
                    "WorkflowExecutionUpdateAccepted raise",
                    "WorkflowExecutionUpdateCompleted success",
                    "WorkflowExecutionSignaled close",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }
}
