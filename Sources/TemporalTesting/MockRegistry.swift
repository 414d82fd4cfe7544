import Foundation
import Synchronization
import Temporal
import TemporalTestServer

/// The mocks of an environment, and what went wrong with them.
final class MockRegistry: Sendable {
    private struct State {
        var expectations: [MockExpectation] = []
        var problems: [String] = []
    }

    private let state = Mutex(State())
    private let server: TestServer

    init(server: TestServer) {
        self.server = server
    }

    /// Adds a mock.
    func add(_ expectation: MockExpectation) {
        state.withLock { $0.expectations.append(expectation) }
    }

    /// Notes something that makes the test fail.
    func note(_ problem: String) {
        state.withLock { state in
            if !state.problems.contains(problem) { state.problems.append(problem) }
        }
    }

    /// All that makes the test fail.
    func problems() -> [String] {
        let (problems, expectations) = state.withLock { ($0.problems, $0.expectations) }
        return problems + expectations.compactMap(\.missing)
    }

    /// Lets time pass in an activity that does nothing.
    private func wait(_ duration: Duration, _ info: ActivityInfo) async throws {
        if let local = ActivityContext.running?.runtime as? any PausableActivity {
            try await local.pause(for: duration)
        } else {
            try await server.sleepInActivity(taskToken: info.taskToken, for: duration)
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
        let candidates = state.withLock { $0.expectations.filter { $0.name == info.activityType } }
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
}
