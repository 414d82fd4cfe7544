public import Foundation
import Logging
import Synchronization
public import Temporal
public import TemporalClient
import TemporalTestServer
import TemporalWorker

/// Runs activity code by itself, with everything that ``Temporal/ActivityContext`` offers.
///
/// ```swift
/// let environment = TestActivityEnvironment()
/// let route = try await environment.run { try await activities.getRoute(packet) }
/// #expect(try environment.heartbeats(of: Int.self) == [1, 2, 3])
/// ```
///
/// The environment has a clock of its own. It passes over waits of a ``TestClock`` in no time, and the start-to-close and
/// heartbeat timeouts of ``info`` are counted on it: they cancel the activity. ``advance(by:)`` moves it by hand.
public final class TestActivityEnvironment: Sendable {
    private struct State {
        var heartbeats: [[Payload]] = []
        var sent: [[Payload]] = []
        var unsent: [Payload]?
        var isReporting = false
        /// Takes the next report back.
        var dropReport: (@Sendable () -> Void)?
        var reason: ActivityCancellationReason?
        var cancel: [Int: @Sendable () -> Void] = [:]
        var runs = 0
        /// How many run now.
        var running = 0
        var dropHeartbeatTimeout: (@Sendable () -> Void)?
        /// That the worker has begun to stop.
        var stop = StopNotice()
    }

    /// What the activity sees of its execution.
    public let info: ActivityInfo

    private let converter: PayloadConverter
    private let logger: Logger
    private let interceptors: [any ActivityInterceptor]
    private let server: TestServer
    private let threads = EnvironmentThreads()
    private let state = Mutex(State())

    /// Sets an environment up.
    ///
    /// - Parameters:
    ///   - info: What the activity is to see of its execution, its timeouts among it.
    ///   - converter: What turns heartbeat details into payloads and back.
    ///   - interceptors: What stands around each run and its heartbeats; the first is the outermost. As a run is given code
    ///     and no values, they see no arguments and a result that is empty. Default: none.
    public init(
        info: ActivityInfo = .forTests(),
        converter: PayloadConverter = PayloadConverter(),
        interceptors: [any ActivityInterceptor] = []
    ) {
        self.info = info
        self.converter = info.isStandalone ? converter : converter.with(SerializationContext(info))
        self.interceptors = interceptors
        self.logger = Logger(label: "temporal.test") { _ in SwiftLogNoOpLogHandler() }
        let server = TestServer(options: TestServer.Options(clock: .skipping(start: info.startedTime)))
        self.server = server
        server.pauseSkipping()
        threads.setOnIdle { [weak server] in server?.advanceToNextSleeper() }
        // A timeout or a report that came in between leaves the code where it sleeps.
        server.afterActions { [weak server, threads] in if threads.isIdle { server?.advanceToNextSleeper() } }
    }

    deinit {
        server.shutdown()
    }

    /// A client of a service in memory, for activities that take one. No worker runs there.
    public var client: TemporalClient {
        TemporalClient(service: server, identity: "test", logger: logger)
    }

    /// What the environment's clock shows. It begins with the start time of ``info``.
    public var now: Date { server.now }

    /// Moves the environment's clock: timeouts that run out on the way cancel the activity, and code that sleeps by a
    /// ``TestClock`` wakes up.
    public func advance(by duration: Duration) {
        server.advance(by: duration)
    }

