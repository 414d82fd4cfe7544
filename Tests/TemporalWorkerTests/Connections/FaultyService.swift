import Foundation
import Synchronization
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// What goes wrong with one call between a worker or client and a service behind gRPC.
enum BoundaryFault: String, Sendable, CaseIterable {
    /// The connection breaks before the service sees the call.
    case requestLost
    /// The connection breaks after the service has acted.
    case answerLost
    /// The service has too much to do.
    case refused
    /// The service sees the call twice.
    case twice
    /// The service sees the call late.
    case late
    /// The worker is lost before the service sees the call, and another one takes its place.
    case workerDiesBefore
    /// The worker is lost after the service has acted, and another one takes its place.
    case workerDiesAfter
    /// The service is killed before it sees the call, and started again from what it has stored.
    case serviceDiesBefore
    /// The service is killed after it has acted, and started again from what it has stored.
    case serviceDiesAfter

    /// Whether other calls than the one can be lost too, with their connection.
    var breaksConnections: Bool {
        switch self {
        case .refused, .twice, .late: false
        case .requestLost, .answerLost, .workerDiesBefore, .workerDiesAfter, .serviceDiesBefore, .serviceDiesAfter: true
        }
    }
}

/// A service that stands between gRPC and services in memory, with one fault: with the first call of one method.
final class FaultyService: TemporalService {
    private struct State {
        var engine: TestServer
        var store: MemoryStateStore
        var engines: [TestServer] = []
        var hasHappened = false

        /// The polls for tasks that are with a service.
        var polls = 0
    }

    let fault: BoundaryFault
    let method: String
    private let state: Mutex<State>

    /// What to do when the connections break, or the worker's for good.
    private let breakConnections: Mutex<@Sendable () async throws -> Void>
    private let replaceWorker: Mutex<@Sendable () async throws -> Void>

    init(_ fault: BoundaryFault, of method: String) throws {
        self.fault = fault
        self.method = method
        let store = MemoryStateStore()
        state = Mutex(State(engine: try Self.engine(store), store: store))
        breakConnections = Mutex({})
        replaceWorker = Mutex({})
    }

    private static func engine(_ store: MemoryStateStore) throws -> TestServer {
        var options = TestServer.Options()
        options.queryTimeout = .seconds(4)
        return try TestServer(options: options, store: store) { Issue.record($0) }
    }

    /// The service that answers now.
    var engine: TestServer { state.withLock { $0.engine } }

    /// Whether the fault has been.
    var hasHappened: Bool { state.withLock { $0.hasHappened } }

    func prepare(
        breakConnections: @escaping @Sendable () async throws -> Void,
        replaceWorker: @escaping @Sendable () async throws -> Void
    ) {
        self.breakConnections.withLock { $0 = breakConnections }
        self.replaceWorker.withLock { $0 = replaceWorker }
    }

    /// Ends all services.
    func shutdown() {
        let engines = state.withLock { $0.engines + [$0.engine] }
        for engine in engines { engine.shutdown() }
    }

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        let isDue =
            method.name == self.method
            && state.withLock { state in
                defer { state.hasHappened = true }
                return !state.hasHappened
            }
        guard isDue else { return try await pass(method, request, options) }
        switch fault {
        case .requestLost:
            try await happen(breakConnections)
        case .answerLost:
            _ = try await pass(method, request, options)
            try await happen(breakConnections)
        case .refused:
            break
        case .twice:
            let response = try await pass(method, request, options)
            // A poll can take a second task, which nobody hears of; so nobody waits for it.
            Task { _ = try? await pass(method, request, options) }
            return response
        case .late:
            try await Task.sleep(for: .milliseconds(300))
            return try await pass(method, request, options)
        case .workerDiesBefore:
            try await happen(replaceWorker)
        case .workerDiesAfter:
            _ = try await pass(method, request, options)
            try await happen(replaceWorker)
        case .serviceDiesBefore:
            try await restart()
        case .serviceDiesAfter:
            _ = try await pass(method, request, options)
            try await restart()
        }
        // Where the connection still stands, the caller is told to try again.
        throw RPCError(code: .unavailable, message: "A fault of the test: \(fault) of \(method.name).")
    }

    /// Lets something happen to the connections, also to that of the call itself, which is cancelled with it.
    private func happen(_ event: borrowing Mutex<@Sendable () async throws -> Void>) async throws {
        let event = event.withLock { $0 }
        try await Task { try await event() }.value
    }

    private func pass<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        _ options: CallOptions
    ) async throws -> Response {
        let change = method.name.hasSuffix("TaskQueue") ? 1 : 0
        let engine = state.withLock { state in
            state.polls += change
            return state.engine
        }
        defer { state.withLock { $0.polls -= change } }
        return try await engine.call(method, request, options: options)
    }

    /// Waits until no poll is with the service: it has noticed that those who polled are gone.
    ///
    /// A query that is handed to a poll whose caller is gone is lost, here as on a real server.
    func pollsHaveEnded() async throws {
        while state.withLock({ $0.polls }) > 0 { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// Replaces the service by one that starts with what this one has stored.
    private func restart() async throws {
        // First nobody hears of anything any more: what is acknowledged is in the store then.
        try await happen(breakConnections)
        try state.withLock { state in
            let store = state.store.copy()
            state.engines.append(state.engine)
            state.engine = try Self.engine(store)
            state.store = store
        }
    }
}
