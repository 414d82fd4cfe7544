import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Shows on standard error how far something is: as a bar in a terminal, as a line for each tenth elsewhere.
package struct ProgressBar {
    private let title: String
    private let isTerminal: Bool
    private var shown = -1

    /// Prepares a bar that shows nothing yet.
    package init(_ title: String) {
        self.title = title
        self.isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
    }

    /// Shows a state.
    ///
    /// - Parameters:
    ///   - done: How much is done.
    ///   - total: How much there is to do.
    package mutating func show(_ done: Int, of total: Int) {
        let tenths = total > 0 ? done * 10 / total : 10
        if isTerminal {
            let filled = total > 0 ? done * 40 / total : 40
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 40 - filled)
            write("\r\(title) \(bar) \(done)/\(total)" + (done == total ? "\n" : ""))
        } else if tenths > shown {
            shown = tenths
            write("\(title): \(done) of \(total)\n")
        }
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
