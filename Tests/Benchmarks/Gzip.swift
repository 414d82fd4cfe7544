import ArgumentParser
import Foundation

/// Packs and unpacks files by the `gzip` of the system.
enum Gzip {
    /// What a packed file holds.
    ///
    /// - Parameter file: The file.
    /// - Throws: An error that says how `gzip` failed.
    static func read(_ file: URL) throws -> Data {
        try run(["-dc", file.path], input: Data())
    }

    /// Packs data.
    ///
    /// - Parameter data: The data.
    /// - Throws: An error that says how `gzip` failed.
    static func pack(_ data: Data) throws -> Data {
        try run(["-9nc"], input: data)
    }

    private static func run(_ arguments: [String], input: Data) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip"] + arguments
        let (standardInput, standardOutput) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        try process.run()
        let writer = Thread {
            // It fails if gzip has ended early, and then its status says so.
            try? standardInput.fileHandleForWriting.write(contentsOf: input)
            try? standardInput.fileHandleForWriting.close()
        }
        writer.start()
        let output = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ValidationError("gzip \(arguments.joined(separator: " ")) ended with \(process.terminationStatus).")
        }
        return output
    }
}
