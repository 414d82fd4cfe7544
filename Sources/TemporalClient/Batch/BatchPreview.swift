import Temporal
import TemporalAPI

/// What an operation on many workflows would do to one of them.
public struct BatchPreviewItem: Sendable {
    /// What would happen.
    public enum Effect: Sendable {
        /// The operation would be carried out for the run.
        case touched
        /// The run would be taken up again at the workflow task that ends with this event, in this run.
        case reset(runID: String, eventID: Int64)
        /// The run would stay as it is, for this reason.
        case untouched(String)
    }

    /// The run.
    public let execution: WorkflowExecution

    /// What would happen to it.
    public let effect: Effect
}

/// What is asked about in a preview.
public struct BatchPreviewOperation: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case change
        case delete
        case reset(ResetPoint)
    }

    let kind: Kind

    /// Signals, cancels, terminates, or changes options or activities: what is for workflows that run only.
    public static let change = BatchPreviewOperation(kind: .change)

    /// Deletes workflows, closed ones too.
    public static let delete = BatchPreviewOperation(kind: .delete)

    /// Resets workflows, closed ones too.
    ///
    /// - Parameter point: Where they are taken up.
    public static func reset(to point: ResetPoint) -> BatchPreviewOperation {
        BatchPreviewOperation(kind: .reset(point))
    }
}

extension BatchClient {
    /// What an operation would do now, and to which workflows. Nothing is changed.
    ///
    /// For a reset, the history of each run is read to find the event that it would return to.
    ///
    /// ```swift
    /// for try await item in client.batch.preview(.reset(to: .lastWorkflowTask), .query("WorkflowType = 'Loyalty'")) {
    ///     print(item.execution.id, item.effect)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - operation: What would be done.
    ///   - selection: With which workflows.
    /// - Returns: One item for each run that is selected. The loop throws `RPCError` for a query that the service cannot
    ///   read, and for anything else.
    public func preview(
        _ operation: BatchPreviewOperation,
        _ selection: Selection
    ) -> AsyncThrowingStream<BatchPreviewItem, any Error> {
        let client = client
        return ExecutionWalk(maximumPerSecond: 1, maximumConcurrent: 10).items(
            clock: nil as ContinuousClock?,
            list: { try await client.executions(selection) },
            work: { try await client.effect(of: operation, on: $0) },
            item: { execution, effect, _, _ in BatchPreviewItem(execution: execution, effect: effect) }
        )
    }
}

extension TemporalClient {
    fileprivate func executions(_ selection: BatchClient.Selection) async throws -> [WorkflowExecution] {
        guard selection.executions.isEmpty else {
            var found: [WorkflowExecution] = []
            for (id, runID) in selection.executions {
                let handle = workflowHandle(id: id, runID: runID.isEmpty ? nil : runID)
                do {
                    found.append(try await handle.describe().execution)
                } catch is WorkflowNotFoundError {
                    // The service passes over what is not there, too.
                }
            }
            return found
        }
        return try await listWorkflows(selection.query).all()
    }

    fileprivate func effect(
        of operation: BatchPreviewOperation,
        on execution: WorkflowExecution
    ) async throws -> BatchPreviewItem.Effect {
        switch operation.kind {
        case .change:
            return execution.status.isOpen ? .touched : .untouched("It is \(execution.status).")
        case .delete:
            return .touched
        case .reset(let point):
            do {
                let (run, event) = try await execution.handle(self).resolve(point)
                return .reset(runID: run, eventID: event)
            } catch let error as NoResetPointError {
                return .untouched(error.message)
            } catch let error as WorkflowNotFoundError {
                return .untouched(error.message)
            }
        }
    }
}
