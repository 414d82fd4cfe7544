public import Foundation

extension ConnectionOptions {
    /// The connection that the environment describes, in the variables of all Temporal SDKs.
    ///
    /// - `TEMPORAL_ADDRESS`: `host:port`. Default: `127.0.0.1:7233`.
    /// - `TEMPORAL_API_KEY`: the API key; it turns TLS on.
    /// - `TEMPORAL_TLS`: `true` turns TLS on, `false` off, whatever else is set.
    /// - `TEMPORAL_TLS_SERVER_CA_CERT_PATH` or `_DATA`: the certificates that sign the server's, as a file or as PEM text.
    /// - `TEMPORAL_TLS_CLIENT_CERT_PATH` or `_DATA`, `TEMPORAL_TLS_CLIENT_KEY_PATH` or `_DATA`: the certificate of this
    ///   side and its key, both or neither.
    /// - `TEMPORAL_TLS_SERVER_NAME`: the name that the server's certificate must hold.
    /// - `TEMPORAL_GRPC_META_*`: metadata; `TEMPORAL_GRPC_META_TEAM_NAME` is sent as `team-name`.
    ///
    /// Empty variables count as absent. The namespace is ``namespace(fromEnvironment:)``.
    ///
    /// - Parameter environment: The variables. Default: those of the process.
    /// - Returns: The options.
    /// - Throws: ``ConnectionOptionsError`` if variables contradict each other.
    public static func fromEnvironment(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ConnectionOptions {
        let variables = environment.filter { !$0.value.isEmpty }
        var options = ConnectionOptions()
        if let address = variables["TEMPORAL_ADDRESS"] { options.address = address }
        options.apiKey = variables["TEMPORAL_API_KEY"]
        options.tls = try tls(variables)
        options.isTLSDisabled = boolean(variables["TEMPORAL_TLS"]) == false
        let prefix = "TEMPORAL_GRPC_META_"
        for (name, value) in variables where name.hasPrefix(prefix) && name.count > prefix.count {
            options.metadata[name.dropFirst(prefix.count).lowercased().replacing("_", with: "-")] = value
        }
        return options
    }

    /// The namespace that the environment names in `TEMPORAL_NAMESPACE`, or `default`.
    ///
    /// - Parameter environment: The variables. Default: those of the process.
    public static func namespace(
        fromEnvironment environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        environment["TEMPORAL_NAMESPACE"].flatMap { $0.isEmpty ? nil : $0 } ?? "default"
    }

    private static func tls(_ variables: [String: String]) throws -> TLSOptions? {
        let roots = try pem("SERVER_CA_CERT", variables)
        let certificate = try pem("CLIENT_CERT", variables)
        let key = try pem("CLIENT_KEY", variables)
        let serverName = variables["TEMPORAL_TLS_SERVER_NAME"]
        if (certificate == nil) != (key == nil) {
            throw ConnectionOptionsError(
                "Mutual TLS needs TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH (or _DATA), both of them."
            )
        }
        let isAsked = boolean(variables["TEMPORAL_TLS"]) == true
        guard isAsked || roots != nil || certificate != nil || serverName != nil else { return nil }
        var options = TLSOptions(serverRootCertificates: roots, serverName: serverName)
        if let certificate, let key {
            options.clientIdentity = .init(certificate: certificate, privateKey: key)
        }
        return options
    }

    private static func pem(_ name: String, _ variables: [String: String]) throws -> TLSOptions.PEM? {
        switch (variables["TEMPORAL_TLS_\(name)_PATH"], variables["TEMPORAL_TLS_\(name)_DATA"]) {
        case (nil, nil): return nil
        case (let path?, nil): return .file(path)
        case (nil, let text?): return .text(text)
        case (.some, .some):
            throw ConnectionOptionsError("Set TEMPORAL_TLS_\(name)_PATH or TEMPORAL_TLS_\(name)_DATA, not both.")
        }
    }

    private static func boolean(_ text: String?) -> Bool? {
        switch text?.lowercased() {
        case "true", "1": true
        case "false", "0": false
        default: nil
        }
    }
}
