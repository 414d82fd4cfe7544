import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Run {
    // MARK: Commands

    /// Starts a child workflow.
    func startChild(
        _ command: APIStartChildWorkflowExecutionCommandAttributes,
        completedEventID: Int64,
        metadata: APIUserMetadata?
    ) throws {
        let target = command.namespace.isEmpty ? namespace : command.namespace
        try CommandRules.check(command, in: target, at: engine.now)
        if command.hasVersioningOverride {
            do {
                _ = try command.versioningOverride.checked()
            } catch {
                throw CommandFailure(
                    cause: .badStartChildExecutionAttributes,
                    message: (error as? RPCError)?.message ?? "\(error)"
                )
            }
        }
        let cause = APIWorkflowTaskFailedCause.badStartChildExecutionAttributes
        let searchAttributes = try checked(command.searchAttributes, in: target, tooLarge: cause)
        try Limits.check(command.input, "StartChildWorkflowExecutionCommandAttributes. Input", cause)
        try Limits.check(command.memo, "StartChildWorkflowExecutionCommandAttributes.Memo", cause)
        try Limits.checkPending(children.count, .pendingChildWorkflowsLimitExceeded, "child workflow executions")
        var attributes = APIStartChildWorkflowExecutionInitiatedEventAttributes()
        attributes.namespace = target
        attributes.namespaceID = engine.namespaces[target]?.id ?? ""
        attributes.workflowID = command.workflowID
        attributes.workflowType = command.workflowType
        attributes.taskQueue = .with {
            $0.name = command.taskQueue.name.isEmpty ? start.taskQueue.name : command.taskQueue.name
            $0.kind = .normal
        }
        if command.hasInput { attributes.input = command.input }
        if command.hasWorkflowExecutionTimeout {
            attributes.workflowExecutionTimeout = command.workflowExecutionTimeout
        }
        let runTimeout = WorkflowTimeouts.run(
            Span(command.workflowRunTimeout),
            within: Span(command.workflowExecutionTimeout)
        )
        attributes.workflowRunTimeout = runTimeout.proto
        attributes.workflowTaskTimeout =
            WorkflowTimeouts.task(Span(command.workflowTaskTimeout), within: runTimeout).proto
        attributes.parentClosePolicy =
            command.parentClosePolicy == .unspecified ? .terminate : command.parentClosePolicy
        attributes.control = command.control
        attributes.workflowTaskCompletedEventID = completedEventID
        attributes.workflowIDReusePolicy =
            command.workflowIDReusePolicy == .unspecified ? .allowDuplicate : command.workflowIDReusePolicy
        if command.hasRetryPolicy { attributes.retryPolicy = RetryRules.withDefaults(command.retryPolicy) }
        attributes.cronSchedule = command.cronSchedule
        if command.hasHeader { attributes.header = command.header }
        if command.hasMemo { attributes.memo = command.memo }
        if command.hasSearchAttributes { attributes.searchAttributes = searchAttributes }
        attributes.inheritBuildID = command.inheritBuildID
        if command.hasPriority { attributes.priority = command.priority }
        if command.hasVersioningOverride { attributes.versioningOverride = command.versioningOverride }
        let id = record(
            .startChildWorkflowExecutionInitiated,
            .startChildWorkflowExecutionInitiatedEventAttributes(attributes),
            userMetadata: metadata
        )
        children[id] = Child(initiatedEventID: id, attributes: attributes, userMetadata: metadata)
        externalActions.append(.startChild(initiatedEventID: id))
    }

    // MARK: Actions

    /// Does what the commands asked of other runs.
    func performExternalActions() {
        let actions = externalActions
        externalActions = []
        if !actions.isEmpty { endTransaction() }
        for action in actions {
            switch action {
            case .startChild(let id): performStartChild(id)
            // What comes of these comes later, with a workflow task of its own.
            case .startNexus(let id):
                performNexusStart(id)
                continue
            case .cancelNexus(let id):
                performNexusCancel(id)
                continue
            case .signal(let id, let attributes): performSignal(id, attributes)
            case .cancel(let id, let attributes): performCancel(id, attributes)
            }
            scheduleWorkflowTask()
        }
    }

    /// Starts a child anew, in a service that does not have the run that was started before.
    func restartChild(_ child: Child) {
        let parent = ParentLink(run: number, initiatedEventID: child.initiatedEventID)
        // An id that is in use is the test's own: whoever has it stands for the child.
        guard let started = try? engine.start(startRequest(of: child), parent: parent) else { return }
        children[child.initiatedEventID]?.runID = started.runID
    }

    private func startRequest(of child: Child) -> APIStartWorkflowExecutionRequest {
        let attributes = child.attributes
        var request = APIStartWorkflowExecutionRequest()
        request.namespace = attributes.namespace
        request.workflowID = attributes.workflowID
        request.workflowType = attributes.workflowType
        request.taskQueue = attributes.taskQueue
        if attributes.hasInput { request.input = attributes.input }
        if attributes.hasWorkflowExecutionTimeout {
            request.workflowExecutionTimeout = attributes.workflowExecutionTimeout
        }
        request.workflowRunTimeout = attributes.workflowRunTimeout
        request.workflowTaskTimeout = attributes.workflowTaskTimeout
        request.requestID = engine.ids.uuid()
        request.workflowIDReusePolicy = attributes.workflowIDReusePolicy
        if attributes.hasRetryPolicy { request.retryPolicy = attributes.retryPolicy }
        request.cronSchedule = attributes.cronSchedule
        if attributes.hasHeader { request.header = attributes.header }
        if attributes.hasMemo { request.memo = attributes.memo }
        if attributes.hasSearchAttributes { request.searchAttributes = attributes.searchAttributes }
        // What the child says nothing of is as in its parent.
        if let base = priority {
            request.priority = attributes.priority.filled(from: base)
        } else if attributes.hasPriority {
            request.priority = attributes.priority
        }
        if let metadata = child.userMetadata { request.userMetadata = metadata }
        if attributes.hasVersioningOverride { request.versioningOverride = attributes.versioningOverride }
        return request
    }

    private func performStartChild(_ id: Int64) {
        // A run that has ended starts no child, not even one that was to outlive it: its history takes no more events.
        guard isOpen, let child = children[id] else { return }
        let attributes = child.attributes
        let cause: APIStartChildWorkflowExecutionFailedCause
        do {
            let start = TestServer.ChildStart(
                attributes: attributes,
                parent: TestServer.RunName(self),
                time: engine.now.date
            )
            if let refuses = engine.refusesChild, refuses(start) {
                throw RPCError(code: .alreadyExists, message: "The child is not let start.")
            }
            if attributes.hasVersioningOverride {
                guard (try? attributes.versioningOverride.checked()) != nil else { throw InvalidOverride() }
            }
            let request = startRequest(of: child)
            let parent = ParentLink(run: number, initiatedEventID: id)
            let started = try engine.start(request, parent: parent, inheriting: inheritance(for: attributes))
            children[id]?.runID = started.runID
            let startedEventID = record(
                .childWorkflowExecutionStarted,
                .childWorkflowExecutionStartedEventAttributes(
                    .with {
                        $0.namespace = attributes.namespace
                        $0.namespaceID = attributes.namespaceID
                        $0.initiatedEventID = id
                        $0.workflowExecution = .with {
                            $0.workflowID = attributes.workflowID
                            $0.runID = started.runID
                        }
                        $0.workflowType = attributes.workflowType
                        if attributes.hasHeader { $0.header = attributes.header }
                    }
                )
            )
            children[id]?.startedEventID = startedEventID
            return
        } catch let error as RPCError where error.code == .notFound {
            cause = .namespaceNotFound
        } catch is InvalidOverride {
            cause = .invalidVersioningOverride
        } catch let error as RPCError where error.code == .failedPrecondition {
            cause = .invalidVersioningOverride
        } catch let error as RPCError where error.code == .alreadyExists {
            cause = .workflowAlreadyExists
        } catch {
            // The command was checked, so nobody should come here. The id is free in any case.
            cause = .unspecified
        }
        children.removeValue(forKey: id)
        record(
            .startChildWorkflowExecutionFailed,
            .startChildWorkflowExecutionFailedEventAttributes(
                .with {
                    $0.namespace = attributes.namespace
                    $0.namespaceID = attributes.namespaceID
                    $0.workflowID = attributes.workflowID
                    $0.workflowType = attributes.workflowType
                    $0.cause = cause
                    $0.control = attributes.control
                    $0.initiatedEventID = id
                }
            )
        )
    }

    // MARK: End of a child

    /// Notes in the parent how a child ended.
    func childDidClose(_ child: Run, initiatedEventID: Int64) {
        guard isOpen, let pending = children.removeValue(forKey: initiatedEventID), let last = child.events.last else {
            return
        }
        func filled<Event: ChildEndEvent>(_ fill: (inout Event) -> Void = { _ in }) -> Event {
            var event = Event()
            event.namespace = pending.attributes.namespace
            event.namespaceID = pending.attributes.namespaceID
            event.workflowExecution = child.execution
            event.workflowType = pending.attributes.workflowType
            event.initiatedEventID = initiatedEventID
            event.startedEventID = pending.startedEventID
            fill(&event)
            return event
        }
        switch last.attributes {
        case .workflowExecutionCompletedEventAttributes(let end):
            record(
                .childWorkflowExecutionCompleted,
                .childWorkflowExecutionCompletedEventAttributes(filled { if end.hasResult { $0.result = end.result } })
            )
        case .workflowExecutionFailedEventAttributes(let end):
            record(
                .childWorkflowExecutionFailed,
                .childWorkflowExecutionFailedEventAttributes(
                    filled {
                        $0.failure = end.failure
                        $0.retryState = end.retryState
                    }
                )
            )
        case .workflowExecutionCanceledEventAttributes(let end):
            record(
                .childWorkflowExecutionCanceled,
                .childWorkflowExecutionCanceledEventAttributes(
                    filled { if end.hasDetails { $0.details = end.details } }
                )
            )
        case .workflowExecutionTimedOutEventAttributes(let end):
            record(
                .childWorkflowExecutionTimedOut,
                .childWorkflowExecutionTimedOutEventAttributes(filled { $0.retryState = end.retryState })
            )
        default:
            record(
                .childWorkflowExecutionTerminated,
                .childWorkflowExecutionTerminatedEventAttributes(filled())
            )
        }
        scheduleWorkflowTask()
    }

    /// Does to the children what their parent close policy says.
    func applyParentClosePolicies() {
        for child in children.values {
            guard let run = engine.currentRun(of: child, startedBy: self) else { continue }
            switch child.attributes.parentClosePolicy {
            case .terminate, .unspecified, .UNRECOGNIZED:
                run.terminate(reason: "by parent close policy", identity: "history-service")
            case .requestCancel:
                run.requestCancel(
                    .with {
                        $0.externalWorkflowExecution = execution
                        $0.identity = "history-service"
                    }
                )
            case .abandon:
                break
            }
        }
        children = [:]
    }
}

