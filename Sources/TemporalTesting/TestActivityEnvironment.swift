import Foundation
import Logging
import Synchronization
public import Temporal

/// Runs activity code by itself, with everything that ``Temporal/ActivityContext`` offers.
///
/// ```swift
/// let environment = TestActivityEnvironment()
/// let route = try await environment.run { try await activities.getRoute(packet) }
/// #expect(try environment.heartbeats(of: Int.self) == [1, 2, 3])
/// ```
public final class TestActivityEnvironment: Sendable {
    private struct State {
        var heartbeats: [[Payload]] = []
        var reason: ActivityCancellationReason?
        var cancel: [Int: @Sendable () -> Void] = [:]
        var runs = 0
    }

    /// What the activity sees of its execution.
    public let info: ActivityInfo

    private let converter: PayloadConverter
    private let logger: Logger
    private let state = Mutex(State())

    /// Sets an environment up.
    ///
    /// - Parameters:
    ///   - info: What the activity is to see of its execution.
    ///   - converter: What turns heartbeat details into payloads and back.
    public init(info: ActivityInfo = .forTests(), converter: PayloadConverter = PayloadConverter()) {
        self.info = info
        self.converter = info.isStandalone ? converter : converter.with(SerializationContext(info))
        self.logger = Logger(label: "temporal.test") { _ in SwiftLogNoOpLogHandler() }
    }

    /// Runs activity code.
    ///
    /// - Parameter body: The code, usually one call of an activity.
    /// - Returns: What the code returns.
    /// - Throws: What the code throws.
    public func run<Value: Sendable>(_ body: @escaping @concurrent @Sendable () async throws -> Value) async throws
        -> Value
    {
        let context = ActivityContext(
            info: info,
            logger: logger,
            converter: converter,
            runtime: Runtime(environment: self)
        )
        let task = Task {
            try await ActivityContext.$running.withValue(context) { try await body() }
        }
        let (number, isCancelled) = state.withLock { state in
            state.runs += 1
            state.cancel[state.runs] = { task.cancel() }
            return (state.runs, state.reason != nil)
        }
        if isCancelled { task.cancel() }
        defer { state.withLock { $0.cancel[number] = nil } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Cancels the activity, as the server or the worker would.
    ///
    /// - Parameter reason: Why. The first reason counts.
    public func cancel(_ reason: ActivityCancellationReason = .requested) {
        let cancels = state.withLock { state in
            state.reason = state.reason ?? reason
            return state.cancel.sorted { $0.key < $1.key }.map(\.value)
        }
        for cancel in cancels { cancel() }
    }

    /// The details of all heartbeats so far, as payloads: none is left out.
    public var heartbeats: [[Payload]] { state.withLock(\.heartbeats) }

    /// The first detail of all heartbeats so far.
    ///
    /// - Parameter type: Its type.
    /// - Throws: `PayloadConversionError` if one is of another type; heartbeats without details are left out.
    public func heartbeats<Detail: Decodable>(of type: Detail.Type) throws -> [Detail] {
        try heartbeats.compactMap(\.first).map { try converter.decode($0, as: type) }
    }

    private struct Runtime: ActivityRuntime {
        let environment: TestActivityEnvironment

        func heartbeat(_ details: [Payload]) {
            environment.state.withLock { $0.heartbeats.append(details) }
        }

        var cancellationReason: ActivityCancellationReason? {
            environment.state.withLock(\.reason)
        }
    }
}

extension ActivityInfo {
    /// An info for tests. Every field can be changed.
    ///
    /// - Parameters:
    ///   - activityType: The name of the activity.
    ///   - attempt: The number of the attempt, from 1.
    ///   - heartbeatDetails: What the last attempt reported.
    /// - Returns: The info, with made-up ids.
    public static func forTests(
        activityType: String = "test-activity",
        attempt: Int = 1,
        heartbeatDetails: [Payload] = []
    ) -> ActivityInfo {
        let now = Date(timeIntervalSince1970: 0)
        return ActivityInfo(
            taskToken: Data("test-task-token".utf8),
            namespace: "default",
            taskQueue: "test",
            activityID: "1",
            activityType: activityType,
            workflowID: "test-workflow",
            runID: "test-run",
            workflowType: "TestWorkflow",
            attempt: attempt,
            scheduledTime: now,
            currentAttemptScheduledTime: now,
            startedTime: now,
            scheduleToCloseTimeout: nil,
            startToCloseTimeout: .seconds(60),
            heartbeatTimeout: nil,
            retryPolicy: nil,
            heartbeatDetails: heartbeatDetails,
            headers: [:]
        )
    }
}
