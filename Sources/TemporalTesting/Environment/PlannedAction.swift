import Synchronization
import Temporal

/// Something that a test does at a later moment of its environment's clock, which stands still meanwhile.
final class PlannedAction: Sendable {
    /// The action that the caller is part of, or has come from.
    @TaskLocal private static var running: PlannedAction?

    /// Whether the caller is part of an action that is under way: what an action has left behind is not.
    static var isUnderWay: Bool { running?.isOver.load(ordering: .acquiring) == false }

    private let isOver = Atomic<Bool>(false)

    /// Does something as a planned action.
    static func run(_ body: @Sendable () async throws -> Void) async throws {
        let action = PlannedAction()
        defer { action.isOver.store(true, ordering: .releasing) }
        try await $running.withValue(action, operation: body)
    }
}

/// A planned action waits for time that stands still until its end.
struct TimeStandsStill: Error, CustomStringConvertible {
    let description =
        "Time stands still while a planned action runs: plan the next step with schedule(after:) of its own."
}

extension TestWorkflowEnvironment {
    /// Whether time is what skips it or moves it by hand, and so waits for all that is at work.
    private var timeWaitsForWork: Bool { isInMemory && options.time != .wall }

    /// Checks that the caller may let time pass and wait for that.
    ///
    /// - Throws: ``TimeStandsStill`` in a planned action.
    func checkTimePasses() throws {
        if timeWaitsForWork, PlannedAction.isUnderWay { throw TimeStandsStill() }
    }

    /// Checks that the caller may move the clock by hand, or wait until nobody is at work: who is at work may not.
    ///
    /// - Throws: ``TimeStandsStill`` in a planned action; in an activity or a Nexus operation `ApplicationError`, and the test
    ///   fails whatever becomes of that.
    func checkMayDrive() throws {
        try checkTimePasses()
        guard timeWaitsForWork, let name = nameOfRunningCode else { return }
        let problem =
            "Time waits for \(name), which cannot move it or wait until nobody is at work: let it wait with sleep(for:)."
        mocks.note(problem)
        throw ApplicationError(problem, type: "TimeStandsStill", nonRetryable: true)
    }

    private var nameOfRunningCode: String? {
        if let activity = ActivityContext.running {
            return activity.runtime is any VirtualActivity ? nil : "activity '\(activity.info.activityType)'"
        }
        return NexusOperationContext.running.map { "Nexus operation '\($0.info.service)/\($0.info.operation)'" }
    }
}
