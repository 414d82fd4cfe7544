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
        var open: [ObjectIdentifier: Connection] = [:]
        /// The connections by the port on the other side. One that is gone already may have none, and a new one may come from
        /// the same port before the old one is known to be closed.
        var ids: [Int: ObjectIdentifier] = [:]
        var callCount = 0
    }

    private let state = Mutex(State())

    /// Keeps a connection for as long as it is open.
    func keep(_ connection: HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, _ channel: any Channel) {
        let (id, port) = (ObjectIdentifier(channel), channel.remoteAddress?.port)
        state.withLock { state in
            state.open[id] = Connection(channel: channel, connection: connection)
            if let port { state.ids[port] = id }
        }
        channel.closeFuture.whenComplete { [self] _ in
            // It leaves memory here, outside of the lock.
            let closed = state.withLock { state in
                if let port, state.ids[port] == id { state.ids[port] = nil }
                return state.open.removeValue(forKey: id)
            }
            closed?.calls.values.forEach { $0() }
        }
    }

    /// Notes a call that has to end with its connection.
    ///
    /// The transport tells calls of the end of their streams, but not those that begin at that moment.
    ///
    /// - Parameters:
    ///   - port: The port on the other side of the connection; `nil` if the connection is gone and has none any more.
    ///   - end: What ends the call. At once, if the connection is closed already.
    /// - Returns: What forgets the call.
    func note(callFrom port: Int?, _ end: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let place = state.withLock { state -> (id: ObjectIdentifier, number: Int)? in
            guard let port, let id = state.ids[port] else { return nil }
            state.callCount += 1
            state.open[id]?.calls[state.callCount] = end
            return (id, state.callCount)
        }
        guard let place else {
            end()
            return {}
        }
        return { [self] in state.withLock { _ = $0.open[place.id]?.calls.removeValue(forKey: place.number) } }
    }

    func closeAll() {
        for connection in state.withLock({ Array($0.open.values) }) { connection.channel.close(promise: nil) }
    }
}
