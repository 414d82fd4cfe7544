import Logging
import Synchronization
import Temporal

/// Changes of the code while the run is open.
extension WorkflowRun {
    package func patched(_ id: String, isDeprecated: Bool) -> Bool {
        // Where nothing can be noted, the answer is what the code would be told, and nothing depends on it. A query may ask.
        if case .query? = ReadOnlyCode.current { return machine.patches.answer(id, isReplaying: isReplaying) }
        guard (try? checkMayAct("ask for a patch")) != nil else {
            return machine.patches.answer(id, isReplaying: isReplaying)
        }
        // A patch that is withheld is answered as on a replay of a history that does not have it.
        let isWithheld = codeHook?.withheldPatches.contains(id) == true
        let (isPatched, isTooLong) = machine.patched(
            id,
            isDeprecated: isDeprecated,
            isReplaying: isReplaying || isWithheld
        )
        if !isEvicting.load(ordering: .acquiring) { codeHook?.onPatch(info.workflowType, id, isPatched) }
        if isTooLong {
            logger.warning(
                "The patches of the run are too many for their search attribute: this one is not in it.",
                metadata: ["patch": "\(id)", "search_attribute": "\(WorkflowMachine.changeVersion)"]
            )
        }
        return isPatched
    }
}
