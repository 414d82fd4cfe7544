package import Temporal

/// Nexus operations: how they are started and cancelled.
extension WorkflowRun {
    /// Calls an operation.
    ///
    /// - Returns: The number of the operation, which ends when the Nexus operation has started or has ended at once.
    func startNexus(_ call: NexusOperationCall, _ execution: NexusOperationExecution) -> Int {
        open(execution, as: machine.startNexus(call))
    }

    package func cancelOperation(_ operation: NexusOperationExecution) throws {
        try checkMayAct("cancel a Nexus operation")
        cancelLongOperation(operation.operation, reason: "")
    }

    /// Lets the code that called an operation go on.
    func nexusDidStart(_ operation: Int, token: String) {
        (longOperations[operation]?.execution as? NexusOperationExecution)?.token = token
        resume(operation, .success([]))
    }
}
