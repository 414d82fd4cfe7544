import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What the service knows of workers.
extension Engine {
    /// Notes how workers are doing.
    func record(_ request: APIRecordWorkerHeartbeatRequest) throws -> APIRecordWorkerHeartbeatResponse {
        try record(request.workerHeartbeat, namespace: request.namespace)
        return APIRecordWorkerHeartbeatResponse()
    }

    /// Notes how workers are doing, some of which stop.
    func record(_ heartbeats: [APIWorkerHeartbeat], namespace name: String) throws {
        _ = try namespace(name)
        workerRegistries[name, default: WorkerRegistry()].record(heartbeats, at: .now)
    }

    /// Lists workers by a filter.
    func list(_ request: APIListWorkersRequest) throws -> APIListWorkersResponse {
        let found = try workers(
            request.query,
            includesSystem: request.includeSystemWorkers,
            namespace: request.namespace
        )
        let last = try Self.lastKey(of: request.nextPageToken)
        let rest = last.map { last in Array(found.drop { $0.workerInstanceKey <= last }) } ?? found
        let page = request.pageSize > 0 ? Array(rest.prefix(Int(request.pageSize))) : rest
        return .with {
            $0.workersInfo = page.map { heartbeat in .with { $0.workerHeartbeat = heartbeat } }
            $0.workers = page.map(\.listInfo)
            if page.count < rest.count, let last = page.last {
                $0.nextPageToken = Data("after \(last.workerInstanceKey)".utf8)
            }
        }
    }

    /// Counts workers by a filter.
    func count(_ request: APICountWorkersRequest) throws -> APICountWorkersResponse {
        let found = try workers(
            request.query,
            includesSystem: request.includeSystemWorkers,
            namespace: request.namespace
        )
        return .with { $0.count = Int64(found.count) }
    }

    /// Tells all that a worker has told.
    func describe(_ request: APIDescribeWorkerRequest) throws -> APIDescribeWorkerResponse {
        let found = try workers("", includesSystem: true, namespace: request.namespace)
        guard let heartbeat = found.first(where: { $0.workerInstanceKey == request.workerInstanceKey }) else {
            throw ServiceError.notFound("Worker \(request.workerInstanceKey) not found")
        }
        return .with { $0.workerInfo.workerHeartbeat = heartbeat }
    }

    private func workers(
        _ query: String,
        includesSystem: Bool,
        namespace name: String
    ) throws -> [APIWorkerHeartbeat] {
        _ = try namespace(name)
        let filter: FieldFilter
        do {
            filter = try FieldFilter(query, knowsNull: true)
        } catch {
            throw ServiceError.invalid(error.message)
        }
        let listed = workerRegistries[name]?.workers(includesSystem: includesSystem, at: .now) ?? []
        return listed.filter { worker in filter.matches { worker.field($0) } }
    }

    private static func lastKey(of token: Data) throws -> String? {
        guard !token.isEmpty else { return nil }
        let text = String(decoding: token, as: UTF8.self)
        guard text.hasPrefix("after ") else { throw ServiceError.invalid("invalid next_page_token") }
        return String(text.dropFirst(6))
    }
}
