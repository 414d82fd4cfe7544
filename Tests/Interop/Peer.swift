import Foundation
import Synchronization

/// A process of `peer.py`.
final class Peer: Sendable {
    private let process: Process
    private let input = Pipe()
    private let output = Pipe()
    private let exit: AsyncStream<Int32>

    /// Starts the process.
    init(_ mode: String, _ address: String, _ queue: String) throws {
        let process = Process()
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "peer.py")
        process.executableURL = URL(filePath: ProcessInfo.processInfo.environment["TEMPORAL_PYTHON"] ?? "")
        process.arguments = [script.path(), mode, address, queue]
        process.standardInput = input
        process.standardOutput = output
        let (exit, continuation) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { continuation.yield($0.terminationStatus) }
        try process.run()
        self.process = process
        self.exit = exit
    }

    deinit {
        if process.isRunning { process.terminate() }
    }

    /// The process ended before it was ready.
    struct NotReady: Error {}

    /// Waits for the line that says that the worker polls.
    func waitUntilReady() async throws {
        let handle = output.fileHandleForReading
        let ready = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: handle.availableData) }
        }
        guard ready.starts(with: Data("ready".utf8)) else { throw NotReady() }
    }

    /// Lets the worker end.
    func closeInput() {
        input.fileHandleForWriting.closeFile()
    }

    /// Waits for the end of the process.
    func exitCode() async -> Int32 {
        for await code in exit { return code }
        return -1
    }
}
