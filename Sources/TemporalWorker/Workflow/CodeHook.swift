package import Temporal

/// Watches workflow code, and changes which patches runs take; for tests.
package struct CodeHook: Sendable {
    /// Patches that runs do not take unless their history says that they did, as if old code had begun them.
    package var withheldPatches: Set<String>

    /// Told of each answer: the workflow type, the patch, and whether the code takes the new way.
    package var onPatch: @Sendable (String, String, Bool) -> Void

    /// Told of what answers messages when a run begins, with its workflow type.
    package var onStart: @Sendable (String, [BoundHandler]) -> Void

    /// Says what to watch and change.
    package init(
        withheldPatches: Set<String> = [],
        onPatch: @escaping @Sendable (String, String, Bool) -> Void = { _, _, _ in },
        onStart: @escaping @Sendable (String, [BoundHandler]) -> Void = { _, _ in }
    ) {
        self.withheldPatches = withheldPatches
        self.onPatch = onPatch
        self.onStart = onStart
    }
}
