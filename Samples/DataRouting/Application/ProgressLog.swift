import Foundation
import Logging

/// Writes progress to standard error, for people: the time, the workflow, what happened.
struct ProgressLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    /// Writes to standard error from the given level on.
    init(logLevel: Logger.Level) {
        self.logLevel = logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
        let time = Date.ISO8601FormatStyle(timeZone: .current).time(includingFractionalSeconds: false)
        var line = Date.now.formatted(time)
        if event.level >= .warning { line += " \(event.level)" }
        if let workflow = all["workflow_id"] { line += " \(workflow)" }
        line += ": \(event.message)"
        if let error = event.error { line += " (\(error))" }
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
