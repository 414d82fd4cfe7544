import Foundation

/// Histories in the JSON of older tools, which write `WorkflowExecutionStarted` where newer ones write
/// `EVENT_TYPE_WORKFLOW_EXECUTION_STARTED`, and may write an array of events alone.
enum LegacyHistoryJSON {
    /// The first part of the names of an enum, by the field that holds its values.
    private static let prefixes = [
        "eventType": "EVENT_TYPE_",
        "kind": "TASK_QUEUE_KIND_",
        "retryState": "RETRY_STATE_",
        "timeoutType": "TIMEOUT_TYPE_",
        "initiator": "CONTINUE_AS_NEW_INITIATOR_",
        "parentClosePolicy": "PARENT_CLOSE_POLICY_",
        "workflowIdReusePolicy": "WORKFLOW_ID_REUSE_POLICY_",
        "encodingType": "ENCODING_TYPE_",
    ]

    /// The first part of the names of causes, by the attributes that hold them.
    private static let causes = [
        "workflowTaskFailedEventAttributes": "WORKFLOW_TASK_FAILED_CAUSE_",
        "startChildWorkflowExecutionFailedEventAttributes": "START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_",
        "signalExternalWorkflowExecutionFailedEventAttributes": "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_",
        "requestCancelExternalWorkflowExecutionFailedEventAttributes":
            "CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_",
    ]

    /// The history in the JSON of today.
    ///
    /// - Parameter json: The JSON of any tool.
    /// - Returns: The same bytes if nothing is to be changed.
    /// - Throws: An error of the JSON reader.
    static func modernized(_ json: Data) throws -> Data {
        let object = try JSONSerialization.jsonObject(with: json)
        let events = (object as? [Any]) ?? ((object as? [String: Any])?["events"] as? [Any]) ?? []
        let firstType = (events.first as? [String: Any])?["eventType"] as? String ?? ""
        let isLegacy = !firstType.isEmpty && !firstType.contains("_")
        guard isLegacy || object is [Any] else { return json }
        let history: [String: Any] = ["events": isLegacy ? events.map { modernized($0, in: "") } : events]
        return try JSONSerialization.data(withJSONObject: history)
    }

    private static func modernized(_ value: Any, in field: String) -> Any {
        switch value {
        case let array as [Any]:
            return array.map { modernized($0, in: field) }
        case let object as [String: Any]:
            var changed = object
            for (key, value) in object {
                if let text = value as? String {
                    let prefix = key == "cause" ? causes[field] : prefixes[key]
                    if let prefix, text.first?.isUppercase ?? false { changed[key] = prefix + snakeCase(text) }
                } else if key != "metadata" {
                    // The metadata of a payload is the user's.
                    changed[key] = modernized(value, in: key)
                }
            }
            return changed
        default:
            return value
        }
    }

    /// `WorkflowExecutionStarted` as `WORKFLOW_EXECUTION_STARTED`.
    private static func snakeCase(_ text: String) -> String {
        guard !text.contains("_") else { return text }
        var result = ""
        for character in text {
            if character.isUppercase, !result.isEmpty { result.append("_") }
            result.append(contentsOf: character.uppercased())
        }
        return result
    }
}
