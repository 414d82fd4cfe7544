/// Which message the code now handles. It goes with the tasks that the handler starts, and across its awaits.
package struct MessageScope: Sendable {
    /// The handler in words: "update 'raise' (u1)".
    package let label: String

    /// The update, where it is one.
    package let update: UpdateInfo?

    @TaskLocal package static var current: MessageScope?

    package init(label: String, update: UpdateInfo?) {
        self.label = label
        self.update = update
    }
}

/// The update that workflow code now handles.
public struct UpdateInfo: Sendable, Hashable {
    /// The id of the update, unique in its run.
    public let id: String

    /// The name of the update on the wire.
    public let name: String

    package init(id: String, name: String) {
        self.id = id
        self.name = name
    }
}
