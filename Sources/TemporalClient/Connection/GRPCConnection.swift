import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOPosix
import SwiftProtobuf
import Synchronization
public import Temporal
public import TemporalAPI

/// A connection to a Temporal Service by gRPC, shared by any number of clients and workers.
///
/// It connects again by itself after it was cut, and looks the name of the host up again for that, at once and then every
/// ten seconds in which calls are made and nobody answers. A server takes about a hundred calls at a time on one HTTP/2
/// connection and leaves further ones waiting, so that long polls would stop all else: before as many are under way, another
/// line is opened, and kept. One attempt is made for each call: retries are the client's and the worker's business.
/// ``close(within:)`` ends it; a connection that nobody refers to any more ends by itself.
public final class GRPCConnection: TemporalService, Sendable {
    /// One HTTP/2 connection.
    private struct Line {
        let number: Int
        let transport: HTTP2ClientTransport.Posix
        let executor: LineExecutor
        let watch: LineWatch
        var running: Task<Void, Never>?
        /// The number of calls under way.
        var calls = 0
        /// Whether it takes no new calls, and ends with those under way.
        var isRetired = false
    }

    private struct State {
        var apiKey: String?
        var metadata: CallHeaders
        var isCompressing: Bool
        var lines: [Line] = []
        /// The lines that have no calls any more and are about to end, by their numbers.
        var ending: [Int: Task<Void, Never>] = [:]
        var lastNumber = 0
        var isClosed = false

        /// Retires the lines whose connection has ended or is about to, all after the end of this connection, and takes out
        /// those that have no calls any more.
        ///
        /// - Returns: The lines that are to be shut down.
        mutating func takeEndedLines() -> [Line] {
            var ended: [Line] = []
            for index in lines.indices.reversed() {
                if isClosed || lines[index].watch.hasEnded { lines[index].isRetired = true }
                guard lines[index].isRetired, lines[index].calls == 0 else { continue }
                let line = lines.remove(at: index)
                ending[line.number] = line.running
                ended.append(line)
            }
            return ended
        }
    }

    /// What a call takes from the connection when it begins.
    private struct Seat {
        let line: Int
        let transport: HTTP2ClientTransport.Posix
        let executor: LineExecutor
        let watch: LineWatch
        let metadata: CallHeaders
        let apiKey: String?
        let isCompressing: Bool
    }

    private let factory: LineFactory
    private let apiKeyProvider: (@Sendable () async throws -> String)?
    private let maximumMessageBytes: Int
    private let state: Mutex<State>

    /// Prepares a connection that is made with the first call.
    ///
    /// - Parameter options: Where the service is and how to reach it.
    /// - Throws: ``ConnectionOptionsError`` if the options are wrong in themselves.
    public convenience init(lazily options: ConnectionOptions) throws {
        try self.init(options, LineFactory(options))
    }

    /// Prepares a connection whose lines are made in a way of their own.
    init(_ options: ConnectionOptions, _ factory: LineFactory) throws {
        self.factory = factory
        self.apiKeyProvider = options.apiKeyProvider
        self.maximumMessageBytes = options.maximumMessageBytes
        var state = State(
            apiKey: options.apiKey,
            metadata: try CallHeaders(options.metadata),
            isCompressing: options.compression == .gzip
        )
        _ = try state.metadata.authorized(options.apiKey)
        // The first, so that options which make none possible are found at once.
        try Self.addLine(to: &state, factory)
        self.state = Mutex(state)
    }

    deinit {
        for line in state.withLock({ $0.lines }) {
            line.transport.beginGracefulShutdown()
            line.running?.cancel()
        }
    }

    /// Connects, and asks the service what it is.
    ///
    /// - Parameter options: Where the service is and how to reach it.
    /// - Returns: The connection.
    /// - Throws: ``ConnectionOptionsError`` if the options are wrong in themselves, `RPCError` if the service cannot be
    ///   reached or refuses, `CancellationError` if the calling task was cancelled.
    public static func connect(_ options: ConnectionOptions = ConnectionOptions()) async throws -> GRPCConnection {
        let connection = try GRPCConnection(lazily: options)
        do {
            _ = try await connection.serviceInfo()
        } catch {
            await connection.close(within: .zero)
            throw error
        }
        return connection
    }

