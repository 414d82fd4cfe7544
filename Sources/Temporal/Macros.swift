/// Makes an actor a ``Workflow``.
///
/// It writes the `context`, an `init(context:)` where none is written, the types of `run`, and the table of handlers.
/// A workflow that wants its input at construction writes `init(context:input:)`.
///
/// - Parameter name: The name of the workflow type on the wire. Default: the name of the actor.
@attached(
    member,
    names: named(context),
    named(init),
    named(definition),
    named(RunInputs),
    named(RunOutput)
)
@attached(extension, conformances: Workflow)
public macro Workflow(name: String? = nil) = #externalMacro(module: "TemporalMacros", type: "WorkflowMacro")

/// Makes a method of a workflow the handler of a signal, and a typed reference of the same name.
///
/// - Parameter name: The name of the signal on the wire. Default: the name of the method.
@attached(peer, names: overloaded)
public macro Signal(name: String? = nil) = #externalMacro(module: "TemporalMacros", type: "SignalMacro")

/// Makes a method of a workflow the handler of a query, and a typed reference of the same name.
///
/// - Parameter name: The name of the query on the wire. Default: the name of the method.
@attached(peer, names: overloaded)
public macro Query(name: String? = nil) = #externalMacro(module: "TemporalMacros", type: "QueryMacro")

/// Makes a type an ``ActivityContainer`` of its methods that are marked with `@Activity`.
@attached(member, names: named(activities))
@attached(extension, conformances: ActivityContainer)
public macro Activities() = #externalMacro(module: "TemporalMacros", type: "ActivitiesMacro")

/// Makes a method an activity, and a typed reference of the same name.
///
/// - Parameter name: The name of the activity on the wire. Default: the name of the method.
@attached(peer, names: overloaded)
public macro Activity(name: String? = nil) = #externalMacro(module: "TemporalMacros", type: "ActivityMacro")
