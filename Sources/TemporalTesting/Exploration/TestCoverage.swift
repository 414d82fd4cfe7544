import Synchronization
public import Temporal
import TemporalAPI

/// What of some workflows was reached in tests: give one to the options of all environments, and ask it at the end what was
/// not.
///
/// ```swift
/// let coverage = TestCoverage()
/// options.coverage = coverage
/// …
/// #expect(coverage.gaps == [])
/// ```
public final class TestCoverage: Sendable {
    private struct Message: Hashable {
        var type: String
        var kind: String
        var name: String
    }

    private struct Patch: Hashable {
        var type: String
        var id: String
    }

    private struct State {
        var started: Set<String> = []
        var declared: Set<Message> = []
        var reached: Set<Message> = []
        var patches: [Patch: Set<Bool>] = [:]
        /// Activities that workflows called, and whether each has failed or timed out for a workflow.
        var activities: [Patch: Bool] = [:]
    }

    private let expected: [String]
    private let state = Mutex(State())

    /// Collects what is reached.
    ///
    /// - Parameter workflows: Workflows that have to be reached at all; those that run are looked at in any case.
    public init(of workflows: [any Workflow.Type] = []) {
        expected = workflows.map { name(of: $0) }
    }

    /// What was not reached, a line each, in alphabetical order: workflows that did not run; signals, queries and updates
    /// that did not come; activities that did not fail; ways of patches that were not taken.
    public var gaps: [String] {
        state.withLock { state in
            var gaps = expected.filter { !state.started.contains($0) }.map { "workflow '\($0)' did not run" }
            for message in state.declared where !state.reached.contains(message) {
                gaps.append("\(message.kind) '\(message.name)' of workflow '\(message.type)' did not come")
            }
            for (activity, hasFailed) in state.activities where !hasFailed {
                gaps.append("activity '\(activity.id)' of workflow '\(activity.type)' did not fail")
            }
            for (patch, answers) in state.patches where answers.count < 2 {
                let way = answers.contains(true) ? "old" : "new"
                gaps.append("the \(way) way of patch '\(patch.id)' of workflow '\(patch.type)' was not taken")
            }
            return gaps.sorted()
        }
    }

    // MARK: What is told

    /// Notes that a run has begun, with what answers its messages.
    func noteStart(of type: String, _ handlers: [BoundHandler]) {
        state.withLock { state in
            state.started.insert(type)
            for handler in handlers {
                guard let name = handler.name else { continue }
                state.declared.insert(Message(type: type, kind: handler.kind.word, name: name))
            }
        }
    }

    /// Notes which way of a patch was taken.
    func notePatch(_ id: String, of type: String, isTaken: Bool) {
        state.withLock { _ = $0.patches[Patch(type: type, id: id), default: []].insert(isTaken) }
    }

    /// What notes the queries of one environment that are answered.
    ///
    /// - Parameter type: The type of the workflow that was asked; `nil` for one that the environment does not know. Ids alone
    ///   do not tell it: those of other environments are the same.
    func notesQueries(
        of type: @escaping @Sendable (APIQueryWorkflowRequest) -> String?
    ) -> @Sendable (APIQueryWorkflowRequest) -> Void {
        { [self] query in
            guard let type = type(query) else { return }
            let message = Message(type: type, kind: "query", name: query.query.queryType)
            state.withLock { _ = $0.reached.insert(message) }
        }
    }

    /// Notes what a history shows.
    func note(_ run: KnownRun) {
        state.withLock { state in
            let type = run.workflowType
            var activities: [Int64: String] = [:]
            func note(_ kind: String, _ name: String) {
                state.reached.insert(Message(type: type, kind: kind, name: name))
            }
            func failed(_ id: Int64) {
                if let name = activities[id] { state.activities[Patch(type: type, id: name)] = true }
            }
            for event in run.events {
                switch event.attributes {
                case .workflowExecutionSignaledEventAttributes(let signal): note("signal", signal.signalName)
                case .workflowExecutionUpdateAcceptedEventAttributes(let update):
                    note("update", update.acceptedRequest.input.name)
                case .activityTaskScheduledEventAttributes(let activity):
                    activities[event.eventID] = activity.activityType.name
                    let key = Patch(type: type, id: activity.activityType.name)
                    state.activities[key] = state.activities[key] ?? false
                case .activityTaskFailedEventAttributes(let end): failed(end.scheduledEventID)
                case .activityTaskTimedOutEventAttributes(let end): failed(end.scheduledEventID)
                case .activityTaskCanceledEventAttributes(let end): failed(end.scheduledEventID)
                default: break
                }
            }
        }
    }
}

extension BoundHandler.Kind {
    fileprivate var word: String {
        switch self {
        case .signal: "signal"
        case .query: "query"
        case .update: "update"
        }
    }
}

private func name<Definer: Workflow>(of type: Definer.Type) -> String {
    type.definition.name
}
