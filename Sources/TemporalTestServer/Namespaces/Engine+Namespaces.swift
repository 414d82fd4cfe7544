import DequeModule
import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The namespaces of the service.
extension Engine {
    private static let shortestRetention = Span.seconds(3600)

    /// Tells of one namespace, by its name or its id.
    func describe(_ request: APIDescribeNamespaceRequest) throws -> APIDescribeNamespaceResponse {
        if request.namespace.isEmpty, !request.id.isEmpty {
            guard let found = namespaces.values.first(where: { $0.id == request.id }) else {
                throw ServiceError.noSuchNamespace(request.id)
            }
            return info(of: found)
        }
        return info(of: try named(request.namespace))
    }

    /// Adds a namespace.
    func register(_ request: APIRegisterNamespaceRequest) throws -> APIRegisterNamespaceResponse {
        guard !request.namespace.isEmpty else { throw Self.namespaceNotSet }
        guard namespaces[request.namespace] == nil else {
            throw RPCError(
                code: .alreadyExists,
                message: "Namespace \"\(request.namespace)\" already exists",
                detail: APINamespaceAlreadyExistsFailure()
            )
        }
        var namespace = Namespace(
            name: request.namespace,
            id: ids.uuid(),
            retention: try Self.retention(request.workflowExecutionRetentionPeriod)
        )
        namespace.description = request.description_p
        namespace.ownerEmail = request.ownerEmail
        namespace.data = request.data
        namespaces[request.namespace] = namespace
        return APIRegisterNamespaceResponse()
    }

    /// Changes a namespace. Empty texts leave what is there; data is added to what is there.
    func update(_ request: APIUpdateNamespaceRequest) throws -> APIUpdateNamespaceResponse {
        var namespace = try named(request.namespace)
        guard !request.promoteNamespace else {
            throw ServiceError.invalid(
                "global namespace is not enabled on this cluster, cannot update global namespace or promote local "
                    + "namespace: \(namespace.name)"
            )
        }
        if request.hasUpdateInfo {
            let info = request.updateInfo
            if !info.description_p.isEmpty { namespace.description = info.description_p }
            if !info.ownerEmail.isEmpty { namespace.ownerEmail = info.ownerEmail }
            namespace.data.merge(info.data) { _, new in new }
            if info.state != .unspecified, info.state != namespace.state {
                switch (namespace.state, info.state) {
                case (.registered, .deprecated), (.registered, .deleted), (.deprecated, .deleted):
                    namespace.state = info.state
                default:
                    throw ServiceError.invalid("Invalid namespace state update.")
                }
            }
        }
        if request.hasConfig, request.config.hasWorkflowExecutionRetentionTtl {
            namespace.retention = try Self.retention(request.config.workflowExecutionRetentionTtl)
        }
        namespaces[namespace.name] = namespace
        let described = info(of: namespace)
        return .with {
            $0.namespaceInfo = described.namespaceInfo
            $0.config = described.config
            $0.replicationConfig = described.replicationConfig
        }
    }

    /// Marks a namespace as one that nothing new should use: clients can start no workflows there any more.
    func deprecate(_ request: APIDeprecateNamespaceRequest) throws -> APIDeprecateNamespaceResponse {
        var namespace = try named(request.namespace)
        namespace.state = .deprecated
        namespaces[namespace.name] = namespace
        return APIDeprecateNamespaceResponse()
    }

    /// Deletes a namespace with all that is in it.
    func delete(_ request: APIDeleteNamespaceRequest) throws -> APIDeleteNamespaceResponse {
        guard request.namespace.isEmpty || request.namespaceID.isEmpty else {
            throw ServiceError.invalid("Only one of namespace name or Id should be set on request.")
        }
        let name =
            request.namespace.isEmpty && !request.namespaceID.isEmpty
            ? namespaces.values.first { $0.id == request.namespaceID }?.name ?? request.namespaceID : request.namespace
        if name == "temporal-system" {
            throw RPCError(code: .failedPrecondition, message: "unable to delete system namespace")
        }
        let namespace = try named(name)
        if let endpoint = nexusEndpoints.values.first(where: { $0.spec.target.worker.namespace == name }) {
            throw RPCError(
                code: .failedPrecondition,
                message: "cannot delete a namespace that is a target of a Nexus endpoint \(endpoint.spec.name)"
            )
        }
        readClock()
        deleteAll(in: name)
        namespaces.removeValue(forKey: name)
        return .with { $0.deletedNamespace = "\(name)-deleted-\(namespace.id.prefix(5))" }
    }

    /// Deletes what is in a namespace, so that nothing of it is left to another of its name.
    private func deleteAll(in name: String) {
        schedules.removeAll { key, _ in key.namespace == name }
        deletedSchedules = deletedSchedules.filter { $0.key.namespace != name }
        batches.removeAll { key, _ in key.namespace == name }
        batchTargets.removeAll { key, _ in key.namespace == name }
        for run in runs where run.namespace == name && !run.isDeleted { delete(run) }
        for activity in standaloneActivities.all where activity.namespace == name && !activity.isDeleted {
            delete(activity)
        }
        deleteNexusExecutions(in: name)
        for key in deployments.all.keys where key.namespace == name { deployments[key] = nil }
        taskQueueConfigs.removeAll { key, _ in key.namespace == name }
        for key in queues.keys where key.namespace == name {
            for poller in queues[key]?.pollers ?? [] {
                poller.reply.place = .nowhere
                fail(poller.reply, ServiceError.noSuchNamespace(name))
            }
            queues[key] = nil
        }
        workerRegistries[name] = nil
    }

    /// Tells of all namespaces, in the order in which they were made.
    func list(_ request: APIListNamespacesRequest) throws -> APIListNamespacesResponse {
        let page = try TablePage(
            of: namespaces.numbered,
            isFalling: false,
            size: request.pageSize,
            standardSize: 100,
            token: request.nextPageToken
        )
        return .with {
            $0.namespaces = page.values.map { info(of: $0) }
            $0.nextPageToken = page.token
        }
    }

    private func info(of namespace: Namespace) -> APIDescribeNamespaceResponse {
        var info = namespace.info
        // Advice follows from how long things take on the wall.
        info.namespaceInfo.capabilities.pollerAutoscaling = !isSkipping
        return info
    }

    private static var namespaceNotSet: RPCError { ServiceError.invalid("Namespace not set on request.") }

    private func named(_ name: String) throws -> Namespace {
        guard !name.isEmpty else { throw Self.namespaceNotSet }
        guard let namespace = namespaces[name] else { throw ServiceError.noSuchNamespace(name) }
        return namespace
    }

    private static func retention(_ period: Google_Protobuf_Duration) throws -> Span {
        guard Span(period) >= shortestRetention else {
            throw ServiceError.invalid("A valid retention period is not set on request.")
        }
        return Span(period)
    }
}
