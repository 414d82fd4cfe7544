import SwiftProtobuf
public import Temporal
import TemporalAPI
public import TemporalClient

/// Describes events that a test expects in a history.
///
/// ```swift
/// let history = try await handle.history()
/// try history.expect(.timerFired(), .activityScheduled(Shop.charge), .workflowCompleted)
/// #expect(history.count(of: .timerStarted(.seconds(60))) == 3)
/// ```
public struct EventPattern: Sendable, CustomStringConvertible {
    /// What is looked for, in words.
    public let description: String

    private let matches: @Sendable (HistoryEvent, WorkflowHistory) -> Bool

    /// Describes events by a rule of one's own.
    ///
    /// - Parameters:
    ///   - description: What is looked for, in words.
    ///   - matches: Whether an event of a history is meant.
    public init(_ description: String, _ matches: @escaping @Sendable (HistoryEvent, WorkflowHistory) -> Bool) {
        self.description = description
        self.matches = matches
    }

    /// Whether an event of a history is meant.
    public func matches(_ event: HistoryEvent, in history: WorkflowHistory) -> Bool { matches(event, history) }

    /// Events of a type, in Temporal's words, such as `TimerFired`. A name that no type of events has fails the test of an
    /// environment, as no history would ever have such an event.
    public static func type(_ name: String) -> Self {
        if !knownTypes.contains(name) {
            TestWorkflowEnvironment.current?.mocks.note(
                "EventPattern.type(\"\(name)\") names no type of events that Temporal has. Names are written as in histories, such "
                    + "as TimerFired or ActivityTaskScheduled."
            )
        }
        return Self(name) { event, _ in event.type == name }
    }

    /// The names of all types of events.
    private static let knownTypes = Set(
        APIEventType.allCases.map { type in HistoryEvent(APIHistoryEvent.with { $0.eventType = type }).type }
    )

    // MARK: Timers

    /// A timer that starts; with a duration, one of that length.
    public static func timerStarted(_ duration: Duration? = nil) -> Self {
        Self("TimerStarted" + (duration.map { " of \($0)" } ?? "")) { event, _ in
            guard case .timerStartedEventAttributes(let timer) = event.proto.attributes else { return false }
            return duration.map { $0 == Duration(timer.startToFireTimeout) } ?? true
        }
    }

    /// A timer that fires; with a duration, one of that length.
    public static func timerFired(_ duration: Duration? = nil) -> Self {
        Self("TimerFired" + (duration.map { " after \($0)" } ?? "")) { event, history in
            guard case .timerFiredEventAttributes(let timer) = event.proto.attributes else { return false }
            guard let duration else { return true }
            let start = history.event(timer.startedEventID)?.proto.timerStartedEventAttributes
            return start.map { Duration($0.startToFireTimeout) } == duration
        }
    }

    /// A timer that is cancelled.
    public static let timerCancelled = type("TimerCanceled")

    // MARK: Activities

