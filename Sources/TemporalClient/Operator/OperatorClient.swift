public import Temporal
import TemporalAPI

extension TemporalClient {
    /// What an operator of a Temporal Service does.
    public var `operator`: OperatorClient { OperatorClient(client: self) }
}

/// What an operator of a Temporal Service does in the namespace of a client.
public struct OperatorClient: Sendable {
    let client: TemporalClient

    /// The search attributes that workflows of the namespace can have, beside those that the service sets itself.
    ///
    /// - Returns: The types by name. Types that this version of the SDK does not know are left out.
    /// - Throws: `RPCError`.
    public func searchAttributes() async throws -> [String: SearchAttributeType] {
        var request = APIListSearchAttributesRequest()
        request.namespace = client.namespace
        let response = try await client.call(.listSearchAttributes, request)
        return response.customAttributes.compactMapValues(SearchAttributeType.init)
    }

    /// Makes sure that workflows of the namespace can have certain search attributes.
    ///
    /// Those that are there already, with the same type, are left as they are. It may take a moment until the service takes
    /// workflows with the new ones.
    ///
    /// - Parameter attributes: Their types by name.
    /// - Throws: ``SearchAttributeTypeError`` if one is there with another type, `RPCError` for anything else.
    public func addSearchAttributes(_ attributes: [String: SearchAttributeType]) async throws {
        let known = try await searchAttributes()
        var request = APIAddSearchAttributesRequest()
        request.namespace = client.namespace
        for (name, type) in attributes.sorted(by: { $0.key < $1.key }) {
            if let present = known[name] {
                guard present == type else {
                    throw SearchAttributeTypeError(name: name, wanted: type, present: present)
                }
            } else {
                request.searchAttributes[name] = type.proto
            }
        }
        guard !request.searchAttributes.isEmpty else { return }
        do {
            _ = try await client.call(.addSearchAttributes, request)
        } catch let error as RPCError where error.code == .alreadyExists {
            // Somebody else added them in the meantime.
        }
    }

    /// Takes search attributes away. Workflows that have them keep their values, but are not found by them any more.
    ///
    /// - Parameter names: Their names.
    /// - Throws: `RPCError`, with the code `notFound` if one is not there.
    public func removeSearchAttributes(_ names: [String]) async throws {
        var request = APIRemoveSearchAttributesRequest()
        request.namespace = client.namespace
        request.searchAttributes = names
        _ = try await client.call(.removeSearchAttributes, request)
    }
}

/// A search attribute that is there already, with another type.
public struct SearchAttributeTypeError: ClientError {
    /// The name of the attribute.
    public let name: String
    /// The type that was asked for.
    public let wanted: SearchAttributeType
    /// The type that it has.
    public let present: SearchAttributeType

    public var description: String {
        "Search attribute '\(name)' is there with the type \(present), so it cannot be \(wanted): use another name."
    }
}
