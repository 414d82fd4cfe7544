import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A way to a port on this machine that can be cut and opened again, as if a server were killed and started.
final class TCPRelay: Sendable {
    private struct State {
        var port = 0
        var listener: (any Channel)?
        var isCut = true
        var connections: [ObjectIdentifier: any Channel] = [:]
    }

    private let target: Int
    private let passed = Atomic<Int>(0)
    private let state = Mutex(State())

    /// The port of the relay, the same from the first time that it is opened.
    var port: Int { state.withLock { $0.port } }

    /// How many bytes have come back from the server.
    var bytes: Int { passed.load(ordering: .relaxed) }

    /// Prepares a way.
    ///
    /// - Parameter target: The port that it leads to.
    init(to target: Int) {
        self.target = target
    }

    /// Takes connections.
    func open() async throws {
        state.withLock { $0.isCut = false }
        let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] channel in
                note(channel)
                // Nothing is read before there is somebody to pass it to.
                return channel.setOption(.autoRead, value: false).flatMap { [self] in
                    ClientBootstrap(group: channel.eventLoop)
                        .channelInitializer { other in
                            other.eventLoop.makeCompletedFuture {
                                try other.pipeline.syncOperations.addHandler(
                                    PassingHandler(to: channel) { self.passed.add($0, ordering: .relaxed) }
                                )
                            }
                        }
                        .connect(host: "127.0.0.1", port: target)
                }.flatMapThrowing { other in
                    channel.closeFuture.whenComplete { _ in other.close(promise: nil) }
                    try channel.pipeline.syncOperations.addHandler(PassingHandler(to: other) { _ in })
                }.flatMap {
                    channel.setOption(.autoRead, value: true)
                }
            }
        let listener = try await bind(bootstrap)
        state.withLock { state in
            state.listener = listener
            state.port = listener.localAddress?.port ?? 0
        }
    }

    /// Binds the port of the relay or, the first time, one that systems give to nobody unasked: it must be free again after
    /// each ``cut()``, however many connections other tests make meanwhile. A program that starts just then may hold it for a
    /// moment.
    private func bind(_ bootstrap: ServerBootstrap) async throws -> any Channel {
        var tries = 0
        while true {
            let port = port != 0 ? port : Int.random(in: 15_000..<20_000)
            do {
                return try await bootstrap.bind(host: "127.0.0.1", port: port).get()
            } catch let error as IOError where error.errnoCode == EADDRINUSE && tries < 1000 {
                tries += 1
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Breaks all connections, and takes no more.
    func cut() async throws {
        let (listener, connections) = state.withLock { state in
            defer { (state.listener, state.isCut, state.connections) = (nil, true, [:]) }
            return (state.listener, Array(state.connections.values))
        }
        try await listener?.close()
        for connection in connections { try? await connection.close() }
    }

    /// Breaks all connections, and those that come until ``resume()``. The port stays taken, so that nobody else gets it.
    func interrupt() async {
        let connections = state.withLock { state in
            defer { (state.isCut, state.connections) = (true, [:]) }
            return Array(state.connections.values)
        }
        for connection in connections { try? await connection.close() }
    }

    /// Takes connections again after ``interrupt()``.
    func resume() {
        state.withLock { $0.isCut = false }
    }

    private func note(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let isCut = state.withLock { state in
            state.connections[id] = channel
            return state.isCut
        }
        if isCut { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { [self] _ in state.withLock { $0.connections[id] = nil } }
    }
}

/// Writes to another channel what it reads from its own.
private final class PassingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    private let onRead: @Sendable (Int) -> Void

    init(to other: any Channel, onRead: @escaping @Sendable (Int) -> Void) {
        self.other = other
        self.onRead = onRead
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        onRead(buffer.readableBytes)
        other.write(buffer, promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        other.flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        other.close(promise: nil)
    }
}
