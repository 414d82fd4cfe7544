import Foundation
import Temporal
import TemporalClient
import Testing

/// The pages on connections say what is so.
@Suite struct ConnectGuideTests {
    private let here = URL(filePath: #filePath).deletingLastPathComponent()

    private func samples(_ page: String, _ language: String) throws -> [String] {
        let url = here.appending(path: "../../../Sources/TemporalClient/TemporalClient.docc/\(page).md")
        return try String(contentsOf: url, encoding: .utf8).components(separatedBy: "```\(language)\n").dropFirst()
            .map { $0.components(separatedBy: "```")[0] }
    }

    @Test(arguments: ["Connect", "Security"])
    func `the code of a page is the code that is compiled here`(page: String) throws {
        let code = try String(contentsOf: here.appending(path: "ConnectGuide.swift"), encoding: .utf8)
        let samples = try samples(page, "swift")
        #expect(samples.count >= 3)
        for sample in samples { #expect(code.contains(sample), "\(sample)") }
    }

    @Test func `the configuration file of the page is one`() throws {
        let toml = try samples("Connect", "toml").joined()
        let profile = try ClientProfile.load("prod", from: .text(toml), isStrict: true, environment: [:])
        #expect(profile.namespace == "shop.a1b2c")
        #expect(profile.metadata == ["team": "checkout"])
        let certified = try ClientProfile.load("certified", from: .text(toml), isStrict: true, environment: [:])
        #expect(certified.namespace == "shop.a1b2c")
        #expect(certified.tls?.clientCertificate == .file("/run/secrets/client.pem"))
        #expect(try ClientProfile.load(from: .text(toml), environment: [:]).address == "127.0.0.1:7233")
    }
}
