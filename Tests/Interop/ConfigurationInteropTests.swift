import Foundation
import Testing

@testable import TemporalClient

private let python = ProcessInfo.processInfo.environment["TEMPORAL_PYTHON"]

/// Configuration files and variables say the same to this SDK and to Python's.
@Suite(.enabled(if: python != nil, "Set TEMPORAL_PYTHON to a Python that has what requirements.txt lists."))
struct ConfigurationInteropTests {
    /// A configuration to read.
    private struct Case: Encodable {
        let toml: String
        let environment: [String: String]
        let profile: String?
        let strict: Bool
    }

    /// What was read.
    private struct Outcome: Codable, Equatable {
        struct TLS: Codable, Equatable {
            var disabled: Bool?
            var serverName: String?
            /// `path` or `data`, and which.
            var roots: [String]?
            var certificate: [String]?
            var key: [String]?
        }

        var isError = false
        var address: String?
        var namespace: String?
        var apiKey: String?
        var tls: TLS?
        var metadata: [String: String] = [:]
    }

    private static let files = [
        "",
        "[profile.default]\naddress = 'file:1'\nnamespace = 'space'\napi_key = 'k'",
        "[profile.default]\naddress = ''\nnamespace = ''",
        "[profile.default]\ntls = {}",
        "[profile.default.tls]\ndisabled = true\nserver_name = 'n'",
        "[profile.default.tls]\ndisabled = false\nclient_cert_path = '/c'\nclient_key_data = '''\nkey\n'''",
        "[profile.default.tls]\nclient_cert_path = '/c'\nclient_cert_data = 'c'",
        "[profile.default.tls]\nserver_ca_cert_data = ''",
        "[profile.default.grpc_meta]\nA_b = '1'\nc-D = '2'\n'e f' = '3'\n[profile.other]\naddress = 'other:2'",
        "[profile.default]\naddress = 1",
        "[profile.default]\nunknown = 1\n[profile.default.tls]\nmore = 2",
        "top = 1\n[profile.other]\nnamespace = 'o'",
        "[profile]\ndefault = 1",
        "profile = 'x'",
        "not toml",
        "[profile.default.codec]\nendpoint = 'e'\nauth = 'a'",
        "[profile.default.codec]\nother = 1",
        "[profile.\"de fault\"]\naddress = 'x:1'\n[profile.default]\naddress = \"\\u00e9:1\"",
    ]

    private static let environments: [[String: String]] = [
        [:],
        ["TEMPORAL_ADDRESS": "env:2", "TEMPORAL_NAMESPACE": "env", "TEMPORAL_API_KEY": "e"],
        ["TEMPORAL_ADDRESS": "", "TEMPORAL_NAMESPACE": "", "TEMPORAL_API_KEY": ""],
        ["TEMPORAL_PROFILE": "other"], ["TEMPORAL_PROFILE": ""], ["TEMPORAL_PROFILE": "absent"],
        ["TEMPORAL_TLS": "true"], ["TEMPORAL_TLS": "FALSE"], ["TEMPORAL_TLS": "1"], ["TEMPORAL_TLS": "0"],
        ["TEMPORAL_TLS": ""], ["TEMPORAL_TLS": "yes"],
        ["TEMPORAL_TLS_CLIENT_CERT_PATH": "/env", "TEMPORAL_TLS_CLIENT_KEY_PATH": "/envkey"],
        ["TEMPORAL_TLS_CLIENT_CERT_DATA": "env\ndata"], ["TEMPORAL_TLS_CLIENT_KEY_DATA": "env"],
        ["TEMPORAL_TLS_SERVER_CA_CERT_PATH": "/env"], ["TEMPORAL_TLS_SERVER_CA_CERT_DATA": "env"],
        ["TEMPORAL_TLS_SERVER_CA_CERT_PATH": "/a", "TEMPORAL_TLS_SERVER_CA_CERT_DATA": "b"],
        ["TEMPORAL_TLS_SERVER_NAME": "env"], ["TEMPORAL_TLS_DISABLE_HOST_VERIFICATION": "true"],
        ["TEMPORAL_GRPC_META_A_B": "env", "TEMPORAL_GRPC_META_NEW_One": "x"],
        ["TEMPORAL_GRPC_META_A_B": "", "TEMPORAL_GRPC_META_C_D": ""],
        ["TEMPORAL_CODEC_ENDPOINT": "e", "TEMPORAL_CODEC_AUTH": "a"],
        ["TEMPORAL_UNKNOWN": "x", "TEMPORAL_TLS_OTHER": "x"],
    ]

