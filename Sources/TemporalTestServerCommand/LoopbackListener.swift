import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import Synchronization

/// Accepts connections on the loopback interface.
///
/// The transport drops connections that come in while it stops. NIO ends the process if such a connection leaves memory
/// before it is closed, so each is kept for as long as it is open.
struct LoopbackListener: HTTP2ServerTransport.ListenerFactory {
    /// The port on 127.0.0.1; 0 for any that is free.
    let port: Int

    let eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

    private let connections = Connections()

    func makeListeningChannel(
        listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
        connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
    ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
        try await ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
            .bind(host: "127.0.0.1", port: port) { channel in
                connectionConfigurator.configure(channel: channel, tls: .none).map { connection in
                    connections.keep(connection, channel)
                    return connection
                }
            }
    }

    /// Closes what is still open after a time.
    func closeAll(after time: TimeAmount) {
        eventLoopGroup.any().scheduleTask(in: time) { [connections] in connections.closeAll() }
    }

    init(port: Int) {
        self.port = port
    }
}

/// What is connected.
private final class Connections: Sendable {
    private typealias Open = (
        channel: any Channel, connection: HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel
    )

    private let open = Mutex<[ObjectIdentifier: Open]>([:])

    func keep(_ connection: HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, _ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        open.withLock { $0[id] = (channel, connection) }
        channel.closeFuture.whenComplete { [self] _ in
            // It leaves memory here, outside of the lock.
            _ = open.withLock { $0.removeValue(forKey: id) }
        }
    }

    func closeAll() {
        for (channel, _) in open.withLock({ Array($0.values) }) { channel.close(promise: nil) }
    }
}
