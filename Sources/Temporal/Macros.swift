/// Makes an actor a ``Workflow``.
///
/// It writes the `context`, an `init(context:)` where none is written, the types of `run`, and the table of handlers.
/// A workflow that wants its input at construction writes `init(context:input:)`.
///
/// - Parameters:
///   - name: The name of the workflow type on the wire. Default: the name of the actor.
///   - dynamic: Whether it runs for every workflow type that the worker has no other workflow for. Its `run` takes a
///     ``DynamicArguments``.
///   - versioningBehavior: What becomes of runs when another version of the workers takes over. Default: the default of the
///     worker.
@attached(
    member,
    names: named(context),
    named(init),
    named(definition),
    named(RunInputs),
    named(RunOutput),
    named(versioningBehavior)
)
@attached(extension, conformances: Workflow)
public macro Workflow(
    name: String? = nil,
    dynamic: Bool = false,
    versioningBehavior: VersioningBehavior? = nil
) = #externalMacro(module: "TemporalMacros", type: "WorkflowMacro")

/// Makes a method of a workflow the handler of a signal, and a typed reference of the same name.
///
/// - Parameters:
///   - name: The name of the signal on the wire. Default: the name of the method.
///   - unfinished: What is done where the run closes before the method has ended. Default: a warning.
///   - description: What the signal is for, in a line for the Web UI.
///   - dynamic: Whether it handles every signal that nothing else does. It takes the name and a ``DynamicArguments``,
///     and has no reference.
@attached(peer, names: overloaded)
public macro Signal(
    name: String? = nil,
    unfinished: UnfinishedHandlerPolicy = .warnAndAbandon,
    description: String = "",
    dynamic: Bool = false
) = #externalMacro(module: "TemporalMacros", type: "SignalMacro")

/// Makes a method of a workflow the handler of a query, and a typed reference of the same name.
///
/// - Parameters:
///   - name: The name of the query on the wire. Default: the name of the method.
///   - description: What the query is for, in a line for the Web UI.
///   - dynamic: Whether it answers every query that nothing else does. It takes the name and a ``DynamicArguments``, and
///     has no reference.
@attached(peer, names: overloaded)
public macro Query(
    name: String? = nil,
    description: String = "",
    dynamic: Bool = false
) = #externalMacro(module: "TemporalMacros", type: "QueryMacro")

/// Makes a method of a workflow the handler of an update, and a typed reference of the same name.
///
/// An error of the validator rejects the update, which then leaves no trace in the history. Afterwards an
/// `ApplicationError` or another Temporal error fails the update, and any other error fails the workflow task.
///
/// - Parameters:
///   - name: The name of the update on the wire. Default: the name of the method.
///   - validator: The name of a method that takes the same as this one and throws to reject the update. It cannot wait,
///     must not change the workflow, and does not run on replay.
///   - unfinished: What is done where the run closes before the method has ended. Default: a warning.
///   - description: What the update is for, in a line for the Web UI.
///   - dynamic: Whether it handles every update that nothing else does. It takes the name and a ``DynamicArguments``,
///     and has no reference.
@attached(peer, names: overloaded)
public macro Update(
    name: String? = nil,
    validator: String? = nil,
    unfinished: UnfinishedHandlerPolicy = .warnAndAbandon,
    description: String = "",
    dynamic: Bool = false
) = #externalMacro(module: "TemporalMacros", type: "UpdateMacro")

/// Makes a type an ``ActivityContainer`` of its methods that are marked with `@Activity`.
@attached(member, conformances: ActivityContainer, names: named(activities))
@attached(extension, conformances: ActivityContainer)
public macro Activities() = #externalMacro(module: "TemporalMacros", type: "ActivitiesMacro")

/// Makes a method an activity, and a typed reference of the same name.
///
/// - Parameters:
///   - name: The name of the activity on the wire. Default: the name of the method.
///   - dynamic: Whether it runs for every activity that the worker has no other one for. It takes the name and a
///     ``DynamicArguments``, and has no reference.
@attached(peer, names: overloaded)
public macro Activity(name: String? = nil, dynamic: Bool = false) =
    #externalMacro(module: "TemporalMacros", type: "ActivityMacro")

/// Makes a type a ``NexusService`` of its methods that are marked with `@NexusOperation`.
///
/// - Parameter name: The name of the service on the wire. Default: the name of the type.
@attached(member, conformances: NexusService, names: named(nexusServiceName), named(nexusOperations))
@attached(extension, conformances: NexusService)
public macro NexusService(name: String? = nil) =
    #externalMacro(module: "TemporalMacros", type: "NexusServiceMacro")

/// Makes a method a Nexus operation, and a typed reference of the same name.
///
/// It takes one value or none. One that returns a ``NexusWorkflowRun`` goes on as the run of a workflow.
///
/// - Parameter name: The name of the operation on the wire. Default: the name of the method.
@attached(peer, names: overloaded)
public macro NexusOperation(name: String? = nil) =
    #externalMacro(module: "TemporalMacros", type: "NexusOperationMacro")
