import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

private let environment = ProcessInfo.processInfo.environment

/// Workflows and clients of this SDK and of Python's, on one real server.
///
/// Runs where `TEMPORAL_ADDRESS` names a server and `TEMPORAL_PYTHON` a Python that has what `requirements.txt` lists.
@Suite(.enabled(if: environment["TEMPORAL_ADDRESS"] != nil && environment["TEMPORAL_PYTHON"] != nil))
struct InteropTests {
    private let address = environment["TEMPORAL_ADDRESS"] ?? ""
    private let queue = "interop-\(UUID())"

    @Test(.timeLimit(.minutes(2)))
    func `A Python client runs Swift workflows and reads their results and failures`() async throws {
        try await withWorkers { _ in
            let peer = try Peer("client", address, queue)
            #expect(await peer.exitCode() == 0)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `A Swift client runs a Python workflow with arguments of all kinds`() async throws {
        try await withWorkers { client in
            let handle = try await client.startWorkflow(
                named: "PythonEcho",
                Record.sample,
                UInt64.max,
                bytes,
                String?.none,
                Record.sample.when,
                options: options()
            )
            try await handle.signal("note", "one", "!")
            try await handle.signal("note", "two")
            #expect(try await handle.result(as: Record.self).isSame(as: .sample))
            #expect(try await handle.query("listed", 0, as: [String].self) == ["one!", "two"])
            let refused = await #expect(throws: QueryFailedError.self) {
                try await handle.query("refuse", as: String.self)
            }
            #expect(refused?.message.contains("not now") == true)
            let absent = await #expect(throws: QueryFailedError.self) {
                try await handle.query("absent", as: String.self)
            }
            #expect(absent?.message.contains("listed") == true)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `A Swift client reads bytes and nothing from Python`() async throws {
        try await withWorkers { client in
            let data = try await client.startWorkflow(named: "PythonBytes", bytes, options: options())
            #expect(try await data.result(as: Data.self) == Data(bytes.reversed()))
            let list = try await client.startWorkflow(named: "PythonBytes", Data(), options: options())
            #expect(try await list.result(as: [UInt8].self) == [])
            let nothing = try await client.startWorkflow(named: "PythonNothing", options: options())
            #expect(try await nothing.result(as: String?.self) == nil)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: ["", "-encoded"])
    func `A Swift client reads a failure of Python with its details and causes`(_ suffix: String) async throws {
        try await withWorkers { client in
            let broken = try await failure(of: "application", client, queue + "-python" + suffix)
            let error = try #require(broken as? ApplicationError)
            #expect(error.message == "broken")
            #expect(error.type == "Broken")
            #expect(error.nonRetryable)
            try #require(error.details.count == 4)
            #expect(try client.converter.decode(error.details[0], as: [String: Int].self) == ["a": 1])
            #expect(try client.converter.decode(error.details[1], as: Int.self) == 7)
            #expect(try client.converter.decode(error.details[2], as: Int?.self) == nil)
            #expect(try client.converter.decode(error.details[3], as: Data.self) == bytes)
            let cause = try #require(error.cause as? ApplicationError)
            #expect(cause.type == "ValueError")
            #expect(cause.message == "inner")
            #expect(!cause.stackTrace.isEmpty)

            let activity = try #require(
                try await failure(of: "activity", client, queue + "-python" + suffix) as? ActivityError
            )
            #expect(activity.activityType == "python_refuse")
            #expect(activity.retryState == .maximumAttemptsReached)
            #expect((activity.cause as? ApplicationError)?.message == "refused")
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: ["", "-encoded"])
    func `A Swift client reads timeouts and the errors of children of Python`(_ suffix: String) async throws {
        try await withWorkers { client in
            let queue = queue + "-python" + suffix
            let late = try #require(try await failure(of: "timeout", client, queue) as? ActivityError)
            #expect(late.activityType == "python_refuse")
            #expect((late.cause as? TimeoutError)?.kind == .scheduleToStart)

            let child = try #require(try await failure(of: "child", client, queue) as? ChildWorkflowError)
            #expect(child.workflowType == "PythonChild")
            let cause = try #require(child.cause as? ApplicationError)
            #expect(cause.type == "Broken")
            #expect(cause.message == "broken")
            #expect(cause.nonRetryable)
            try #require(cause.details.count == 1)
            #expect(try client.converter.decode(cause.details[0], as: String.self) == "detail")

            let lost = try await client.startWorkflow(named: "PythonFailure", "lost child", options: options(queue))
            // It can be terminated once it has started.
            for try await event in try await lost.events(followsRun: true)
            where event.type == "ChildWorkflowExecutionStarted" {
                break
            }
            try await client.workflowHandle(id: "\(lost.id)-child").terminate(reason: "enough")
            let loss = await #expect(throws: WorkflowFailedError.self) { try await lost.result(as: Int?.self) }
            let terminated = try #require(loss?.cause as? ChildWorkflowError)
            #expect(terminated.workflowID == "\(lost.id)-child")
            #expect(terminated.cause is TerminatedError)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `A Swift client hears how a Python workflow was ended`() async throws {
        try await withWorkers { client in
            var limited = options()
            limited.runTimeout = .seconds(1)
            let slow = try await client.startWorkflow(named: "PythonFailure", "wait", options: limited)
            let late = await #expect(throws: WorkflowFailedError.self) { try await slow.result(as: Int?.self) }
            #expect((late?.cause as? TimeoutError)?.kind == .startToClose)

            let ended = try await client.startWorkflow(named: "PythonFailure", "wait", options: options())
            try await ended.terminate(reason: "enough")
            let loss = await #expect(throws: WorkflowFailedError.self) { try await ended.result(as: Int?.self) }
            #expect((loss?.cause as? TerminatedError)?.message.contains("enough") == true)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `A Python client updates, queries and signals a Swift workflow`() async throws {
        try await withWorkers { _ in
            let peer = try Peer("messages", address, queue)
            #expect(await peer.exitCode() == 0)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `A Swift client updates a Python workflow`() async throws {
        try await withWorkers { client in
            let handle = try await client.startWorkflow(named: "PythonCounter", options: options())
            #expect(try await handle.executeUpdate("add", 2, "two", as: String.self) == "2 two")
            let update = try await handle.startUpdate("add", 3, String?.none, as: String.self, id: "mine")
            #expect(try await update.result() == "5 None")
            for (amount, type) in [(-1, "TooLow"), (0, "Zero")] {
                let error = await #expect(throws: WorkflowUpdateFailedError.self) {
                    try await handle.executeUpdate("add", amount, String?.none, as: String.self)
                }
                #expect((error?.cause as? ApplicationError)?.type == type)
            }
            try await handle.signal("close")
            #expect(try await handle.result(as: Int.self) == 5)
            await #expect(throws: WorkflowNotFoundError.self) {
                try await handle.executeUpdate("add", 1, String?.none, as: String.self)
            }
            let started = try await client.startUpdateWithStart(
                named: "PythonCounter",
                update: "add",
                updateInput: 7,
                "seven",
                returning: String.self,
                options: options()
            )
            #expect(try await started.update.result() == "7 seven")
            try await started.workflow.signal("close")
            #expect(try await started.workflow.result(as: Int.self) == 7)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `A Swift client cancels a Python workflow`() async throws {
        try await withWorkers { client in
            let handle = try await client.startWorkflow(named: "PythonFailure", "wait", options: options())
            try await handle.cancel()
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result(as: Int?.self) }
            #expect(error.map { isCancellation($0.cause) } == true)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `A Python workflow calls Swift activities`() async throws {
        try await withWorkers { client in
            let handle = try await client.startWorkflow(named: "PythonCallsSwift", queue, options: options())
            #expect(try await handle.result(as: String.self) == "3.5 True refuse Refused It is refused.")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `A Swift workflow has Python children, which return, fail and are cancelled`() async throws {
        try await withWorkers { client in
            let handle = try await client.startWorkflow(
                SwiftParent.self,
                queue + "-python",
                options: options(queue)
            )
            #expect(
                try await handle.result() == [
                    "Python child of \(handle.id): signalled", "PythonChild Broken broken detail", "cancelled",
                ]
            )
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `A Python workflow has Swift children, which return, fail and are cancelled`() async throws {
        try await withWorkers { client in
            let handle = try await client.startWorkflow(named: "PythonParent", queue, options: options())
            #expect(
                try await handle.result(as: [String].self) == [
                    "Swift child of \(handle.id): signalled", "SwiftChild Broken broken detail", "cancelled",
                ]
            )
        }
    }

    // MARK: Both sides

    private func options(_ taskQueue: String? = nil) -> WorkflowOptions {
        var options = WorkflowOptions(id: "interop-\(UUID())", taskQueue: taskQueue ?? queue + "-python")
        options.executionTimeout = .seconds(60)
        return options
    }

    private func failure(of kind: String, _ client: TemporalClient, _ queue: String) async throws -> any Error {
        let handle = try await client.startWorkflow(named: "PythonFailure", kind, options: options(queue))
        let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result(as: Int?.self) }
        return try #require(error).cause
    }

    /// Runs a worker of each SDK while the body runs.
    private func withWorkers(_ body: (TemporalClient) async throws -> Void) async throws {
        let client = try await TemporalClient.connect(to: address)
        let worker = try TemporalWorker(
            client: client,
            taskQueue: queue,
            workflows: [
                SwiftEcho.self, SwiftBytes.self, SwiftNothing.self, SwiftOptional.self, SwiftList.self, SwiftDate.self,
                SwiftInteger.self, SwiftDouble.self, SwiftFailure.self, SwiftCallsPython.self,
                SwiftParent.self, SwiftChild.self, SwiftCounter.self,
            ],
            activities: [SwiftActivities()]
        )
        // As Python's `-encoded` worker: what errors say goes through the codecs.
        let encodingWorker = try TemporalWorker(
            client: TemporalClient(
                service: client.service,
                dataConverter: DataConverter(failureConverter: FailureConverter(encodesCommonAttributes: true))
            ),
            taskQueue: queue + "-encoded",
            workflows: [SwiftFailure.self, SwiftChild.self],
            activities: [SwiftActivities()]
        )
        let peer = try Peer("worker", address, queue + "-python")
        try await peer.waitUntilReady()
        let running = Task {
            try await withThrowingTaskGroup { group in
                for worker in [worker, encodingWorker] { group.addTask { try await worker.run() } }
                try await group.waitForAll()
            }
        }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(client))
        } catch {
            outcome = .failure(error)
        }
        peer.closeInput()
        #expect(await peer.exitCode() == 0)
        running.cancel()
        try await running.value
        try outcome.get()
    }
}
