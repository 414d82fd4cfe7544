extension WorkflowOperation {
    /// The operation in words, for those who look at what a run waits for.
    package var label: String {
        switch self {
        case .timer(let duration, let summary): "a timer of \(duration)" + quoted(summary)
        case .activity(let call): "activity '\(call.name)'" + quoted(call.summary)
        case .localActivity(let call): "local activity '\(call.name)'" + quoted(call.summary)
        case .condition(_, let timeout, let summary):
            "a condition" + (timeout.map { ", for at most \($0)" } ?? "") + quoted(summary)
        case .startChild(let call, _): "the start of child workflow '\(call.workflowType)'"
        case .childResult(let child): "the end of child workflow '\(child.workflowID)'"
        case .startNexus(let call, _): "the start of \(call.label)"
        case .nexusResult(let execution): "the end of \(execution.label)"
        case .signalExternal(let call): "signal '\(call.name)' to workflow '\(call.target.workflowID)'"
        case .cancelExternal(let call): "the request to cancel workflow '\(call.target.workflowID)'"
        }
    }

    private func quoted(_ summary: String?) -> String {
        summary.map { " (\($0))" } ?? ""
    }
}
