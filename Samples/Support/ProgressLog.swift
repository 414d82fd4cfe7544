import Foundation
package import Logging

/// Writes progress to standard error, for people: the time, the workflow, what happened.
package struct ProgressLog: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]

    /// Writes to standard error from the given level on.
    package init(logLevel: Logger.Level) {
        self.logLevel = logLevel
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
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
