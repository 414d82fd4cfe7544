import NIOCore

/// An address taken apart.
struct HostAndPort: Equatable {
    /// What the host part is.
    enum Kind: Equatable {
        case name
        case ipv4
        case ipv6
    }

    /// The host, without brackets.
    let host: String

    /// The port, 7233 if the text had none.
    let port: Int

    /// What the host is: it decides how it is looked up and whether TLS can name it.
    let kind: Kind

    /// Both in one text, with brackets around a number of IPv6.
    var authority: String { kind == .ipv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Reads `host`, `host:port`, `1.2.3.4:port` or `[::1]:port`.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - role: Whose address it is, for errors.
    ///   - example: An address that is right, for errors.
    /// - Throws: ``ConnectionOptionsError`` that shows the text and a correct example.
    init(_ text: String, of role: String = "service", example: String = "localhost:7233") throws {
        func wrong(_ why: String) -> ConnectionOptionsError {
            ConnectionOptionsError("The address '\(text)' of the \(role) \(why): write host:port, such as \(example).")
        }
        if text.contains("://") { throw wrong("has a scheme") }
        let hostText: Substring
        let portText: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw wrong("has no closing bracket") }
            hostText = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw wrong("continues after the bracket") }
            portText = rest.isEmpty ? nil : rest.dropFirst()
        } else if text.count(where: { $0 == ":" }) > 1 {
            hostText = text[...]
            portText = nil
        } else {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            hostText = text[..<colon]
            portText = colon == text.endIndex ? nil : text[text.index(after: colon)...]
        }
        guard !hostText.isEmpty else { throw wrong("has no host") }
        guard !hostText.contains(where: { $0.isWhitespace || $0 == "/" }) else { throw wrong("has no plain host name") }
        if let portText {
            guard let port = Int(portText), (1...65535).contains(port) else { throw wrong("has no valid port") }
            self.port = port
        } else {
            self.port = 7233
        }
        host = String(hostText)
        switch try? SocketAddress(ipAddress: host, port: port) {
        case .v4: kind = .ipv4
        case .v6: kind = .ipv6
        default: kind = .name
        }
        if text.hasPrefix("["), kind != .ipv6 { throw wrong("has no IPv6 address in its brackets") }
        if kind == .name, host.contains(":") { throw wrong("has more than one colon") }
    }
}
