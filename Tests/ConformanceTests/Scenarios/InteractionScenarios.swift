import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// What messages, activities and the ends of runs have to do with each other.
@Suite(.timeLimit(.minutes(2))) struct InteractionScenarios {
    @Test(arguments: Backend.available)
    func `a signal handler calls an activity`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Reception.self]) { scene in
            let handle = try await scene.start(Reception.self, 2)
            try await handle.signal(Reception.announce, "Ada")
            try await handle.signal(Reception.announce, "Bob")
            #expect(try await handle.result().sorted() == ["Ada", "Bob"])
        }
    }

    @Test(arguments: Backend.available)
    func `a signal that comes as a run continues as new is not lost`(_ backend: Backend) async throws {
        let gate = Gate()
        Renewed.gates.add(gate)
        try await withScene(
            backend,
            workflows: [Renewed.self],
            configure: { $0.deadlockTimeout = .seconds(8) },
            { scene in
                let handle = try await scene.start(Renewed.self, gate.id, [])
                try await scene.eventually { gate.isReached }
                try await handle.signal(Renewed.add, "late")
                gate.open()
                #expect(try await handle.result() == ["late"])
                try await expectHistory(
                    scene.run(handle),
                    [
                        "WorkflowExecutionStarted Renewed",
                        "WorkflowTaskScheduled",
                        "WorkflowTaskStarted",
                        "WorkflowTaskFailed unhandledCommand server",
                        "WorkflowExecutionSignaled add",
                        "WorkflowTask",
                        "WorkflowExecutionContinuedAsNew Renewed by unspecified",
                    ]
                )
            }
        )
    }

    @Test(arguments: Backend.available)
    func `arguments and answers of other types are errors`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Reception.self]) { scene in
            let handle = try await scene.start(Reception.self, 1)
            let failed = await #expect(throws: QueryFailedError.self) {
                try await handle.untyped.query("seats", "many", as: Int.self)
            }
            #expect(failed?.message.contains("argument 1") == true)
            await #expect(throws: PayloadConversionError.self) {
                try await handle.untyped.query("seats", 3, as: [String].self)
            }
            // The run is none the worse for it.
            #expect(try await handle.query(Reception.seats, 3) == 3)
            try await handle.terminate()
        }
    }

    @Test(arguments: Backend.available)
    func `activities run side by side`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Reception.self, Meeting.self]) { scene in
            let handle = try await scene.start(Meeting.self, 5)
            #expect(try await handle.result() == 5)
        }
    }

    @Test(arguments: Backend.available)
    func `an activity updates its own workflow`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Reception.self]) { scene in
            let handle = try await scene.start(Reception.self, 1)
            try await handle.signal(Reception.callBack)
            #expect(try await handle.result() == ["seat for the caller"])
        }
    }

    @Test(arguments: Backend.available)
    func `an interceptor of the client stands around updates, and the workflow sees its headers`(
        _ backend: Backend
    ) async throws {
        let seen = Seen()
        try await withScene(
            backend,
            workflows: [Reception.self],
            configure: { $0.workflowInterceptors = [seen] },
            { scene in
                let client = TemporalClient(
                    service: scene.client.service,
                    identity: "conformance",
                    interceptors: [seen],
                    logger: scene.client.logger
                )
                let handle = try await scene.start(Reception.self, 2)
                let same = client.workflowHandle(for: Reception.self, id: handle.id)
                let seat = try await same.executeUpdate(Reception.reserve, "Ada")
                #expect(seat == "seat for Ada, please")
                let both = try await client.startUpdateWithStart(
                    Reception.self,
                    1,
                    update: Reception.reserve,
                    updateInput: "Bob",
                    waitFor: .completed,
                    options: scene.options()
                )
                #expect(try await both.update.result() == "seat for Bob, please")
                #expect(try await both.workflow.result() == ["seat for Bob, please"])
                #expect(
                    seen.notes == [
                        "reserve without start", "handled with token", "reserve with start of Reception",
                        "handled with token",
                    ]
                )
                try await handle.terminate()
            }
        )
    }
}

/// Greets whoever comes, until as many have come as it was told.
@Workflow private actor Reception {
    private var guests: [String] = []

    func run(_ number: Int) async throws -> [String] {
        try await context.waitCondition { self.guests.count >= number }
        try await context.waitCondition { self.context.allHandlersFinished }
        return guests
    }

    @Signal func announce(_ name: String) async throws {
        let name = try await context.executeActivity(Acts.echo, name, startToCloseTimeout: .seconds(30))
        guests.append(name)
    }

    @Signal func callBack() async throws {
        _ = try await context.executeActivity(
            Acts.reserveSeat,
            "the caller",
            startToCloseTimeout: .seconds(30),
            retryPolicy: RetryPolicy(maximumAttempts: 1)
        )
    }

    @Update func reserve(_ name: String) -> String {
        let seat = "seat for \(name)"
        guests.append(seat)
        return seat
    }

    @Query func seats(_ base: Int) -> Int { base + guests.count }
}

/// Runs activities that wait for each other.
@Workflow private actor Meeting {
    func run(_ size: Int) async throws -> Int {
        let id = context.info.workflowID
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<size {
                group.addTask { [context] in
                    _ = try await context.executeActivity(
                        Acts.meet,
                        "\(size) \(id)",
                        startToCloseTimeout: .seconds(30),
                        retryPolicy: RetryPolicy(maximumAttempts: 1)
                    )
                }
            }
            var count = 0
            for try await _ in group { count += 1 }
            return count
        }
    }
}

/// Continues as new at once, with what it was sent.
@Workflow private actor Renewed {
    static let gates = Gates()
    private var texts: [String] = []

    func run(_ gate: String, _ found: [String]) async throws -> [String] {
        if gate.isEmpty { return found + texts }
        Self.gates.pass(gate)
        try context.continueAsNew(Renewed.self, "", texts)
    }

    @Signal func add(_ text: String) { texts.append(text) }
}

/// Adds to updates what only an interceptor knows.
private final class Seen: ClientInterceptor, WorkflowInterceptor {
    private let state = Mutex<[String]>([])

    var notes: [String] { state.withLock { $0 } }

    func startUpdate(
        _ input: StartUpdateInput,
        next: (StartUpdateInput) async throws -> StartedUpdate
    ) async throws -> StartedUpdate {
        let start = input.start.map { "with start of \($0.workflowType)" } ?? "without start"
        state.withLock { $0.append("\(input.name) \(start)") }
        var input = input
        let name = try PayloadConverter().decode(input.arguments[0], as: String.self)
        input.arguments = [try PayloadConverter().encode("\(name), please")]
        input.headers["token"] = try PayloadConverter().encode("secret")
        return try await next(input)
    }

    func handleUpdate(
        _ input: HandleMessageInput,
        next: (HandleMessageInput) async throws -> Payload
    ) async throws -> Payload {
        if !input.context.isReplaying {
            state.withLock { $0.append("handled \(input.headers["token"] == nil ? "without" : "with") token") }
        }
        return try await next(input)
    }
}
