/// How a workflow calls a Nexus operation.
public struct NexusOperationOptions: Sendable {
    /// How long the operation may take, with all attempts to start it. Default: no limit but that of the run.
    public var scheduleToCloseTimeout: Duration?

    /// How long it may take until the operation has started, or has ended at once. Servers before 1.31 do not know it.
    /// Default: no limit of its own.
    public var scheduleToStartTimeout: Duration?

    /// How long the operation may take once it has started. Servers before 1.31 do not know it. Default: no limit of its
    /// own.
    public var startToCloseTimeout: Duration?

    /// What a cancellation of the waiting task means for the operation. Default: ask for it, and wait for the end.
    public var cancellation: NexusOperationCancellationType

    /// What goes along with the call, as text that no codec encodes. Names are not case sensitive. Default: none.
    public var headers: [String: String]

    /// One line on this call for the Web UI and the command line. Default: none.
    public var summary: String?

    /// Describes a call.
    ///
    /// - Parameters:
    ///   - scheduleToCloseTimeout: How long the operation may take, with all attempts to start it.
    ///   - scheduleToStartTimeout: How long it may take until the operation has started.
    ///   - startToCloseTimeout: How long the operation may take once it has started.
    ///   - cancellation: What a cancellation of the waiting task means for the operation.
    ///   - headers: What goes along with the call.
    ///   - summary: One line for humans.
    public init(
        scheduleToCloseTimeout: Duration? = nil,
        scheduleToStartTimeout: Duration? = nil,
        startToCloseTimeout: Duration? = nil,
        cancellation: NexusOperationCancellationType = .waitCancellationCompleted,
        headers: [String: String] = [:],
        summary: String? = nil
    ) {
        self.scheduleToCloseTimeout = scheduleToCloseTimeout
        self.scheduleToStartTimeout = scheduleToStartTimeout
        self.startToCloseTimeout = startToCloseTimeout
        self.cancellation = cancellation
        self.headers = headers
        self.summary = summary
    }
}

/// What a cancellation of the waiting task means for a Nexus operation.
public struct NexusOperationCancellationType: Sendable, Hashable {
    package enum Kind: Sendable, Hashable, CaseIterable {
        case abandon
        case tryCancel
        case waitCancellationRequested
        case waitCancellationCompleted
    }

    package let kind: Kind

    /// Go on at once and let the operation go on.
    public static let abandon = NexusOperationCancellationType(kind: .abandon)

    /// Ask for the end of the operation and go on at once.
    public static let tryCancel = NexusOperationCancellationType(kind: .tryCancel)

    /// Ask for the end of the operation and go on when its handler has taken note, or has refused.
    ///
    /// Servers from 1.28 on say so if they are set up to.
    public static let waitCancellationRequested = NexusOperationCancellationType(kind: .waitCancellationRequested)

    /// Ask for the end of the operation and wait until it has ended. The default.
    public static let waitCancellationCompleted = NexusOperationCancellationType(kind: .waitCancellationCompleted)
}
