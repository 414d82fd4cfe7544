import Synchronization
import Temporal
import TemporalAPI

/// A run of a test, and its history.
struct KnownRun: Sendable {
    var namespace: String
    var workflowID: String
    var runID: String
    var workflowType: String
    var events: [APIHistoryEvent]
}

/// What a worker was told of runs, where the service is not in memory and cannot be asked at any time.
final class RunBook: Sendable {
    private struct State {
        var runs: [KnownRun] = []
        var places: [String: Int] = [:]
    }

    private let state = Mutex(State())
    private let onEvent: @Sendable (KnownRun, APIHistoryEvent) -> Void

    /// - Parameter onEvent: Told of each event that a worker sees for the first time.
    init(onEvent: @escaping @Sendable (KnownRun, APIHistoryEvent) -> Void) {
        self.onEvent = onEvent
    }

    /// The runs in the order in which their first tasks came, with the events that came with tasks.
    var runs: [KnownRun] { state.withLock(\.runs) }

    /// The events of a run that came with tasks.
    func events(runID: String) -> [APIHistoryEvent] {
        state.withLock { state in state.places[runID].map { state.runs[$0].events } ?? [] }
    }

    /// Notes a task.
    func note(_ task: APIPollWorkflowTaskQueueResponse, namespace: String) {
        guard !task.taskToken.isEmpty else { return }
        let (run, new) = state.withLock { state -> (KnownRun, [APIHistoryEvent]) in
            let runID = task.workflowExecution.runID
            let place = state.places[runID] ?? state.runs.count
            if place == state.runs.count {
                state.places[runID] = place
                state.runs.append(
                    KnownRun(
                        namespace: namespace,
                        workflowID: task.workflowExecution.workflowID,
                        runID: runID,
                        workflowType: task.workflowType.name,
                        events: []
                    )
                )
            }
            let last = state.runs[place].events.last?.eventID ?? 0
            let new = task.history.events.filter { $0.eventID > last }
            state.runs[place].events += new
            return (state.runs[place], new)
        }
        for event in new { onEvent(run, event) }
    }
}
