import Logging
import Synchronization
import Temporal

/// Changes of the code while the run is open.
extension WorkflowRun {
    package func patched(_ id: String, isDeprecated: Bool) -> Bool {
        // A patch that is not activated is answered as on a replay of a history that does not have it.
        let takesOldWay = isReplaying || !(isDeprecated || isActive(id))
        // Where nothing can be noted, the answer is what the code would be told, and nothing depends on it. A query may ask.
        if case .query? = ReadOnlyCode.current { return machine.patches.answer(id, isReplaying: takesOldWay) }
        guard (try? checkMayAct("ask for a patch")) != nil else {
            return machine.patches.answer(id, isReplaying: takesOldWay)
        }
        let (isPatched, isTooLong) = machine.patched(id, isDeprecated: isDeprecated, isReplaying: takesOldWay)
        if !isEvicting.load(ordering: .acquiring) { codeHook?.onPatch(info.workflowType, id, isPatched) }
        if isTooLong {
            logger.warning(
                "The patches of the run are too many for their search attribute: this one is not in it.",
                metadata: ["patch": "\(id)", "search_attribute": "\(WorkflowMachine.changeVersion)"]
            )
        }
        return isPatched
    }

    /// Whether the worker takes on a patch that the run comes to for the first time.
    private func isActive(_ id: String) -> Bool {
        guard let activatesPatch, !isReplaying, !machine.patches.isDecided(id) else { return true }
        return activatesPatch(PatchActivation(id: id, workflow: info))
    }
}
