import Temporal
import TemporalAPI

/// What a schedule says: what is done, when, and how.
///
/// ```swift
/// let schedule = Schedule(
///     action: .startWorkflow(Report.self, "sales", options: WorkflowOptions(id: "report", taskQueue: "reports")),
///     spec: ScheduleSpec(calendars: [ScheduleCalendar(hour: [9])], timeZone: "Europe/Berlin")
/// )
/// ```
public struct Schedule: Sendable {
    /// What is done.
    public var action: ScheduleAction

    /// When it is done.
    public var spec: ScheduleSpec

    /// How overlaps, outages and failures are dealt with.
    public var policies: SchedulePolicies

    /// Whether it is done, and how often.
    public var state: ScheduleState

    /// Describes a schedule.
    ///
    /// - Parameters:
    ///   - action: What is done.
    ///   - spec: When it is done.
    ///   - policies: How overlaps, outages and failures are dealt with.
    ///   - state: Whether it is done, and how often.
    public init(
        action: ScheduleAction,
        spec: ScheduleSpec,
        policies: SchedulePolicies = SchedulePolicies(),
        state: ScheduleState = ScheduleState()
    ) {
        self.action = action
        self.spec = spec
        self.policies = policies
        self.state = state
    }

    init(_ proto: APISchedule, _ client: TemporalClient) throws {
        self.init(
            action: try ScheduleAction(proto.action.startWorkflow, client),
            spec: ScheduleSpec(proto.spec),
            policies: SchedulePolicies(proto.policies),
            state: ScheduleState(proto.state)
        )
    }

    /// The schedule on the wire.
    ///
    /// - Parameters:
    ///   - client: Who encodes.
    ///   - known: What the service has, whose parts that ``Schedule`` does not show are kept.
    /// - Throws: As ``ScheduleAction/proto(_:keeping:)``.
    func proto(_ client: TemporalClient, keeping known: APISchedule? = nil) throws -> APISchedule {
        var proto = APISchedule()
        proto.action.startWorkflow = try action.proto(client, keeping: known?.action.startWorkflow)
        proto.spec = spec.proto
        if let known, known.spec.timezoneName == proto.spec.timezoneName {
            proto.spec.timezoneData = known.spec.timezoneData
        }
        proto.policies = policies.proto
        proto.state = state.proto
        return proto
    }
}
