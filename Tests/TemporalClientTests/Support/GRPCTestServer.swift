import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import NIOHTTP2
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI

@testable import TemporalClient

/// A gRPC server in this process that answers with a scripted service.
struct GRPCTestServer {
    /// What the server saw.
    final class Observed: Sendable {
        private let state = Mutex((connections: 0, answeredPings: 0, metadata: [Metadata](), received: 0, sent: 0))
        private let channels = Mutex((listener: (any Channel)?.none, accepted: [any Channel]()))

        /// How many connections were made.
        var connections: Int { state.withLock { $0.connections } }

        /// How many of its PINGs were answered.
        var answeredPings: Int { state.withLock { $0.answeredPings } }

        /// How many bytes came and went.
        var bytes: (received: Int, sent: Int) { state.withLock { ($0.received, $0.sent) } }

        /// How many calls were made.
        var calls: Int { state.withLock { $0.metadata.count } }

        /// The texts of a name in the metadata of each call, in order.
        func metadata(_ name: String) -> [[String]] {
            state.withLock { $0.metadata.map { Array($0[stringValues: name]) } }
        }

        /// The bytes of a name in the metadata of each call, in order.
        func binaryMetadata(_ name: String) -> [[[UInt8]]] {
            state.withLock { $0.metadata.map { Array($0[binaryValues: name]) } }
        }

        /// A value for each connection that closed.
        let disconnections: AsyncStream<Void>
        private let disconnected: AsyncStream<Void>.Continuation

        init() {
            (disconnections, disconnected) = AsyncStream.makeStream()
        }

        func closed() { disconnected.yield() }
        func listens(_ channel: any Channel) { channels.withLock { $0.listener = channel } }

        func connected(_ channel: any Channel) {
            state.withLock { $0.connections += 1 }
            channels.withLock { $0.accepted.append(channel) }
        }

        /// Closes everything, so that the server can be cancelled: NIO ends the process over a connection or a call that a
        /// cancelled server drops while it is open.
        func close() async {
            _ = try? await channels.withLock({ $0.listener })?.setOption(.autoRead, value: false).get()
            // What is being accepted is through when each loop has come round.
            for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() {
                for _ in 0..<2 { _ = try? await loop.submit {}.get() }
            }
            for channel in channels.withLock({ $0.accepted }) { try? await channel.close() }
        }

        func received(_ count: Int) { state.withLock { $0.received += count } }
        func sent(_ count: Int) { state.withLock { $0.sent += count } }
        func answered() { state.withLock { $0.answeredPings += 1 } }
        func called(_ metadata: Metadata) { state.withLock { $0.metadata.append(metadata) } }
    }

    /// The port on 127.0.0.1.
    let port: Int

    /// What the server saw.
    let observed: Observed

    private let server: GRPCServer<HTTP2ServerTransport.Posix>

    /// Tells all clients that their connections end. Calls under way go on; nobody listens any more.
    func goAway() { server.beginGracefulShutdown() }

    /// The address, for connections without TLS.
    var address: String { "127.0.0.1:\(port)" }