extension APIPriority {
    /// The priority with what it leaves open taken from another.
    fileprivate func filled(from base: APIPriority) -> APIPriority {
        .with {
            $0.priorityKey = priorityKey != 0 ? priorityKey : base.priorityKey
            $0.fairnessKey = fairnessKey.isEmpty ? base.fairnessKey : fairnessKey
            $0.fairnessWeight = fairnessWeight != 0 ? fairnessWeight : base.fairnessWeight
        }
    }
}

/// An override of a child's version that cannot be.
private struct InvalidOverride: Error {}

/// What the events of a child's end have in common.
protocol ChildEndEvent {
    init()
    var namespace: String { get set }
    var namespaceID: String { get set }
    var workflowExecution: APIWorkflowExecution { get set }
    var workflowType: APIWorkflowType { get set }
    var initiatedEventID: Int64 { get set }
    var startedEventID: Int64 { get set }
}

extension APIChildWorkflowExecutionCompletedEventAttributes: ChildEndEvent {}
extension APIChildWorkflowExecutionFailedEventAttributes: ChildEndEvent {}
extension APIChildWorkflowExecutionCanceledEventAttributes: ChildEndEvent {}
extension APIChildWorkflowExecutionTimedOutEventAttributes: ChildEndEvent {}
extension APIChildWorkflowExecutionTerminatedEventAttributes: ChildEndEvent {}
