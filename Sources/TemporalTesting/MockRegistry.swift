import Foundation
import Synchronization
import Temporal
import TemporalTestServer

/// The mocks of an environment, and what went wrong with them.
final class MockRegistry: Sendable {
    private struct State {
        var activities: [ActivityExpectation] = []
        var workflows: [WorkflowExpectation] = []
        var operations: [NexusExpectation] = []
        /// The calls of mocked Nexus operations that go on, by the ids of the calls.
        var runningOperations: [String: NexusOperationInfo] = [:]
        /// How each run of a mocked workflow ends, so that a replay of it ends alike.
        var ends: [String: MockedAnswer] = [:]
        var problems: [String] = []
    }

    /// How one run of a mocked workflow ends, and after how long.
    private struct MockedAnswer: Sendable {
        var delay: Duration
        var end: Result<MockedEnd, any Error>
    }

    private let state = Mutex(State())
    let server: TestServer
    let failureConverter: FailureConverter

    init(server: TestServer, failureConverter: FailureConverter) {
        self.server = server
        self.failureConverter = failureConverter
    }

    /// Adds a mock.
    func add(_ expectation: ActivityExpectation) {
        state.withLock { $0.activities.append(expectation) }
    }

    /// Adds a mock.
    func add(_ expectation: WorkflowExpectation) {
        state.withLock { $0.workflows.append(expectation) }
    }

    /// Adds a mock.
    func add(_ expectation: NexusExpectation) {
        state.withLock { $0.operations.append(expectation) }
    }

    /// Notes something that makes the test fail.
    func note(_ problem: String) {
        state.withLock { state in
            if !state.problems.contains(problem) { state.problems.append(problem) }
        }
    }

    /// All that makes the test fail.
    func problems() -> [String] {
        state.withLock { state in
            state.problems + state.activities.compactMap(\.missing) + state.workflows.compactMap(\.missing)
                + state.operations.compactMap(\.missing)
        }
    }

    // MARK: Nexus operations

    /// The mocks of Nexus operations, in the order in which they were made.
    var nexusExpectations: [NexusExpectation] { state.withLock(\.operations) }

    /// Notes that a mocked operation goes on.
    ///
    /// - Returns: Whether it did not before.
    func addOperation(_ info: NexusOperationInfo) -> Bool {
        state.withLock { $0.runningOperations.updateValue(info, forKey: info.requestID) == nil }
    }

    /// Notes that a mocked operation ends.
    ///
    /// - Returns: Whether it went on.
    func removeOperation(_ info: NexusOperationInfo) -> Bool {
        state.withLock { $0.runningOperations.removeValue(forKey: info.requestID) != nil }
    }

    /// The call of a mocked operation that goes on under a token.
    func operation(token: String) -> NexusOperationInfo? {
        state.withLock { state in
            token.hasPrefix("mock-") ? state.runningOperations[String(token.dropFirst("mock-".count))] : nil
        }
    }

    // MARK: Activities

    /// Whether calls of an activity go to mocks.
    func hasMocks(ofActivity name: String) -> Bool {
        state.withLock { $0.activities.contains { $0.name == name } }
    }

    /// Lets time pass in an activity that does nothing.
    private func wait(_ duration: Duration, _ info: ActivityInfo) async throws {
        if let local = ActivityContext.running?.runtime as? any PausableActivity {
            try await local.pause(for: duration)
        } else {
            try await server.sleepInTask(taskToken: info.taskToken, for: duration)
        }
    }

    /// Runs in place of an activity.
    func call(
        _ info: ActivityInfo,
        _ input: [Payload],
        _ converter: PayloadConverter,
        _ definition: ActivityDefinition?
    ) async throws -> Payload {
        let call = MockCall(info: info, input: input, converter: converter, definition: definition)
        let candidates = state.withLock { $0.activities.filter { $0.name == info.activityType } }
        for candidate in candidates {
            guard let answer = candidate.take(call) else { continue }
            if answer.delay > .zero { try await wait(answer.delay, info) }
            do {
                return try await answer.body(call)
            } catch is CompletesAsynchronously where info.isLocal {
                // Nobody else can complete it: it hangs until its workflow or a timeout ends it.
                try await wait(.seconds(3600 * 24 * 365), info)
                throw CancellationError()
            }
        }
        if candidates.isEmpty, let definition { return try await definition.run(input, converter) }
        let problem =
            candidates.isEmpty
            ? "Activity '\(info.activityType)' was called, but it is neither mocked nor given to the environment."
            : "Activity '\(info.activityType)' was called (attempt \(info.attempt)), but no mock of it expects this call: "
                + candidates.map(\.limit).joined(separator: "; ") + "."
        note(problem)
        throw ApplicationError(problem, type: "UnexpectedActivityCall", nonRetryable: true)
    }

    // MARK: Workflows

    /// Whether the code of a run was a mock's.
    func hasMocked(runID: String) -> Bool {
        state.withLock { $0.ends[runID] != nil }
    }

    /// What runs in place of a workflow type; `nil` for one that has no mock.
    func blueprint(of type: String) -> WorkflowBlueprint? {
        guard state.withLock({ $0.workflows.contains { $0.name == type } }) else { return nil }
        return WorkflowBlueprint(name: type) { [self] context, arguments in
            let run = MockedRun(info: context.info, input: arguments.payloads, converter: context.converter)
            return WorkflowInstance { [self] in try await end(run, context) }
        }
    }

    private func end(_ run: MockedRun, _ context: WorkflowContext) async throws -> Payload {
        let answer = answer(to: run)
        if answer.delay > .zero { try await context.sleep(answer.delay) }
        switch answer.end {
        case .success(.result(let payload)):
            return payload
        case .success(.never):
            try await context.waitCondition { false }
            throw CancellationError()
        case .failure(let error):
            throw error
        }
    }

    private func answer(to run: MockedRun) -> MockedAnswer {
        if let known = state.withLock({ $0.ends[run.info.runID] }) { return known }
        let answer = newAnswer(to: run)
        state.withLock { $0.ends[run.info.runID] = answer }
        return answer
    }

    private func newAnswer(to run: MockedRun) -> MockedAnswer {
        let type = run.info.workflowType
        let candidates = state.withLock { $0.workflows.filter { $0.name == type } }
        for candidate in candidates {
            guard let answer = candidate.take(run) else { continue }
            let end = Result { try answer.body(run) }.mapError { error -> any Error in
                // Any other error would be a mistake of workflow code, and fail the task.
                error is any TemporalError
                    ? error : ApplicationError("\(error)", type: String(describing: Swift.type(of: error)))
            }
            return MockedAnswer(delay: answer.delay, end: end)
        }
        let problem =
            "Workflow '\(type)' was started as '\(run.info.workflowID)' (attempt \(run.info.attempt)), but no mock of it "
            + "expects this run: " + candidates.map(\.limit).joined(separator: "; ") + "."
        note(problem)
        let error = ApplicationError(problem, type: "UnexpectedWorkflowRun", nonRetryable: true)
        return MockedAnswer(delay: .zero, end: .failure(error))
    }
}
