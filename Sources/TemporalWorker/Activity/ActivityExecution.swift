import Foundation
import Logging
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient

/// One attempt of an activity on this worker: its task, its heartbeats, and why it was cancelled.
final class ActivityExecution: ActivityRuntime {
    private struct State {
        var reason: ActivityCancellationReason?
        var cancel: (@Sendable () -> Void)?
        /// The newest details that were not sent.
        var details: [Payload]?
        /// The details that were sent last, until the server has them for certain.
        var sentDetails: [Payload]?
        /// Why details could not be encoded.
        var unreadable: PayloadCodecError?
        var isReporting = false
        /// What takes back the next report.
        var wake: (@Sendable () -> Void)?
        var isFinished = false
        var startToCloseDeadline: Duration?
        var heartbeatDeadline: Duration?
        var cancellation: ActivityCancellationDetails?
    }

    /// What the server allows beyond a timeout before the worker gives up on its own.
    static let timeoutBuffer: Duration = .seconds(5)

    private let service: any TemporalService
    private let namespace: String
    private let identity: String
    private let taskToken: Data
    private let scope: SerializationScope?
    /// The shortest time between two heartbeats.
    private let throttle: Duration
    private let heartbeatTimeout: Duration?
    private let time: ActivityTime
    private let logger: Logger
    private let state: Mutex<State>

    init(
        service: any TemporalService,
        namespace: String,
        identity: String,
        info: ActivityInfo,
        scope: SerializationScope? = nil,
        throttle: Duration,
        time: ActivityTime,
        logger: Logger
    ) {
        self.service = service
        self.namespace = namespace
        self.identity = identity
        self.taskToken = info.taskToken
        self.scope = scope
        self.throttle = throttle
        self.heartbeatTimeout = info.heartbeatTimeout
        self.time = time
        self.logger = logger
        let now = time.now()
        self.state = Mutex(
            State(
                startToCloseDeadline: info.startToCloseTimeout.map { now + $0 + Self.timeoutBuffer },
                heartbeatDeadline: info.heartbeatTimeout.map { now + $0 + Self.timeoutBuffer }
            )
        )
    }

    // MARK: Cancellation

    var cancellationReason: ActivityCancellationReason? { state.withLock(\.reason) }

    var cancellationDetails: ActivityCancellationDetails? { state.withLock(\.cancellation) }

    /// Why details of a heartbeat could not be encoded, with which the attempt fails.
    var heartbeatFailure: PayloadCodecError? { state.withLock(\.unreadable) }

    /// Says how the code is cancelled. It is, at once, if a reason has come before.
    func onCancel(_ cancel: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            state.cancel = cancel
            return state.reason != nil
        }
        if isLate { cancel() }
    }

    /// Cancels the attempt. The first reason counts.
    ///
    /// - Parameters:
    ///   - reason: The reason that counts.
    ///   - details: All that applies; `nil` for the reason alone.
    func cancel(_ reason: ActivityCancellationReason, _ details: ActivityCancellationDetails? = nil) {
        let cancel = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.reason == nil, !state.isFinished else { return nil }
            state.reason = reason
            state.cancellation = details ?? ActivityCancellationDetails([reason])
            return state.cancel
        }
        cancel?()
    }

    /// Cancels the attempt if one of its timeouts has run out: the server has given up on it before.
    func checkTimeouts(at now: Duration) {
        let isLate = state.withLock { state in
            [state.startToCloseDeadline, state.heartbeatDeadline].contains { $0.map { $0 <= now } ?? false }
        }
        if isLate { cancel(.timedOut, ActivityCancellationDetails([.timedOut, .notFound])) }
    }

    // MARK: Heartbeats

    func heartbeat(_ details: [Payload]) {
        let starts = state.withLock { state in
            guard !state.isFinished else { return false }
            state.details = details
            defer { state.isReporting = true }
            return !state.isReporting
        }
        if starts { report(after: .zero) }
    }

    private func report(after delay: Duration) {
        let cancel = time.after(delay) { [self] in await report() }
        let isLate = state.withLock { state in
            if delay > .zero { state.wake = cancel }
            return state.isFinished
        }
        if isLate { cancel() }
    }

    /// Sends what there is to send, and looks again after a while.
    private func report() async {
        guard let details = takeDetails() else { return }
        let next = time.now() + throttle
        await send(details)
        report(after: max(next - time.now(), .nanoseconds(1)))
    }

    /// The details to send next; `nil` ends the reporting until the next heartbeat.
    private func takeDetails() -> [Payload]? {
        state.withLock { state in
            state.wake = nil
            guard let details = state.details, !state.isFinished else {
                state.isReporting = false
                return nil
            }
            state.details = nil
            state.sentDetails = details
            return details
        }
    }

    private func send(_ details: [Payload]) async {
        var request = APIRecordActivityTaskHeartbeatRequest()
        request.taskToken = taskToken
        request.namespace = namespace
        request.identity = identity
        if !details.isEmpty { request.details = APIPayloads(details) }
        do {
            let response = try await service.call(.recordActivityTaskHeartbeat, request, options: .scoped(scope))
            state.withLock { state in
                state.sentDetails = nil
                state.heartbeatDeadline = heartbeatTimeout.map { time.now() + $0 + Self.timeoutBuffer }
            }
            var reasons: [ActivityCancellationReason] = []
            if response.cancelRequested { reasons.append(.requested) }
            if response.activityReset { reasons.append(.reset) }
            if response.activityPaused { reasons.append(.paused) }
            if let first = reasons.first { cancel(first, ActivityCancellationDetails(reasons)) }
        } catch let error as RPCError where error.code == .notFound {
            cancel(.notFound)
        } catch let error as PayloadCodecError {
            // The next would fail as well, and the server would take the activity for lost.
            logger.warning("The details of a heartbeat could not be encoded: \(error)")
            state.withLock { state in
                state.sentDetails = nil
                state.unreadable = state.unreadable ?? error
            }
            cancel(.heartbeatFailed)
        } catch {
            logger.warning("A heartbeat was not taken: \(error)")
        }
    }

    /// Stops reporting.
    ///
    /// - Returns: The newest details that the server may not have, for it to keep with a failure.
    func finish() -> [Payload]? {
        let (details, wake) = state.withLock { state in
            state.isFinished = true
            state.cancel = nil
            defer { state.wake = nil }
            return (state.details ?? state.sentDetails, state.wake)
        }
        // Nobody waits for the next heartbeat of an attempt that has ended.
        wake?()
        return details
    }
}
