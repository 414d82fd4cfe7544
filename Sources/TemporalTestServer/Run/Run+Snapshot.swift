import TemporalAPI

extension Run {
    /// What processing the commands of a workflow task can change. If a command is refused, none of them counts.
    struct Snapshot {
        fileprivate let eventCount: Int
        fileprivate let bufferedEvents: [APIHistoryEvent]
        fileprivate let workflowTask: WorkflowTask?
        fileprivate let workflowTaskAttempt: Int32
        fileprivate let previousStartedEventID: Int64
        fileprivate let sticky: StickyQueue?
        fileprivate let activities: Table<Int64, Activity>
        fileprivate let activityEventIDs: [String: Int64]
        fileprivate let timers: Table<String, UserTimer>
        fileprivate let timerIDs: [Int64: String]
        fileprivate let children: Table<Int64, Child>
        fileprivate let nexusOperations: Table<Int64, NexusOperation>
        fileprivate let updates: Table<String, Update>
        fileprivate let memo: APIMemo
        fileprivate let searchAttributes: APISearchAttributes
        fileprivate let versioning: RunVersioning
        fileprivate let versionMarks: VersionMarks
    }

    /// The state before the commands.
    func snapshot() -> Snapshot {
        Snapshot(
            eventCount: events.count,
            bufferedEvents: bufferedEvents,
            workflowTask: workflowTask,
            workflowTaskAttempt: workflowTaskAttempt,
            previousStartedEventID: previousStartedEventID,
            sticky: sticky,
            activities: activities,
            activityEventIDs: activityEventIDs,
            timers: timers,
            timerIDs: timerIDs,
            children: children,
            nexusOperations: nexusOperations,
            updates: updates,
            memo: memo,
            searchAttributes: searchAttributes,
            versioning: versioning,
            versionMarks: versionMarks
        )
    }

    /// Goes back to the state before the commands.
    func restore(_ snapshot: Snapshot) {
        events.removeSubrange(snapshot.eventCount...)
        if sizedEvents > events.count { (sizedEvents, sizeOfSizedEvents) = (0, 0) }
        bufferedEvents = snapshot.bufferedEvents
        workflowTask = snapshot.workflowTask
        workflowTaskAttempt = snapshot.workflowTaskAttempt
        previousStartedEventID = snapshot.previousStartedEventID
        sticky = snapshot.sticky
        activities = snapshot.activities
        activityEventIDs = snapshot.activityEventIDs
        timers = snapshot.timers
        timerIDs = snapshot.timerIDs
        children = snapshot.children
        nexusOperations = snapshot.nexusOperations
        updates = snapshot.updates
        memo = snapshot.memo
        searchAttributes = snapshot.searchAttributes
        versioning = snapshot.versioning
        versionMarks = snapshot.versionMarks
        activitiesToDispatch = []
        eagerActivities = []
        externalActions = []
    }
}