    /// An activity that is scheduled.
    public static func activityScheduled<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>
    ) -> Self { activityScheduled(named: activity.name) }

    /// An activity of a name that is scheduled.
    public static func activityScheduled(named name: String) -> Self {
        activity("ActivityTaskScheduled", name)
    }

    /// An activity that completes.
    public static func activityCompleted<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>
    ) -> Self { activityCompleted(named: activity.name) }

    /// An activity of a name that completes.
    public static func activityCompleted(named name: String) -> Self {
        activity("ActivityTaskCompleted", name)
    }

    /// An activity that fails for good.
    public static func activityFailed<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>
    ) -> Self { Self.activity("ActivityTaskFailed", activity.name) }

    /// An activity that times out for good.
    public static func activityTimedOut<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>
    ) -> Self { Self.activity("ActivityTaskTimedOut", activity.name) }

    private static func activity(_ type: String, _ name: String) -> Self {
        Self("\(type) \(name)") { event, history in
            event.type == type && event.activityType(in: history) == name
        }
    }

    // MARK: Messages

    /// A signal that comes.
    public static func signalled<Target, each Input>(_ signal: SignalReference<Target, repeat each Input>) -> Self {
        let name = signal.name
        return Self("WorkflowExecutionSignaled \(name)") { event, _ in
            guard case .workflowExecutionSignaledEventAttributes(let signal) = event.proto.attributes else {
                return false
            }
            return signal.signalName == name
        }
    }

    /// An update that is accepted.
    public static func updateAccepted<Target, each Input, Output>(
        _ update: UpdateReference<Target, repeat each Input, Output>
    ) -> Self {
        let name = update.name
        return Self("WorkflowExecutionUpdateAccepted \(name)") { event, _ in
            guard case .workflowExecutionUpdateAcceptedEventAttributes(let update) = event.proto.attributes else {
                return false
            }
            return update.acceptedRequest.input.name == name
        }
    }

    // MARK: Children

    /// A child that starts.
    public static func childStarted<W: Workflow>(_ type: W.Type) -> Self {
        let name = W.definition.name
        return Self("ChildWorkflowExecutionStarted \(name)") { event, _ in
            guard case .childWorkflowExecutionStartedEventAttributes(let child) = event.proto.attributes else {
                return false
            }
            return child.workflowType.name == name
        }
    }

    /// A child that completes.
    public static func childCompleted<W: Workflow>(_ type: W.Type) -> Self {
        let name = W.definition.name
        return Self("ChildWorkflowExecutionCompleted \(name)") { event, _ in
            guard case .childWorkflowExecutionCompletedEventAttributes(let child) = event.proto.attributes else {
                return false
            }
            return child.workflowType.name == name
        }
    }

    // MARK: The run

    /// The run starts.
    public static let workflowStarted = type("WorkflowExecutionStarted")
    /// The run completes.
    public static let workflowCompleted = type("WorkflowExecutionCompleted")
    /// The run fails.
    public static let workflowFailed = type("WorkflowExecutionFailed")
    /// The run ends as cancelled.
    public static let workflowCancelled = type("WorkflowExecutionCanceled")
    /// The run times out.
    public static let workflowTimedOut = type("WorkflowExecutionTimedOut")
    /// The run continues as new.
    public static let workflowContinuedAsNew = type("WorkflowExecutionContinuedAsNew")
    /// A workflow task fails.
    public static let workflowTaskFailed = type("WorkflowTaskFailed")
}

extension WorkflowHistory {
    /// The event of an id.
    func event(_ id: Int64) -> HistoryEvent? { events.first { $0.id == id } }

    /// How many events a pattern describes.
    public func count(of pattern: EventPattern) -> Int {
        events.count { pattern.matches($0, in: self) }
    }

    /// Whether the history has certain events in this order, others between them or not.
    public func contains(_ patterns: EventPattern...) -> Bool {
        firstMissing(patterns) == nil
    }

    /// Expects certain events in this order, others between them or not.
    ///
    /// - Throws: ``HistoryMismatch`` that names the first that is not there, and shows the history.
    public func expect(_ patterns: EventPattern...) throws {
        guard let missing = firstMissing(patterns) else { return }
        let after = missing > 0 ? " after \(patterns[missing - 1])" : ""
        throw HistoryMismatch("The history has no \(patterns[missing])\(after). It is:\n" + snapshot())
    }

    private func firstMissing(_ patterns: [EventPattern]) -> Int? {
        var next = 0
        for event in events where next < patterns.count && patterns[next].matches(event, in: self) { next += 1 }
        return next < patterns.count ? next : nil
    }
}

extension HistoryEvent {
    /// The activity that an event is about; `nil` for other events.
    fileprivate func activityType(in history: WorkflowHistory) -> String? {
        let scheduled: Int64
        switch proto.attributes {
        case .activityTaskScheduledEventAttributes(let event): return event.activityType.name
        case .activityTaskCompletedEventAttributes(let event): scheduled = event.scheduledEventID
        case .activityTaskFailedEventAttributes(let event): scheduled = event.scheduledEventID
        case .activityTaskTimedOutEventAttributes(let event): scheduled = event.scheduledEventID
        case .activityTaskCanceledEventAttributes(let event): scheduled = event.scheduledEventID
        default: return nil
        }
        return history.event(scheduled)?.proto.activityTaskScheduledEventAttributes.activityType.name
    }
}

/// A history that is not as expected.
public struct HistoryMismatch: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
