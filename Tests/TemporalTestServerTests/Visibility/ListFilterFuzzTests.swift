import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Any text is a filter or is refused; nothing traps.
@Suite(.timeLimit(.minutes(2)), .storesEverything) struct ListFilterFuzzTests {
    private static let pieces = [
        "WorkflowId", "points", "ExecutionStatus", "StartTime", "ExecutionDuration", "Txt", "Kws", "NoSuch", "`a b`",
        "``",
        "=", "!=", "<", ">", "<=", ">=", "<=>", "<>", "AND", "OR", "NOT", "IN", "IS", "NULL", "BETWEEN", "LIKE",
        "STARTS_WITH", "(", ")", ",", "'x'", "\"x\"", "'", "\"", "`", "\\", "5", "5.5", "1e400", "0x1F", "-", "+", "*",
        "/", "--", "/*", "*/", ";", ":v", "?", "#", "$", "%", "é", "\u{0}", "\n", "ORDER BY", "GROUP BY", "LIMIT",
        "TRUE",
        "select", "@", ".", "99999999999999999999", "'2024-01-01T00:00:00Z'", "'1h'", "'Running'", "f(", "FOR UPDATE",
    ]

    private let server: TestServer = {
        var options = TestServer.Options()
        options.searchAttributes = ["points": .int, "Txt": .text, "Kws": .keywordList]
        return TestServer(options: options)
    }()

    /// Compiles a filter and returns whether it was accepted.
    private func accepts(_ filter: String) -> Bool {
        server.transact { (try? $0.query(filter, namespace: "default", allowsGroups: true)) != nil }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `random pieces never trap`(_ seed: UInt64) {
        var source = IdentifierSource(seed: seed)
        var accepted = 0
        for _ in 0..<5_000 {
            let length = Int(source.next() % 12)
            let words = (0..<length).map { _ in Self.pieces[Int(source.next() % UInt64(Self.pieces.count))] }
            if accepts(words.joined(separator: source.next() % 4 == 0 ? "" : " ")) { accepted += 1 }
        }
        // The empty filter at least.
        #expect(accepted > 0)
    }

    @Test(arguments: [1, 2] as [UInt64])
    func `random bytes never trap`(_ seed: UInt64) {
        var source = IdentifierSource(seed: seed)
        for _ in 0..<5_000 {
            let bytes = (0..<Int(source.next() % 40)).map { _ in UInt8(truncatingIfNeeded: source.next()) }
            _ = accepts(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func `deep nesting is refused, not followed`() {
        let depth = 100_000
        #expect(!accepts(String(repeating: "(", count: depth) + "points = 5" + String(repeating: ")", count: depth)))
        #expect(!accepts(String(repeating: "NOT ", count: depth) + "points = 5"))
        #expect(!accepts("points = " + String(repeating: "!", count: depth) + "5"))
        #expect(accepts(String(repeating: "(", count: 50) + "points = 5" + String(repeating: ")", count: 50)))
        #expect(!accepts("points = 5" + String(repeating: " + 5", count: depth)))
        #expect(!accepts("points" + String(repeating: " IS NULL", count: depth)))
    }

    @Test(arguments: ["OR", "AND"])
    func `a long chain is followed to its end`(_ word: String) throws {
        let parts = Array(repeating: "WorkflowId \(word == "OR" ? "=" : "!=") 'x'", count: 100_000)
        let last = word == "OR" ? "WorkflowId = 'w'" : "WorkflowId != 'w'"
        let filter = (parts + [last]).joined(separator: " \(word) ")
        try server.transact { engine in
            _ = try engine.start(
                .with {
                    $0.namespace = "default"
                    $0.workflowID = "w"
                    $0.workflowType.name = "Flow"
                    $0.taskQueue.name = "q"
                }
            )
            let query = try engine.query(filter, namespace: "default", allowsGroups: false)
            #expect(query.matches(engine.runs[0]) == (word == "OR"))
            #expect(try ListFilterParser.parse(filter).condition?.text.count == filter.count)
        }
    }
}
