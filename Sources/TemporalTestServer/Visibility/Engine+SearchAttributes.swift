import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The search attributes that operators add and remove.
extension Engine {
    /// Adds search attributes to a namespace. What is there already stays as it is, as on the server; the `temporal`
    /// command compares the types itself.
    func add(_ request: APIAddSearchAttributesRequest) throws -> APIAddSearchAttributesResponse {
        var namespace = try namespace(request.namespace, isComplete: !request.searchAttributes.isEmpty)
        for (name, type) in request.searchAttributes.sorted(by: { $0.key < $1.key }) {
            guard namespace.searchAttributes.custom[name] == nil else { continue }
            if namespace.searchAttributes.type(of: name) != nil || name.hasPrefix("Temporal") {
                throw ServiceError.invalid("Search attribute \(name) is reserved by system.")
            }
            guard let type = SearchAttributeType(type) else {
                throw ServiceError.invalid(
                    "Unable to create search attributes: search attribute \(name) has the unknown type \(type)."
                )
            }
            let most = type == .keyword ? 10 : 3
            guard namespace.searchAttributes.custom.values.count(where: { $0 == type }) < most else {
                throw ServiceError.invalid("cannot have more than \(most) search attribute of type \(type).")
            }
            namespace.searchAttributes.custom[name] = type
        }
        namespaces[namespace.name] = namespace
        return APIAddSearchAttributesResponse()
    }

    /// Takes search attributes out of a namespace. Runs keep the values, which nobody finds any more.
    func remove(_ request: APIRemoveSearchAttributesRequest) throws -> APIRemoveSearchAttributesResponse {
        var namespace = try namespace(request.namespace, isComplete: !request.searchAttributes.isEmpty)
        for name in request.searchAttributes where namespace.searchAttributes.custom.removeValue(forKey: name) == nil {
            guard namespace.searchAttributes.type(of: name) == nil else {
                throw ServiceError.invalid("Unable to remove non-custom search attributes: \(name).")
            }
            throw ServiceError.notFound("Search attribute \(name) doesn't exist.")
        }
        namespaces[namespace.name] = namespace
        return APIRemoveSearchAttributesResponse()
    }

    /// Tells of the search attributes of a namespace.
    func list(_ request: APIListSearchAttributesRequest) throws -> APIListSearchAttributesResponse {
        let registry = try namespace(request.namespace, isComplete: true).searchAttributes
        return .with {
            $0.customAttributes = Dictionary(uniqueKeysWithValues: registry.custom.map { ($0.key, $0.value.proto) })
            $0.systemAttributes = Self.systemSearchAttributes
        }
    }

    /// Tells of the search attributes of all namespaces.
    func list(_ request: APIGetSearchAttributesRequest) -> APIGetSearchAttributesResponse {
        .with { response in
            response.keys = Self.systemSearchAttributes
            for namespace in namespaces.values {
                for (name, type) in namespace.searchAttributes.custom { response.keys[name] = type.proto }
            }
        }
    }

    /// The namespace of a request, which a server looks at in this order.
    private func namespace(_ name: String, isComplete: Bool) throws -> Namespace {
        let found = name.isEmpty ? nil : try namespace(name)
        guard isComplete else { throw ServiceError.invalid("SearchAttributes are not set on request.") }
        guard let found else { throw ServiceError.invalid("Namespace is not set on request.") }
        return found
    }

    private static var systemSearchAttributes: [String: APIIndexedValueType] {
        let all = Array(SearchAttributeRegistry.system) + Array(SearchAttributeRegistry.predefined)
        return Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0.value.proto) })
    }
}
