public import Foundation
import SwiftProtobuf
import Synchronization
public import Temporal
public import TemporalAPI

/// A Temporal Service inside this process: histories, task queues, timers and retries by the rules of the real server.
///
/// Clients and workers talk to it through ``TemporalService``, with Swift values and without sockets. Every server has
/// its own clock, its own store and its own ids, so that hundreds can run side by side in one process.
///
/// On a skipping clock, time stands still while a worker has something to do, and jumps to the next deadline as soon as
/// somebody waits for a result, a query, an update or a ``sleep(for:)``.
public final class TestServer: TemporalService {
    private let state: Mutex<Engine>

    /// Starts an empty service.
    ///
    /// - Parameter options: Clock, seed, namespaces and limits.
    public init(options: Options = Options()) {
        let engine = Engine(options: options)
        state = Mutex(engine)
        engine.host = WeakHost(self)
    }

    deinit {
        shutdown()
    }

    /// The service, as clients and workers take it.
    public var service: any TemporalService { self }

    /// What the service's clock shows.
    public var now: Date {
        transact { $0.readClock().date }
    }

    /// The clock in nanoseconds since 1970, for tests that compare exactly.
    package var moment: Moment {
        transact { $0.readClock() }
    }

    /// Ends every waiting call: polls get an empty answer, everything else `UNAVAILABLE`. Later calls fail.
    public func shutdown() {
        transact { $0.shutdown() }
    }

    public func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        guard let handler = MethodTable.handlers[method.key] as? Handler<Request, Response> else {
            throw MethodTable.unimplemented(method)
        }
        switch handler.body {
        case .immediate(let body):
            return try transact { engine in try body(engine, request) }
        case .parking(let body, let wait):
            return try await park(wait: wait, timeout: options.timeout) { engine, reply in
                try body(engine, request, reply)
            }
        }
    }

    // MARK: Clock

    /// Moves the clock forward by hand, through every deadline on the way and in their order.
    ///
    /// - Parameter duration: How far. On a wall clock this only fires what is due.
    package func advance(by duration: Duration) {
        transact { $0.advance(by: Span(duration)) }
    }

    /// Waits on the service's clock. On a skipping clock, time may jump while somebody waits here.
    ///
    /// - Parameters:
    ///   - duration: How long, by the service's clock.
    ///   - advances: Whether time may jump until then although skipping is paused. Default: false.
    /// - Throws: `CancellationError` if the waiting task is cancelled.
    package func sleep(for duration: Duration, advances: Bool = false) async throws {
        try await park(wait: Wait(onExpiry: .success(()), limit: nil), timeout: nil) { engine, reply in
            engine.sleep(until: engine.readClock() + Span(duration), advances: advances, reply)
        }
    }

    /// Runs something at a later moment of the service's clock. Time stands still until it has returned.
    ///
    /// - Parameters:
    ///   - delay: How far from now.
    ///   - body: What to do then, such as sending a signal.
    package func schedule(after delay: Duration, _ body: @escaping @Sendable () async -> Void) {
        transact { _ = $0.schedule(after: Span(delay), body) }
    }

    /// Stops the clock from skipping until ``resumeSkipping()``. Calls nest.
    package func pauseSkipping() {
        transact { $0.pauses += 1 }
    }

    /// Undoes one ``pauseSkipping()``.
    package func resumeSkipping() {
        transact { $0.pauses -= 1 }
    }

    /// Tells that a worker has handed an activity to somebody else, who will complete it later: it no longer holds the
    /// clock.
    ///
    /// - Parameter taskToken: The token of the activity task.
    package func activityWillCompleteAsynchronously(taskToken: Data) {
        transact { $0.setTask(taskToken, holdsClock: false) }
    }

    /// Tells that a worker was lost with whatever it had: its tasks no longer hold the clock, so that their time-outs
    /// come and others can take them over.
    ///
    /// - Parameter identity: The identity with which the worker polled.
    package func workerWasLost(identity: String) {
        transact { $0.workerWasLost(identity: identity) }
    }

    /// How many calls wait for their answer.
    package var waitingCalls: Int {
        transact { $0.waitingCalls }
    }

    /// The whole history of a run, or of the current run of a workflow id.
    ///
    /// - Parameters:
    ///   - workflowID: The workflow id.
    ///   - runID: The run id; empty for the current run.
    ///   - namespace: The namespace. Default: `default`.
    /// - Returns: The events, empty if there is no such run.
    package func history(workflowID: String, runID: String = "", namespace: String = "default") -> [APIHistoryEvent] {
        transact { engine in
            let execution = APIWorkflowExecution.with {
                $0.workflowID = workflowID
                $0.runID = runID
            }
            return (try? engine.run(of: execution, namespace: namespace))?.events ?? []
        }
    }

    // MARK: Machinery

    /// Changes the engine under its lock, then does what the change calls for outside it.
    func transact<Value: Sendable, Failure: Error>(_ body: (Engine) throws(Failure) -> Value) throws(Failure) -> Value {
        let (result, effects) = state.withLock { engine -> (Result<Value, Failure>, [@Sendable () -> Void]) in
            let result = Result { () throws(Failure) -> Value in try body(engine) }
            engine.settle()
            return (result, engine.takeEffects())
        }
        for effect in effects { effect() }
        return try result.get()
    }

    /// Makes a call that may have to wait for its answer.
    func park<Value: Sendable>(
        wait: Wait<Value>,
        timeout: Duration?,
        _ body: @Sendable (Engine, Reply<Value>) throws -> Void
    ) async throws -> Value {
        let reply = try transact { engine in
            let reply = engine.makeReply(wait, timeout: timeout)
            try body(engine, reply)
            return reply
        }
        // Answered within the first transaction: no suspension, no hop.
        if let result = state.withLock({ _ in reply.result }) { return try result.get() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                transact { engine in
                    engine.perform(reply.attach(continuation))
                    // The handler below may have come before there was anything to cancel.
                    if Task.isCancelled { engine.cancel(reply) }
                }
            }
        } onCancel: {
            transact { $0.cancel(reply) }
        }
    }
}

/// A way from the engine back to its server, for what happens later on its own: timers and stall checks.
struct WeakHost: Sendable {
    private weak let server: TestServer?

    /// Refers to a server without keeping it alive.
    init(_ server: TestServer) {
        self.server = server
    }

    /// Changes the engine, if the server still exists.
    func transact(_ body: (Engine) -> Void) {
        server?.transact(body)
    }
}
