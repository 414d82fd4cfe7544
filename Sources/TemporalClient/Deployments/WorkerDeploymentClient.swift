import SwiftProtobuf
import Temporal
import TemporalAPI

extension TemporalClient {
    /// Worker deployments: which versions of workers there are, and which of them new runs go to.
    public var workerDeployments: WorkerDeploymentClient { WorkerDeploymentClient(client: self) }
}

/// Worker deployments of a namespace. They come to be with the first poll of a worker that has a version.
///
/// ```swift
/// let orders = client.workerDeployments.handle(name: "orders")
/// try await orders.setRampingVersion(buildID: "2.0", percentage: 10)
/// try await orders.setCurrentVersion(buildID: "2.0")
/// ```
public struct WorkerDeploymentClient: Sendable {
    let client: TemporalClient

    /// A handle to a deployment. Nothing is asked of the service.
    ///
    /// - Parameter name: The name of the deployment.
    public func handle(name: String) -> WorkerDeploymentHandle {
        WorkerDeploymentHandle(client: client, name: name)
    }

    /// The deployments of the namespace, fetched page by page as the loop goes on. It may take a moment until a new one is
    /// listed.
    ///
    /// - Returns: What is listed of each. The loop over them throws `RPCError`.
    public func list() -> PagedResults<WorkerDeploymentSummary> {
        PagedResults { [client] token in
            var request = APIListWorkerDeploymentsRequest()
            request.namespace = client.namespace
            request.nextPageToken = token
            let page = try await client.call(.listWorkerDeployments, request)
            return (page.workerDeployments.map { WorkerDeploymentSummary($0) }, page.nextPageToken)
        }
    }

    /// Makes a deployment before any worker has polled for it. Needs a server that knows the call.
    ///
    /// - Parameters:
    ///   - name: The name of the deployment.
    ///   - requestID: Makes the call repeatable: the same id finds what it has made before. Default: a new one.
    /// - Returns: A handle to the deployment.
    /// - Throws: ``WorkerDeploymentAlreadyExistsError`` if there is one of the name, `RPCError` for anything else.
    @discardableResult
    public func create(name: String, requestID: String? = nil) async throws -> WorkerDeploymentHandle {
        var request = APICreateWorkerDeploymentRequest()
        request.namespace = client.namespace
        request.deploymentName = name
        request.identity = client.identity
        request.requestID = requestID ?? RandomID.make()
        _ = try await client.withDeploymentErrors(name) { try await client.call(.createWorkerDeployment, request) }
        return handle(name: name)
    }
}
