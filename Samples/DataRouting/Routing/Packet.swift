import Foundation

/// A packet on its way from one number to another.
///
/// The keys of its JSON are those of the routing demo in other languages, so that tools can share them.
struct Packet: Codable, Sendable, Hashable {
    /// Which packet it is.
    var id: UUID

    /// The number that sent it.
    var source: String

    /// The number that it is for.
    var destination: String

    /// What it carries.
    var contents: Data

    /// The providers that did not deliver it, in the order in which they were tried.
    var failedRouteProviders: [String]

    /// The provider that has it now; empty between two.
    var currentRouteProvider: String

    /// What has become of it.
    var status: Status

    /// What can become of a packet.
    enum Status: String, Codable, Sendable {
        /// It is under way.
        case pending = "STATUS_PENDING"
        /// It has arrived.
        case delivered = "STATUS_DELIVERED"
        /// It was given up.
        case undelivered = "STATUS_UNDELIVERED"
    }

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case source = "Source"
        case destination = "Destination"
        case contents = "Contents"
        case failedRouteProviders = "FailedRouteProviders"
        case currentRouteProvider = "CurrentRouteProvider"
        case status = "Status"
    }

    /// Describes a packet that no provider has seen yet.
    ///
    /// - Parameters:
    ///   - id: Which packet it is. Default: the zero UUID.
    ///   - source: The number that sends it.
    ///   - destination: The number that it is for.
    ///   - contents: What it carries.
    init(
        id: UUID = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
        source: String = "+017771110000",
        destination: String = "+016660002222",
        contents: Data = Data("Hello".utf8)
    ) {
        self.id = id
        self.source = source
        self.destination = destination
        self.contents = contents
        failedRouteProviders = []
        currentRouteProvider = ""
        status = .pending
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(UUID.self, forKey: .id)
        source = try container.decode(String.self, forKey: .source)
        destination = try container.decode(String.self, forKey: .destination)
        contents = try container.decode(Data.self, forKey: .contents)
        failedRouteProviders = try container.decodeIfPresent([String].self, forKey: .failedRouteProviders) ?? []
        currentRouteProvider = try container.decodeIfPresent(String.self, forKey: .currentRouteProvider) ?? ""
        status = try container.decodeIfPresent(Status.self, forKey: .status) ?? .pending
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(source, forKey: .source)
        try container.encode(destination, forKey: .destination)
        try container.encode(contents, forKey: .contents)
        // An empty list is null there, and the key is never missing.
        let failed = failedRouteProviders.isEmpty ? nil : failedRouteProviders
        try container.encode(failed, forKey: .failedRouteProviders)
        try container.encode(currentRouteProvider, forKey: .currentRouteProvider)
        try container.encode(status, forKey: .status)
    }
}
