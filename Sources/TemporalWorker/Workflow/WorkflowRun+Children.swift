import Foundation
package import Temporal

/// Child workflows: who waits for them, and how they end.
extension WorkflowRun {
    /// A child that has not ended.
    struct OpenChild {
        /// What the handles to the child see.
        var execution: ChildWorkflowExecution
        /// The operations that wait for its end, in the order in which they began.
        var waiting: [Int] = []
    }

    /// Starts a child.
    ///
    /// - Returns: The number of the operation, which ends when the child has started.
    func startChild(_ call: ChildWorkflowCall, _ execution: ChildWorkflowExecution) -> Int {
        execution.workflowID = call.workflowID ?? makeWorkflowID()
        execution.operation = machine.startChild(call, workflowID: execution.workflowID)
        openChildren[execution.operation] = OpenChild(execution: execution)
        return execution.operation
    }

    package func makeWorkflowID() -> String {
        UUID(drawing: { ownGenerator.next() }).uuidString.lowercased()
    }

    /// Begins to wait for the end of a child. A task that is cancelled already cancels the child.
    ///
    /// - Returns: The number of the operation.
    func awaitChild(_ execution: ChildWorkflowExecution) -> Int {
        let number = machine.makeOperation()
        if let outcome = execution.outcome {
            waits[number] = .result(outcome)
        } else {
            openChildren[execution.operation]?.waiting.append(number)
            childOfWaiting[number] = execution.operation
            if Task.isCancelled { cancelChild(execution.operation, reason: "") }
        }
        return number
    }

    package func cancelChild(_ child: ChildWorkflowExecution, reason: String) throws {
        try checkMayAct("cancel a child workflow")
        cancelChild(child.operation, reason: reason)
    }

    /// Cancels a child, and lets those who wait for it go on if its options say so.
    func cancelChild(_ operation: Int, reason: String) {
        switch machine.cancelChild(operation, reason: reason) {
        case .fail(let failure): endChild(operation, .failure(failure))
        case .resolve, .nothing: break
        }
    }

    /// Lets the code that started a child go on.
    func childDidStart(_ operation: Int, runID: String) {
        openChildren[operation]?.execution.runID = runID
        resume(operation, .success([]))
    }

    /// Lets everything that waits for a child go on, and keeps the outcome for those who ask later.
    func endChild(_ operation: Int, _ resolution: WorkflowMachine.Resolution) {
        guard let child = openChildren.removeValue(forKey: operation) else { return }
        let outcome = result(of: resolution)
        child.execution.outcome = outcome
        if waits[operation] != nil { resume(operation, outcome) }
        for number in child.waiting {
            childOfWaiting[number] = nil
            resume(number, outcome)
        }
    }
}
