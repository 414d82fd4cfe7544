import Synchronization

/// What is known of the HTTP/2 connection of one line.
///
/// The transport connects again by itself, but it looks the name of the host up only when a connection breaks, and no more while
/// it tries in vain: a service that moves after it has stopped would not be found again. And a connection that the service
/// wants to end takes no new calls, but stays until the last of those under way has ended, be it a poll that waits for a
/// minute. So a line ends with its connection, and another takes its place.
final class LineWatch: Sendable {
    private struct State {
        /// Connections on which the service has begun to speak.
        var connections = 0
        let made = ContinuousClock.now
        /// Whether the service has said that the connection ends, or it has ended.
        var hasEnded = false
        var wasConnected = false
    }

    private let state = Mutex(State())

    /// Whether the connection has ended, or the service has said that it does.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// Notes that the service has begun to speak on a connection.
    func connected() {
        state.withLock { state in
            state.connections += 1
            state.wasConnected = true
        }
    }

    /// Notes that such a connection has closed.
    func closed() {
        state.withLock { state in
            state.connections -= 1
            if state.connections == 0 { state.hasEnded = true }
        }
    }

    /// Notes that the service has said that the connection ends.
    func goesAway() {
        state.withLock { $0.hasEnded = true }
    }

    /// Whether there has been no connection since the line was made.
    ///
    /// - Parameter time: How long ago that must be.
    func isVain(for time: Duration) -> Bool {
        state.withLock { !$0.wasConnected && $0.made.duration(to: .now) >= time }
    }
}
