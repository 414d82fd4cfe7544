import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import SwiftProtobuf
import Synchronization
public import Temporal
public import TemporalAPI

/// A connection to a Temporal Service by gRPC, shared by any number of clients and workers.
///
/// It connects again by itself after it was cut. A server takes about a hundred calls at a time on one HTTP/2 connection
/// and leaves further ones waiting, so that long polls would stop all else: beyond ``callsPerLine`` calls under way
/// another line is opened, and kept. One attempt is made for each call: retries are the client's and the
/// worker's business. ``close()`` ends it; a connection that nobody refers to any more ends by itself.
public final class GRPCConnection: TemporalService, Sendable {
    private typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

    /// One HTTP/2 connection.
    private struct Line {
        let client: Client
        var running: Task<Void, Never>?
        /// The number of calls under way.
        var calls = 0
    }

    private struct State {
        var apiKey: String?
        var lines: [Line]
        var isClosed = false
    }

    /// How many calls may be under way on one line before another is opened: fewer than the hundred that servers and
    /// proxies take by default, because the numbers of both sides differ for moments.
    package static let callsPerLine = 80

    private let makeClient: @Sendable () throws -> Client
    private let address: String
    private let metadata: CallHeaders
    private let maximumMessageBytes: Int
    private let state: Mutex<State>

    /// Prepares a connection that is made with the first call.
    ///
    /// - Parameter options: Where the service is and how to reach it.
    /// - Throws: ``ConnectionOptionsError`` if the options are wrong in themselves.
    public init(lazily options: ConnectionOptions) throws {
        let target = try HostAndPort(options.address)
        let makeClient: @Sendable () throws -> Client = { Client(transport: try Self.transport(target, options)) }
        self.makeClient = makeClient
        self.address = options.address
        self.metadata = try CallHeaders(options.metadata)
        self.maximumMessageBytes = options.maximumMessageBytes
        self.state = Mutex(State(apiKey: options.apiKey, lines: [Line(client: try makeClient())]))
    }

    deinit {
        for line in state.withLock({ $0.lines }) {
            line.client.beginGracefulShutdown()
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
            _ = try await connection.call(
                .getSystemInfo,
                APIGetSystemInfoRequest(),
                options: Temporal.CallOptions(timeout: .seconds(10), metadata: CallMetadata.client)
            )
        } catch let error as Temporal.RPCError where error.code == .unimplemented {
            // A server from before 1.14 does not know the call. The connection works all the same.
        } catch {
            await connection.close(within: .zero)
            throw error
        }
        return connection
    }

    /// Replaces the API key, for the calls from now on.
    ///
    /// - Parameter key: The new key, or `nil` to send none.
    public func replaceAPIKey(_ key: String?) {
        state.withLock { $0.apiKey = key }
    }

    /// Ends the connection: refuses new calls, and waits for those under way.
    ///
    /// - Parameter gracePeriod: How long to wait before calls under way are cut off. Default: 10 s.
    public func close(within gracePeriod: Duration = .seconds(10)) async {
        let lines = state.withLock { state in
            state.isClosed = true
            return state.lines
        }
        for line in lines { line.client.beginGracefulShutdown() }
        let running = lines.compactMap(\.running)
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
        let message = try encode(request, method.name)
        let callMetadata: CallHeaders
        do {
            callMetadata = try metadata.adding(options.metadata)
        } catch {
            throw Temporal.RPCError(code: .invalidArgument, message: "\(method.name): \(error)", cause: error)
        }
        let (number, client, apiKey) = try takeLine(method.name)
        defer { state.withLock { $0.lines[number].calls -= 1 } }
        var grpcOptions = GRPCCore.CallOptions.defaults
        grpcOptions.timeout = options.timeout ?? .seconds(30)
        // The transport takes one of the two for the limit of what it receives, whichever side it is.
        grpcOptions.maxRequestMessageBytes = maximumMessageBytes
        grpcOptions.maxResponseMessageBytes = maximumMessageBytes
        grpcOptions.waitForReady = false
        do {
            return try await client.unary(
                request: ClientRequest(message: message, metadata: callMetadata.authorized(apiKey)),
                descriptor: MethodDescriptor(fullyQualifiedService: method.service, method: method.name),
                serializer: EncodedMessageSerializer(),
                deserializer: ProtobufDeserializer<Response>(),
                options: grpcOptions,
                onResponse: { try $0.message }
            )
        } catch {
            throw translate(error, method.name)
        }
    }

    /// The number of HTTP/2 connections that have been opened.
    package var lineCount: Int { state.withLock { $0.lines.count { $0.running != nil } } }

    /// A line with room for a call. A new one is opened if all are full; its transport runs from its first call on.
    private func takeLine(_ method: String) throws -> (number: Int, client: Client, apiKey: String?) {
        try state.withLock { state in
            guard !state.isClosed else {
                throw Temporal.RPCError(
                    code: .unavailable,
                    message: "\(method) cannot be called: the connection to \(address) was closed."
                )
            }
            let number: Int
            if let free = state.lines.firstIndex(where: { $0.calls < Self.callsPerLine }) {
                number = free
            } else {
                number = state.lines.count
                state.lines.append(Line(client: try makeClient()))
            }
            let client = state.lines[number].client
            if state.lines[number].running == nil {
                state.lines[number].running = Task {
                    // It throws only if it is run twice or after the shutdown, and then calls say so themselves.
                    try? await client.runConnections()
                }
            }
            state.lines[number].calls += 1
            return (number, client, state.apiKey)
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
        if Task.isCancelled || error is CancellationError { return CancellationError() }
        switch error {
        case let error as GRPCCore.RPCError:
            return Temporal.RPCError(error, method: method, address: address)
        case let error as RuntimeError:
            return Temporal.RPCError(
                code: .unavailable,
                message: "\(method) cannot be called: the connection to \(address) was closed.",
                cause: error
            )
        default:
            return Temporal.RPCError(code: .unknown, message: "\(method) failed: \(error)", cause: error)
        }
    }
}

// The transport's tables of headers hold the API key, so that nothing of the inside is shown.
extension GRPCConnection: CustomStringConvertible, CustomReflectable {
    public var description: String { "gRPC connection to \(address)" }

    public var customMirror: Mirror { Mirror(self, children: ["address": address]) }
}
