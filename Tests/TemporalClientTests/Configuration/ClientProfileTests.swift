import Foundation
import Temporal
import Testing

@testable import TemporalClient

@Suite struct ClientProfileTests {
    private let file = """
        [profile.default]
        address = "file:1"
        namespace = "file-space"
        api_key = "file-key"

        [profile.default.tls]
        client_cert_path = "/c.pem"
        client_key_data = "key"
        server_name = "file-name"

        [profile.default.codec]
        endpoint = "http://codec"
        auth = "Bearer c"

        [profile.default.grpc_meta]
        Team_Name = "blue"
        kept = "yes"

        [profile.other]
        address = "other:2"
        client_authority = "other.test"

        [profile.empty]
        """

    private func load(
        _ name: String? = nil,
        _ environment: [String: String] = [:],
        toml: String? = nil,
        isStrict: Bool = false
    ) throws -> ClientProfile {
        try ClientProfile.load(name, from: .text(toml ?? file), isStrict: isStrict, environment: environment)
    }

    @Test(arguments: ["key\n", "key\r\n", "key"])
    func `the end of a line is no part of an API key`(_ key: String) throws {
        #expect(try load(nil, ["TEMPORAL_API_KEY": key]).connectionOptions().apiKey == "key")
        let toml = ClientProfiles(["default": ClientProfile(apiKey: key)]).toml
        #expect(try load(toml: toml).connectionOptions().apiKey == "key")
        #expect(try ClientProfile(apiKey: "\n").connectionOptions().apiKey == nil)
    }

