import Foundation
import Testing

/// The table of behaviours names tests that are there.
@Suite struct BehavioursTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    @Test func `each behaviour of the guide has a test of that name, or a reason why not`() throws {
        let suites = try suites()
        let rows = try rows()
        #expect(rows.count > 50)
        for (name, test, remark) in rows {
            guard !test.isEmpty else {
                #expect(!remark.isEmpty, "\(name) has neither a test nor a reason.")
                continue
            }
            let parts = test.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(parts.count == 2, "\(name): \(test)")
            #expect(suites[parts[0]]?.contains("func `\(parts[1])`") == true, "\(name) names no test: \(test)")
        }
    }

    @Test func `each behaviour and each feature that SDKs are compared by is in the guide, once`() throws {
        let names = try rows().map(\.name)
        #expect(Set(names).count == names.count)
        for name in ComparedFeatures.behaviours + ComparedFeatures.features {
            #expect(names.contains(name), "\(name) has no row.")
        }
    }

    /// The rows of the tables.
    private func rows() throws -> [(name: String, test: String, remark: String)] {
        let page = try String(
            contentsOf: root.appending(path: "Sources/Temporal/Temporal.docc/Behaviours.md"),
            encoding: .utf8
        )
        return try page.split(separator: "\n").filter { $0.hasPrefix("| ") }.compactMap { row in
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(cells.count == 5, "\(row)")
            return cells[2] == "test" ? nil : (cells[1], cells[2], cells[3])
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
