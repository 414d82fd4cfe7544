import Foundation
import Testing

/// The README and what it says.
struct ReadmeTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    // Tests/Readme/run.sh makes the package of all of them.
    @Test(arguments: ["ReadmeSubscription.swift", "ReadmeSubscriptionTests.swift", "ReadmeWorker.swift"])
    func `The code of the README is the code that is compiled here`(file: String) throws {
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let path = root.appending(path: "Tests/DataRoutingTests").appending(path: file)
        let code = try String(contentsOf: path, encoding: .utf8)
        // Here, all is one module, and files import what they use members of.
        let inOneModule = readme.replacing("\n@testable import Shop\n", with: "")
        let sample = code.replacing(
            "import Temporal\nimport TemporalClient\nimport TemporalTesting",
            with: "import TemporalTesting"
        )
        #expect(inOneModule.contains("```swift\n\(sample)```\n"))
    }
}
