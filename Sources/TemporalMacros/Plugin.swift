import SwiftCompilerPlugin
import SwiftSyntaxMacros

/// The macros of the `Temporal` module.
@main
struct TemporalMacrosPlugin: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [
        WorkflowMacro.self,
        SignalMacro.self,
        QueryMacro.self,
        UpdateMacro.self,
        ActivitiesMacro.self,
        ActivityMacro.self,
        NexusServiceMacro.self,
        NexusOperationMacro.self,
    ]
}
