import Foundation
import Testing

/// The README and what it says.
struct ReadmeTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    @Test(arguments: ["ReadmeExample.swift", "ReadmeWorker.swift"])
    func `The code of the README is the code that is compiled here`(file: String) throws {
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let path = root.appending(path: "Tests/DataRoutingTests").appending(path: file)
        let code = try String(contentsOf: path, encoding: .utf8)
        #expect(readme.contains("```swift\n\(code)```\n"))
    }
}
