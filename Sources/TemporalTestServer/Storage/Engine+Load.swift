import Foundation
import OrderedCollections
import SwiftProtobuf
import TemporalAPI

extension Engine {
    /// How far numbers go on from those that were stored, so that none is given out twice: some are given out without
    /// anything being stored.
    private static let numberGap: UInt64 = 1 << 32

    /// Takes over what a store has, and stores what changes from now on.
    ///
    /// - Throws: ``StoredStateError`` if it has something that this version cannot read, or what the store throws.
    func restore(from store: any StateStore) throws {
        try load(from: store)
        requeue()
        unstoredRuns = []
        standaloneActivities.keepTrackOfUnstored()
        unstoredNexusExecutions = []
    }

    /// Takes over what a store has.
    ///
    /// - Throws: ``StoredStateError`` if it has something that this version cannot read, or what the store throws.
    func load(from store: any StateStore) throws {
        let decoder = JSONDecoder()
        var service: StoredService?
        try store.read { key, value in
            do {
                if key == StoredKey.service {
                    service = try decoder.decode(StoredService.self, from: value)
                } else {
                    guard service?.isReadable == true else {
                        throw StoredStateError("unknown format")
                    }
                    try restore(key: key, value: value, decoder)
                }
            } catch {
                throw StoredStateError(
                    "The stored state was written by another version of this program, or is damaged "
                        + "(\(error), at \(key.map { String($0, radix: 16) }.joined(separator: " "))). "
                        + "Use the version that wrote it, or start with a new store."
                )
            }
        }
        guard let service else { return }
        now = isSkipping ? service.now : max(service.now, now)
        counter = service.counter + Self.numberGap
        lastTaskID = service.lastTaskID
        ids = service.ids
        padRuns(to: service.runCount)
        padActivities(to: service.activityCount ?? 0)
        padNexusExecutions(to: service.nexusExecutionCount ?? 0)
        index()
    }

    private func padActivities(to count: Int) {
        let missing = count - standaloneActivities.all.count
        if missing > 0 { standaloneActivities.all += Array(repeating: deletedStandaloneActivity, count: missing) }
    }

    private func padNexusExecutions(to count: Int) {
        nexusExecutions.pad(to: count, with: deletedNexusExecution)
    }

    private func padRuns(to count: Int) {
        if count > runs.count { runs += Array(repeating: deletedRun, count: count - runs.count) }
    }

    private func restore(key: Data, value: Data, _ decoder: JSONDecoder) throws {
        switch key.first.flatMap(StoredKey.Kind.init) {
        case .service where key == StoredKey.deployments:
            deployments = try decoder.decode(DeploymentBook.self, from: value)
        case .service, nil:
            throw StoredStateError("unknown kind of entry")
        case .table:
            guard let table = key.dropFirst().first.flatMap(StoredKey.ServiceTable.init),
                let number = key.number(at: 2)
            else { throw StoredStateError("unknown table") }
            try restore(table, number: number, from: value, decoder)
        case .deadline:
            guard let sequence = key.number(at: 1) else { throw StoredStateError("deadline without a number") }
            try deadlines.restore(sequence: sequence, from: value, with: decoder)
        case .run:
            guard let number = key.number(at: 1).flatMap({ Int(exactly: $0) }),
                let part = key.dropFirst(9).first.flatMap(StoredKey.RunPart.init)
            else { throw StoredStateError("unknown part of a run") }
            try restore(part, ofRun: number, entry: key.number(at: 10) ?? 0, from: value, decoder)
        case .activity, .nexusExecution:
            guard let number = key.number(at: 1).flatMap({ Int(exactly: $0) }),
                let part = key.dropFirst(9).first.flatMap(StoredKey.ExecutionPart.init)
            else { throw StoredStateError("unknown part of an activity or of a Nexus operation") }
            if key.first == StoredKey.Kind.activity.rawValue {
                try restore(part, ofActivity: number, from: value, decoder)
            } else {
                try restore(part, ofNexusExecution: number, from: value, decoder)
            }
        }
    }

