import Temporal
import TemporalAPI

extension TemporalClient {
    /// The workers of the namespace that have told the service how they are doing, within the last minutes.
    ///
    /// - Parameters:
    ///   - query: Which ones, as a filter over `WorkerInstanceKey`, `WorkerIdentity`, `HostName`, `TaskQueue`,
    ///     `DeploymentName`, `BuildId`, `SdkName`, `SdkVersion`, `StartTime`, `HeartbeatTime` and `WorkerStatus`, such as
    ///     `TaskQueue = 'shop' AND WorkerStatus = 'Running'`; empty for all. A name that is none selects nothing.
    ///   - pageSize: The number of workers that one call to the service asks for. Default: 1,000.
    /// - Returns: The workers. The loop over them throws `RPCError` with the code `invalidArgument` for a query that the
    ///   service cannot read, `unimplemented` from servers that do not list workers, and `RPCError` for anything else.
    public func listWorkers(_ query: String = "", pageSize: Int = 1000) -> PagedResults<WorkerSummary> {
        PagedResults { token in
            var request = APIListWorkersRequest()
            request.namespace = namespace
            request.query = query
            request.pageSize = Int32(clamping: pageSize)
            request.nextPageToken = token
            let page = try await call(.listWorkers, request)
            return (page.workers.map { WorkerSummary($0) }, page.nextPageToken)
        }
    }

    /// Counts workers of the namespace.
    ///
    /// - Parameter query: Which ones, as for ``listWorkers(_:pageSize:)``; empty for all.
    /// - Returns: The number.
    /// - Throws: `RPCError` with the code `invalidArgument` for a query that the service cannot read, `RPCError` for
    ///   anything else.
    public func countWorkers(_ query: String = "") async throws -> Int {
        var request = APICountWorkersRequest()
        request.namespace = namespace
        request.query = query
        return Int(try await call(.countWorkers, request).count)
    }

    /// What a worker told last of itself.
    ///
    /// - Parameter instanceKey: The key of the worker, as it is listed.
    /// - Throws: ``WorkerNotFoundError`` for a worker that is not known, or no longer; `RPCError` for anything else.
    public func describeWorker(instanceKey: String) async throws -> WorkerDescription {
        var request = APIDescribeWorkerRequest()
        request.namespace = namespace
        request.workerInstanceKey = instanceKey
        let response = try await withErrors([
            .notFound: { WorkerNotFoundError(instanceKey: instanceKey, namespace: namespace, message: $0) }
        ]) { try await call(.describeWorker, request) }
        return WorkerDescription(response.workerInfo.workerHeartbeat)
    }
}

/// A worker that the service does not know: it never was, or it has been silent for minutes.
///
/// List the workers, and take the key of one.
public struct WorkerNotFoundError: ClientError {
    /// The key of the worker.
    public let instanceKey: String

    /// The namespace that was looked in.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String { "Worker '\(instanceKey)' in namespace '\(namespace)': \(message)" }
}
