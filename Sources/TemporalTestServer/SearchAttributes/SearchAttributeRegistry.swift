import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The search attributes that a namespace knows, with their types, and the rules for values of them.
struct SearchAttributeRegistry: Sendable {
    /// Why values are not taken.
    struct Problem: Error {
        let message: String

        /// Whether a value is too large. A run whose command has one is terminated.
        let isTooLarge: Bool
    }

    /// The attributes that the service fills in by itself: nobody else can set them.
    static let system: OrderedDictionary<String, SearchAttributeType> = [
        "CloseTime": .datetime,
        "ExecutionDuration": .int,
        "ExecutionStatus": .keyword,
        "ExecutionTime": .datetime,
        "HistoryLength": .int,
        "HistorySizeBytes": .int,
        "ParentRunId": .keyword,
        "ParentWorkflowId": .keyword,
        "RootRunId": .keyword,
        "RootWorkflowId": .keyword,
        "RunId": .keyword,
        "StartTime": .datetime,
        "StateTransitionCount": .int,
        "TaskQueue": .keyword,
        "WorkflowId": .keyword,
        "WorkflowType": .keyword,
    ]

    /// The attributes that every namespace has, for workers and for the service's own workflows.
    static let predefined: OrderedDictionary<String, SearchAttributeType> = [
        "BatcherNamespace": .keyword,
        "BatcherUser": .keyword,
        "BinaryChecksums": .keywordList,
        "BuildIds": .keywordList,
        "TemporalChangeVersion": .keywordList,
        "TemporalNamespaceDivision": .keyword,
        "TemporalPauseInfo": .keywordList,
        "TemporalSchedulePaused": .bool,
        "TemporalScheduledById": .keyword,
        "TemporalScheduledStartTime": .datetime,
        "TemporalUsedWorkerDeploymentVersions": .keywordList,
        "TemporalWorkerDeployment": .keyword,
        "TemporalWorkerDeploymentVersion": .keyword,
        "TemporalWorkflowVersioningBehavior": .keyword,
    ]

    private static let countLimit = 100
    private static let valueSizeLimit = 2 * 1024
    private static let totalSizeLimit = 40 * 1024

    /// The attributes that were added to the namespace.
    var custom: OrderedDictionary<String, SearchAttributeType> = [:]

    /// The type of an attribute; `nil` if the namespace does not know it.
    ///
    /// - Parameters:
    ///   - name: The name of the attribute.
    ///   - own: What the things have by themselves that are looked at, which comes before what all things have.
    func type(of name: String, or own: [String: SearchAttributeType] = [:]) -> SearchAttributeType? {
        custom[name] ?? own[name] ?? Self.predefined[name] ?? Self.system[name]
    }

    /// Checks values that a client or a worker wants to set, and notes the type of each in its metadata.
    ///
    /// - Parameters:
    ///   - attributes: The values.
    ///   - namespace: The name of the namespace, for messages.
    /// - Returns: The values with their types.
    /// - Throws: ``Problem`` with the message of the real server for the first value in order of names that is not taken.
    func checked(_ attributes: APISearchAttributes, namespace: String) throws(Problem) -> APISearchAttributes {
        var result = attributes
        guard attributes.indexedFields.count <= Self.countLimit else {
            throw Problem(
                message:
                    "number of search attributes \(attributes.indexedFields.count) exceeds limit \(Self.countLimit)",
                isTooLarge: false
            )
        }
        let fields = attributes.indexedFields.sorted { $0.key < $1.key }
        for (name, payload) in fields {
            if Self.system[name] != nil {
                throw Problem(message: "\(name) attribute can't be set in SearchAttributes", isTooLarge: false)
            }
            guard let type = type(of: name) else {
                throw Problem(
                    message: "Namespace \(namespace) has no mapping defined for search attribute \(name)",
                    isTooLarge: false
                )
            }
            if let found = type.conflict(with: payload) {
                throw Problem(
                    message: "invalid value for search attribute \(name) of type \(type): \(found)",
                    isTooLarge: false
                )
            }
            if payload.metadata["type"] == nil {
                result.indexedFields[name]?.metadata["type"] = Data(type.description.utf8)
            }
        }
        try Self.checkSize(of: attributes)
        return result
    }

    /// Checks how large values are.
    ///
    /// - Throws: ``Problem`` for the first value in order of names that is too large, or if all together are.
    static func checkSize(of attributes: APISearchAttributes) throws(Problem) {
        let fields = attributes.indexedFields.sorted { $0.key < $1.key }
        var total = 0
        for (name, payload) in fields {
            guard payload.data.count <= valueSizeLimit else {
                throw Problem(
                    message:
                        "search attribute \(name) value size \(payload.data.count) exceeds size limit \(valueSizeLimit)",
                    isTooLarge: true
                )
            }
            total += name.utf8.count + payload.data.count
        }
        guard total <= totalSizeLimit else {
            throw Problem(
                message: "total size of search attributes \(total) exceeds size limit \(totalSizeLimit)",
                isTooLarge: true
            )
        }
    }
}

extension SearchAttributeType {
    /// What a payload holds that is no value of this type, as the server writes it; `nil` if it fits.
    fileprivate func conflict(with payload: APIPayload) -> String? {
        let payload = Payload(payload)
        if payload.encoding == "binary/null" { return nil }
        guard let value = JSONValue(payload) else {
            return "[" + payload.data.map { "\($0)" }.joined(separator: " ") + "]"
        }
        return takes(value) ? nil : value.goText
    }

    private func takes(_ value: JSONValue) -> Bool {
        switch value {
        case .null: true
        case .list(let values) where self == .keywordList: value.texts?.count == values.count
        // A list of one value, or of none, stands for that value.
        case .list(let values): values.isEmpty || (values.count == 1 && takes(values[0]))
        case .string(let text): self == .datetime ? TemporalDate.date(text) != nil : [.text, .keyword].contains(self)
        case .integer: [.int, .double].contains(self)
        case .double: self == .double
        case .bool: self == .bool
        case .object: false
        }
    }
}

extension JSONValue {
    /// The value as Go prints it, which the server's messages show.
    fileprivate var goText: String {
        switch self {
        case .null: "<nil>"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value
        case .list(let values): "[" + values.map(\.goText).joined(separator: " ") + "]"
        case .object(let values):
            "map["
                + values.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.goText)" }.joined(separator: " ") + "]"
        }
    }
}

extension SearchAttributeRegistry: Codable {
    /// One custom attribute as it is stored.
    private struct Stored: Codable {
        let name: String
        let type: APIIndexedValueType
    }

    init(from decoder: any Swift.Decoder) throws {
        for attribute in try decoder.singleValueContainer().decode([Stored].self) {
            custom[attribute.name] = SearchAttributeType(attribute.type)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(custom.map { Stored(name: $0.key, type: $0.value.proto) })
    }
}
