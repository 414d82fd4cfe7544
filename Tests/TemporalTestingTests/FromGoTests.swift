import Foundation
import Testing

/// The table of what Go's test suite has.
@Suite struct FromGoTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    /// A row of the table.
    private struct Row {
        /// The type and the method of Go.
        var name: String
        /// The type and the member here; empty if there is none.
        var counterpart: String
        var remark: String
    }

    @Test func `the guide has the public names of the commit that is read, once, and no others`() throws {
        let names = try String(contentsOf: root.appending(path: "Tests/FromGo/names.txt"), encoding: .utf8)
            .split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
        #expect(names.count == 130)
        let rows = try rows().map(\.name)
        #expect(Set(rows).count == rows.count)
        #expect(Set(names).subtracting(rows) == [])
        #expect(Set(rows).subtracting(names) == [])
    }

    @Test func `each public name of Go's test suite has a counterpart that is there, or a reason why not`() throws {
        let sources = try sources()
        for row in try rows() {
            guard !row.counterpart.isEmpty else {
                #expect(row.remark.hasPrefix("No: "), "\(row.name) has neither a counterpart nor a reason.")
                continue
            }
            let parts = row.counterpart.split(separator: ".")
            try #require(parts.count == 2, "\(row.counterpart)")
            let declares = try Regex(#"(?m)^public (final )?(struct|class|protocol|enum|actor) \#(parts[0])\b"#)
            #expect(sources.contains { $0.contains(declares) }, "\(parts[0]) is no public type here.")
            // A member stands where its type is declared or extended.
            let concerns = try Regex(
                #"(?m)^(extension|public (final )?(struct|class|protocol|enum|actor)) \#(parts[0])\b"#
            )
            let member = parts[1] == "init" ? #"init[(<]"# : #"(static )?(func|var|let) \#(parts[1])\b"#
            let has = try Regex(#"(?m)^ +public ((private|internal)\(set\) )?\#(member)"#)
            #expect(
                sources.contains { $0.contains(concerns) && $0.contains(has) },
                "\(row.counterpart) is not there."
            )
        }
    }

    /// The rows of the tables, each with the type that its section is about.
    private func rows() throws -> [Row] {
        let page = try String(
            contentsOf: root.appending(path: "Sources/TemporalTesting/TemporalTesting.docc/FromGo.md"),
            encoding: .utf8
        )
        return try page.split(separator: "\n## ").dropFirst().flatMap { section in
            let type = try #require(section.firstMatch(of: /`(\w+)`/)).1
            return try section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
                let cells = row.split(separator: "|", omittingEmptySubsequences: false)
                    .map { $0.trimmingCharacters(in: .whitespaces).replacing("`", with: "") }
                try #require(cells.count >= 5, "\(row)")
                return Row(name: "\(type).\(cells[1])", counterpart: cells[2], remark: cells[3])
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
