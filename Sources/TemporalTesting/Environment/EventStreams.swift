import Synchronization
import TemporalAPI
public import TemporalClient

/// An event of a run of a test.
public struct TestEvent: Sendable, CustomStringConvertible {
    /// The id of the workflow.
    public let workflowID: String

    /// The run.
    public let runID: String

    /// The name of the workflow type.
    public let workflowType: String

    /// What happened.
    public let event: HistoryEvent

    public var description: String { "\(workflowID) \(event)" }
}

/// The streams of events that a test has open.
final class EventStreams: Sendable {
    private let open = Mutex<[AsyncStream<TestEvent>.Continuation]>([])

    /// Adds a stream.
    func add(_ continuation: AsyncStream<TestEvent>.Continuation) {
        open.withLock { $0.append(continuation) }
    }

    /// Tells all streams of an event.
    func send(_ event: APIHistoryEvent, of run: KnownRun) {
        let told = TestEvent(
            workflowID: run.workflowID,
            runID: run.runID,
            workflowType: run.workflowType,
            event: HistoryEvent(event)
        )
        for continuation in open.withLock({ $0 }) { continuation.yield(told) }
    }

    /// Ends all streams.
    func finish() {
        let continuations = open.withLock { open in
            defer { open = [] }
            return open
        }
        for continuation in continuations { continuation.finish() }
    }
}
