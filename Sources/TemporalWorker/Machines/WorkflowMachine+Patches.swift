import DequeModule
import Temporal
import TemporalAPI

/// Patches: markers that say which way the code of a run went.
extension WorkflowMachine {
    /// The search attribute that lists the patches of a run.
    static let changeVersion = "TemporalChangeVersion"

    /// The largest list of patches that a search attribute can hold, in bytes of JSON.
    private static let changeVersionLimit = 2048

    /// Answers the code, which asks for a patch, and issues the commands that record it.
    ///
    /// - Parameters:
    ///   - id: The patch.
    ///   - isDeprecated: Whether the code will drop the patch.
    ///   - isReplaying: Whether the code runs over events that it has already produced.
    /// - Returns: Whether the code is to take the new way, and whether the list of patches has outgrown its search
    ///   attribute, which then stays as it is.
    mutating func patched(_ id: String, isDeprecated: Bool, isReplaying: Bool) -> (isPatched: Bool, isTooLong: Bool) {
        let answer = patches.ask(id, isReplaying: isReplaying)
        guard answer.needsMarker else { return (answer.isPatched, false) }
        pending.append(
            IssuedCommand(
                subject: .patch(id: id),
                command: PatchMarker(id: id, deprecated: isDeprecated).command
            )
        )
        let list = SearchAttributeKey.keywordList(Self.changeVersion).set(patches.marked)
        guard list.payload.data.count < Self.changeVersionLimit else { return (true, true) }
        var command = APICommand()
        command.commandType = .upsertWorkflowSearchAttributes
        command.upsertWorkflowSearchAttributesCommandAttributes.searchAttributes.indexedFields[list.name] =
            list.payload.proto
        pending.append(IssuedCommand(subject: .changeVersion, command: command))
        return (true, false)
    }

    /// Decides on events and commands of patches, which need not match one by one as the others do.
    ///
    /// - A marker of a deprecated patch that the code does not ask for any more is passed over, with its search attribute.
    /// - A patch that the code asks for, but that the history has no marker of here, leaves no trace.
    /// - The list of patches may be missing on one side: it is left out where it is too long, and the code may have dropped
    ///   patches since.
    ///
    /// - Returns: Whether the event is dealt with.
    /// - Throws: ``NondeterminismError`` if the code no longer asks for a patch that was not deprecated.
    mutating func matchPatch(_ event: APIHistoryEvent) throws -> Bool {
        if skipsChangeVersion {
            skipsChangeVersion = false
            if event.isChangeVersion { return true }
        }
        // Either side may have left the list out where it was too long.
        if !event.isChangeVersion, awaiting.first?.subject == .changeVersion { awaiting.removeFirst() }
        guard let marker = try PatchMarker(event) else {
            dropUnmatchedPatches()
            return event.isChangeVersion && awaiting.first?.subject != .changeVersion
        }
        if awaiting.first?.subject == .patch(id: marker.id) { return false }
        guard marker.deprecated else {
            throw NondeterminismError(
                "The history has the patch '\(marker.id)' at event \(event.eventID), but the code does not ask for it "
                    + "there: it has \(awaiting.first.map(describe) ?? "no command"). "
                    + "Call context.deprecatePatch(\"\(marker.id)\") until no open run has the marker.",
                command: awaiting.first.map(describe)
            )
        }
        skipsChangeVersion = true
        return true
    }

    /// Takes back patches at the front of the commands that the history has no marker of.
    mutating func dropUnmatchedPatches() {
        while case .patch = awaiting.first?.subject {
            awaiting.removeFirst()
            if awaiting.first?.subject == .changeVersion { awaiting.removeFirst() }
        }
    }

    /// Takes back what belongs to patches at the end of a task, where nothing more can match it.
    mutating func dropPatchesWithoutEvents() {
        if awaiting.first?.subject == .changeVersion { awaiting.removeFirst() }
        dropUnmatchedPatches()
    }
}

extension APIHistoryEvent {
    /// Whether the event sets the search attribute that lists the patches.
    var isChangeVersion: Bool {
        // The type first: to look at the attributes means to copy them.
        guard eventType == .upsertWorkflowSearchAttributes,
            case .upsertWorkflowSearchAttributesEventAttributes(let attributes) = attributes
        else { return false }
        return attributes.searchAttributes.indexedFields[WorkflowMachine.changeVersion] != nil
    }
}
