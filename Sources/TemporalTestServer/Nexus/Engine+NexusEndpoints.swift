import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The endpoints that Nexus operations are called at.
extension Engine {
    private static let longestName = 200
    private static let largestDescription = 20_000
    private static let longestURL = 4096
    private static let longestTaskQueue = 1000
    private static let defaultPageSize = 100
    private static let largestPage = 1000

    /// The endpoint of a name.
    func nexusEndpoint(named name: String) -> APINexusEndpoint? {
        nexusEndpoints.values.first { $0.spec.name == name }
    }

    /// Makes an endpoint.
    func create(_ request: APICreateNexusEndpointRequest) throws -> APICreateNexusEndpointResponse {
        try check(request.spec)
        guard nexusEndpoint(named: request.spec.name) == nil else {
            throw RPCError(
                code: .alreadyExists,
                message: "error creating Nexus endpoint. Endpoint with name \(request.spec.name) already registered"
            )
        }
        let endpoint = addNexusEndpoint(request.spec)
        return .with { $0.endpoint = endpoint }
    }

    /// Makes an endpoint whose description was checked.
    @discardableResult
    func addNexusEndpoint(_ spec: APINexusEndpointSpec) -> APINexusEndpoint {
        let id = ids.uuid()
        let endpoint = APINexusEndpoint.with {
            $0.version = 1
            $0.id = id
            $0.spec = spec
            $0.createdTime = readClock().timestamp
            $0.urlPrefix = "/nexus/endpoints/\(id)/services"
        }
        nexusEndpoints[id] = endpoint
        return endpoint
    }

    /// Changes an endpoint.
    func update(_ request: APIUpdateNexusEndpointRequest) throws -> APIUpdateNexusEndpointResponse {
        try check(request.spec)
        guard var endpoint = nexusEndpoints[request.id] else {
            throw ServiceError.notFound("error updating Nexus endpoint. endpoint ID \(request.id) not found")
        }
        guard endpoint.version == request.version else {
            throw RPCError(
                code: .failedPrecondition,
                message: "nexus endpoint version mismatch. received: \(request.version) expected \(endpoint.version)"
            )
        }
        endpoint.version += 1
        endpoint.spec = request.spec
        endpoint.lastModifiedTime = readClock().timestamp
        nexusEndpoints[request.id] = endpoint
        return .with { $0.endpoint = endpoint }
    }

    /// Takes an endpoint away.
    func delete(_ request: APIDeleteNexusEndpointRequest) throws -> APIDeleteNexusEndpointResponse {
        var issues = Self.problems(ofID: request.id)
        if request.version <= 0 { issues.append("endpoint version is non-positive") }
        try Self.raise(issues)
        guard nexusEndpoints.removeValue(forKey: request.id) != nil else {
            throw ServiceError.notFound("error deleting nexus endpoint with ID: \(request.id)")
        }
        return .init()
    }

    /// Tells of an endpoint.
    func get(_ request: APIGetNexusEndpointRequest) throws -> APIGetNexusEndpointResponse {
        try Self.raise(Self.problems(ofID: request.id))
        guard let endpoint = nexusEndpoints[request.id] else {
            throw ServiceError.notFound("could not find Nexus endpoint by ID: \(request.id)")
        }
        return .with { $0.endpoint = endpoint }
    }

    /// Tells of all endpoints, or of the one of a name.
    func list(_ request: APIListNexusEndpointsRequest) throws -> APIListNexusEndpointsResponse {
        guard request.name.isEmpty else {
            return .with { $0.endpoints = nexusEndpoint(named: request.name).map { [$0] } ?? [] }
        }
        guard request.pageSize >= 0 else { throw ServiceError.invalid("page_size is negative") }
        guard request.pageSize <= Self.largestPage else {
            throw ServiceError.invalid("page_size exceeds limit of \(Self.largestPage)")
        }
        let size = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
        let sorted = nexusEndpoints.values.sorted { $0.id < $1.id }
        let token = String(decoding: request.nextPageToken, as: UTF8.self)
        let rest = sorted.drop { $0.id < token }
        guard token.isEmpty || rest.first?.id == token else {
            throw RPCError(
                code: .failedPrecondition,
                message: "could not find endpoint indicated by nexus list endpoints next page token"
            )
        }
        return .with {
            $0.endpoints = Array(rest.prefix(size))
            if let next = rest.dropFirst(size).first { $0.nextPageToken = Data(next.id.utf8) }
        }
    }

    // MARK: Checks

    private func check(_ spec: APINexusEndpointSpec) throws {
        var issues = Self.problems(ofName: spec.name)
        switch spec.target.variant {
        case .worker(let worker):
            if worker.namespace.isEmpty {
                issues.append("target namespace not set")
            } else if namespaces[worker.namespace] == nil {
                throw RPCError(
                    code: .failedPrecondition,
                    message: "could not verify namespace referenced by target exists: "
                        + "Namespace \(worker.namespace) is not found."
                )
            }
            if worker.taskQueue.isEmpty {
                issues.append("invalid target task queue: \"taskQueue is not set\"")
            } else if worker.taskQueue.utf8.count > Self.longestTaskQueue {
                issues.append(
                    "invalid target task queue: \"taskQueue length exceeds limit of \(Self.longestTaskQueue)\""
                )
            }
        case .external(let external):
            if external.url.isEmpty {
                issues.append("empty target URL")
            } else if external.url.utf8.count > Self.longestURL {
                issues.append("target URL length exceeds limit of \(Self.longestURL)")
            } else {
                let scheme = external.url.split(separator: ":", maxSplits: 1).first.map(String.init) ?? ""
                if scheme != "http", scheme != "https" {
                    issues.append("invalid target URL scheme: \"\(scheme)\", expected http or https")
                }
            }
        case nil:
            issues.append("empty target variant")
        }
        if spec.description_p.data.count > Self.largestDescription {
            issues.append("description size exceeds limit of \(Self.largestDescription)")
        }
        try Self.raise(issues)
    }

    private static func problems(ofName name: String) -> [String] {
        if name.isEmpty { return ["endpoint name not set"] }
        var issues: [String] = []
        if name.utf8.count > longestName { issues.append("endpoint name exceeds length limit of \(longestName)") }
        let isWord = name.wholeMatch(of: /[a-zA-Z][a-zA-Z0-9\-]*[a-zA-Z0-9]/) != nil
        if !isWord {
            issues.append("endpoint name must match the regex: \"^[a-zA-Z][a-zA-Z0-9\\\\-]*[a-zA-Z0-9]$\"")
        }
        return issues
    }

    private static func problems(ofID id: String) -> [String] {
        if id.isEmpty { return ["endpoint ID not set"] }
        return UUID(uuidString: id) == nil ? ["malformed endpoint ID: \"invalid UUID length: \(id.utf8.count)\""] : []
    }

    private static func raise(_ issues: [String]) throws {
        if !issues.isEmpty { throw ServiceError.invalid(issues.joined(separator: ", ")) }
    }
}
