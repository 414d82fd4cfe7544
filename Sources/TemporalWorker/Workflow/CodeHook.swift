package import Temporal

/// Watches workflow code; for tests.
package struct CodeHook: Sendable {
    /// Told of each answer: the workflow type, the patch, and whether the code takes the new way.
    package var onPatch: @Sendable (String, String, Bool) -> Void

    /// Told of what answers messages when a run begins, with its workflow type.
    package var onStart: @Sendable (String, [BoundHandler]) -> Void

    /// Says what to watch.
    package init(
        onPatch: @escaping @Sendable (String, String, Bool) -> Void = { _, _, _ in },
        onStart: @escaping @Sendable (String, [BoundHandler]) -> Void = { _, _ in }
    ) {
        self.onPatch = onPatch
        self.onStart = onStart
    }
}
