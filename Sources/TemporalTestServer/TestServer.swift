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

    /// What makes transactions last, if the service has a store.
    private let commits: CommitQueue?

    /// What refuses calls that are too many, if any are.
    private let limiter: RateLimiter?

    /// Starts an empty service.
    ///
    /// - Parameter options: Clock, seed, namespaces and limits.
    public init(options: Options = Options()) {
        let engine = Engine(options: options)
        engine.addMissingNamespaces()
        state = Mutex(engine)
        commits = nil
        limiter = options.rateLimits.map { RateLimiter($0) }
        engine.host = WeakHost(self)
    }

    /// Starts a service with the state that a store has, and keeps it there: no call is answered before what it has
    /// changed, and all that it has seen, lasts.
    ///
    /// - Parameters:
    ///   - options: Clock, seed, namespaces and limits. A clock that skips goes on where the stored one stood, and
    ///     namespaces and search attributes are added to those that are stored.
    ///   - store: Where the state is. Nobody else may write there.
    ///   - onStoreFailure: Told once, when the store fails. Calls fail from then on.
    /// - Throws: What keeps the store from being read or written.
    package init(
        options: Options = Options(),
        store: any StateStore,
        onStoreFailure: @escaping @Sendable (any Error) -> Void
    ) throws {
        let engine = Engine(options: options)
        try engine.restore(from: store)
        engine.addMissingNamespaces()
        state = Mutex(engine)
        commits = CommitQueue(store, onFailure: onStoreFailure)
        limiter = options.rateLimits.map { RateLimiter($0) }
        engine.host = WeakHost(self)
        // What was due meanwhile happens now.
        transact { _ in }
    }

    /// Waits until all that has happened lasts, if the service has a store.
    ///
    /// - Throws: `UNAVAILABLE` if the store has failed.
    package func flush() async throws {
        try await commits?.drain()
    }

    deinit {
        shutdown()
    }

    /// The service, as clients and workers take it.
    public var service: any TemporalService { self }

    /// What the service's clock shows.
    public var now: Date { moment.date }

    /// The clock in nanoseconds since 1970, for tests that compare exactly.
    package var moment: Moment {
        // To look at the clock changes nothing that others would have to hear of.
        state.withLock { $0.readClock() }
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
            if let request = request as? any NamespacedRequest { try transact { try request.check(in: $0) } }
            throw MethodTable.refusal(of: method)
        }
        let place = try limiter?.enter(method.name, request)
        defer { if let place { limiter?.leave(place) } }
        switch handler.body {
        case .immediate(let body):
            let (result, transaction) = transaction { engine in
                guard !engine.isShutDown else { throw Engine.shutDownError }
                return try body(engine, request)
            }
            try await commits?.wait(for: transaction)
            return try result.get()
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
        try transaction(body).result.get()
    }

    /// Does what ``transact(_:)`` does, and tells which transaction it was, for those who wait until it lasts.
    private func transaction<Value: Sendable, Failure: Error>(
        _ body: (Engine) throws(Failure) -> Value
    ) -> (result: Result<Value, Failure>, number: UInt64) {
        let (result, number, effects) = state.withLock { engine in
            let result = Result { () throws(Failure) -> Value in try body(engine) }
            engine.settle()
            let effects = engine.takeEffects()
            guard let commits else { return (result, UInt64(0), effects) }
            let (number, ready) = commits.submit(engine.takeChanges(), effects: effects)
            return (result, number, ready)
        }
        for effect in effects { effect() }
        return (result, number)
    }

    /// Makes a call that may have to wait for its answer.
    func park<Value: Sendable>(
        wait: Wait<Value>,
        timeout: Duration?,
        _ body: @Sendable (Engine, Reply<Value>) throws -> Void
    ) async throws -> Value {
        let reply = Reply(onExpiry: wait.onExpiry)
        let (started, transaction) = transaction { engine in
            engine.admit(reply, limit: wait.limit, timeout: timeout)
            do {
                if !engine.isShutDown { try body(engine, reply) }
            } catch {
                engine.release(reply)
                throw error
            }
        }
        if case .failure(let error) = started {
            try await commits?.wait(for: transaction)
            throw error
        }
        // Answered within the first transaction: no suspension, no hop.
        if let result = state.withLock({ _ in reply.result }) {
            // It may have been another transaction that answered.
            try await commits?.drain()
            return try result.get()
        }
        let value = try await withTaskCancellationHandler {
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
        try commits?.check()
        return value
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

    /// Looks for a stall; see ``Engine/watchForStall(_:_:)``. Without a server there is nothing to watch.
    func watchForStall(_ seen: inout UInt64?, _ quiet: inout Duration) -> Duration? {
        guard let server else { return nil }
        let (step, now) = server.transact { [seen, quiet] engine in
            var now = (seen: seen, quiet: quiet)
            return (engine.watchForStall(&now.seen, &now.quiet), now)
        }
        (seen, quiet) = now
        return step
    }
}
