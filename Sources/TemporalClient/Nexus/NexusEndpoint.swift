public import Foundation
import Temporal
import TemporalAPI

/// Where Nexus operations are called: a name for all namespaces of a service, and what stands behind it.
public struct NexusEndpoint: Sendable, Hashable {
    /// What stands behind an endpoint.
    public enum Target: Sendable, Hashable {
        /// The workers of a task queue.
        case worker(namespace: String, taskQueue: String)
        /// An HTTP server that speaks Nexus.
        case external(url: String)
    }

    /// The id, which stays when the name changes.
    public let id: String

    /// How many times the endpoint was changed: a change names the version that it is made to.
    public let version: Int

    /// The name that callers use.
    public let name: String

    /// What is said of the endpoint for humans, in Markdown; `nil` for nothing, and for what this client cannot read.
    public let description: String?

    /// What is said of the endpoint, as the service has it.
    let encodedDescription: Payload?

    /// What stands behind it.
    public let target: Target

    /// When it was made.
    public let createdTime: Date

    /// When it was changed last; `nil` if it never was.
    public let lastModifiedTime: Date?

    /// Where others call it by HTTP, from the address of the service on.
    public let urlPrefix: String

    init(_ proto: APINexusEndpoint, converter: PayloadConverter) throws {
        id = proto.id
        version = Int(proto.version)
        name = proto.spec.name
        encodedDescription = proto.spec.hasDescription_p ? Payload(proto.spec.description_p) : nil
        // Others may say it in another encoding, which is not worth hiding the endpoint.
        description = encodedDescription.flatMap { try? converter.decode($0) }
        switch proto.spec.target.variant {
        case .worker(let worker): target = .worker(namespace: worker.namespace, taskQueue: worker.taskQueue)
        case .external(let external): target = .external(url: external.url)
        case nil: throw RPCError(code: .internalError, message: "Nexus endpoint '\(proto.spec.name)' has no target.")
        }
        createdTime = Date(proto.createdTime)
        lastModifiedTime = proto.hasLastModifiedTime ? Date(proto.lastModifiedTime) : nil
        urlPrefix = proto.urlPrefix
    }
}

extension OperatorClient {
    // MARK: Nexus endpoints

    /// Makes an endpoint. It may take a moment until workflows can use it.
    ///
    /// - Parameters:
    ///   - name: The name that callers use: letters, digits and hyphens, beginning with a letter.
    ///   - target: What stands behind it.
    ///   - description: What is said of it for humans, in Markdown.
    /// - Returns: The endpoint.
    /// - Throws: ``NexusEndpointAlreadyExistsError`` if the name is in use, `RPCError` for anything else.
    @discardableResult
    public func createNexusEndpoint(
        _ name: String,
        target: NexusEndpoint.Target,
        description: String? = nil
    ) async throws -> NexusEndpoint {
        var request = APICreateNexusEndpointRequest()
        request.spec = spec(name, target, try description.flatMap(encode))
        let response = try await mapErrors(name: name) { try await client.call(.createNexusEndpoint, request) }
        return try NexusEndpoint(response.endpoint, converter: client.converter)
    }

    /// Changes an endpoint.
    ///
    /// - Parameters:
    ///   - endpoint: The endpoint as it was read last.
    ///   - name: The name from now on; `nil` for the present one.
    ///   - target: What stands behind it from now on; `nil` for what does now.
    ///   - description: What is said of it from now on; `nil` for what is now, and empty for nothing.
    /// - Returns: The endpoint as it is now.
    /// - Throws: ``NexusEndpointNotFoundError`` if it is not there, ``NexusEndpointAlreadyExistsError`` if the new name is in
    ///   use, `RPCError` for anything else, with the code `failedPrecondition` if somebody has changed it meanwhile.
    @discardableResult
    public func updateNexusEndpoint(
        _ endpoint: NexusEndpoint,
        name: String? = nil,
        target: NexusEndpoint.Target? = nil,
        description: String? = nil
    ) async throws -> NexusEndpoint {
        var request = APIUpdateNexusEndpointRequest()
        request.id = endpoint.id
        request.version = Int64(endpoint.version)
        request.spec = spec(
            name ?? endpoint.name,
            target ?? endpoint.target,
            try description.map(encode) ?? endpoint.encodedDescription
        )
        let response = try await mapErrors(id: endpoint.id, name: name ?? endpoint.name) {
            try await client.call(.updateNexusEndpoint, request)
        }
        return try NexusEndpoint(response.endpoint, converter: client.converter)
    }

    /// Takes an endpoint away. Operations that have started go on; those that have not fail.
    ///
    /// - Parameter endpoint: The endpoint as it was read last.
    /// - Throws: ``NexusEndpointNotFoundError`` if it is not there, `RPCError` for anything else.
    public func deleteNexusEndpoint(_ endpoint: NexusEndpoint) async throws {
        var request = APIDeleteNexusEndpointRequest()
        request.id = endpoint.id
        request.version = Int64(endpoint.version)
        _ = try await mapErrors(id: endpoint.id) { try await client.call(.deleteNexusEndpoint, request) }
    }

    /// The endpoint of an id.
    ///
    /// - Throws: ``NexusEndpointNotFoundError`` if it is not there, `RPCError` for anything else.
    public func nexusEndpoint(id: String) async throws -> NexusEndpoint {
        var request = APIGetNexusEndpointRequest()
        request.id = id
        let response = try await mapErrors(id: id) { try await client.call(.getNexusEndpoint, request) }
        return try NexusEndpoint(response.endpoint, converter: client.converter)
    }

    /// The endpoint of a name; `nil` if there is none.
    ///
    /// - Throws: `RPCError`.
    public func nexusEndpoint(named name: String) async throws -> NexusEndpoint? {
        var request = APIListNexusEndpointsRequest()
        request.name = name
        let response = try await client.call(.listNexusEndpoints, request)
        return try response.endpoints.first.map { try NexusEndpoint($0, converter: client.converter) }
    }

    /// All endpoints, page by page as they are read.
    ///
    /// - Parameter pageSize: How many endpoints one call asks for.
    public func nexusEndpoints(pageSize: Int = 100) -> PagedResults<NexusEndpoint> {
        PagedResults { [client] token in
            var request = APIListNexusEndpointsRequest()
            request.pageSize = Int32(clamping: pageSize)
            request.nextPageToken = token
            let response = try await client.call(.listNexusEndpoints, request)
            let endpoints = try response.endpoints.map { try NexusEndpoint($0, converter: client.converter) }
            return (endpoints, response.nextPageToken)
        }
    }

    /// Runs a call and gives the errors of endpoints their types.
    private func mapErrors<Value>(
        id: String = "",
        name: String = "",
        _ body: () async throws -> Value
    ) async throws -> Value {
        try await withErrors(
            [
                .notFound: { NexusEndpointNotFoundError(endpointID: id, message: $0) },
                .alreadyExists: { NexusEndpointAlreadyExistsError(name: name, message: $0) },
            ],
            body
        )
    }

    private func encode(_ description: String) throws -> Payload? {
        guard !description.isEmpty else { return nil }
        return try client.converter.encode(description)
    }

    private func spec(
        _ name: String,
        _ target: NexusEndpoint.Target,
        _ description: Payload?
    ) -> APINexusEndpointSpec {
        var spec = APINexusEndpointSpec()
        spec.name = name
        switch target {
        case .worker(let namespace, let taskQueue):
            spec.target.worker.namespace = namespace
            spec.target.worker.taskQueue = taskQueue
        case .external(let url):
            spec.target.external.url = url
        }
        if let description { spec.description_p = description.proto }
        return spec
    }
}
