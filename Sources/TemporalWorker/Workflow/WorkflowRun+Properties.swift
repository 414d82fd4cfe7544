package import Temporal

/// What the code tells about its run to those who look for it.
extension WorkflowRun {
    package func upsertSearchAttributes(_ updates: [SearchAttributeUpdate]) throws {
        try checkMayAct("set search attributes")
        guard !updates.isEmpty else { return }
        guard !updates.contains(where: { $0.name == WorkflowMachine.changeVersion }) else {
            throw WorkflowMisuse(
                "Workflow '\(blueprint.name)' set the search attribute '\(WorkflowMachine.changeVersion)', which lists its patches: "
                    + "use context.patched, or an attribute of your own."
            )
        }
        for update in updates { searchAttributes.apply(update) }
        machine.upsertSearchAttributes(updates)
    }

    package func upsertMemo(_ changes: [String: Payload]) throws {
        try checkMayAct("set the memo")
        guard !changes.isEmpty else { return }
        for (key, payload) in changes {
            memo[key] = payload.encoding == "binary/null" ? nil : payload
        }
        machine.upsertMemo(changes)
    }
}
