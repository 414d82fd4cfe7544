import DequeModule
import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Everything that a run knows from its history and has asked of the server: events in, commands out.
///
/// It is a value, without clock, I/O or user code. The events of one workflow task are applied in the order of the
/// history; then the code runs and issues commands; the command events that follow must match those, one by one.
struct WorkflowMachine: Sendable {
    /// What an event asks of the code.
    enum Job: Sendable {
        case start(APIWorkflowExecutionStartedEventAttributes)
        case resolve(operation: Int, Resolution)
        case childStarted(operation: Int, runID: String)
        case childEnded(operation: Int, Resolution)
        case nexusStarted(operation: Int, token: String)
        case nexusEnded(operation: Int, Resolution)
        case signal(APIWorkflowExecutionSignaledEventAttributes)
        case cancelWorkflow(reason: String)
        case reseed(runID: String)
        case update(UpdateRequest)
    }

    /// How an operation ended.
    enum Resolution: Sendable {
        case success([Payload])
        case failure(APIFailure)
        case error(any TemporalError)
        case backoff(LocalActivityBackoff)
    }

    /// What is to be done after the code has cancelled an operation.
    enum CancelAction: Sendable, Equatable {
        /// Let the waiting code go on with a plain cancellation.
        case resolve
        /// Let the waiting code go on with a failure that says what was cancelled.
        case fail(APIFailure)
        /// Nothing yet, or nothing at all.
        case nothing
    }

    /// The number of the last event that was applied.
    var lastEventID: Int64 = 0

    /// The number of the last `WorkflowTaskStarted` event whose task the code has run in.
    var lastStartedEventID: Int64 = 0

    /// What changes from task to task.
    var progress = WorkflowProgress(now: Date(timeIntervalSince1970: 0))

    /// Whether the run has a closing event.
    var isClosed = false

    /// Whether the code has closed the run.
    var isClosing = false

    /// The open timers, by operation.
    var timers: [Int: TimerMachine] = [:]

    /// The open activities, by operation.
    var activities: [Int: ActivityMachine] = [:]

    /// The open child workflows, by operation.
    var children: [Int: ChildWorkflowMachine] = [:]

    /// The open Nexus operations, by operation.
    var nexusOperations: [Int: NexusOperationMachine] = [:]

    /// The signals and cancellations of other workflows that have no answer yet, by operation.
    var externalRequests: [Int: ExternalRequestMachine] = [:]

    /// The open operations, by the event that began them on the server.
    var operations: [Int64: Int] = [:]

    /// The ids of the open activities, which must differ.
    var openActivityIDs: Set<String> = []

    /// How many operations the code has begun.
    var operationCount = 0

    /// How many timers the code has started; their ids are these numbers.
    var timerCount = 0

    /// How many activities the code has scheduled; those without an id of their own have these numbers as ids.
    var activityCount = 0

    /// What the run knows of the versions of the SDK that have worked on it.
    var sdk: SDKLedger

    /// What the run knows of its patches.
    var patches = PatchLedger()

    /// Whether the next event, if it lists the patches, belongs to one that the code does not have any more.
    var skipsChangeVersion = false

    /// The local activities.
    var locals = LocalActivities()

    /// The commands that were not taken yet.
    var pending: [IssuedCommand] = []

    /// The commands that were taken and have no event yet, in their order.
    var awaiting: Deque<IssuedCommand> = []

    /// The updates that are not rejected, by their ids.
    var updates: [String: UpdateMachine] = [:]

    /// The updates that events have told of since the last task.
    var admittedUpdates: [UpdateRequest] = []

    /// The messages for the server that were not taken yet.
    var messages: [APIProtocolMessage] = []

    /// The command that closes the run, until it is taken.
    var closing: APICommand?

    /// The task queue of the run, on which its activities and children run unless they say otherwise.
    let taskQueue: String

    /// The namespace of the run, and of its children.
    let namespace: String

    init(taskQueue: String, namespace: String = "default", knownFlags: Set<UInt32> = SDKLedger.knownFlags) {
        self.sdk = SDKLedger(known: knownFlags)
        self.taskQueue = taskQueue
        self.namespace = namespace
    }

    // MARK: What the code does

    /// A number for an operation without a command of its own.
    mutating func makeOperation() -> Int {
        operationCount += 1
        return operationCount
    }

    /// Cancels an operation, as far as it can be. One that is not open has ended, and its outcome is on its way.
    mutating func cancel(_ operation: Int) -> CancelAction {
        if timers[operation] != nil { return cancelTimer(operation) }
        if let action = cancelLocalActivity(operation) { return action }
        if activities[operation] != nil { return cancelActivity(operation) }
        if children[operation] != nil { return cancelChild(operation, reason: "") }
        if nexusOperations[operation] != nil { return cancelNexus(operation) }
        if externalRequests[operation] != nil { return cancelExternalRequest(operation) }
        return .nothing
    }

    /// Closes the run. Of several closings, the first counts.
    mutating func close(_ command: APICommand) {
        guard !isClosing else { return }
        isClosing = true
        closing = command
    }

    /// The commands that the code has issued since they were last taken. Their events are expected from now on.
    mutating func takeCommands() -> [APICommand] {
        let first = awaiting.count
        expectCommands()
        return awaiting[first...].map(\.command)
    }

    /// Expects the events of the commands that the code has issued again, on replay. Nobody is to get them.
    mutating func expectCommands() {
        // Last of all, wherever the code closed the run: what its handlers still issue goes before.
        if let closing { pending.append(IssuedCommand(subject: .close, command: closing)) }
        closing = nil
        awaiting.append(contentsOf: pending)
        pending.removeAll(keepingCapacity: true)
    }
}
