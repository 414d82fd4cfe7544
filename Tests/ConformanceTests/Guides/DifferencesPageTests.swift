import Foundation
import Testing

/// The page of what differs from a real server.
@Suite struct DifferencesPageTests {
    @Test func `the page lists the fields that may differ, with the reasons, and no others`() throws {
        let page = try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(
                path: "../../../Sources/TemporalTestServer/TemporalTestServer.docc/Differences.md"
            ).standardized,
            encoding: .utf8
        )
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") }.map(String.init)
        let fields = AllowedDifferences.fields.map { field in
            "| \(field.path.isEmpty ? "" : field.path + ".")\(field.name) | \(field.reason) |"
        }
        #expect(rows == ["| field | reason |"] + fields)
    }
}
