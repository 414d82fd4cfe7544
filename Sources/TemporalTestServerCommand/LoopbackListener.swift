import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix

/// Accepts connections on the loopback interface.
///
/// The transport drops connections that come in while it stops. NIO ends the process if such a connection leaves memory
/// before it is closed, so each is kept for as long as it is open.
struct LoopbackListener: HTTP2ServerTransport.ListenerFactory {
    /// The port on 127.0.0.1; 0 for any that is free.
    let port: Int

    let eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

    func makeListeningChannel(
        listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
        connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
    ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
        try await ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
            .bind(host: "127.0.0.1", port: port) { channel in
                connectionConfigurator.configure(channel: channel, tls: .none).map { connection in
                    channel.closeFuture.whenComplete { _ in withExtendedLifetime(connection) {} }
                    return connection
                }
            }
    }
}
