import Foundation
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
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
        var recording: ActivityRecording?
        /// The withheld patches that no run has asked for.
        var unaskedPatches: Set<String>
    }

    /// How one run of a mocked workflow ends, and after how long.
    private struct MockedAnswer: Sendable {
        var delay: Duration
        var end: Result<MockedEnd, any Error>
    }

    /// What the answers of mocks need of their environment.
    struct Host: Sendable {
        var server: TestServer
        var isInMemory: Bool
        var dataConverter: DataConverter
        /// The events of a run that the environment knows of.
        var events: @Sendable (_ namespace: String, _ workflowID: String, _ runID: String) -> [APIHistoryEvent]

        var failureConverter: FailureConverter { dataConverter.failureConverter }
    }

    private let state: Mutex<State>
    let host: Host
    private let realActivities: TestEnvironmentOptions.RealActivities
    private let maximumAttempts: Int

    /// The calls of mocks and activities, in their order.
    let log: CallLog

    init(host: Host, options: TestEnvironmentOptions) throws {
        self.host = host
        self.realActivities = options.realActivities
        self.maximumAttempts = options.maximumAttempts
        self.log = CallLog(server: host.server)
        self.state = Mutex(
            State(recording: try options.recording?.open(), unaskedPatches: options.withheldPatches)
        )
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

    /// Notes that workers were waited for in vain when they were to stop, because of the calls that have not ended.
    func noteLeftBehind() {
        let open = log.all.filter { $0.outcome == nil }
        guard !open.isEmpty else {
            return note(
                "A worker goes on although it was told to stop. Let its interceptors and plugins heed cancellation."
            )
        }
        for call in open {
            note("A worker cannot stop: \(call) although it was cancelled. Let its code heed cancellation.")
        }
    }

    /// All that makes the test fail.
    ///
    /// - Parameter isComplete: Whether the test has come to its end, so that what has not come by now is missing.
    func problems(isComplete: Bool) -> [String] {
        state.withLock { state in
            let problems =
                state.problems + state.activities.flatMap(\.mistakes) + state.workflows.flatMap(\.mistakes)
                + state.operations.flatMap(\.mistakes) + (state.recording?.errors ?? [])
            guard isComplete else { return problems }
            let unasked = state.unaskedPatches.sorted().map { patch in
                "Patch '\(patch)' is withheld (TestEnvironmentOptions.withheldPatches), but no run asked for it: mend its name, "
                    + "or leave it out."
            }
            return problems + state.activities.compactMap(\.missing) + state.workflows.compactMap(\.missing)
                + state.operations.compactMap(\.missing) + (state.recording?.missing ?? []) + unasked
        }
    }

    /// Notes that a run has asked for a patch.
    func noteQuestion(ofPatch id: String) {
        state.withLock { _ = $0.unaskedPatches.remove(id) }
    }

    /// Notes that the test is over: what ends from now on was cut off.
    func cutOffCalls() {
        state.withLock(\.recording)?.cutOffCalls()
    }

    /// Writes down what was recorded, for a test that has passed.
    func close() {
        do {
            try state.withLock(\.recording)?.close()
        } catch {
            note("The recording of activities was not written: \(error)")
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

    /// Whether calls of an activity go to mocks, and not to its real code alone.
    func hasMocks(ofActivity name: String) -> Bool {
        state.withLock { state in
            state.activities.contains { $0.name == name } || state.recording?.isReplay == true
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
        let entry = log.begin("activity '\(info.activityType)'", attempt: info.attempt, input)
        do {
            let result = try await answer(call)
            log.end(entry, .success(result))
            return result
        } catch {
            log.end(entry, .failure(error))
            throw error
        }
    }

    private func answer(_ call: MockCall) async throws -> Payload {
        let info = call.info
        guard info.attempt <= maximumAttempts else {
            throw unexpected(
                "Activity '\(info.activityType)' was tried \(maximumAttempts) times, and goes on to fail. Give it a retry "
                    + "policy that ends, or raise TestEnvironmentOptions.maximumAttempts."
            )
        }
        guard let recording = state.withLock(\.recording) else { return try await answerFromMocks(call) }
        if recording.isReplay {
            guard let recorded = recording.next(info.activityType, call.input) else {
                throw unexpected(
                    "Activity '\(info.activityType)' was called (attempt \(info.attempt)), but the recording has no such "
                        + "call left. Record it again."
                )
            }
            // The mock that answered when it was recorded counts the call as it did then.
            _ = try take(call)
            let actions = actions(for: info)
            if host.isInMemory {
                await actions.pass(recorded.duration, isAlive: recorded.end.isAnswer)
            }
            switch recorded.end {
            case .result(let payload): return payload
            case .failure(let failure): throw host.failureConverter.error(failure)
            case .open: throw try await actions.leaveOpen()
            }
        }
        let place = recording.begin(info.activityType, call.input)
        let start = host.server.moment.nanoseconds
        let result: Result<Payload, any Error>
        do {
            result = .success(try await answerFromMocks(call))
        } catch {
            result = .failure(error)
        }
        recording.end(place, recordedEnd(result), afterNanoseconds: host.server.moment.nanoseconds - start)
        return try result.get()
    }

    /// How a call ends for its caller.
    private func recordedEnd(_ result: Result<Payload, any Error>) -> RecordedCall.End {
        // Nobody hears what code makes of it whose attempt was given up, or whose worker is lost.
        let isLost = TestWorkflowEnvironment.current?.isCrashing.load(ordering: .acquiring) == true
        if isLost || ActivityContext.running?.isGivenUp == true { return .open }
        switch result {
        case .success(let payload): return .result(payload)
        case .failure(is CompletesAsynchronously): return .open
        case .failure(let error): return .failure(host.failureConverter.failure(error))
        }
    }

    private func actions(for info: ActivityInfo) -> MockHost {
        MockHost(server: host.server, isInMemory: host.isInMemory, info: info, note: { [self] in note($0) })
    }

    private func answerFromMocks(_ call: MockCall) async throws -> Payload {
        let info = call.info
        if let answer = try take(call) {
            let actions = actions(for: info)
            if answer.delay > .zero { try await actions.wait(answer.delay) }
            do {
                return try await answer.body(call, actions)
            } catch is CompletesAsynchronously {
                throw try await actions.leaveOpen()
            }
        } else if let definition = call.definition {
            guard realActivities.allows(info.activityType) else {
                throw unexpected(
                    "Activity '\(info.activityType)' was called, and its real code may not run: mock it, or name it in "
                        + "TestEnvironmentOptions.realActivities."
                )
            }
            return try await definition.run(call.input, call.converter)
        }
        throw unexpected(
            "Activity '\(info.activityType)' was called, but it is neither mocked nor given to the environment."
        )
    }

    /// Gives a call to the first mock of its activity that takes it.
    ///
    /// - Returns: What the mock answers; `nil` if the activity has none.
    /// - Throws: An error that makes the test fail if it has some, and none takes the call.
    private func take(_ call: MockCall) throws -> ActivityExpectation.Answer? {
        let info = call.info
        let candidates = state.withLock { $0.activities.filter { $0.name == info.activityType } }
        guard !candidates.isEmpty else { return nil }
        do {
            return try ActivityExpectation.give(call, to: candidates).answer
        } catch {
            throw unexpected(
                "Activity '\(info.activityType)' was called (attempt \(info.attempt)), but \(error.reason)."
            )
        }
    }

    private func unexpected(_ problem: String) -> any Error {
        note(problem)
        return ApplicationError(problem, type: "UnexpectedActivityCall", nonRetryable: true)
    }

    // MARK: Workflows

    /// Whether the code of a run was a mock's.
    func hasMocked(runID: String) -> Bool {
        state.withLock { $0.ends[runID] != nil }
    }

    /// The events of a mocked run that the environment knows of.
    func events(of run: MockedRun) -> [APIHistoryEvent] {
        run.info.runID.isEmpty ? [] : host.events(run.info.namespace, run.info.workflowID, run.info.runID)
    }

    /// Lets mocks decide which children start.
    func refusesChildren() {
        host.server.refuseChildren { [weak self] child in self?.refuses(child) ?? false }
    }

    private func refuses(_ child: TestServer.ChildStart) -> Bool {
        let call = MockedRun(child, host.dataConverter.payloadConverter)
        let type = call.info.workflowType
        let candidates = state.withLock { $0.workflows.filter { $0.name == type } }
        guard candidates.contains(where: \.isRefusal) else { return false }
        guard host.dataConverter.codecs.isEmpty || !candidates.contains(where: \.looksAtInput) else {
            note(
                "Which child '\(type)' fails to start cannot depend on its input here: the codecs of the environment's data "
                    + "converter have encoded it. Use whenStarted, onTaskQueue or startedBy."
            )
            return false
        }
        // A child that nobody expects starts, and is reported then.
        guard (try? WorkflowExpectation.taker(of: call, among: candidates))?.isRefusal == true,
            (try? WorkflowExpectation.give(call, to: candidates)) != nil
        else { return false }
        let entry = log.begin("workflow '\(type)'", attempt: 1, call.input, at: child.time)
        log.end(entry, workflow: .failure(ApplicationError("It was not let start.", type: "Refused")))
        return true
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
        let answer = answer(to: run, runID: context.info.runID)
        if answer.delay > .zero { try await context.sleep(answer.delay) }
        switch answer.end {
        case .success(.result(let payload)):
            return payload
        case .success(.never), .success(.refused):
            // None is refused that runs: its answer is a failure.
            try await context.waitCondition { false }
            throw CancellationError()
        case .failure(let error):
            throw error
        }
    }

    private func answer(to run: MockedRun, runID: String) -> MockedAnswer {
        if let known = state.withLock({ $0.ends[runID] }) { return known }
        let answer = newAnswer(to: run)
        state.withLock { $0.ends[runID] = answer }
        return answer
    }

    private func newAnswer(to run: MockedRun) -> MockedAnswer {
        let type = run.info.workflowType
        let attempt = run.info.attempt
        let entry = log.begin("workflow '\(type)'", attempt: attempt, run.input)
        let candidates = state.withLock { $0.workflows.filter { $0.name == type } }
        var delay = Duration.zero
        var end: Result<MockedEnd, any Error>
        do {
            let (mock, answer) = try WorkflowExpectation.give(run, to: candidates)
            delay = answer.delay
            end = Result { try answer.body(run) }.mapError { error -> any Error in
                // Any other error would be a mistake of workflow code, and fail the task.
                error is any TemporalError
                    ? error : ApplicationError("\(error)", type: String(describing: Swift.type(of: error)))
            }
            if case .success(.refused) = end {
                end = .failure(
                    unexpectedRun(
                        "Workflow '\(type)' was started as '\(run.info.workflowID)', but its mock at \(mock.location) "
                            + "says failsToStart, which works only in the service in memory, and only where a parent starts it."
                    )
                )
            }
        } catch {
            end = .failure(
                unexpectedRun(
                    "Workflow '\(type)' was started as '\(run.info.workflowID)' (attempt \(attempt)), but \(error.reason)."
                )
            )
        }
        log.end(entry, workflow: end)
        return MockedAnswer(delay: delay, end: end)
    }

    private func unexpectedRun(_ problem: String) -> any Error {
        note(problem)
        return ApplicationError(problem, type: "UnexpectedWorkflowRun", nonRetryable: true)
    }
}

extension MockedRun {
    /// A child that is about to start.
    fileprivate init(_ child: TestServer.ChildStart, _ converter: PayloadConverter) {
        let attributes = child.attributes
        info = WorkflowInfo(
            namespace: attributes.namespace,
            workflowID: attributes.workflowID,
            runID: "",
            firstRunID: "",
            continuedRunID: nil,
            workflowType: attributes.workflowType.name,
            taskQueue: attributes.taskQueue.name,
            attempt: 1,
            startTime: child.time,
            executionTimeout: attributes.hasWorkflowExecutionTimeout
                ? Duration(attributes.workflowExecutionTimeout) : nil,
            runTimeout: attributes.hasWorkflowRunTimeout ? Duration(attributes.workflowRunTimeout) : nil,
            taskTimeout: Duration(attributes.workflowTaskTimeout),
            retryPolicy: attributes.hasRetryPolicy ? RetryPolicy(attributes.retryPolicy) : nil,
            cronSchedule: attributes.cronSchedule.isEmpty ? nil : attributes.cronSchedule,
            parent: WorkflowInfo.Execution(
                namespace: child.parent.namespace,
                workflowID: child.parent.workflowID,
                runID: child.parent.runID
            ),
            priority: attributes.hasPriority ? Priority(attributes.priority) : nil,
            memo: attributes.memo.fields.mapValues(Payload.init),
            searchAttributes: SearchAttributes(attributes.searchAttributes),
            headers: attributes.header.fields.mapValues(Payload.init),
            lastCompletionResult: [],
            lastFailure: nil
        )
        input = attributes.input.payloads.map(Payload.init)
        self.converter = converter.with(
            SerializationContext(namespace: attributes.namespace, workflowID: attributes.workflowID)
        )
    }
}
