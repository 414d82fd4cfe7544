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

    /// What is connected.
    let connections = Connections()

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

/// What is connected, and the calls that wait and have to end with their connections.
final class Connections: Sendable {
    private struct Connection {
        let channel: any Channel
        let connection: HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel
        var calls: [Int: @Sendable () -> Void] = [:]
    }

    private struct State {
        /// What is connected, by the port on the other side.
        var open: [Int: Connection] = [:]
        var callCount = 0
    }

    private let state = Mutex(State())

    /// Keeps a connection for as long as it is open.
    func keep(_ connection: HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, _ channel: any Channel) {
        // Connections that come from a port come one after the other, and all have one.
        let port = channel.remoteAddress?.port ?? -1
        state.withLock { $0.open[port] = Connection(channel: channel, connection: connection) }
        channel.closeFuture.whenComplete { [self] _ in
            // It leaves memory here, outside of the lock.
            let closed = state.withLock { state in
                state.open[port]?.channel === channel ? state.open.removeValue(forKey: port) : nil
            }
            closed?.calls.values.forEach { $0() }
        }
    }

    /// Notes a call that has to end with its connection.
    ///
    /// The transport tells calls of the end of their streams, but not those that begin at that moment.
    ///
    /// - Parameters:
    ///   - port: The port on the other side of the connection.
    ///   - end: What ends the call. At once, if the connection is closed already.
    /// - Returns: What forgets the call.
    func note(callFrom port: Int, _ end: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let number = state.withLock { state -> Int? in
            guard state.open[port] != nil else { return nil }
            state.callCount += 1
            state.open[port]?.calls[state.callCount] = end
            return state.callCount
        }
        guard let number else {
            end()
            return {}
        }
        return { [self] in state.withLock { _ = $0.open[port]?.calls.removeValue(forKey: number) } }
    }

    func closeAll() {
        for connection in state.withLock({ Array($0.open.values) }) { connection.channel.close(promise: nil) }
    }
}