    private func restore(
        _ part: StoredKey.ExecutionPart,
        ofActivity number: Int,
        from value: Data,
        _ decoder: JSONDecoder
    ) throws {
        switch part {
        case .origin:
            let origin = try decoder.decode(StandaloneActivityOrigin.self, from: value)
            padActivities(to: number)
            standaloneActivities.all.append(StandaloneActivity(origin, engine: self, number: number))
        case .state:
            guard let activity = standaloneActivities.all.last, activity.number == number else {
                throw StoredStateError("state without an activity")
            }
            try decoder.decode(StandaloneActivityState.self, from: value).restore(to: activity)
        }
    }

    private func restore(
        _ part: StoredKey.ExecutionPart,
        ofNexusExecution number: Int,
        from value: Data,
        _ decoder: JSONDecoder
    ) throws {
        switch part {
        case .origin:
            let origin = try decoder.decode(NexusExecutionOrigin.self, from: value)
            padNexusExecutions(to: number)
            nexusExecutions.restore(NexusExecution(origin, engine: self, number: number))
        case .state:
            guard let execution = nexusExecutions.all.last, execution.number == number else {
                throw StoredStateError("state without a Nexus operation")
            }
            execution.restore(try decoder.decode(NexusExecutionState.self, from: value))
        }
    }

    private func restore(
        _ table: StoredKey.ServiceTable,
        number: UInt64,
        from value: Data,
        _ decoder: JSONDecoder
    ) throws {
        switch table {
        case .namespaces: try namespaces.restore(number: number, from: value, with: decoder)
        case .schedules: try schedules.restore(number: number, from: value, with: decoder)
        case .scheduledRuns: try scheduledRuns.restore(number: number, from: value, with: decoder)
        case .batches: try batches.restore(number: number, from: value, with: decoder)
        case .batchTargets: try batchTargets.restore(number: number, from: value, with: decoder)
        case .currentRuns: try currentRuns.restore(number: number, from: value, with: decoder)
        case .nexusEndpoints: try nexusEndpoints.restore(number: number, from: value, with: decoder)
        case .currentActivities:
            try standaloneActivities.current.restore(number: number, from: value, with: decoder)
        case .taskQueueConfigs: try taskQueueConfigs.restore(number: number, from: value, with: decoder)
        }
    }

    private func restore(
        _ part: StoredKey.RunPart,
        ofRun number: Int,
        entry: UInt64,
        from value: Data,
        _ decoder: JSONDecoder
    ) throws {
        if part == .origin {
            let origin = try decoder.decode(RunOrigin.self, from: value)
            padRuns(to: number)
            runs.append(Run(origin.new, engine: self, number: number, now: origin.startTime))
            return
        }
        guard let run = runs.last, run.number == number else { throw StoredStateError("part without a run") }
        switch part {
        case .origin:
            break
        case .state:
            try decoder.decode(RunState.self, from: value).restore(to: run)
        case .properties:
            let properties = try decoder.decode(RunProperties.self, from: value)
            run.memo = properties.memo
            run.searchAttributes = properties.searchAttributes
            run.bufferedEvents = properties.bufferedEvents
        case .events:
            guard entry == UInt64(run.events.count) else { throw StoredStateError("events are missing") }
            run.events += try APIHistory(serializedBytes: value).events
            run.announcedEvents = run.events.count
            run.transactionEnds.append(run.events.count)
        case .activities: try run.activities.restore(number: entry, from: value, with: decoder)
        case .timers: try run.timers.restore(number: entry, from: value, with: decoder)
        case .children: try run.children.restore(number: entry, from: value, with: decoder)
        case .updates: try run.updates.restore(number: entry, from: value, with: decoder)
        case .nexusOperations: try run.nexusOperations.restore(number: entry, from: value, with: decoder)
        case .attachedRequestIDs: try run.attachedRequestIDs.restore(number: entry, from: value, with: decoder)
        case .signalRequestIDs: try run.signalRequestIDs.restore(number: entry, from: value, with: decoder)
        }
    }

