import Foundation

/// A proxy that leads to a service, by the CONNECT method of HTTP. What is sent through it is as secured as without it.
public struct HTTPProxy: Sendable, Hashable {
    /// Who asks, for a proxy that wants to know (Basic authentication). They are sent to the proxy unprotected.
    public struct Credentials: Sendable, Hashable {
        /// The name of the user. It has no colon.
        public var user: String

        /// The password.
        public var password: String

        /// Puts name and password together.
        ///
        /// - Parameters:
        ///   - user: The name of the user, without a colon.
        ///   - password: The password.
        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// The address of the proxy as `host:port`.
    public var address: String

    /// Who asks. Default: nobody.
    public var credentials: Credentials?

    /// Describes a proxy.
    ///
    /// - Parameters:
    ///   - address: Its address as `host:port`.
    ///   - credentials: Who asks, if it wants to know.
    public init(address: String, credentials: Credentials? = nil) {
        self.address = address
        self.credentials = credentials
    }

    /// The request that opens a way to a service.
    ///
    /// - Parameter authority: The host and port of the service.
    /// - Throws: ``ConnectionOptionsError`` if the name of the user has a colon.
    func request(to authority: String) throws -> String {
        var request = "CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n"
        if let credentials {
            guard !credentials.user.contains(":") else {
                throw ConnectionOptionsError("The name of the user of the proxy at \(address) must not have a colon.")
            }
            let token = Data("\(credentials.user):\(credentials.password)".utf8).base64EncodedString()
            request += "Proxy-Authorization: Basic \(token)\r\n"
        }
        return request + "\r\n"
    }
}

// A password never reaches a log.
extension HTTPProxy: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        "the proxy at \(address)" + (credentials == nil ? "" : ", with credentials")
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: ["address": address]) }
}

extension HTTPProxy.Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "credentials" }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: []) }
}
