import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The search attributes and the memo of a run.
extension Run {
    /// The values of a command with their types.
    ///
    /// - Parameters:
    ///   - attributes: The values.
    ///   - namespace: The namespace that is to take them. Default: the run's.
    ///   - sizeCause: What the workflow task fails with if they are too large.
    /// - Throws: ``CommandFailure`` if the namespace does not take them.
    func checked(
        _ attributes: APISearchAttributes,
        in namespace: String? = nil,
        tooLarge sizeCause: APIWorkflowTaskFailedCause
    ) throws(CommandFailure) -> APISearchAttributes {
        let namespace = namespace ?? self.namespace
        guard let known = engine.namespaces[namespace]?.searchAttributes else { return attributes }
        do {
            return try known.checked(attributes, namespace: namespace)
        } catch {
            throw CommandFailure(
                cause: error.isTooLarge ? sizeCause : .badSearchAttributes,
                message: error.message,
                terminatesRun: error.isTooLarge
            )
        }
    }

    private func checkSize(of attributes: APISearchAttributes) throws(CommandFailure) {
        do {
            try SearchAttributeRegistry.checkSize(of: attributes)
        } catch {
            throw CommandFailure(cause: .badSearchAttributes, message: error.message, terminatesRun: true)
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
        let cause = APIWorkflowTaskFailedCause.badSearchAttributes
        let changes = try checked(command.searchAttributes, tooLarge: cause)
        try Limits.check(
            changes.indexedFields,
            "UpsertWorkflowSearchAttributesCommandAttributes",
            cause
        )
        var merged = searchAttributes
        merged.indexedFields.merge(changes.indexedFields)
        try checkSize(of: merged)
        record(
            .upsertWorkflowSearchAttributes,
            .upsertWorkflowSearchAttributesEventAttributes(
                .with {
                    $0.searchAttributes = changes
                    $0.workflowTaskCompletedEventID = completedEventID
                }
            )
        )
        searchAttributes = merged
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
        let cause = APIWorkflowTaskFailedCause.badModifyWorkflowPropertiesAttributes
        try Limits.check(command.upsertedMemo.fields, "ModifyWorkflowPropertiesCommandAttributes", cause)
        var merged = memo
        merged.fields.merge(command.upsertedMemo.fields)
        try Limits.check(merged, "ModifyWorkflowPropertiesCommandAttributes. Memo", cause)
        record(
            .workflowPropertiesModified,
            .workflowPropertiesModifiedEventAttributes(
                .with {
                    $0.upsertedMemo = command.upsertedMemo
                    $0.workflowTaskCompletedEventID = completedEventID
                }
            )
        )
        memo = merged
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
