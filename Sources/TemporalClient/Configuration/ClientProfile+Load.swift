public import Foundation

extension ClientProfile {
    /// Reads a profile from the configuration file, and then what the environment has in place of its settings.
    ///
    /// The file is the one that `TEMPORAL_CONFIG_FILE` names, or `temporalio/temporal.toml` in the user's folder for
    /// configuration; there need not be one. It is the same as for all Temporal SDKs and the `temporal` command line:
    ///
    /// ```toml
    /// [profile.default]
    /// address = "eu-west-1.aws.api.temporal.io:7233"
    /// namespace = "shop.a1b2c"
    /// api_key = "…"
    ///
    /// [profile.default.tls]
    /// client_cert_path = "/run/secrets/temporal.pem"
    /// client_key_path = "/run/secrets/temporal.key"
    /// ```
    ///
    /// These variables stand in place of what the file says, also if they are empty:
    ///
    /// - `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_CLIENT_AUTHORITY`
    /// - `TEMPORAL_TLS`: `true` or `false`. Any variable that begins so turns TLS on, unless this one or the file turns it off.
    /// - `TEMPORAL_TLS_CLIENT_CERT_PATH` or `_DATA`, `TEMPORAL_TLS_CLIENT_KEY_PATH` or `_DATA`,
    ///   `TEMPORAL_TLS_SERVER_CA_CERT_PATH` or `_DATA`: PEM as a file or as it is. File and environment must not have one each.
    /// - `TEMPORAL_TLS_SERVER_NAME`, `TEMPORAL_TLS_DISABLE_HOST_VERIFICATION`
    /// - `TEMPORAL_CODEC_ENDPOINT`, `TEMPORAL_CODEC_AUTH`
    /// - `TEMPORAL_GRPC_META_*`: metadata; `TEMPORAL_GRPC_META_TEAM_NAME` is sent as `team-name`, and removed if it is empty.
    ///
    /// - Parameters:
    ///   - name: The profile; `nil` for the one that `TEMPORAL_PROFILE` names, or else `default`.
    ///   - source: Where the file is, or what it says.
    ///   - isStrict: Whether keys that nobody knows are an error. Default: false; they may be of a later version.
    ///   - environment: The variables; none for the file alone. Default: those of the process.
    /// - Returns: The profile. It is empty if none was asked for by name and there is no `default`.
    /// - Throws: ``ConnectionOptionsError`` if the file cannot be read, is no TOML, has no profile of the name, or
    ///   contradicts itself or the environment.
    public static func load(
        _ name: String? = nil,
        from source: ConfigurationSource = .standard,
        isStrict: Bool = false,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ClientProfile {
        var profile = ClientProfile()
        if let text = try source.text(environment) {
            let profiles = try ClientProfiles(toml: text, isStrict: isStrict, name: source.name(environment)).profiles
            let asked = name ?? environment["TEMPORAL_PROFILE"].flatMap { $0.isEmpty ? nil : $0 }
            if let found = profiles[asked ?? ClientProfiles.defaultName] {
                profile = found
            } else if let asked {
                let names = profiles.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
                throw ConnectionOptionsError(
                    "There is no profile '\(asked)' in \(source.name(environment)): "
                        + (names.isEmpty ? "there are none." : "there are \(names).")
                )
            }
        }
        try profile.override(environment)
        return profile
    }

    /// Puts what the environment says in place of what is there.
    mutating func override(_ environment: [String: String]) throws {
        if let value = environment["TEMPORAL_ADDRESS"] { address = value }
        if let value = environment["TEMPORAL_NAMESPACE"] { namespace = value }
        if let value = environment["TEMPORAL_API_KEY"] { apiKey = value }
        if let value = environment["TEMPORAL_CLIENT_AUTHORITY"] { authority = value }
        if TLS.variables.contains(where: { environment[$0] != nil }) {
            var tls = self.tls ?? TLS()
            try tls.override(environment)
            self.tls = tls
        }
        let endpoint = environment["TEMPORAL_CODEC_ENDPOINT"]
        let authorization = environment["TEMPORAL_CODEC_AUTH"]
        if endpoint != nil || authorization != nil {
            codec = Codec(
                endpoint: endpoint ?? codec?.endpoint,
                authorization: authorization ?? codec?.authorization
            )
        }
        let prefix = "TEMPORAL_GRPC_META_"
        // In order, so that of two spellings of one name always the same one wins.
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
            metadata[Self.metadataName(name.dropFirst(prefix.count))] = value.isEmpty ? nil : value
        }
    }
}

extension ClientProfile.TLS {
    fileprivate static let variables = [
        "TEMPORAL_TLS", "TEMPORAL_TLS_SERVER_NAME", "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION",
        "TEMPORAL_TLS_CLIENT_CERT_PATH", "TEMPORAL_TLS_CLIENT_CERT_DATA", "TEMPORAL_TLS_CLIENT_KEY_PATH",
        "TEMPORAL_TLS_CLIENT_KEY_DATA", "TEMPORAL_TLS_SERVER_CA_CERT_PATH", "TEMPORAL_TLS_SERVER_CA_CERT_DATA",
    ]

    fileprivate mutating func override(_ environment: [String: String]) throws {
        if let isEnabled = boolean(environment["TEMPORAL_TLS"]) { isDisabled = !isEnabled }
        try override(&clientCertificate, "CLIENT_CERT", environment)
        try override(&clientPrivateKey, "CLIENT_KEY", environment)
        try override(&serverRootCertificates, "SERVER_CA_CERT", environment)
        if let value = environment["TEMPORAL_TLS_SERVER_NAME"] { serverName = value }
        if let value = boolean(environment["TEMPORAL_TLS_DISABLE_HOST_VERIFICATION"]) {
            isServerVerificationDisabled = value
        }
    }

    private func override(_ pem: inout TLSOptions.PEM?, _ name: String, _ environment: [String: String]) throws {
        let pathName = "TEMPORAL_TLS_\(name)_PATH"
        let dataName = "TEMPORAL_TLS_\(name)_DATA"
        switch (environment[pathName], environment[dataName], pem?.source) {
        case (nil, nil, _):
            break
        case (.some, .some, _):
            throw ConnectionOptionsError("Set \(pathName) or \(dataName), not both.")
        case (.some, nil, .text):
            throw ConnectionOptionsError(
                "\(pathName) is set, and the profile has \(name.lowercased())_data: remove one, so that it is clear which is meant."
            )
        case (nil, .some, .file):
            throw ConnectionOptionsError(
                "\(dataName) is set, and the profile has \(name.lowercased())_path: remove one, so that it is clear which is meant."
            )
        case (let path?, nil, _):
            pem = .file(path)
        case (nil, let text?, _):
            pem = .text(text)
        }
    }

    private func boolean(_ text: String?) -> Bool? {
        switch text?.lowercased() {
        case "true", "1": true
        case "false", "0": false
        default: nil
        }
    }
}
