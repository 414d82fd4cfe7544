import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The search attributes and the memo of a run.
extension Run {
    /// The values of a command with their types.
    ///
    /// - Throws: ``CommandFailure`` if the namespace does not take them.
    func checked(_ attributes: APISearchAttributes, in namespace: String? = nil) throws -> APISearchAttributes {
        let namespace = namespace ?? self.namespace
        guard let known = engine.namespaces[namespace]?.searchAttributes else { return attributes }
        do {
            return try known.checked(attributes, namespace: namespace)
        } catch {
            throw CommandFailure(
                cause: .badSearchAttributes,
                message: error.message,
                terminatesRun: error.isTooLarge
            )
        }
    }

    /// Sets and removes search attributes.
    func upsertSearchAttributes(
        _ command: APIUpsertWorkflowSearchAttributesCommandAttributes,
        completedEventID: Int64
    ) throws {
        guard command.hasSearchAttributes else {
            throw CommandFailure(
                cause: .badSearchAttributes,
                message: "SearchAttributes is not set on UpsertWorkflowSearchAttributesCommand."
            )
        }
        guard !command.searchAttributes.indexedFields.isEmpty else {
            throw CommandFailure(
                cause: .badSearchAttributes,
                message: "IndexedFields is not set on UpsertWorkflowSearchAttributesCommand."
            )
        }
        let changes = try checked(command.searchAttributes)
        record(
            .upsertWorkflowSearchAttributes,
            .upsertWorkflowSearchAttributesEventAttributes(
                .with {
                    $0.searchAttributes = changes
                    $0.workflowTaskCompletedEventID = completedEventID
                }
            )
        )
        searchAttributes.indexedFields.merge(changes.indexedFields)
    }

    /// Sets and removes values of the memo.
    func modifyProperties(
        _ command: APIModifyWorkflowPropertiesCommandAttributes,
        completedEventID: Int64
    ) throws {
        guard command.hasUpsertedMemo else {
            throw CommandFailure(
                cause: .badModifyWorkflowPropertiesAttributes,
                message: "UpsertedMemo is not set on ModifyWorkflowPropertiesCommand."
            )
        }
        guard !command.upsertedMemo.fields.isEmpty else {
            throw CommandFailure(
                cause: .badModifyWorkflowPropertiesAttributes,
                message: "UpsertedMemo.Fields is not set on ModifyWorkflowPropertiesCommand."
            )
        }
        record(
            .workflowPropertiesModified,
            .workflowPropertiesModifiedEventAttributes(
                .with {
                    $0.upsertedMemo = command.upsertedMemo
                    $0.workflowTaskCompletedEventID = completedEventID
                }
            )
        )
        memo.fields.merge(command.upsertedMemo.fields)
    }
}

extension [String: APIPayload] {
    /// Takes over new values. A null or an empty list removes its key; a null written as JSON is a value.
    mutating func merge(_ changes: [String: APIPayload]) {
        for (key, payload) in changes {
            self[key] = payload.removes ? nil : payload
        }
    }
}

extension APIPayload {
    fileprivate var removes: Bool {
        switch Payload(self).encoding {
        case "binary/null": data.isEmpty
        case "json/plain": data == Data("[]".utf8)
        default: false
        }
    }
}
