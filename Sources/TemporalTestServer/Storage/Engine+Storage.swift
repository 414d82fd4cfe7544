import Foundation
import OrderedCollections
import TemporalAPI

/// The state of the service besides its tables and runs.
struct StoredService: Codable, Sendable {
    /// Grows with every change of the form in which state is stored.
    static let currentFormat = 2

    var format = currentFormat
    var now: Moment
    var counter: UInt64
    var lastTaskID: Int64
    var ids: IdentifierSource

    /// How many runs there were, with those that were deleted.
    var runCount: Int

    /// How many activities and Nexus operations without a workflow there were, with those that were deleted; `nil` in the
    /// first format, which had none.
    var activityCount: Int?
    var nexusExecutionCount: Int?

    /// Whether this version can read what was stored in the format.
    var isReadable: Bool { (1...Self.currentFormat).contains(format) }
}

extension Engine {
    private var storedService: PendingChange {
        .put(
            key: StoredKey.service,
            value: StoredJSON(
                StoredService(
                    now: now,
                    counter: counter,
                    lastTaskID: lastTaskID,
                    ids: ids,
                    runCount: runs.count,
                    activityCount: standaloneActivities.all.count,
                    nexusExecutionCount: nexusExecutions.all.count
                )
            )
        )
    }

    /// Everything that is to be stored.
    func allChanges() -> [PendingChange] {
        [storedService]
            + namespaces.allChanges(under: StoredKey.table(.namespaces))
            + schedules.allChanges(under: StoredKey.table(.schedules))
            + scheduledRuns.allChanges(under: StoredKey.table(.scheduledRuns))
            + batches.allChanges(under: StoredKey.table(.batches))
            + batchTargets.allChanges(under: StoredKey.table(.batchTargets))
            + currentRuns.allChanges(under: StoredKey.table(.currentRuns))
            + standaloneActivities.current.allChanges(under: StoredKey.table(.currentActivities))
            + taskQueueConfigs.allChanges(under: StoredKey.table(.taskQueueConfigs))
            + nexusEndpoints.allChanges(under: StoredKey.table(.nexusEndpoints))
            + (deployments.hasNothingToStore ? [] : [.put(key: StoredKey.deployments, value: StoredJSON(deployments))])
            + deadlines.allChanges()
            + runs.filter { !$0.isDeleted }.flatMap { $0.allChanges() }
            + standaloneActivities.all.filter { !$0.isDeleted }.flatMap { $0.allChanges() }
            + nexusExecutions.all.filter { !$0.isDeleted }.flatMap { $0.allChanges() }
    }

    /// What is to be stored since the last call; nothing if nobody stores it.
    func takeChanges() -> [PendingChange] {
        guard let unstored = unstoredRuns else { return [] }
        var changes: [PendingChange] = []
        changes += namespaces.takeChanges(under: StoredKey.table(.namespaces), replaces: false)
        changes += schedules.takeChanges(under: StoredKey.table(.schedules), replaces: false)
        changes += scheduledRuns.takeChanges(under: StoredKey.table(.scheduledRuns), replaces: false)
        changes += batches.takeChanges(under: StoredKey.table(.batches), replaces: false)
        changes += batchTargets.takeChanges(under: StoredKey.table(.batchTargets), replaces: false)
        changes += currentRuns.takeChanges(under: StoredKey.table(.currentRuns), replaces: false)
        changes += standaloneActivities.current.takeChanges(
            under: StoredKey.table(.currentActivities),
            replaces: false
        )
        changes += taskQueueConfigs.takeChanges(under: StoredKey.table(.taskQueueConfigs), replaces: false)
        changes += nexusEndpoints.takeChanges(under: StoredKey.table(.nexusEndpoints), replaces: false)
        if hasUnstoredDeployments {
            changes.append(
                deployments.hasNothingToStore
                    ? .deleteAll(prefix: StoredKey.deployments)
                    : .put(key: StoredKey.deployments, value: StoredJSON(deployments))
            )
            hasUnstoredDeployments = false
        }
        changes += deadlines.takeChanges()
        for number in unstored where runs.indices.contains(number) {
            let run = runs[number]
            changes += run.isDeleted ? [.deleteAll(prefix: StoredKey.run(number))] : run.takeChanges()
        }
        unstoredRuns?.removeAll(keepingCapacity: true)
        for number in standaloneActivities.takeUnstored() {
            let activity = standaloneActivities.all[number]
            changes +=
                activity.isDeleted ? [.deleteAll(prefix: StoredKey.activity(number))] : activity.takeChanges()
        }
        for number in unstoredNexusExecutions {
            let execution = nexusExecutions.all[number]
            changes +=
                execution.isDeleted ? [.deleteAll(prefix: StoredKey.nexusExecution(number))] : execution.takeChanges()
        }
        unstoredNexusExecutions.removeAll(keepingCapacity: true)
        if !changes.isEmpty { changes.append(storedService) }
        return changes
    }
}