    /// Derives what is not stored from what is.
    private func index() {
        for run in runs where !run.isDeleted {
            run.stored = StoredMarks(
                isWritten: true,
                hasNewState: false,
                hasNewProperties: false,
                events: run.events.count
            )
            for (eventID, activity) in run.activities { run.activityEventIDs[activity.activityID] = eventID }
            for (id, timer) in run.timers { run.timerIDs[timer.startedEventID] = id }
            runNumbers[run.runID] = run.number
            if run.isOpen { openRuns.append(run: run.number, order: UInt64(run.number)) }
            if run.holdsClock { busy.insert(run.number) }
        }
        for run in runs.filter({ !$0.isDeleted && !$0.isOpen }).sorted(by: { $0.closeOrder < $1.closeOrder }) {
            endedRuns.append(run: run.number, order: run.closeOrder)
        }
        standaloneActivities.index()
        nexusExecutions.index()
        for key in batches.keys {
            guard batches[key]?.state == .running, let pending = batches[key]?.takePending() else { continue }
            batchTargets[key] = BatchTargets(all: pending.reversed())
        }
    }

    /// Gives the tasks that waited for workers to their task queues again, in the order in which they came there.
    private func requeue() {
        var tasks: [(stamp: UInt64, enqueue: () -> Void)] = []
        for run in runs where run.isOpen {
            if let task = run.workflowTask, task.startedEventID == 0 {
                tasks.append(
                    (
                        task.stamp,
                        {
                            // Whether the worker that knows the run is still there is not known: any will do.
                            run.sticky = nil
                            run.dispatchWorkflowTask()
                        }
                    )
                )
            }
            for activity in run.activities.values where activity.pause == nil {
                guard case .scheduled = activity.state else { continue }
                tasks.append((activity.stamp, { run.enqueueActivity(activity.scheduledEventID) }))
            }
        }
        // Those that are still to come to their task queues have a deadline for it.
        let planned = Set(deadlines.all.map(\.due))
        for activity in standaloneActivities.all where activity.status == .scheduled {
            let (number, stamp) = (activity.number, activity.attempt.stamp)
            guard !planned.contains(.standaloneActivity(number: number, stamp: stamp, .dispatch)) else { continue }
            tasks.append((activity.attempt.queueNumber, { activity.enqueue() }))
        }
        for task in tasks.sorted(by: { $0.stamp < $1.stamp }) { task.enqueue() }
        for run in runs where run.isOpen {
            for (id, operation) in run.nexusOperations {
                repeatNexusRequests(of: .run(run.number, scheduledEventID: id), operation)
            }
        }
        for execution in nexusExecutions.all where execution.isOpen {
            repeatNexusRequests(of: .standalone(execution.number), execution.operation)
        }
    }

    /// Sends the requests to Nexus handlers again that had no answer.
    private func repeatNexusRequests(of owner: NexusOwner, _ operation: NexusOperation) {
        guard let (caller, key) = caller(owner) else { return }
        if case .scheduled = operation.state, operation.start.task != nil {
            caller.changeNexusOperation(key) {
                $0.start.task = nil
                $0.state = .backingOff(until: self.now)
            }
            deadlines.insert(.nexusRetry(owner, stamp: operation.start.stamp), at: now)
        }
        if let cancellation = operation.cancellation, case .scheduled = cancellation.state,
            cancellation.request.task != nil
        {
            caller.changeNexusOperation(key) {
                $0.cancellation?.request.task = nil
                $0.cancellation?.state = .backingOff(until: self.now)
            }
            deadlines.insert(.nexusCancelRetry(owner, stamp: cancellation.request.stamp), at: now)
        }
    }
}
