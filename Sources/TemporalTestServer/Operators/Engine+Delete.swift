import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    /// Deletes a run; one that is open is terminated before.
    func delete(_ request: APIDeleteWorkflowExecutionRequest) throws -> APIDeleteWorkflowExecutionResponse {
        let run = try run(of: request.workflowExecution, namespace: request.namespace)
        readClock()
        delete(run)
        return APIDeleteWorkflowExecutionResponse()
    }

    /// Takes a run out of everything in which it is found.
    func delete(_ run: Run) {
        if run.isOpen {
            run.terminate(reason: "Delete workflow execution", identity: "history-service")
        }
        // Others hear of the end before it is gone.
        finishClosedRuns()
        announceEvents(of: [run])
        for waiter in run.historyWaiters { fail(waiter.reply, ServiceError.noSuchWorkflow(run.execution)) }
        run.failUpdateWaiters(ServiceError.noSuchWorkflow(run.execution))
        for query in queries.values where query.run == run.number {
            fail(query.reply, ServiceError.noSuchWorkflow(run.execution))
        }
        runNumbers[run.runID] = nil
        let key = WorkflowKey(namespace: run.namespace, workflowID: run.workflowID)
        if currentRuns[key] == run.number { currentRuns[key] = nil }
        run.isDeleted = true
        countPinned(run)
        endedRuns.remove(order: run.closeOrder)
        // What remains takes no memory; numbers of runs are never used again.
        runs[run.number] = deletedRun
        noteChange(of: run)
    }

    /// Deletes a run whose namespace keeps it no longer.
    func expire(run number: Int) {
        if !runs[number].isOpen, !runs[number].isDeleted { delete(runs[number]) }
    }
}
