import Foundation
package import Temporal

/// Child workflows: how they are started and cancelled.
extension WorkflowRun {
    /// Starts a child.
    ///
    /// - Returns: The number of the operation, which ends when the child has started.
    func startChild(_ call: ChildWorkflowCall, _ execution: ChildWorkflowExecution) -> Int {
        execution.workflowID = call.workflowID ?? makeWorkflowID()
        return open(execution, as: machine.startChild(call, workflowID: execution.workflowID))
    }

    package func makeWorkflowID() -> String {
        UUID(drawing: { ownGenerator.next() }).uuidString.lowercased()
    }

    package func cancelChild(_ child: ChildWorkflowExecution, reason: String) throws {
        try checkMayAct("cancel a child workflow")
        cancelLongOperation(child.operation, reason: reason)
    }

    /// Lets the code that started a child go on.
    func childDidStart(_ operation: Int, runID: String) {
        (longOperations[operation]?.execution as? ChildWorkflowExecution)?.runID = runID
        resume(operation, .success([]))
    }
}
