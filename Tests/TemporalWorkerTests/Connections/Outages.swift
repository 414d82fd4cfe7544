import Foundation
import Logging
import Synchronization
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// What happens to workflows while their server is away: it must not matter.
struct OutageScenario {
    /// How many runs are open.
    let runs: Int

    /// The connection, which must be made once only.
    let connection: GRPCConnection

    /// Runs the scenario: everything is started, the server goes away and comes back, and everything ends.
    ///
    /// Nothing is started anew on this side, and nothing but the server's absence is waited for.
    ///
    /// - Parameter outage: Takes the server away and brings it back.
    func run(_ outage: () async throws -> Void) async throws {
        let client = TemporalClient(
            service: connection,
            retry: .patient,
            logger: Logger(label: "outage") { _ in SwiftLogNoOpLogHandler() }
        )
        let queue = "outage-\(UUID())"
        let steps = OutageSteps()
        let worker = try TemporalWorker(
            client: client,
            taskQueue: queue,
            workflows: [OutageWorkflow.self],
            activities: [steps]
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            try await withThrowingTaskGroup(of: Int.self) { results in
                var handles: [WorkflowHandle<OutageWorkflow>] = []
                for number in 0..<runs {
                    let options = WorkflowOptions(id: "\(queue)-\(number)", taskQueue: queue)
                    let handle = try await client.startWorkflow(OutageWorkflow.self, number, options: options)
                    handles.append(handle)
                    // Somebody waits for each, from before the outage until after it.
                    results.addTask { try await handle.result() }
                }
                await steps.reached(runs)
                try await outage()
                // Some runs are still within their timer, others wait for their signal.
                try await withThrowingTaskGroup(of: Void.self) { signals in
                    for (number, handle) in handles.enumerated() {
                        signals.addTask { try await handle.signal(OutageWorkflow.go, number) }
                    }
                    try await signals.waitForAll()
                }
                var ended: Set<Int> = []
                for try await result in results { ended.insert(result) }
                #expect(ended == Set((0..<runs).map { $0 * 3 }))
                for handle in handles {
                    let types = try await handle.history().map(\.type)
                    // A call whose answer was lost is made again, and takes effect once.
                    #expect(types.count { $0 == "WorkflowExecutionSignaled" } == 1)
                    #expect(types.count { $0 == "ActivityTaskCompleted" } == 3)
                }
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

@Activities private final class OutageSteps: Sendable {
    private let state = Mutex<(done: Set<Int>, waiter: (count: Int, continuation: CheckedContinuation<Void, Never>)?)>(
        ([], nil)
    )

    /// Waits until so many runs have done their first step.
    func reached(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.done.count < count { state.waiter = (count, continuation) }
                return state.done.count >= count
            }
            if isReached { continuation.resume() }
        }
    }

    @Activity func note(_ number: Int) async throws {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.done.insert(number)
            guard let waiter = state.waiter, state.done.count >= waiter.count else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume()
    }

    @Activity func add(_ left: Int, _ right: Int) async throws -> Int { left + right }
}

@Workflow private actor OutageWorkflow {
    private var signalled: Int?

    func run(_ number: Int) async throws -> Int {
        try await context.executeActivity(OutageSteps.note, number, startToCloseTimeout: .seconds(10))
        try await context.sleep(.milliseconds(500 * (number % 5)))
        try await context.waitCondition { self.signalled != nil }
        let sum = try await context.executeActivity(
            OutageSteps.add,
            number,
            signalled ?? 0,
            startToCloseTimeout: .seconds(10)
        )
        return try await context.executeActivity(OutageSteps.add, sum, number, startToCloseTimeout: .seconds(10))
    }

    @Signal func go(_ number: Int) { signalled = number }
}

extension CallRetryOptions {
    /// For a machine that is so busy that a server needs its time to come back.
    static let patient = CallRetryOptions(
        maximumInterval: .seconds(1),
        maximumAttempts: 1000,
        maximumElapsed: .seconds(60)
    )
}
