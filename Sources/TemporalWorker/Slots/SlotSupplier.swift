/// Decides how many tasks of one kind a worker takes on at a time.
///
/// A worker reserves a slot before it asks the service for a task, marks it used when a task has come, and releases it
/// when the task is done or none came. For a local activity it reserves one before each attempt. ``FixedSlotSupplier``
/// and ``ResourceBasedSlotSupplier`` are ready made; a type of one's own can follow any other rule. A supplier serves one
/// kind of task of one worker.
public protocol SlotSupplier: AnyObject, Sendable {
    /// Waits for a slot.
    ///
    /// - Parameter request: Who asks, and for what.
    /// - Returns: The permit for one task.
    /// - Throws: `CancellationError` if the task is cancelled meanwhile; without that it is logged, and the supplier is asked
    ///   again a little later. Any other error ends the worker.
    func reserve(_ request: SlotRequest) async throws -> SlotPermit

    /// Takes a slot if there is one now. It must not block.
    ///
    /// - Parameter request: Who asks, and for what.
    /// - Returns: The permit for one task, or `nil`.
    func tryReserve(_ request: SlotRequest) -> SlotPermit?

    /// Notes that a task has come for a slot.
    ///
    /// - Parameters:
    ///   - permit: The permit of the slot.
    ///   - use: What the slot is used for.
    func markUsed(_ permit: SlotPermit, for use: SlotUse)

    /// Takes a slot back.
    ///
    /// - Parameters:
    ///   - permit: The permit of the slot.
    ///   - use: What it was used for; `nil` if no task came.
    func release(_ permit: SlotPermit, after use: SlotUse?)

    /// How many tasks can be worked on at a time at most; `nil` if that is not known.
    var maximumSlots: Int? { get }

    /// What the service shows for this supplier, such as `Fixed`. Default: `Custom`.
    var kindName: String { get }
}

extension SlotSupplier {
    public var kindName: String { "Custom" }
}

/// The right to work on one task.
public struct SlotPermit: Sendable {
    /// A value of the supplier's own.
    public var value: (any Sendable)?

    /// Makes a permit.
    ///
    /// - Parameter value: A value of the supplier's own, which comes back with the permit. Default: none.
    public init(value: (any Sendable)? = nil) {
        self.value = value
    }
}

/// A kind of task that a worker works on.
public struct SlotKind: Sendable, Hashable, CustomStringConvertible {
    /// The name in metrics, such as `WorkflowWorker`.
    public let description: String

    /// Workflow tasks.
    public static let workflow = SlotKind(description: "WorkflowWorker")
    /// Activities that the service hands out.
    public static let activity = SlotKind(description: "ActivityWorker")
    /// Activities that a workflow runs in its own worker.
    public static let localActivity = SlotKind(description: "LocalActivityWorker")
    /// Nexus operations.
    public static let nexus = SlotKind(description: "NexusWorker")
}

/// Who asks a supplier for a slot.
public struct SlotRequest: Sendable {
    /// The kind of task.
    public var kind: SlotKind
    /// The task queue of the worker.
    public var taskQueue: String
    /// The identity of the worker.
    public var identity: String
    /// Whether the slot is for a run that the worker has in memory.
    public var isSticky: Bool
    /// How many slots of the kind the worker holds already.
    public var issued: Int
}

/// What a slot is used for.
public struct SlotUse: Sendable, Hashable {
    /// The kind of task.
    public var kind: SlotKind
    /// The type of the workflow, the name of the activity, or the service and the name of the operation, as `Desk/ask`.
    public var typeName: String
    /// Whether the task is of a run that the worker has in memory.
    public var isSticky: Bool
}
