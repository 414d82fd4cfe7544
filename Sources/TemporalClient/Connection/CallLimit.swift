import Synchronization

/// How many calls go over one line of a connection at a time.
final class CallLimit: Sendable {
    /// The most, and how many before the server has said anything: fewer than the hundred that servers and proxies take by
    /// default.
    static let most = 80

    private let limit = Mutex(CallLimit.most)

    /// How many calls go over one line at a time.
    var calls: Int { limit.withLock { $0 } }

    /// Notes how many the server takes.
    ///
    /// Some are kept free, because the numbers of both sides differ for moments: a call that is one too many waits in the
    /// transport for one that may go on for a minute.
    func learn(_ announced: Int) {
        limit.withLock { $0 = min(Self.most, max(1, announced - max(1, announced / 5))) }
    }
}
