import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import SwiftProtobuf
package import Temporal
import TemporalAPI
package import TemporalTestServer

/// Serves the in-memory Temporal Service over gRPC on the loopback interface, with the health service that clients and
/// the `temporal` command ask first.
package struct GRPCFrontend: Sendable {
    private let service: TestServer
    private typealias Transport = HTTP2ServerTransport.Custom<LoopbackListener>

    private let listener: LoopbackListener
    private let transport: Transport
    private let server: GRPCServer<Transport>

    /// The server does not listen, or no longer; ``run()`` throws the reason.
    package struct NotListening: Error {}

    /// Sets up a server, which listens once ``run()`` is called.
    ///
    /// - Parameters:
    ///   - service: What answers.
    ///   - port: The port on 127.0.0.1; 0 for any that is free.
    ///   - front: What gets all calls in the place of the service, for tests. Default: `nil`, the service itself.
    package init(_ service: TestServer, port: Int, through front: (any TemporalService)? = nil) {
        self.service = service
        var config = Transport.Config.defaults
        // Larger than any message that the service accepts, so that it is the service that says so.
        config.rpc.maxRequestPayloadSize = 64 << 20
        // The SDKs of other languages compress what they send.
        config.compression.enabledAlgorithms = [.gzip]
        // The SDKs send keep-alive PINGs every 30 s, with calls or without.
        config.connection.keepalive.clientBehavior = .init(
            minPingIntervalWithoutCalls: .seconds(1),
            allowWithoutCalls: true
        )
        listener = LoopbackListener(port: port)
        transport = Transport(listenerFactory: listener, config: config)
        var router = RPCRouter<Transport>()
        for method in ServiceMethods.all { Self.register(method, front ?? service, listener.connections, &router) }
        Self.register(ServiceMethod.healthCheck, front ?? service, listener.connections, &router)
        server = GRPCServer(transport: transport, router: router)
    }

    /// The port that the server listens on, once it does.
    ///
    /// - Throws: ``NotListening``, for instance because the port is in use.
    package var port: Int {
        get async throws {
            guard let port = await transport.listeningAddress?.ipv4?.port else { throw NotListening() }
            return port
        }
    }

    /// Serves until ``stop()`` is called or the task is cancelled.
    ///
    /// - Throws: What kept the server from listening.
    package func run() async throws {
        // A task of its own: a cancelled server drops calls that have just begun, which NIO takes for a mistake.
        let serving = Task { try await server.serve() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            stop()
        }
    }

    /// Takes no new calls, ends those that wait, and lets ``run()`` return.
    package func stop() {
        // First, so that those who wait have their answer before their calls are cancelled.
        service.shutdown()
        server.beginGracefulShutdown()
        // Whoever is connected and does not go is not waited for.
        listener.closeAll(after: .seconds(5))
    }

    // MARK: Handlers

    private static func register<Method: AnyServiceMethod>(
        _ method: Method,
        _ service: any TemporalService,
        _ connections: Connections,
        _ router: inout RPCRouter<Transport>
    ) {
        let typed = ServiceMethod<Method.Request, Method.Response>(service: method.service, name: method.name)
        let mayWait = MethodTable.mayWait(method)
        router.registerHandler(
            forMethod: MethodDescriptor(fullyQualifiedService: method.service, method: method.name),
            deserializer: RequestDeserializer<Method.Request>(),
            serializer: BytesSerializer()
        ) { request, context in
            let request = try await ServerRequest(stream: request)
            do {
                let response =
                    if mayWait {
                        try await untilCancelled(context, connections) {
                            try await service.call(typed, request.message, options: .default)
                        }
                    } else {
                        try await service.call(typed, request.message, options: .default)
                    }
                return StreamingServerResponse(single: ServerResponse(message: try response.serializedBytes()))
            } catch let error as Temporal.RPCError {
                throw try GRPCCore.RPCError(error)
            }
        }
    }

    /// Takes a call back whose caller has gone, so that nothing is handed to a poll that nobody hears of any more.
    ///
    /// The server does not cancel the tasks of such calls by itself.
    private static func untilCancelled<Response: Sendable>(
        _ context: ServerContext,
        _ connections: Connections,
        _ body: @escaping @Sendable () async throws -> Response
    ) async throws -> Response {
        let call = Task { try await body() }
        let port = context.remotePeer.split(separator: ":").last.flatMap { Int($0) }
        let forget = connections.note(callFrom: port) { call.cancel() }
        defer { forget() }
        return try await withTaskCancellationHandler {
            try await withRPCCancellationHandler {
                // The handler below is not told of what came before it was there.
                if context.cancellation.isCancelled { call.cancel() }
                return try await call.value
            } onCancelRPC: {
                call.cancel()
            }
        } onCancel: {
            call.cancel()
        }
    }
}

extension GRPCCore.RPCError {
    /// An error as it goes over the wire: with its typed details, if it has any.
    fileprivate init(_ error: Temporal.RPCError) throws {
        var metadata = Metadata()
        if !error.details.isEmpty {
            var status = APIStatus()
            status.code = Int32(error.code.rawValue)
            status.message = error.message
            status.details = error.details
            metadata.addBinary(try status.serializedBytes(), forKey: "grpc-status-details-bin")
        }
        let code = Status.Code(rawValue: error.code.rawValue).flatMap(GRPCCore.RPCError.Code.init) ?? .unknown
        self.init(code: code, message: error.message, metadata: metadata)
    }
}

/// Writes a message that is in its binary form already.
private struct BytesSerializer: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) -> Bytes { Bytes(message) }
}

/// Reads a request.
private struct RequestDeserializer<Request: SwiftProtobuf.Message>: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> Request {
        do {
            return try bytes.withUnsafeBytes { try Request(serializedBytes: Array($0)) }
        } catch {
            throw GRPCCore.RPCError(
                code: .invalidArgument,
                message: "The request is no \(Request.protoMessageName): \(error)",
                cause: error
            )
        }
    }
}
