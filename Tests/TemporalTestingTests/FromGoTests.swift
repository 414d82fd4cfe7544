import Foundation
import Testing

/// The table of what Go's test suite has.
@Suite struct FromGoTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    /// How many public names each part of Go's test suite has, 130 together.
    static let parts = [
        "WorkflowTestSuite": 8, "TestWorkflowEnvironment": 93, "TestActivityEnvironment": 15, "MockCallWrapper": 11,
        "TestUpdateCallback": 3,
    ]

    @Test func `every public name of Go's test suite has a counterpart, or a reason why not`() throws {
        let page = try String(
            contentsOf: root.appending(path: "Sources/TemporalTesting/TemporalTesting.docc/FromGo.md"),
            encoding: .utf8
        )
        let sources = try sources()
        for (part, count) in Self.parts {
            let section = try #require(
                page.split(separator: "\n## ").first { $0.prefix(60).contains("`\(part)`") },
                "\(part)"
            )
            let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }
            #expect(rows.count == count, "\(part)")
            var names: Set<String> = []
            for row in rows {
                let cells = row.split(separator: "|", omittingEmptySubsequences: false)
                    .map { $0.trimmingCharacters(in: .whitespaces).replacing("`", with: "") }
                try #require(cells.count >= 5, "\(row)")
                #expect(names.insert(cells[1]).inserted, "\(cells[1]) is there twice.")
                guard !cells[2].isEmpty else {
                    #expect(cells[3].hasPrefix("No: "), "\(cells[1]) has neither a counterpart nor a reason.")
                    continue
                }
                let parts = cells[2].split(separator: ".")
                try #require(parts.count == 2, "\(cells[2])")
                #expect(sources.contains { $0.contains(type: parts[0]) }, "\(parts[0]) is no type here.")
                #expect(sources.contains { $0.contains(member: parts[1]) }, "\(cells[2]) is not there.")
            }
        }
    }

    private func sources() throws -> [String] {
        let files = try #require(
            FileManager.default.enumerator(at: root.appending(path: "Sources"), includingPropertiesForKeys: nil)
        )
        var sources: [String] = []
        for case let file as URL in files where file.pathExtension == "swift" && !file.path.contains("/Generated/") {
            sources.append(try String(contentsOf: file, encoding: .utf8))
        }
        return sources
    }
}

extension String {
    fileprivate func contains(type: Substring) -> Bool {
        ["struct", "class", "protocol", "enum", "actor"].contains { contains("public \($0) \(type)") }
            || contains("public final class \(type)")
    }

    fileprivate func contains(member: Substring) -> Bool {
        if member == "init" { return contains("public init") }
        return ["func", "var", "let", "static func", "static var", "static let", "internal(set) var"].contains { kind in
            contains("\(kind) \(member)(") || contains("\(kind) \(member)<") || contains("\(kind) \(member):")
                || contains("\(kind) \(member) ")
        }
    }
}