    /// Where the connection leads, for messages.
    var destination: String { factory.destination }

    /// Replaces the API key, for the calls from now on. Where the options tell a provider of keys, it is that which counts.
    /// With a key that cannot be sent, all calls fail.
    ///
    /// - Parameter key: The new key, or `nil` to send none.
    public func replaceAPIKey(_ key: String?) {
        state.withLock { $0.apiKey = key }
    }

    /// Replaces the metadata of ``ConnectionOptions/metadata``, for the calls from now on.
    ///
    /// - Parameter metadata: The new metadata, names in lower case.
    /// - Throws: ``ConnectionOptionsError`` if it cannot be sent. The metadata is then as before.
    public func replaceMetadata(_ metadata: [String: String]) throws {
        let headers = try CallHeaders(metadata)
        state.withLock { $0.metadata = headers }
    }

    /// Ends the connection: refuses new calls, and waits for those under way.
    ///
    /// - Parameter gracePeriod: How long to wait before calls under way are cut off. Default: 10 s.
    public func close(within gracePeriod: Duration = .seconds(10)) async {
        let (idle, busy, running) = state.withLock { state in
            state.isClosed = true
            let idle = state.takeEndedLines()
            return (idle, state.lines, state.lines.compactMap(\.running) + state.ending.values)
        }
        Self.end(idle)
        for line in busy { line.transport.beginGracefulShutdown() }
        guard !running.isEmpty else { return }
        let cut = Task {
            // Cancelled when all calls have ended in time, and then there is nothing to cut off.
            guard (try? await Task.sleep(for: gracePeriod)) != nil else { return }
            for line in running { line.cancel() }
        }
        await withTaskCancellationHandler {
            for line in running { await line.value }
        } onCancel: {
            for line in running { line.cancel() }
        }
        cut.cancel()
    }

