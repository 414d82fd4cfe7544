import SwiftProtobuf
import Temporal
import TemporalAPI

extension TemporalClient {
    /// The namespaces of the service.
    public var namespaces: NamespaceClient { NamespaceClient(client: self) }
}

/// Registers namespaces, and finds and changes them.
///
/// On Temporal Cloud, namespaces are made and changed with Cloud's own tools: most of these calls are refused there.
public struct NamespaceClient: Sendable {
    let client: TemporalClient

    /// Registers a namespace. It may take the service some seconds to know it everywhere.
    ///
    /// - Parameters:
    ///   - name: The name of the namespace.
    ///   - retention: How long closed workflows are kept; at least an hour.
    ///   - description: What it is for.
    ///   - ownerEmail: Whom to ask about it.
    ///   - data: Values that go with it, for tools.
    /// - Throws: ``NamespaceAlreadyExistsError`` if the name is in use, ``PermissionDeniedError``, `RPCError` for anything
    ///   else, with the code `invalidArgument` for a retention that is too short.
    public func register(
        _ name: String,
        retention: Duration = .seconds(3 * 86_400),
        description: String = "",
        ownerEmail: String = "",
        data: [String: String] = [:]
    ) async throws {
        var request = APIRegisterNamespaceRequest()
        request.namespace = name
        request.workflowExecutionRetentionPeriod = .init(retention)
        request.description_p = description
        request.ownerEmail = ownerEmail
        request.data = data
        do {
            _ = try await client.call(.registerNamespace, request)
        } catch let error as RPCError where error.code == .alreadyExists {
            throw NamespaceAlreadyExistsError(namespace: name, message: error.message)
        }
    }

    /// What the service knows of a namespace.
    ///
    /// - Parameter name: The name of the namespace; `nil` for that of the client.
    /// - Throws: ``NamespaceNotFoundError``, ``PermissionDeniedError``, `RPCError` for anything else.
    public func describe(_ name: String? = nil) async throws -> NamespaceDescription {
        var request = APIDescribeNamespaceRequest()
        request.namespace = name ?? client.namespace
        return NamespaceDescription(try await client.call(.describeNamespace, request))
    }

    /// What the service knows of a namespace.
    ///
    /// - Parameter id: The id of the namespace.
    /// - Throws: ``NamespaceNotFoundError``, ``PermissionDeniedError``, `RPCError` for anything else.
    public func describe(id: String) async throws -> NamespaceDescription {
        var request = APIDescribeNamespaceRequest()
        request.id = id
        return NamespaceDescription(try await client.call(.describeNamespace, request))
    }

    /// All namespaces.
    ///
    /// - Parameters:
    ///   - includesDeleted: Whether those are among them whose deletion is under way.
    ///   - pageSize: The number of namespaces that one call to the service asks for. Default: 100.
    /// - Returns: The namespaces. The loop throws ``PermissionDeniedError``, and `RPCError` for anything else.
    public func list(includesDeleted: Bool = false, pageSize: Int = 100) -> PagedResults<NamespaceDescription> {
        PagedResults { [client] token in
            var request = APIListNamespacesRequest()
            request.pageSize = Int32(clamping: pageSize)
            request.nextPageToken = token
            request.namespaceFilter.includeDeleted = includesDeleted
            let page = try await client.call(.listNamespaces, request)
            return (page.namespaces.map(NamespaceDescription.init), page.nextPageToken)
        }
    }

    /// Changes a namespace. What is `nil` stays as it is.
    ///
    /// - Parameters:
    ///   - name: The name of the namespace; `nil` for that of the client.
    ///   - description: What it is for. An empty text changes nothing.
    ///   - ownerEmail: Whom to ask about it. An empty text changes nothing.
    ///   - data: Values that are added to those that go with it.
    ///   - retention: How long closed workflows are kept; at least an hour.
    /// - Returns: What the namespace is now.
    /// - Throws: ``NamespaceNotFoundError``, ``PermissionDeniedError``, `RPCError` for anything else, with the code
    ///   `invalidArgument` for a retention that is too short.
    @discardableResult
    public func update(
        _ name: String? = nil,
        description: String? = nil,
        ownerEmail: String? = nil,
        data: [String: String]? = nil,
        retention: Duration? = nil
    ) async throws -> NamespaceDescription {
        var request = APIUpdateNamespaceRequest()
        request.namespace = name ?? client.namespace
        if let description { request.updateInfo.description_p = description }
        if let ownerEmail { request.updateInfo.ownerEmail = ownerEmail }
        if let data { request.updateInfo.data = data }
        if let retention { request.config.workflowExecutionRetentionTtl = .init(retention) }
        let response = try await client.call(.updateNamespace, request)
        return NamespaceDescription(
            .with {
                $0.namespaceInfo = response.namespaceInfo
                $0.config = response.config
                $0.replicationConfig = response.replicationConfig
                $0.isGlobalNamespace = response.isGlobalNamespace
            }
        )
    }

    /// Marks a namespace as one that nothing new should use. Nothing else follows from it.
    ///
    /// - Parameter name: The name of the namespace.
    /// - Throws: ``NamespaceNotFoundError``, ``PermissionDeniedError``, `RPCError` for anything else.
    public func deprecate(_ name: String) async throws {
        var request = APIDeprecateNamespaceRequest()
        request.namespace = name
        _ = try await client.call(.deprecateNamespace, request)
    }

    /// Deletes a namespace with all its workflows and schedules. It cannot be taken back. The name is free at once; what
    /// was in the namespace goes in the course of time.
    ///
    /// - Parameter name: The name of the namespace.
    /// - Returns: The name that the namespace has until it is gone.
    /// - Throws: ``NamespaceNotFoundError``, ``PermissionDeniedError``, `RPCError` for anything else, with the code
    ///   `failedPrecondition` for a namespace that the service needs itself.
    @discardableResult
    public func delete(_ name: String) async throws -> String {
        var request = APIDeleteNamespaceRequest()
        request.namespace = name
        return try await client.call(.deleteNamespace, request).deletedNamespace
    }
}
