import Temporal
import TemporalAPI

/// What a run knows of the versions of the SDK that have worked on it, and what this one has to record.
///
/// A flag has a number from 1 and stands for a change of what workers do with a history. It is recorded in
/// `sdk_metadata.lang_used_flags` with the first task that uses it, and a replay honours it by its presence alone.
struct SDKLedger: Sendable, Equatable {
    /// The numbers of the flags that this version knows. There is none yet: whoever changes how existing code replays lists
    /// the flag here, with what it changes, and asks ``uses(_:isReplaying:)`` which way to go.
    static let knownFlags: Set<UInt32> = []

    private let known: Set<UInt32>
    private var recordedName = ""
    private var recordedVersion = ""
    private var recordedFlags: Set<UInt32> = []
    private var usedFlags: [UInt32] = []

    /// Starts with a run of which nothing is known.
    ///
    /// - Parameter known: The flags that this version knows.
    init(known: Set<UInt32>) {
        self.known = known
    }

    /// Takes note of what the worker that completed a task has recorded.
    ///
    /// - Throws: ``HistoryError`` for a flag that this version does not know: it could not do what that worker did.
    mutating func note(_ metadata: APIWorkflowTaskCompletedMetadata, _ event: APIHistoryEvent) throws {
        if let unknown = metadata.langUsedFlags.first(where: { !known.contains($0) }) {
            throw HistoryError(
                "History \(event.label) was written with flag \(unknown) of "
                    + "\(metadata.sdkName.isEmpty ? "an SDK" : metadata.sdkName) "
                    + "\(metadata.sdkVersion), which this version of the SDK does not know. "
                    + "Run this workflow on a worker with the newer version."
            )
        }
        recordedFlags.formUnion(metadata.langUsedFlags)
        if !metadata.sdkName.isEmpty { recordedName = metadata.sdkName }
        if !metadata.sdkVersion.isEmpty { recordedVersion = metadata.sdkVersion }
    }

    /// Whether the run goes the way of a flag: always in tasks that nobody has worked on, and on replay if it did before.
    mutating func uses(_ flag: UInt32, isReplaying: Bool) -> Bool {
        guard !isReplaying else { return recordedFlags.contains(flag) }
        if !usedFlags.contains(flag) { usedFlags.append(flag) }
        return true
    }

    /// What is to be recorded with the task that is completed now: all that is not in the history, so that it comes again
    /// with the next task if the service drops this one. `nil` if there is nothing.
    var metadata: APIWorkflowTaskCompletedMetadata? {
        var metadata = APIWorkflowTaskCompletedMetadata()
        metadata.langUsedFlags = usedFlags.filter { !recordedFlags.contains($0) }
        if recordedName != SDK.name { metadata.sdkName = SDK.name }
        if recordedVersion != SDK.version { metadata.sdkVersion = SDK.version }
        return metadata == APIWorkflowTaskCompletedMetadata() ? nil : metadata
    }
}