    /// Runs a server while the body runs.
    ///
    /// - Parameters:
    ///   - script: What answers.
    ///   - port: The port to listen on; 0 for any.
    ///   - security: Whether and how the server speaks TLS.
    ///   - pings: Whether the server sends a PING with all that it sends, as servers written in Go do.
    ///   - compresses: Whether the server knows gzip.
    ///   - configure: Changes to how the server is set up.
    ///   - body: What to do meanwhile.
    static func run<Result: Sendable>(
        _ script: ScriptedService,
        port: Int = 0,
        security: HTTP2ServerTransport.Posix.TransportSecurity = .plaintext,
        pings: Bool = false,
        compresses: Bool = false,
        configure: (inout HTTP2ServerTransport.Posix.Config) -> Void = { _ in },
        _ body: (GRPCTestServer) async throws -> Result
    ) async throws -> Result {
        let observed = Observed()
        let transport = HTTP2ServerTransport.Posix(
            address: .ipv4(host: "127.0.0.1", port: port),
            transportSecurity: security,
            config: .defaults { config in
                config.rpc.maxRequestPayloadSize = 128 << 20
                config.channelDebuggingCallbacks.onBindTCPListener = { channel in
                    observed.listens(channel)
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
                config.channelDebuggingCallbacks.onAcceptTCPConnection = { channel in
                    observed.connected(channel)
                    channel.closeFuture.whenComplete { _ in observed.closed() }
                    return channel.eventLoop.submit {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(CountingHandler(observed), position: .first)
                        guard pings else { return }
                        let http2 = try pipeline.handler(type: NIOHTTP2Handler.self)
                        try pipeline.addHandler(PingingHandler(observed), position: .before(http2))
                    }
                }
                if compresses { config.compression.enabledAlgorithms = .all }
                configure(&config)
            }
        )
        var router = RPCRouter<HTTP2ServerTransport.Posix>()
        for method in ServiceMethods.all { register(method, script, observed, &router) }
        registerHealth(&router)
        let server = GRPCServer(transport: transport, router: router)
        let running = Task { try await server.serve() }
        let result: Swift.Result<Result, any Error>
        do {
            let listening = try await transport.listeningAddress
            result = .success(
                try await body(GRPCTestServer(port: listening.ipv4?.port ?? 0, observed: observed, server: server))
            )
        } catch {
            result = .failure(error)
        }
        await observed.close()
        running.cancel()
        _ = try? await running.value
        return try result.get()
    }

    /// Answers as the health service does: it serves, unless it is asked for what is asleep or absent.
    private static func registerHealth(_ router: inout RPCRouter<HTTP2ServerTransport.Posix>) {
        router.registerHandler(
            forMethod: MethodDescriptor(fullyQualifiedService: "grpc.health.v1.Health", method: "Check"),
            deserializer: ProtobufDeserializer<Google_Protobuf_StringValue>(),
            serializer: EncodedMessageSerializer()
        ) { request, _ in
            // Its field 1 is the name of the service.
            switch try await ServerRequest(stream: request).message.value {
            case "temporal.api.workflowservice.v1.WorkflowService":
                return StreamingServerResponse(single: ServerResponse(message: [0x08, 0x01]))
            case "asleep":
                return StreamingServerResponse(single: ServerResponse(message: [0x08, 0x02]))
            default:
                throw GRPCCore.RPCError(code: .notFound, message: "unknown service")
            }
        }
    }

    private static func register<Method: AnyServiceMethod>(
        _ method: Method,
        _ script: ScriptedService,
        _ observed: Observed,
        _ router: inout RPCRouter<HTTP2ServerTransport.Posix>
    ) {
        let typed = ServiceMethod<Method.Request, Method.Response>(service: method.service, name: method.name)
        router.registerHandler(
            forMethod: MethodDescriptor(fullyQualifiedService: method.service, method: method.name),
            deserializer: ProtobufDeserializer<Method.Request>(),
            serializer: EncodedMessageSerializer()
        ) { request, _ in
            observed.called(request.metadata)
            let request = try await ServerRequest(stream: request)
            do {
                let response = try await script.call(typed, request.message, options: .default)
                return StreamingServerResponse(single: ServerResponse(message: try response.serializedBytes()))
            } catch let error as Temporal.RPCError {
                var status = APIStatus()
                status.code = Int32(error.code.rawValue)
                status.message = error.message
                status.details = error.details
                var metadata = Metadata()
                metadata.addBinary(try status.serializedBytes(), forKey: "grpc-status-details-bin")
                guard let code = Status.Code(rawValue: error.code.rawValue).flatMap(GRPCCore.RPCError.Code.init) else {
                    throw error
                }
                throw GRPCCore.RPCError(code: code, message: error.message, metadata: metadata)
            }
        }
    }
}

/// Sends a PING with all that the server sends, and counts the answers.
private final class PingingHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let observed: GRPCTestServer.Observed
    private var preface = 24
    private var received: [UInt8] = []
    private var hasWritten = false

    init(_ observed: GRPCTestServer.Observed) {
        self.observed = observed
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        hasWritten = true
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        // Frames are whole when they are flushed. The first of the server must be its settings.
        if hasWritten && preface == 0 {
            hasWritten = false
            let ping = ByteBuffer(bytes: [0, 0, 8, 6, 0, 0, 0, 0, 0] + Array(repeating: 5, count: 8))
            context.write(wrapOutboundOut(.byteBuffer(ping)), promise: nil)
        }
        context.flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += Array(unwrapInboundIn(data).readableBytesView)
        var passed: [UInt8] = []
        if preface > 0 {
            let count = min(preface, received.count)
            passed += received.prefix(count)
            received.removeFirst(count)
            preface -= count
        }
        while received.count >= FrameHeader.length {
            let length = FrameHeader.length + FrameHeader(Array(received.prefix(FrameHeader.length))).payloadLength
            guard received.count >= length else { break }
            if received[3] == 6 && received[4] & 1 == 1 && received[FrameHeader.length] == 5 {
                observed.answered()
            } else {
                passed += received.prefix(length)
            }
            received.removeFirst(length)
        }
        if !passed.isEmpty { context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: passed))) }
    }
}

/// Counts the bytes that come and go.
private final class CountingHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let observed: GRPCTestServer.Observed

    init(_ observed: GRPCTestServer.Observed) {
        self.observed = observed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        observed.received(unwrapInboundIn(data).readableBytes)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        observed.sent(unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }
}

/// Writes a message that is in its binary form already.
struct EncodedMessageSerializer: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) -> Bytes {
        Bytes(message)
    }
}
