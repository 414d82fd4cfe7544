import Temporal
import TemporalAPI

extension WorkflowMachine {
    /// Sets and takes away search attributes.
    mutating func upsertSearchAttributes(_ updates: [SearchAttributeUpdate]) {
        var command = APICommand()
        command.commandType = .upsertWorkflowSearchAttributes
        for update in updates {
            command.upsertWorkflowSearchAttributesCommandAttributes.searchAttributes.indexedFields[update.name] =
                update.payload.proto
        }
        pending.append(IssuedCommand(subject: .upsertSearchAttributes, command: command))
    }

    /// Sets and takes away values of the memo.
    mutating func upsertMemo(_ changes: [String: Payload]) {
        var command = APICommand()
        command.commandType = .modifyWorkflowProperties
        command.modifyWorkflowPropertiesCommandAttributes.upsertedMemo.fields = changes.mapValues(\.proto)
        pending.append(IssuedCommand(subject: .upsertMemo, command: command))
    }
}
