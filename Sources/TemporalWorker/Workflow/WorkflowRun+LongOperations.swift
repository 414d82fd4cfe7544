import Temporal

/// Operations that start first and end later, child workflows and Nexus operations: who waits for them, and how they end.
extension WorkflowRun {
    /// One that has not ended.
    struct OpenLongOperation {
        /// What the handles to it see.
        var execution: LongOperation
        /// The operations that wait for its end, in the order in which they began.
        var waiting: [Int] = []
    }

    /// Notes that one has begun.
    ///
    /// - Returns: Its number.
    func open(_ execution: LongOperation, as operation: Int) -> Int {
        execution.operation = operation
        longOperations[operation] = OpenLongOperation(execution: execution)
        return operation
    }

    /// Begins to wait for the end of one. A task that is cancelled already cancels it.
    ///
    /// - Returns: The number of the operation that waits.
    func awaitEnd(of execution: LongOperation) -> Int {
        let number = machine.makeOperation()
        if let outcome = execution.outcome {
            waits[number] = .result(outcome)
        } else {
            longOperations[execution.operation]?.waiting.append(number)
            awaitedOperations[number] = execution.operation
            if Task.isCancelled { cancelLongOperation(execution.operation, reason: "") }
        }
        return number
    }

    /// Cancels one, and lets those who wait for it go on if its options say so.
    func cancelLongOperation(_ operation: Int, reason: String) {
        let action =
            machine.nexusOperations[operation] == nil
            ? machine.cancelChild(operation, reason: reason) : machine.cancelNexus(operation)
        switch action {
        case .fail(let failure): endLongOperation(operation, .failure(failure))
        case .resolve, .nothing: break
        }
    }

    /// Lets everything that waits for one go on, and keeps the outcome for those who ask later.
    func endLongOperation(_ operation: Int, _ resolution: WorkflowMachine.Resolution) {
        guard let long = longOperations.removeValue(forKey: operation) else { return }
        let outcome = result(of: resolution)
        long.execution.outcome = outcome
        if waits[operation] != nil { resume(operation, outcome) }
        for number in long.waiting {
            awaitedOperations[number] = nil
            resume(number, outcome)
        }
    }
}
