import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct StartWorkflowTests {
    private let script = ScriptedService()

    private var client: TemporalClient {
        TemporalClient(service: script, namespace: "space", identity: "me")
    }

    private func started() {
        script.answer(.startWorkflowExecution) { _ in
            var response = APIStartWorkflowExecutionResponse()
            response.runID = "r1"
            return response
        }
    }

    @Test func `a start says what it is given and nothing else`() async throws {
        started()
        let handle = try await client.startWorkflow(
            Greeter.self,
            "Ada",
            3,
            options: WorkflowOptions(id: "w", taskQueue: "q")
        )
        #expect(handle.id == "w")
        #expect(handle.runID == nil)
        #expect(handle.resultRunID == "r1")
        #expect(handle.firstExecutionRunID == "r1")

        var expected = APIStartWorkflowExecutionRequest()
        expected.namespace = "space"
        expected.workflowID = "w"
        expected.workflowType.name = "Greeter"
        expected.taskQueue.name = "q"
        expected.taskQueue.kind = .normal
        let converter = PayloadConverter()
        expected.input = APIPayloads([try converter.encode("Ada"), try converter.encode(3)])
        expected.identity = "me"
        expected.workflowIDReusePolicy = .allowDuplicate
        expected.workflowIDConflictPolicy = .fail
        var request = try #require(script.requests(.startWorkflowExecution).first)
        #expect(UUID(uuidString: request.requestID) != nil)
        request.requestID = ""
        #expect(request == expected)
    }

    @Test func `every option is sent, with a signal too`() async throws {
        started()
        script.answer(.signalWithStartWorkflowExecution) { _ in
            var response = APISignalWithStartWorkflowExecutionResponse()
            response.runID = "r2"
            return response
        }
        let options = WorkflowOptions(
            id: "w",
            taskQueue: "q",
            executionTimeout: .seconds(60),
            runTimeout: .seconds(30),
            taskTimeout: .milliseconds(5500),
            idReusePolicy: .rejectDuplicate,
            idConflictPolicy: .useExisting,
            retryPolicy: RetryPolicy(maximumAttempts: 4),
            cronSchedule: "0 12 * * *",
            startDelay: .seconds(5),
            memo: ["note": "n", "number": 5],
            priority: Priority(key: 2),
            staticSummary: "in short",
            staticDetails: "at length"
        )
        _ = try await client.startWorkflow(named: "Greeter", "Ada", options: options)
        let handle = try await client.signalWithStart(
            Greeter.self,
            "Ada",
            3,
            signal: Greeter.greet,
            signalInput: "Bob",
            options: options
        )
        #expect(handle.resultRunID == "r2")
        // Nothing says whether that is the first run of its chain.
        #expect(handle.firstExecutionRunID == nil)

        let start = try #require(script.requests(.startWorkflowExecution).first)
        let converter = PayloadConverter()
        #expect(start.workflowExecutionTimeout.seconds == 60)
        #expect(start.workflowRunTimeout.seconds == 30)
        #expect(start.workflowTaskTimeout.seconds == 5)
        #expect(start.workflowTaskTimeout.nanos == 500_000_000)
        #expect(start.workflowIDReusePolicy == .rejectDuplicate)
        #expect(start.workflowIDConflictPolicy == .useExisting)
        #expect(start.retryPolicy.maximumAttempts == 4)
        #expect(start.cronSchedule == "0 12 * * *")
        #expect(start.workflowStartDelay.seconds == 5)
        #expect(
            start.memo.fields == ["note": try converter.encode("n").proto, "number": try converter.encode(5).proto]
        )
        #expect(start.priority.priorityKey == 2)
        #expect(try converter.decode(Payload(start.userMetadata.summary), as: String.self) == "in short")
        #expect(try converter.decode(Payload(start.userMetadata.details), as: String.self) == "at length")

        let signal = try #require(script.requests(.signalWithStartWorkflowExecution).first)
        #expect(signal.signalName == "greet")
        #expect(signal.signalInput == APIPayloads([try converter.encode("Bob")]))
        #expect(signal.input == APIPayloads([try converter.encode("Ada"), try converter.encode(3)]))
        #expect(signal.workflowID == "w")
        #expect(signal.workflowType.name == "Greeter")
        #expect(signal.taskQueue == start.taskQueue)
        #expect(signal.workflowExecutionTimeout == start.workflowExecutionTimeout)
        #expect(signal.workflowRunTimeout == start.workflowRunTimeout)
        #expect(signal.workflowTaskTimeout == start.workflowTaskTimeout)
        #expect(signal.workflowIDReusePolicy == start.workflowIDReusePolicy)
        #expect(signal.workflowIDConflictPolicy == start.workflowIDConflictPolicy)
        #expect(signal.retryPolicy == start.retryPolicy)
        #expect(signal.cronSchedule == start.cronSchedule)
        #expect(signal.workflowStartDelay == start.workflowStartDelay)
        #expect(signal.memo == start.memo)
        #expect(signal.priority == start.priority)
        #expect(signal.userMetadata == start.userMetadata)
        #expect(signal.identity == "me")
        #expect(!signal.requestID.isEmpty)
    }

    @Test func `a signal with start goes to a running workflow unless that is to be terminated`() async throws {
        script.answer(.signalWithStartWorkflowExecution) { _ in .init() }
        for policy in [WorkflowIDConflictPolicy.fail, .useExisting, .terminateExisting] {
            let options = WorkflowOptions(id: "w", taskQueue: "q", idConflictPolicy: policy)
            _ = try await client.signalWithStart(named: "W", signal: "s", options: options)
        }
        let sent = script.requests(.signalWithStartWorkflowExecution).map(\.workflowIDConflictPolicy)
        #expect(sent == [.useExisting, .useExisting, .terminateExisting])
    }

    /// What the service says of the chain of the run "r5", and the first run of it that a handle knows.
    struct Chain: Sendable {
        var first = ""
        var isStarted = false
        var policy = WorkflowIDConflictPolicy.fail
        var known: String?
        var knownOfSignal: String?
    }

    @Test(
        arguments: [
            Chain(first: "r1", policy: .useExisting, known: "r1", knownOfSignal: "r1"),
            Chain(first: "r5", isStarted: true, known: "r5", knownOfSignal: "r5"),
            // Servers that do not name the first run.
            Chain(isStarted: true, policy: .useExisting, known: "r5", knownOfSignal: "r5"),
            Chain(policy: .useExisting, known: nil, knownOfSignal: nil),
            Chain(policy: .fail, known: "r5", knownOfSignal: nil),
            Chain(policy: .terminateExisting, known: "r5", knownOfSignal: nil),
        ]
    )
    func `a handle knows the first run of a chain where that can be told`(_ chain: Chain) async throws {
        let start = APIStartWorkflowExecutionResponse.with {
            $0.runID = "r5"
            $0.firstExecutionRunID = chain.first
            $0.started = chain.isStarted
        }
        script.answer(.startWorkflowExecution) { _ in start }
        script.answer(.signalWithStartWorkflowExecution) { _ in
            .with {
                $0.runID = "r5"
                $0.firstExecutionRunID = chain.first
                $0.started = chain.isStarted
            }
        }
        script.answer(.executeMultiOperation) { _ in
            .with {
                $0.responses = [
                    .with { $0.startWorkflow = start },
                    .with { $0.updateWorkflow = .with { $0.stage = .accepted } },
                ]
            }
        }
        let options = WorkflowOptions(id: "w", taskQueue: "q", idConflictPolicy: chain.policy)
        let started = try await client.startWorkflow(named: "W", options: options)
        let updated = try await client.startUpdateWithStart(
            named: "W",
            update: "u",
            returning: Int.self,
            options: options
        ).workflow
        let signalled = try await client.signalWithStart(named: "W", signal: "s", options: options)
        #expect(started.firstExecutionRunID == chain.known)
        #expect(updated.firstExecutionRunID == chain.known)
        #expect(signalled.firstExecutionRunID == chain.knownOfSignal)
        #expect([started, updated, signalled].map(\.resultRunID) == ["r5", "r5", "r5"])
    }

    @Test func `a workflow without input and result is executed`() async throws {
        started()
        script.answer(.getWorkflowExecutionHistory) { _ in
            var event = APIHistoryEvent()
            event.workflowExecutionCompletedEventAttributes = .init()
            var response = APIGetWorkflowExecutionHistoryResponse()
            response.history.events = [event]
            return response
        }
        try await client.executeWorkflow(Silent.self, options: WorkflowOptions(id: "w", taskQueue: "q"))
        #expect(script.requests(.startWorkflowExecution).first?.hasInput == false)
        #expect(script.requests(.getWorkflowExecutionHistory).first?.execution.runID == "r1")
    }

    @Test func `a start is the same request when it is tried again`() async throws {
        script.answer(.startWorkflowExecution) { _ in throw RPCError(code: .unavailable, message: "no") }
        started()
        let time = ManualTiming()
        let client = TemporalClient(
            retrying: RetryingService(script, namespace: "space", timing: time.timing, logger: .silent),
            namespace: "space",
            logger: .silent
        )
        _ = try await client.startWorkflow(named: "W", options: WorkflowOptions(id: "w", taskQueue: "q"))
        let requests = script.requests(.startWorkflowExecution)
        #expect(requests.count == 2)
        #expect(requests.first == requests.last)
    }

    @Test func `an id in use says which run has it`() async throws {
        script.answer(.startWorkflowExecution) { _ in
            var detail = APIWorkflowExecutionAlreadyStartedFailure()
            detail.runID = "r0"
            throw RPCError(code: .alreadyExists, message: "there", detail: detail)
        }
        let error = await #expect(throws: WorkflowAlreadyStartedError.self) {
            _ = try await client.startWorkflow(named: "W", options: WorkflowOptions(id: "w", taskQueue: "q"))
        }
        #expect(error?.workflowID == "w")
        #expect(error?.runID == "r0")
        #expect(error?.workflowType == "W")
    }
}
