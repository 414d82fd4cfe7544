package import Logging
import Synchronization

/// Says whether workflow code may log: not while it runs over events that it has already produced.
package final class LogSilence: Sendable {
    private let state = Atomic<Bool>(true)

    package init() {}

    /// Whether nothing is logged.
    package var isOn: Bool {
        get { state.load(ordering: .relaxed) }
        set { state.store(newValue, ordering: .relaxed) }
    }
}

extension Logger {
    /// This logger, silent while the silence is on.
    package func silenced(by silence: LogSilence) -> Logger {
        let base = self
        var logger = Logger(label: label) { _ in SilencedLogHandler(base: base.handler, silence: silence) }
        logger.logLevel = logLevel
        return logger
    }
}

private struct SilencedLogHandler: LogHandler {
    var base: any LogHandler
    let silence: LogSilence

    var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        guard !silence.isOn else { return }
        base.log(event: event)
    }
}