    /// Runs activity code. Each run is an execution of its own: what cancelled one does not cancel the next.
    ///
    /// - Parameter body: The code, usually one call of an activity.
    /// - Returns: What the code returns.
    /// - Throws: What the code or an interceptor throws; an error if an interceptor answers and does not run the code.
    public func run<Value: Sendable>(_ body: @escaping @concurrent @Sendable () async throws -> Value) async throws
        -> Value
    {
        let context = ActivityContext(
            info: info,
            logger: logger,
            converter: converter,
            interceptors: interceptors,
            host: ActivityHost(stop: state.withLock(\.stop), client: client),
            runtime: Runtime(environment: self)
        )
        let dropTimeout = info.startToCloseTimeout.map { timeout in
            server.planned(after: timeout) { [weak self] in self?.cancel(.timedOut) }
        }
        state.withLock { $0.running += 1 }
        expectHeartbeat()
        let task = Task(executorPreference: threads) { [self] in
            try await ActivityContext.$running.withValue(context) { try await intercepted(body) }
        }
        let (number, isCancelled) = state.withLock { state in
            state.runs += 1
            state.cancel[state.runs] = { task.cancel() }
            return (state.runs, state.reason != nil)
        }
        if isCancelled { task.cancel() }
        defer {
            dropTimeout?()
            let drops = state.withLock { state in
                state.cancel[number] = nil
                state.running -= 1
                guard state.running == 0 else { return [(@Sendable () -> Void)?]() }
                // What ended this run says nothing of the next, nor what it had still to report.
                state.reason = nil
                state.unsent = nil
                state.isReporting = false
                if state.stop.isGiven { state.stop = StopNotice() }
                defer { (state.dropHeartbeatTimeout, state.dropReport) = (nil, nil) }
                return [state.dropHeartbeatTimeout, state.dropReport]
            }
            for drop in drops { drop?() }
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Runs code within the interceptors.
    private func intercepted<Value: Sendable>(
        _ body: @escaping @concurrent @Sendable () async throws -> Value
    ) async throws -> Value {
        let result = Mutex<Value?>(nil)
        _ = try await throughInterceptors(
            interceptors[...],
            ExecuteActivityInput(info: info, arguments: []),
            { try await $0.execute($1, next: $2) },
            { _ in
                let value = try await body()
                result.withLock { $0 = value }
                return Payload(encoding: "binary/null", data: Data())
            }
        )
        guard let value = result.withLock({ $0 }) else { throw CodeDidNotRun() }
        return value
    }

    /// Cancels the activity that runs, as the server or the worker would, or else the one that is run next.
    ///
    /// - Parameter reason: Why. The first reason counts.
    public func cancel(_ reason: ActivityCancellationReason = .requested) {
        let cancels = state.withLock { state in
            state.reason = state.reason ?? reason
            return state.cancel.sorted { $0.key < $1.key }.map(\.value)
        }
        for cancel in cancels { cancel() }
    }

    /// Tells the activity that runs, or else the one that is run next, that the worker has begun to stop. To end the grace
    /// period, use ``cancel(_:)`` with `workerShutdown`.
    public func beginWorkerStop() {
        state.withLock(\.stop).give()
    }

    // MARK: Heartbeats

    /// The details of all heartbeats so far, as payloads: none is left out.
    public var heartbeats: [[Payload]] { state.withLock(\.heartbeats) }

    /// The details of those heartbeats that a worker would have sent by now: the first at once, and then the newest, at most
    /// one in 80 % of the heartbeat timeout, or in 30 s without one.
    public var sentHeartbeats: [[Payload]] { state.withLock(\.sent) }

    /// The first detail of all heartbeats so far.
    ///
    /// - Parameter type: Its type.
    /// - Throws: `PayloadConversionError` if one is of another type; heartbeats without details are left out.
    public func heartbeats<Detail: Decodable>(of type: Detail.Type) throws -> [Detail] {
        try heartbeats.compactMap(\.first).map { try converter.decode($0, as: type) }
    }

    private func heartbeat(_ details: [Payload]) {
        let starts = state.withLock { state in
            state.heartbeats.append(details)
            state.unsent = details
            defer { state.isReporting = true }
            return !state.isReporting
        }
        if starts { report() }
    }

    private func report() {
        let sends = state.withLock { state in
            guard let details = state.unsent else {
                state.isReporting = false
                return false
            }
            state.unsent = nil
            state.sent.append(details)
            return true
        }
        guard sends else { return }
        expectHeartbeat()
        let usual = WorkerOptions()
        let throttle = heartbeatThrottle(
            info.heartbeatTimeout,
            usual: usual.defaultHeartbeatThrottleInterval,
            longest: usual.maximumHeartbeatThrottleInterval
        )
        let drop = server.planned(after: throttle) { [weak self] in self?.report() }
        let isLate = state.withLock { state in
            state.isReporting = state.running > 0
            if state.isReporting { state.dropReport = drop }
            return !state.isReporting
        }
        if isLate { drop() }
    }

    /// Lets the heartbeat timeout begin again.
    private func expectHeartbeat() {
        guard let timeout = info.heartbeatTimeout, state.withLock({ $0.running > 0 }) else { return }
        let drop = server.planned(after: timeout) { [weak self] in self?.cancel(.timedOut) }
        let last = state.withLock { state in
            defer { state.dropHeartbeatTimeout = drop }
            return state.dropHeartbeatTimeout
        }
        last?()
    }

    private struct Runtime: ActivityRuntime, VirtualActivity {
        let environment: TestActivityEnvironment

        func heartbeat(_ details: [Payload]) {
            environment.heartbeat(details)
        }

        var cancellationReason: ActivityCancellationReason? {
            environment.state.withLock(\.reason)
        }

        var now: Duration { .nanoseconds(environment.server.moment.nanoseconds) }

        func sleep(for duration: Duration) async throws {
            try await environment.server.sleep(for: duration)
        }
    }
}

/// An interceptor has answered in place of the code of a run, which has a result of another kind.
private struct CodeDidNotRun: Error, CustomStringConvertible {
    let description =
        "An interceptor of the TestActivityEnvironment ended the activity without running its code, so there is no result "
        + "that `run` could return. Let it call `next`, or throw."
}