    @Test func `a file says all settings`() throws {
        #expect(
            try load()
                == ClientProfile(
                    address: "file:1",
                    namespace: "file-space",
                    apiKey: "file-key",
                    tls: .init(
                        clientCertificate: .file("/c.pem"),
                        clientPrivateKey: .text("key"),
                        serverName: "file-name"
                    ),
                    codec: .init(endpoint: "http://codec", authorization: "Bearer c"),
                    metadata: ["team-name": "blue", "kept": "yes"]
                )
        )
        let tls = """
            [profile.default.tls]
            disabled = true
            client_cert_data = ""
            client_key_path = "/k.pem"
            server_ca_cert_data = "ca"
            disable_host_verification = true
            """
        #expect(
            try load(toml: tls).tls
                == .init(
                    isDisabled: true,
                    clientPrivateKey: .file("/k.pem"),
                    serverRootCertificates: .text("ca"),
                    isServerVerificationDisabled: true
                )
        )
    }

    @Test func `the environment stands in place of the file`() throws {
        let environment = [
            "TEMPORAL_ADDRESS": "env:2",
            "TEMPORAL_NAMESPACE": "",
            "TEMPORAL_API_KEY": "env-key",
            "TEMPORAL_CLIENT_AUTHORITY": "env.test",
            "TEMPORAL_TLS": "FALSE",
            "TEMPORAL_TLS_CLIENT_CERT_PATH": "/env.pem",
            "TEMPORAL_TLS_CLIENT_KEY_DATA": "env-key",
            "TEMPORAL_TLS_SERVER_CA_CERT_DATA": "env-ca",
            "TEMPORAL_TLS_SERVER_NAME": "env-name",
            "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION": "1",
            "TEMPORAL_CODEC_AUTH": "Bearer e",
            "TEMPORAL_GRPC_META_TEAM_NAME": "",
            "TEMPORAL_GRPC_META_X_OTHER": "red",
            "PATH": "/bin",
        ]
        #expect(
            try load(nil, environment)
                == ClientProfile(
                    address: "env:2",
                    namespace: "",
                    apiKey: "env-key",
                    authority: "env.test",
                    tls: .init(
                        isDisabled: true,
                        clientCertificate: .file("/env.pem"),
                        clientPrivateKey: .text("env-key"),
                        serverRootCertificates: .text("env-ca"),
                        serverName: "env-name",
                        isServerVerificationDisabled: true
                    ),
                    codec: .init(endpoint: "http://codec", authorization: "Bearer e"),
                    metadata: ["kept": "yes", "x-other": "red"]
                )
        )
        // Without a file they are all there is.
        let alone = try ClientProfile.load(
            from: .none,
            environment: ["TEMPORAL_ADDRESS": "env:2", "TEMPORAL_PROFILE": "p"]
        )
        #expect(alone == ClientProfile(address: "env:2"))
    }

    @Test func `a profile is chosen by its name, by the environment, or is the default`() throws {
        #expect(try load("other").address == "other:2")
        #expect(try load("other").authority == "other.test")
        #expect(try load(nil, ["TEMPORAL_PROFILE": "other"]).address == "other:2")
        #expect(try load("empty", ["TEMPORAL_PROFILE": "other"]) == ClientProfile())
        #expect(try load(nil, ["TEMPORAL_PROFILE": ""]).address == "file:1")
        #expect(try load(toml: "[profile.other]\naddress = 'x'") == ClientProfile())
        for environment in [[:], ["TEMPORAL_PROFILE": "absent"]] {
            let error = #expect(throws: ConnectionOptionsError.self) {
                try load(environment.isEmpty ? "absent" : nil, environment)
            }
            #expect(error?.message.contains("'absent'") == true)
            #expect(error?.message.contains("'default', 'empty', 'other'") == true)
        }
    }

    @Test(arguments: [
        (["TEMPORAL_TLS_CLIENT_CERT_PATH": "/c", "TEMPORAL_TLS_CLIENT_CERT_DATA": "c"], ""),
        (["TEMPORAL_TLS_CLIENT_CERT_DATA": "c"], "client_cert_path = '/c'"),
        (["TEMPORAL_TLS_CLIENT_KEY_PATH": "/c"], "client_key_data = 'c'"),
        (["TEMPORAL_TLS_SERVER_CA_CERT_PATH": "/c"], "server_ca_cert_data = 'c'"),
        ([:], "client_cert_path = '/c'\nclient_cert_data = 'c'"),
        ([:], "server_ca_cert_path = '/c'\nserver_ca_cert_data = 'c'"),
    ])
    func `a certificate in a file and as it is contradicts itself`(environment: [String: String], toml: String) {
        #expect(throws: ConnectionOptionsError.self) {
            try load(nil, environment, toml: "[profile.default.tls]\n\(toml)")
        }
    }

    @Test(arguments: [
        "address = 1", "api_key = true", "tls = 's3cret'", "tls.disabled = 's3cret'", "grpc_meta.a = 1", "codec = []",
        "address = 's3cret", "api_key = 's3cret' s3cret", "api_key = s3cret", "api_key = 's3cret'\napi_key = 's3cret'",
    ])
    func `a setting of another type is refused without showing it`(toml: String) {
        let error = #expect(throws: ConnectionOptionsError.self) { try load(toml: "[profile.default]\n\(toml)") }
        #expect(error.map { "\($0)" }?.contains("s3cret") == false)
    }

    @Test(arguments: [
        ("other = 1", "'other'"),
        ("[profile.default]\nadress = 's3cret'", "'profile.default.adress'"),
        ("[profile.x.tls]\ncert = 's3cret'\nkey = 1", "'profile.x.tls.cert', 'profile.x.tls.key'"),
        ("[profile.x.codec]\nurl = 's3cret'", "'profile.x.codec.url'"),
    ])
    func `a key that nobody knows counts only if one is strict`(toml: String, key: String) throws {
        #expect(try load(toml: toml) == ClientProfile())
        let error = #expect(throws: ConnectionOptionsError.self) { try load(toml: toml, isStrict: true) }
        #expect(error?.message.contains(key) == true)
        #expect(error?.message.contains("s3cret") == false)
        #expect(try load(isStrict: true).address == "file:1")
    }

    @Test(arguments: [
        ("", [:], "plaintext"),
        ("api_key = 'k'", [:], "TLS"),
        ("api_key = ''", [:], "plaintext"),
        ("api_key = 'k'\ntls.disabled = true", [:], "plaintext"),
        ("api_key = 'k'\ntls.disabled = true", ["TEMPORAL_TLS": "true"], "TLS"),
        ("tls.disabled = false", [:], "TLS"),
        ("tls = {}", [:], "TLS"),
        ("tls = {}", ["TEMPORAL_TLS": "0"], "plaintext"),
        // As other SDKs have it: any of the variables is a word for TLS, unless it says false.
        ("", ["TEMPORAL_TLS": "perhaps"], "TLS"),
        ("", ["TEMPORAL_TLS_SERVER_NAME": "n"], "TLS, server name n"),
        ("", ["TEMPORAL_TLS_DISABLE_HOST_VERIFICATION": "true"], "TLS, server not verified"),
        (
            "tls = {client_cert_path = 'c', client_key_path = 'k', server_ca_cert_data = 'r'}", [:],
            "mutual TLS, own root certificates"
        ),
    ])
    func `a profile turns TLS on and off`(toml: String, environment: [String: String], tls: String) throws {
        let options = try load(nil, environment, toml: "[profile.default]\n\(toml)").connectionOptions()
        #expect((options.effectiveTLS.map { "\($0)" } ?? "plaintext") == tls)
    }

    @Test func `a profile becomes the options of a connection`() throws {
        let options = try load("other", ["TEMPORAL_API_KEY": "k", "TEMPORAL_GRPC_META_A": "1"]).connectionOptions()
        #expect(options.address == "other:2")
        #expect(options.authority == "other.test")
        #expect(options.apiKey == "k")
        #expect(options.metadata == ["a": "1"])
        let defaults = try load("empty", ["TEMPORAL_ADDRESS": ""])
        #expect(try defaults.connectionOptions().address == "127.0.0.1:7233")
        #expect(defaults.effectiveNamespace == "default")
        #expect(try load().effectiveNamespace == "file-space")
        for half in ["client_cert_path = '/c'", "client_key_data = 'k'"] {
            let profile = try load(toml: "[profile.default.tls]\n\(half)")
            #expect(throws: ConnectionOptionsError.self) { try profile.connectionOptions() }
        }
    }

    @Test func `the file is where the environment says, or in the folder for configuration`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "profiles-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let profiles = ClientProfiles(["default": ClientProfile(address: "written:1")])
        let path = try #require(ConfigurationSource.standardPath(environment: ["HOME": folder.path]))
        #expect(path.hasSuffix("/temporalio/temporal.toml"))
        #expect(try ClientProfile.load(environment: ["HOME": folder.path]) == ClientProfile())
        try profiles.write(to: path)
        #expect(try ClientProfile.load(environment: ["HOME": folder.path]).address == "written:1")
        #expect(try ClientProfile.load(environment: [:]) == ClientProfile())
        #if !os(macOS)
            let other = ConfigurationSource.standardPath(environment: ["HOME": "/home", "XDG_CONFIG_HOME": "/x"])
            #expect(other == "/x/temporalio/temporal.toml")
            // A folder that is not absolute is none.
            let home = ConfigurationSource.standardPath(environment: ["HOME": "/home", "XDG_CONFIG_HOME": "x"])
            #expect(home == "/home/.config/temporalio/temporal.toml")
        #endif
        let elsewhere = folder.appending(path: "other.toml").path
        try ClientProfiles(["default": ClientProfile(address: "elsewhere:1")]).write(to: elsewhere)
        let environment = ["HOME": folder.path, "TEMPORAL_CONFIG_FILE": elsewhere]
        #expect(try ClientProfile.load(environment: environment).address == "elsewhere:1")
        #expect(try ClientProfile.load(from: .file(path), environment: environment).address == "written:1")
        #expect(try ConnectionOptions.fromEnvironment(environment).address == "elsewhere:1")
        #expect(
            try ClientProfile.load(environment: environment.merging(["TEMPORAL_CONFIG_FILE": ""]) { $1 }).address
                == "written:1"
        )

        // What is there and cannot be read is no empty file.
        let binary = folder.appending(path: "binary").path
        #expect(FileManager.default.createFile(atPath: binary, contents: Data([0xff, 0xfe])))
        let error = #expect(throws: ConnectionOptionsError.self) {
            try ClientProfile.load(from: .file(binary), environment: [:])
        }
        #expect(error?.message.contains(binary) == true)
        #expect(throws: ConnectionOptionsError.self) {
            try ClientProfile.load(from: .file(folder.path), environment: [:])
        }
        // How one says that there is to be no file.
        #expect(try ClientProfile.load(from: .file("/dev/null"), environment: [:]) == ClientProfile())
        #expect(throws: ConnectionOptionsError.self) {
            try ClientProfile.load(from: .file(folder.path), environment: [:])
        }
    }

    @Test func `profiles that are written are read again, and by nobody else`() throws {
        let profiles = try ClientProfiles(toml: file)
        var changed = profiles
        changed.profiles["wei rd.name"] = ClientProfile(
            apiKey: "a\"b\\c\nd",
            tls: .init(isDisabled: false, serverRootCertificates: .text("-----BEGIN\nX\n-----END\n"))
        )
        changed.profiles["off"] = ClientProfile(tls: .init(isServerVerificationDisabled: true), codec: .init())
        #expect(try ClientProfiles(toml: changed.toml, isStrict: true) == changed)

        let folder = FileManager.default.temporaryDirectory.appending(path: "profiles-\(UUID())/deep")
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let path = folder.appending(path: "temporal.toml").path
        try profiles.write(to: path)
        try changed.write(to: path)
        #expect(try ClientProfiles.load(from: .file(path), environment: [:]) == changed)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["temporal.toml"])

        // A link goes on leading to the file.
        let link = folder.appending(path: "link.toml").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        try profiles.write(to: link)
        #expect(try ClientProfiles.load(from: .file(path), environment: [:]) == profiles)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
    }

    @Test func `a profile shows no secrets`() throws {
        let secret = ClientProfile(
            address: "host:1",
            apiKey: "s3cret",
            tls: .init(clientCertificate: .text("s3cret"), clientPrivateKey: .text("s3cret")),
            codec: .init(endpoint: "http://c", authorization: "s3cret"),
            metadata: ["token": "s3cret"]
        )
        let profiles = ClientProfiles(["default": secret])
        var text = "\(secret) \(String(reflecting: secret)) \(profiles) \(String(reflecting: profiles))"
        dump(profiles, to: &text)
        dump(secret, to: &text)
        dump(ConfigurationSource.text("s3cret"), to: &text)
        #expect(text.contains("host:1"))
        #expect(text.contains("token"))
        let isSecretShown = text.contains("s3cret")
        #expect(!isSecretShown)
    }
}
