import SwiftDiagnostics
import SwiftParser
import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacroExpansion
import SwiftSyntaxMacros
import SwiftSyntaxMacrosGenericTestSupport
import Testing

/// The macros under the names that authors write.
let specs: [String: MacroSpec] = [
    "Workflow": MacroSpec(type: WorkflowMacro.self, conformances: ["Workflow"]),
    "Signal": MacroSpec(type: SignalMacro.self),
    "Query": MacroSpec(type: QueryMacro.self),
    "Update": MacroSpec(type: UpdateMacro.self),
    "Activities": MacroSpec(type: ActivitiesMacro.self, conformances: ["ActivityContainer"]),
    "Activity": MacroSpec(type: ActivityMacro.self),
    "NexusService": MacroSpec(type: NexusServiceMacro.self, conformances: ["NexusService"]),
    "NexusOperation": MacroSpec(type: NexusOperationMacro.self),
]

/// Expects that source expands to other source, with no error.
func expectExpansion(
    _ source: String,
    to expansion: String,
    fileID: StaticString = #fileID,
    filePath: StaticString = #filePath,
    line: UInt = #line,
    column: UInt = #column
) {
    assertMacroExpansion(
        source,
        expandedSource: expansion,
        macroSpecs: specs,
        indentationWidth: .spaces(4),
        failureHandler: { failure in
            Issue.record(
                "\(failure.message)",
                sourceLocation: Testing.SourceLocation(
                    fileID: failure.location.fileID,
                    filePath: failure.location.filePath,
                    line: failure.location.line,
                    column: failure.location.column
                )
            )
        },
        fileID: fileID,
        filePath: filePath,
        line: line,
        column: column
    )
}

/// The errors that the macros report, as `line:column message`.
func errors(in source: String) -> [String] {
    let file = Parser.parse(source: source)
    let context = BasicMacroExpansionContext(
        sourceFiles: [file: .init(moduleName: "Sample", fullFilePath: "Sample.swift")]
    )
    _ = file.expand(
        macroSpecs: specs,
        contextGenerator: { syntax in
            BasicMacroExpansionContext(sharingWith: context, lexicalContext: syntax.allMacroLexicalContexts())
        },
        indentationWidth: .spaces(4)
    )
    return context.diagnostics.map { diagnostic in
        let location = context.location(
            for: diagnostic.position,
            anchoredAt: diagnostic.node,
            fileName: "Sample.swift"
        )
        return "\(location.line):\(location.column) \(diagnostic.message)"
    }
}
