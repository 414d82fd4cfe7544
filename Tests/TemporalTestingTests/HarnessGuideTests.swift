import Foundation
import Testing

/// The pages of the module: their table names tests that are there, and their samples are code that is compiled.
@Suite struct HarnessGuideTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    private func page(_ name: String) throws -> String {
        try String(
            contentsOf: root.appending(path: "Sources/TemporalTesting/TemporalTesting.docc/\(name).md"),
            encoding: .utf8
        )
    }

    @Test func `each behaviour of the table has a test of that name, or a remark`() throws {
        let rows = try page("HarnessBehaviours").split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
        #expect(rows.count > 80)
        let suites = try suites()
        for row in rows {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(cells.count == 5, "\(row)")
            guard !cells[2].isEmpty else {
                #expect(!cells[3].isEmpty, "\(cells[1]) has neither a test nor a remark.")
                continue
            }
            let parts = cells[2].split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(parts.count == 2, "\(row)")
            let files = suites.filter { $0.hasPrefix("// \(parts[0]).swift\n") }
            #expect(files.contains { $0.contains("func `\(parts[1])`") }, "\(cells[2])")
        }
    }

    @Test(arguments: ["Mocks", "Time", "Driving", "FaultsAndExploration", "Histories"])
    func `each sample of a page stands in the code of a test`(_ name: String) throws {
        let samples = try String(
            contentsOf: root.appending(path: "Tests/TemporalTestingTests/GuideSamples.swift"),
            encoding: .utf8
        )
        let code = words(samples)
        let blocks = try page(name).split(separator: "```swift\n").dropFirst()
            .compactMap { $0.split(separator: "```").first }
        #expect(!blocks.isEmpty)
        for block in blocks { #expect(code.contains(words(String(block))), "\(block)") }
    }

    /// A text without the indentation and the breaks of its lines.
    private func words(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// The text of each file of tests, with its name.
    private func suites() throws -> [String] {
        let files = try #require(
            FileManager.default.enumerator(at: root.appending(path: "Tests"), includingPropertiesForKeys: nil)
        )
        var suites: [String] = []
        for case let file as URL in files where file.pathExtension == "swift" {
            suites.append("// \(file.lastPathComponent)\n" + (try String(contentsOf: file, encoding: .utf8)))
        }
        return suites
    }
}
