import Foundation
import Testing

/// The table of behaviours names tests that are there.
@Suite struct BehavioursTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    @Test func `each behaviour of the guide has a test of that name, or a reason why not`() throws {
        let page = try String(
            contentsOf: root.appending(path: "Sources/Temporal/Temporal.docc/Behaviours.md"),
            encoding: .utf8
        )
        let suites = try suites()
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
        #expect(rows.count > 50)
        for row in rows {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(cells.count == 5, "\(row)")
            guard !cells[2].isEmpty else {
                #expect(!cells[3].isEmpty, "\(cells[1]) has neither a test nor a reason.")
                continue
            }
            let parts = cells[2].split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(parts.count == 2, "\(row)")
            #expect(suites[parts[0]]?.contains("func `\(parts[1])`") == true, "\(cells[1]) names no test: \(cells[2])")
        }
    }

    /// The text of each file of tests, by its name.
    private func suites() throws -> [String: String] {
        let files = try #require(
            FileManager.default.enumerator(at: root.appending(path: "Tests"), includingPropertiesForKeys: nil)
        )
        var suites: [String: String] = [:]
        for case let file as URL in files where file.pathExtension == "swift" {
            suites[file.deletingPathExtension().lastPathComponent] = try String(contentsOf: file, encoding: .utf8)
        }
        return suites
    }
}