    public func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: Temporal.CallOptions
    ) async throws -> Response {
        try await call(
            service: method.service,
            method: method.name,
            try encode(request, method.name),
            ProtobufDeserializer<Response>(),
            options,
            isWaiting: CallKind(method: method.name, request: request) == .userPoll
        )
    }

    /// From how many bytes on a request is compressed, and with it the response.
    ///
    /// What compresses a request takes a quarter of a megabyte until the call ends. There may be thousands of calls that wait
    /// for a result, with requests and responses of some bytes; they go without it. So do short requests whose answers are
    /// short too, which are most calls of a worker: to compress them costs a fifth of the call and saves little.
    private static func leastCompressed(_ method: String, isWaiting: Bool) -> Int {
        if isWaiting { return 16 << 10 }
        let briefly = ["Respond", "Record", "Start", "Signal", "RequestCancel", "Terminate"]
        return briefly.contains(where: method.hasPrefix) ? 1 << 10 : 0
    }

    /// Makes a call with a message in its binary form.
    func call<Deserializer: MessageDeserializer>(
        service: String,
        method: String,
        _ message: [UInt8],
        _ deserializer: Deserializer,
        _ options: Temporal.CallOptions,
        isWaiting: Bool = false
    ) async throws -> Deserializer.Message where Deserializer.Message: Sendable {
        let (ownKey, timeout) = try await providedKey(method, within: options.timeout ?? .seconds(30))
        func attempt(isLast: Bool) async throws -> Deserializer.Message {
            try await self.attempt(
                (service, method),
                message,
                deserializer,
                options,
                within: timeout,
                apiKey: ownKey,
                isWaiting: isWaiting,
                isLast: isLast
            )
        }
        do {
            return try await attempt(isLast: false)
        } catch is LineHasEnded {
            // The service has not seen the call, so that it is no second one.
            return try await attempt(isLast: true)
        }
    }

    /// Makes a call on one line.
    ///
    /// - Throws: `LineHasEnded` if the call has not begun because the line ends, unless it is the last attempt.
    private func attempt<Deserializer: MessageDeserializer>(
        _ name: (service: String, method: String),
        _ message: [UInt8],
        _ deserializer: Deserializer,
        _ options: Temporal.CallOptions,
        within timeout: Duration,
        apiKey: String?,
        isWaiting: Bool,
        isLast: Bool
    ) async throws -> Deserializer.Message where Deserializer.Message: Sendable {
        let (service, method) = name
        let seat = try takeSeat(method)
        defer { leave(seat) }
        var metadata: Metadata
        do {
            metadata = try seat.metadata.adding(options.metadata).authorized(apiKey ?? seat.apiKey)
        } catch {
            throw Temporal.RPCError(code: .invalidArgument, message: "\(method): \(error)", cause: error)
        }
        // The limit is kept here: gRPC would take two tasks and a timer that stays for it.
        metadata.replaceOrAddString(LineExecutor.header(timeout), forKey: "grpc-timeout")
        var grpcOptions = GRPCCore.CallOptions.defaults
        // The transport takes one of the two for the limit of what it receives, whichever side it is.
        grpcOptions.maxRequestMessageBytes = maximumMessageBytes
        grpcOptions.maxResponseMessageBytes = maximumMessageBytes
        grpcOptions.waitForReady = false
        let isCompressing =
            seat.isCompressing && message.count >= Self.leastCompressed(method, isWaiting: isWaiting)
        if !isCompressing { grpcOptions.compression = CompressionAlgorithm.none }
        let headers = metadata
        let descriptor = MethodDescriptor(fullyQualifiedService: service, method: method)
        func attempt(_ options: GRPCCore.CallOptions) async throws -> Deserializer.Message {
            let response = try await seat.executor.run(within: timeout) {
                try await seat.transport.unary(descriptor, headers, message, options)
            }
            // Not on the event loop: to read a long history takes a while.
            return try deserializer.deserialize(response)
        }
        do {
            do {
                return try await attempt(grpcOptions)
            } catch let error as GRPCCore.RPCError where isCompressing && error.isAboutCompression {
                // Nobody has read the request yet, so that it is no second one.
                state.withLock { $0.isCompressing = false }
                grpcOptions.compression = CompressionAlgorithm.none
                return try await attempt(grpcOptions)
            }
        } catch {
            if let error = error as? GRPCCore.RPCError, error.isBeforeCall, !Task.isCancelled {
                if seat.watch.hasEnded, !isLast { throw LineHasEnded() }
                if factory.canMove, seat.watch.isVain(for: factory.patience) { retire(seat) }
            }
            throw translate(error, method)
        }
    }

    /// The number of HTTP/2 connections that have been opened.
    package var lineCount: Int { state.withLock { $0.lines.count { $0.running != nil } } }

    /// The key that the options' provider tells, if there is one, and what is left of the time of the call then.
    private func providedKey(_ method: String, within limit: Duration) async throws -> (key: String?, rest: Duration) {
        guard let apiKeyProvider else { return (nil, limit) }
        let start = ContinuousClock.now
        let key: String?
        do {
            key = try await withTimeLimit(limit, apiKeyProvider)
        } catch {
            // A cancellation inside of the provider is an error as any other: nobody cancelled the call.
            if Task.isCancelled { throw CancellationError() }
            throw Temporal.RPCError(
                code: .unavailable,
                message: "\(method) cannot be called: there is no API key for it. (\(error))",
                cause: error
            )
        }
        let rest = limit - (ContinuousClock.now - start)
        guard let key, rest > .zero else {
            throw Temporal.RPCError(
                code: .deadlineExceeded,
                message: "\(method) cannot be called: the API key for it did not come within the \(limit) of the call."
            )
        }
        return (key, rest)
    }

    /// Prepares another line.
    private static func addLine(to state: inout State, _ factory: LineFactory) throws {
        let watch = LineWatch()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let transport = try factory.makeTransport(watch, on: loop)
        state.lastNumber += 1
        state.lines.append(
            Line(number: state.lastNumber, transport: transport, executor: LineExecutor(loop), watch: watch)
        )
    }

    /// Takes no more calls on a line. The next one has the name of the host looked up again.
    private func retire(_ seat: Seat) {
        state.withLock { state in
            guard let index = state.lines.firstIndex(where: { $0.number == seat.line }) else { return }
            state.lines[index].isRetired = true
        }
    }

    private func leave(_ seat: Seat) {
        let ended = state.withLock { state in
            if let index = state.lines.firstIndex(where: { $0.number == seat.line }) { state.lines[index].calls -= 1 }
            return state.takeEndedLines()
        }
        Self.end(ended)
    }

    /// A line with room for a call. A new one is opened if all are full; its transport runs from its first call on.
    private func takeSeat(_ method: String) throws -> Seat {
        let limit = factory.limit.calls
        let (seat, ended) = try state.withLock { state in
            guard !state.isClosed else {
                throw Temporal.RPCError(closed: destination, method: method)
            }
            let ended = state.takeEndedLines()
            if !state.lines.contains(where: { !$0.isRetired && $0.calls < limit }) {
                try Self.addLine(to: &state, factory)
            }
            let index = state.lines.firstIndex { !$0.isRetired && $0.calls < limit } ?? state.lines.count - 1
            let line = state.lines[index]
            if line.running == nil {
                state.lines[index].running = Task(executorPreference: line.executor) { [weak self] in
                    // It throws only if it is run twice or after the shutdown, and then calls say so themselves.
                    try? await line.transport.connect()
                    self?.lineDidEnd(line.number)
                }
            }
            state.lines[index].calls += 1
            let seat = Seat(
                line: line.number,
                transport: line.transport,
                executor: line.executor,
                watch: line.watch,
                metadata: state.metadata,
                apiKey: state.apiKey,
                isCompressing: state.isCompressing
            )
            return (seat, ended)
        }
        Self.end(ended)
        return seat
    }

    private static func end(_ lines: [Line]) {
        for line in lines {
            line.transport.beginGracefulShutdown()
            // The transport listens to that only when it knows where the service is, which it may never do.
            if line.watch.isVain(for: .zero) { line.running?.cancel() }
        }
    }

    private func lineDidEnd(_ number: Int) {
        state.withLock { state in
            state.ending[number] = nil
            guard let index = state.lines.firstIndex(where: { $0.number == number }) else { return }
            state.lines[index].isRetired = true
        }
    }

    /// Encodes a request before the call begins: an error in the midst of it would look like a broken connection.
    private func encode(_ request: some SwiftProtobuf.Message, _ method: String) throws -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try request.serializedBytes()
        } catch {
            throw Temporal.RPCError(
                code: .invalidArgument,
                message: "The request of \(method) cannot be encoded: \(error)",
                cause: error
            )
        }
        guard bytes.count <= maximumMessageBytes else {
            throw Temporal.RPCError(
                code: .resourceExhausted,
                message: "trying to send message larger than max (\(bytes.count) vs. \(maximumMessageBytes)): \(method)"
            )
        }
        return bytes
    }

    private func translate(_ error: any Error, _ method: String) -> any Error {
        if Task.isCancelled { return CancellationError() }
        switch error {
        case let error as GRPCCore.RPCError:
            return Temporal.RPCError(error, method: method, address: destination)
        case is CancellationError:
            let message = "The connection to the Temporal Service at \(destination) broke during \(method)."
            return Temporal.RPCError(code: .unavailable, message: message, cause: error)
        default:
            return Temporal.RPCError(code: .unknown, message: "\(method) failed: \(error)", cause: error)
        }
    }
}

/// A call that has not begun because the connection of its line has ended.
private struct LineHasEnded: Error {}

// The transport's tables of headers hold the API key, so that nothing of the inside is shown.
extension GRPCConnection: CustomStringConvertible, CustomReflectable {
    public var description: String { "gRPC connection to \(destination)" }

    public var customMirror: Mirror { Mirror(self, children: ["destination": destination]) }
}

extension GRPCCore.RPCError {
    /// Whether the other side refused a call because it does not know how the request is compressed. The texts are those of
    /// servers written in Go, C++ and Java, and with this transport.
    fileprivate var isAboutCompression: Bool {
        code == .unimplemented
            && ["decompress", "grpc-encoding", "compressor", "compression"].contains {
                message.lowercased().contains($0)
            }
    }
}