    @Test(.timeLimit(.minutes(1)))
    func `the same file and the same variables have the same values in Python`() async throws {
        var cases: [Case] = []
        for toml in Self.files {
            for environment in Self.environments {
                for (profile, strict) in [(nil, false), (nil, true), ("other", false)] as [(String?, Bool)] {
                    cases.append(Case(toml: toml, environment: environment, profile: profile, strict: strict))
                }
            }
        }
        let theirs = try await peer(cases)
        try #require(theirs.count == cases.count)
        for (item, theirs) in zip(cases, theirs) {
            #expect(own(item) == theirs, "\(item)")
        }
        #expect(theirs.count { !$0.isError } > 400)
        #expect(theirs.count { $0.isError } > 400)
    }

    private func own(_ item: Case) -> Outcome {
        func source(_ pem: TLSOptions.PEM?) -> [String]? {
            switch pem?.source {
            case .file(let path): ["path", path]
            case .text(let text): ["data", text]
            case nil: nil
            }
        }
        guard
            let profile = try? ClientProfile.load(
                item.profile,
                from: .text(item.toml),
                isStrict: item.strict,
                environment: item.environment
            )
        else { return Outcome(isError: true) }
        return Outcome(
            address: profile.address,
            namespace: profile.namespace,
            apiKey: profile.apiKey,
            tls: profile.tls.map {
                Outcome.TLS(
                    disabled: $0.isDisabled,
                    serverName: $0.serverName,
                    roots: source($0.serverRootCertificates),
                    certificate: source($0.clientCertificate),
                    key: source($0.clientPrivateKey)
                )
            },
            metadata: profile.metadata
        )
    }

    /// What Python reads.
    private func peer(_ cases: [Case]) async throws -> [Outcome] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "configuration-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, output) = (folder.appending(path: "cases"), folder.appending(path: "outcomes"))
        try JSONEncoder().encode(cases).write(to: input)
        let process = Process()
        process.executableURL = URL(filePath: python ?? "")
        process.arguments = ["-c", Self.script, input.path, output.path]
        let (ended, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { end.yield($0.terminationStatus) }
        try process.run()
        for await code in ended {
            try #require(code == 0)
            break
        }
        return try JSONDecoder().decode([Outcome].self, from: try Data(contentsOf: output))
    }

    private static let script = """
        import json, pathlib, sys
        from temporalio.envconfig import ClientConfigProfile

        def source(value):
            if value is None:
                return None
            if isinstance(value, pathlib.Path):
                return ["path", str(value)]
            return ["data", value.decode() if isinstance(value, bytes) else value]

        def outcome(case):
            try:
                profile = ClientConfigProfile.load(
                    case.get("profile"), config_source=case["toml"].encode(), config_file_strict=case["strict"],
                    override_env_vars=case["environment"],
                )
            except Exception:
                return {"isError": True, "metadata": {}}
            tls = profile.tls
            return {
                "isError": False, "address": profile.address, "namespace": profile.namespace, "apiKey": profile.api_key,
                "metadata": dict(profile.grpc_meta),
                "tls": tls and {
                    "disabled": tls.disabled, "serverName": tls.server_name, "certificate": source(tls.client_cert),
                    "roots": source(tls.server_root_ca_cert), "key": source(tls.client_private_key),
                },
            }

        cases = json.load(open(sys.argv[1]))
        json.dump([outcome(case) for case in cases], open(sys.argv[2], "w"))
        """
}
