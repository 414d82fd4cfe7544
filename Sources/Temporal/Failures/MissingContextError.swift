/// The context of an activity or of a Nexus operation that was asked for where there is none.
///
/// It is there in the task in which the code runs, and in child tasks of that. Pass it on to code that runs elsewhere, such as a
/// detached task or a callback of another library.
public struct MissingContextError: Error, Sendable, CustomStringConvertible {
    /// What was read, such as `ActivityContext.current`.
    public let context: String

    /// Where it can be read.
    public let place: String

    package init(_ context: String, place: String) {
        self.context = context
        self.place = place
    }

    public var description: String {
        "\(context) was read outside of \(place): read it in the task that runs it or in a child task, and pass it on to code "
            + "that runs elsewhere."
    }
}
