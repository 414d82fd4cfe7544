/// A schedule that cannot be created because its id is in use.
///
/// Choose another id, or get a handle to the schedule that is there and update it.
public struct ScheduleAlreadyExistsError: ClientError {
    /// The id of the schedule.
    public let scheduleID: String

    /// The namespace.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Schedule '\(scheduleID)' is there already in namespace '\(namespace)': use another id, or a handle to it. "
            + "(\(message))"
    }
}

/// A schedule that is not there: it never was, it was deleted, or it had nothing left to do and its retention ended.
///
/// Check the id and the namespace.
public struct ScheduleNotFoundError: ClientError {
    /// The id of the schedule.
    public let scheduleID: String

    /// The namespace that was looked in.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Schedule '\(scheduleID)' in namespace '\(namespace)': \(message)"
    }
}

/// A change of a schedule that was not made, because others changed the schedule at the same time, again and again.
///
/// Nothing of it was done. Try again when less is going on.
public struct ScheduleConflictError: ClientError {
    /// The id of the schedule.
    public let scheduleID: String

    /// How often the change was tried. 0 if the service did not take it on in time, and may yet.
    public let attempts: Int

    public var description: String {
        attempts == 0
            ? "The update of schedule '\(scheduleID)' was sent, but the schedule did not take it on within 10 s: look at it "
                + "again before you repeat the update."
            : "Schedule '\(scheduleID)' was changed by others during each of \(attempts) updates: try again later."
    }
}

/// An option of a workflow that a schedule does not take.
///
/// Leave the option out: a schedule has a policy for overlaps of its own, and its own times.
public struct ScheduleOptionError: ClientError {
    /// The name of the option.
    public let option: String

    /// The id of the workflow.
    public let workflowID: String

    public var description: String {
        "The option '\(option)' of workflow '\(workflowID)' does not go with a schedule: leave it out. "
            + "A schedule says itself when its workflows start and what happens when they overlap."
    }
}
