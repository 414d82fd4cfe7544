import Temporal
import TemporalAPI

extension Run {
    /// Adds a signal to the history.
    func signal(_ attributes: APIWorkflowExecutionSignaledEventAttributes, links: [APILink] = []) {
        signalCount += 1
        record(.workflowExecutionSignaled, .workflowExecutionSignaledEventAttributes(attributes), links: links)
        scheduleWorkflowTask()
    }

    /// Adds a request for cancellation to the history, once.
    func requestCancel(_ attributes: APIWorkflowExecutionCancelRequestedEventAttributes, links: [APILink] = []) {
        guard !isCancelRequested else { return }
        isCancelRequested = true
        record(
            .workflowExecutionCancelRequested,
            .workflowExecutionCancelRequestedEventAttributes(attributes),
            links: links
        )
        // Unlike a signal, it does not wait for the end of a back-off.
        scheduleWorkflowTask(endsBackoff: true)
    }

    /// Schedules the first workflow task, or sets the moment at which it is due.
    func scheduleFirstWorkflowTask() {
        let backoff = Span(start.firstWorkflowTaskBackoff)
        guard backoff > .zero else { return scheduleWorkflowTask() }
        backOff()
    }

    /// Lets the first workflow task wait for its moment.
    func backOff() {
        isBackingOff = true
        engine.deadlines.insert(.firstWorkflowTask(run: number), at: executionTime)
    }

    /// Ends the wait for the first workflow task.
    func endFirstBackoff() {
        guard isBackingOff else { return }
        isBackingOff = false
        scheduleWorkflowTask()
    }
}
