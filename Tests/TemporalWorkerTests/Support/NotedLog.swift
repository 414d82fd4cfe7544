import Logging
import Synchronization

/// Keeps what is logged.
final class NotedLog: Sendable {
    /// One line.
    struct Line: Sendable {
        var level: Logger.Level
        var message: String
        var metadata: [String: String]
    }

    private let state = Mutex<[Line]>([])

    /// The lines so far.
    var lines: [Line] { state.withLock { $0 } }

    /// A logger that keeps all its lines here.
    var logger: Logger { Logger(label: "noted") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: NotedLog
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            let line = Line(level: event.level, message: "\(event.message)", metadata: all.mapValues { "\($0)" })
            log.state.withLock { $0.append(line) }
        }
    }
}
