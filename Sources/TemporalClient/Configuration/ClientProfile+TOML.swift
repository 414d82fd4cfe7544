extension ClientProfile {
    /// Reads a profile from its table.
    init(_ table: inout TOMLTableReader, isStrict: Bool) throws {
        self.init(
            address: try table.string("address"),
            namespace: try table.string("namespace"),
            apiKey: try table.string("api_key"),
            authority: try table.string("client_authority")
        )
        if var tls = try table.table("tls") {
            self.tls = try TLS(&tls)
            if isStrict { try tls.refuseUnknown() }
        }
        if var codec = try table.table("codec") {
            self.codec = Codec(endpoint: try codec.string("endpoint"), authorization: try codec.string("auth"))
            if isStrict { try codec.refuseUnknown() }
        }
        if var metadata = try table.table("grpc_meta") {
            for name in metadata.keys { self.metadata[Self.metadataName(name)] = try metadata.string(name) }
        }
        if isStrict { try table.refuseUnknown() }
    }

    /// The profile as TOML.
    func toml(name: String) -> String {
        var text = TOMLWriter.header("profile", name)
        if let address { text += TOMLWriter.line("address", address) }
        if let namespace { text += TOMLWriter.line("namespace", namespace) }
        if let apiKey { text += TOMLWriter.line("api_key", apiKey) }
        if let authority { text += TOMLWriter.line("client_authority", authority) }
        if let tls { text += "\n" + TOMLWriter.header("profile", name, "tls") + tls.toml }
        if let codec {
            text += "\n" + TOMLWriter.header("profile", name, "codec")
            if let endpoint = codec.endpoint { text += TOMLWriter.line("endpoint", endpoint) }
            if let authorization = codec.authorization { text += TOMLWriter.line("auth", authorization) }
        }
        if !metadata.isEmpty {
            text += "\n" + TOMLWriter.header("profile", name, "grpc_meta")
            for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
                text += TOMLWriter.line(Self.metadataName(name), value)
            }
        }
        return text
    }
}

extension ClientProfile.TLS {
    fileprivate init(_ table: inout TOMLTableReader) throws {
        self.init(
            isDisabled: try table.boolean("disabled"),
            clientCertificate: try table.pem("client_cert"),
            clientPrivateKey: try table.pem("client_key"),
            serverRootCertificates: try table.pem("server_ca_cert"),
            serverName: try table.string("server_name"),
            isServerVerificationDisabled: try table.boolean("disable_host_verification") ?? false
        )
    }

    fileprivate var toml: String {
        var text = ""
        if let isDisabled { text += TOMLWriter.line("disabled", isDisabled) }
        for (key, pem) in [
            ("client_cert", clientCertificate), ("client_key", clientPrivateKey),
            ("server_ca_cert", serverRootCertificates),
        ] {
            switch pem?.source {
            case .file(let path): text += TOMLWriter.line(key + "_path", path)
            case .text(let data): text += TOMLWriter.line(key + "_data", data)
            case nil: break
            }
        }
        if let serverName { text += TOMLWriter.line("server_name", serverName) }
        if isServerVerificationDisabled { text += TOMLWriter.line("disable_host_verification", true) }
        return text
    }
}

extension TOMLTableReader {
    /// PEM as a file or as it is.
    fileprivate mutating func pem(_ key: String) throws -> TLSOptions.PEM? {
        switch (try string(key + "_path"), try string(key + "_data")) {
        case (nil, nil): return nil
        case (let path?, nil): return .file(path)
        case (nil, let text?): return text.isEmpty ? nil : .text(text)
        case (.some, .some): throw wrong("has \(key)_path and \(key)_data: remove one")
        }
    }
}
