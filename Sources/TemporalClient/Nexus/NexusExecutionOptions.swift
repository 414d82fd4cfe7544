public import Temporal
import TemporalAPI

/// How a client starts a Nexus operation.
public struct NexusExecutionOptions: Sendable {
    /// Whether the id of an operation may be used again after it has ended.
    public enum IDReusePolicy: Sendable, Hashable {
        /// Always. The default.
        case allowDuplicate
        /// Unless the operation has completed.
        case allowDuplicateFailedOnly
        /// Never.
        case rejectDuplicate

        var proto: APINexusOperationIdReusePolicy {
            switch self {
            case .allowDuplicate: .allowDuplicate
            case .allowDuplicateFailedOnly: .allowDuplicateFailedOnly
            case .rejectDuplicate: .rejectDuplicate
            }
        }
    }

    /// What happens if an operation of the id is under way.
    public enum IDConflictPolicy: Sendable, Hashable {
        /// The start fails. The default.
        case fail
        /// The start returns a handle to that operation.
        case useExisting

        var proto: APINexusOperationIdConflictPolicy {
            switch self {
            case .fail: .fail
            case .useExisting: .useExisting
            }
        }
    }

    /// The id of the operation: at most one operation of an id is under way at a time in a namespace.
    public var id: String

    /// How long the operation may take, with all attempts to start it. Default: no limit.
    public var scheduleToCloseTimeout: Duration?

    /// How long it may take until the operation has started. Default: no limit of its own.
    public var scheduleToStartTimeout: Duration?

    /// How long the operation may take once it has started. Default: no limit of its own.
    public var startToCloseTimeout: Duration?

    /// Whether the id may be used again after its operation has ended. Default: always.
    public var idReusePolicy: IDReusePolicy

    /// What happens if an operation of the id is under way. Default: the start fails.
    public var idConflictPolicy: IDConflictPolicy

    /// What goes along with the call, as text that no codec encodes. Default: none.
    public var headers: [String: String]

    /// Values that the operation is found by. Default: none.
    public var searchAttributes: SearchAttributes

    /// One line on this operation for the Web UI and the command line. Default: none.
    public var summary: String?

    /// Describes a start.
    ///
    /// - Parameters:
    ///   - id: The id of the operation.
    ///   - scheduleToCloseTimeout: How long the operation may take, with all attempts to start it.
    ///   - scheduleToStartTimeout: How long it may take until the operation has started.
    ///   - startToCloseTimeout: How long the operation may take once it has started.
    ///   - idReusePolicy: Whether the id may be used again after its operation has ended.
    ///   - idConflictPolicy: What happens if an operation of the id is under way.
    ///   - headers: What goes along with the call.
    ///   - searchAttributes: Values that the operation is found by.
    ///   - summary: One line for humans.
    public init(
        id: String,
        scheduleToCloseTimeout: Duration? = nil,
        scheduleToStartTimeout: Duration? = nil,
        startToCloseTimeout: Duration? = nil,
        idReusePolicy: IDReusePolicy = .allowDuplicate,
        idConflictPolicy: IDConflictPolicy = .fail,
        headers: [String: String] = [:],
        searchAttributes: SearchAttributes = [],
        summary: String? = nil
    ) {
        self.id = id
        self.scheduleToCloseTimeout = scheduleToCloseTimeout
        self.scheduleToStartTimeout = scheduleToStartTimeout
        self.startToCloseTimeout = startToCloseTimeout
        self.idReusePolicy = idReusePolicy
        self.idConflictPolicy = idConflictPolicy
        self.headers = headers
        self.searchAttributes = searchAttributes
        self.summary = summary
    }
}
