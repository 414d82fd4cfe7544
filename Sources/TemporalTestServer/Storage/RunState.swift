import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What a run was made of, which never changes.
struct RunOrigin: Codable, Sendable {
    var new: NewRun
    var startTime: Moment
}

/// What is stored of a run besides its history, its properties and what it has pending.
struct RunState: Codable, Sendable {
    var status: APIWorkflowExecutionStatus
    var closeTime: Moment?
    var closeOrder: UInt64
    var workflowTask: WorkflowTask?
    var workflowTaskAttempt: Int32
    var isBackingOff: Bool
    var previousStartedEventID: Int64
    var sticky: StickyQueue?
    var isCancelRequested: Bool
    var signalCount: Int
    var stateTransitionCount: Int64
    var versioning: RunVersioning
    var versionMarks: VersionMarks
    var pinnedVersion: WorkerDeploymentVersion?
    var pause: WorkflowPause?
    var callbacks: [CompletionCallback]
    var priority: APIPriority?
    var wasReset: Bool
    var resetTo: Int?
    var resetFrom: Int?
    var originalStartTime: Moment

    /// The state of a run now.
    init(_ run: Run) {
        status = run.status
        closeTime = run.closeTime
        closeOrder = run.closeOrder
        workflowTask = run.workflowTask
        workflowTaskAttempt = run.workflowTaskAttempt
        isBackingOff = run.isBackingOff
        previousStartedEventID = run.previousStartedEventID
        sticky = run.sticky
        isCancelRequested = run.isCancelRequested
        signalCount = run.signalCount
        stateTransitionCount = run.stateTransitionCount
        versioning = run.versioning
        versionMarks = run.versionMarks
        pinnedVersion = run.pinnedVersion
        pause = run.pause
        callbacks = run.callbacks
        priority = run.priority
        wasReset = run.wasReset
        resetTo = run.resetTo
        resetFrom = run.resetFrom
        originalStartTime = run.originalStartTime
    }

    /// Gives a run this state.
    func restore(to run: Run) {
        run.status = status
        run.closeTime = closeTime
        run.closeOrder = closeOrder
        run.workflowTask = workflowTask
        run.workflowTaskAttempt = workflowTaskAttempt
        run.isBackingOff = isBackingOff
        run.previousStartedEventID = previousStartedEventID
        run.sticky = sticky
        run.isCancelRequested = isCancelRequested
        run.signalCount = signalCount
        run.stateTransitionCount = stateTransitionCount
        run.versioning = versioning
        run.versionMarks = versionMarks
        run.pinnedVersion = pinnedVersion
        run.pause = pause
        run.callbacks = callbacks
        run.priority = priority
        run.wasReset = wasReset
        run.resetTo = resetTo
        run.resetFrom = resetFrom
        run.originalStartTime = originalStartTime
    }
}

/// What of a run can be large and changes seldom.
struct RunProperties: Codable, Sendable {
    var memo: APIMemo
    var searchAttributes: APISearchAttributes
    var bufferedEvents: [APIHistoryEvent]
}

/// Events that entered a history in one transaction.
struct StoredEvents: StoredValue {
    let events: [APIHistoryEvent]

    func bytes(with encoder: JSONEncoder) throws -> Data {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        return try APIHistory.with { $0.events = events }.serializedBytes(options: options)
    }
}

/// How far a run has been written to a store.
struct StoredMarks {
    /// Whether any of the run has been written.
    var isWritten = false

    /// Whether ``RunState`` has changed since.
    var hasNewState = true

    /// Whether ``RunProperties`` have changed since.
    var hasNewProperties = true

    /// How many events of the history have been written.
    var events = 0
}

extension Run {
    /// What the run was made of.
    var origin: RunOrigin {
        RunOrigin(
            new: NewRun(
                namespace: namespace,
                runID: runID,
                start: start,
                requestID: requestID,
                executionExpiration: executionExpiration,
                userMetadata: userMetadata,
                parent: parent
            ),
            startTime: startTime
        )
    }

    private var properties: RunProperties {
        RunProperties(memo: memo, searchAttributes: searchAttributes, bufferedEvents: bufferedEvents)
    }

    /// Everything that is to be stored of the run.
    func allChanges() -> [PendingChange] {
        func table(_ part: StoredKey.RunPart, _ changes: (Data) -> [PendingChange]) -> [PendingChange] {
            changes(StoredKey.run(number, part))
        }
        return [
            .put(key: StoredKey.run(number, .origin), value: StoredJSON(origin)),
            .put(key: StoredKey.run(number, .state), value: StoredJSON(RunState(self))),
            .put(key: StoredKey.run(number, .properties), value: StoredJSON(properties)),
        ] + newEvents(after: 0)
            + table(.activities, activities.allChanges)
            + table(.timers, timers.allChanges)
            + table(.children, children.allChanges)
            + table(.updates, updates.allChanges)
            + table(.signalRequestIDs, signalRequestIDs.allChanges)
            + table(.nexusOperations, nexusOperations.allChanges)
            + table(.attachedRequestIDs, attachedRequestIDs.allChanges)
    }

    /// What is to be stored of the run since the last call.
    func takeChanges() -> [PendingChange] {
        var changes: [PendingChange] = []
        if !stored.isWritten {
            changes.append(.put(key: StoredKey.run(number, .origin), value: StoredJSON(origin)))
        }
        if stored.hasNewState {
            changes.append(.put(key: StoredKey.run(number, .state), value: StoredJSON(RunState(self))))
        }
        if stored.hasNewProperties {
            changes.append(.put(key: StoredKey.run(number, .properties), value: StoredJSON(properties)))
        }
        changes += newEvents(after: stored.events)
        func table(
            _ part: StoredKey.RunPart,
            _ take: (_ prefix: Data, _ replaces: Bool) -> [PendingChange]
        ) {
            changes += take(StoredKey.run(number, part), stored.isWritten)
        }
        table(.activities) { activities.takeChanges(under: $0, replaces: $1) }
        table(.timers) { timers.takeChanges(under: $0, replaces: $1) }
        table(.children) { children.takeChanges(under: $0, replaces: $1) }
        table(.updates) { updates.takeChanges(under: $0, replaces: $1) }
        table(.signalRequestIDs) { signalRequestIDs.takeChanges(under: $0, replaces: $1) }
        table(.nexusOperations) { nexusOperations.takeChanges(under: $0, replaces: $1) }
        table(.attachedRequestIDs) { attachedRequestIDs.takeChanges(under: $0, replaces: $1) }
        stored = StoredMarks(isWritten: true, hasNewState: false, hasNewProperties: false, events: events.count)
        return changes
    }

    /// The events from a place on, in the pieces that transactions made of them: where one ends can be seen again when
    /// the run is restored.
    private func newEvents(after count: Int) -> [PendingChange] {
        var changes: [PendingChange] = []
        var first = count
        // The ends are in their order, and only the last of them are new.
        for end in transactionEnds.reversed().prefix(while: { $0 > count }).reversed() {
            changes.append(
                .put(
                    key: StoredKey.run(number, .events).appending(UInt64(first)),
                    value: StoredEvents(events: Array(events[first..<end]))
                )
            )
            first = end
        }
        return changes
    }
}
