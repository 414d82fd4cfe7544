import SwiftProtobuf
import Temporal
import TemporalAPI

extension Run: SearchSubject {
    // A run that is open ends after every other.
    func comparedSearchValue(_ column: VisibilityQuery.Column) -> SearchValue? {
        if column.name == "CloseTime", closeTime == nil { return .integer(.max) }
        return searchValue(column)
    }

    var hasDivision: Bool { searchAttributes.indexedFields["TemporalNamespaceDivision"] != nil }

    func searchValue(_ column: VisibilityQuery.Column) -> SearchValue? {
        switch column.name {
        case "WorkflowId": .text(workflowID)
        case "RunId": .text(runID)
        case "WorkflowType": .text(start.workflowType.name)
        case "TaskQueue": .text(start.taskQueue.name)
        case "ExecutionStatus": .integer(Int64(status.rawValue))
        case "StartTime": .integer(startTime.nanoseconds)
        case "ExecutionTime": .integer(executionTime.nanoseconds)
        case "CloseTime": closeTime.map { .integer($0.nanoseconds) }
        case "ExecutionDuration": closeTime.map { .integer(($0 - executionTime).nanoseconds) }
        case "HistoryLength": closeTime.map { _ in .integer(nextEventID - 1) }
        case "HistorySizeBytes": closeTime.map { _ in .integer(historySize) }
        case "StateTransitionCount": closeTime.map { _ in .integer(stateTransitionCount) }
        case "ParentWorkflowId":
            start.hasParentWorkflowExecution ? .text(start.parentWorkflowExecution.workflowID) : nil
        case "ParentRunId": start.hasParentWorkflowExecution ? .text(start.parentWorkflowExecution.runID) : nil
        case "RootWorkflowId": .text(rootExecution.workflowID)
        case "RootRunId": .text(rootExecution.runID)
        default: customSearchValue(column)
        }
    }

    /// The first run of the tree that this run belongs to.
    var rootExecution: APIWorkflowExecution {
        start.hasRootWorkflowExecution ? start.rootWorkflowExecution : execution
    }

    /// Reads a value once, since filters ask for the same attributes of a run again and again.
    private func customSearchValue(_ column: VisibilityQuery.Column) -> SearchValue? {
        if let known = readSearchValues[column.name] { return known }
        let value = searchAttributes.indexedFields[column.name].flatMap { SearchValue($0, type: column.type) }
        readSearchValues[column.name] = .some(value)
        return value
    }

    /// The run as lists show it: how long its history is stands there only when the run has ended.
    var listedInfo: APIWorkflowWorkflowExecutionInfo {
        var info = info
        if closeTime == nil {
            info.historyLength = 0
            info.historySizeBytes = 0
            info.stateTransitionCount = 0
        }
        info.clearAutoResetPoints()
        return info
    }
}
