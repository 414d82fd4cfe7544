import TemporalAPI

/// The flags that this version of the SDK knows.
///
/// A flag has a number from 1 and stands for a change of what workers do with a history. It is written in
/// `sdk_metadata.lang_used_flags` with the first task that uses it, and a replay honours it by its presence alone. There is
/// none yet: whoever changes how existing code replays lists the flag here, with what it changes.
enum SDKFlags {
    /// The numbers of the flags.
    static let known: Set<UInt32> = []

    /// Makes sure that this version can do what the worker that completed a task did.
    ///
    /// - Throws: ``HistoryError`` for a flag that is not known.
    static func check(_ metadata: APIWorkflowTaskCompletedMetadata, _ event: APIHistoryEvent) throws {
        guard let unknown = metadata.langUsedFlags.first(where: { !known.contains($0) }) else { return }
        throw HistoryError(
            "History \(event.label) was written with flag \(unknown) of \(metadata.sdkName.isEmpty ? "an SDK" : metadata.sdkName) "
                + "\(metadata.sdkVersion), which this version of the SDK does not know. "
                + "Run this workflow on a worker with the newer version."
        )
    }
}
