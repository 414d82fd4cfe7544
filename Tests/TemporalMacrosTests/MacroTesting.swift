import SwiftDiagnostics
import SwiftParser
import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacroExpansion
import SwiftSyntaxMacros
import SwiftSyntaxMacrosGenericTestSupport
import Testing

/// The macros under the names that authors write.
let specs = makeSpecs(conformances: ["Workflow", "ActivityContainer", "NexusService"])

/// The macros under the names that authors write, for types that do not conform to some protocols yet.
private func makeSpecs(conformances: Set<String>) -> [String: MacroSpec] {
    func missing(_ name: String) -> [TypeSyntax] {
        conformances.contains(name) ? [TypeSyntax(stringLiteral: name)] : []
    }
    return [
        "Workflow": MacroSpec(type: WorkflowMacro.self, conformances: missing("Workflow")),
        "Signal": MacroSpec(type: SignalMacro.self),
        "Query": MacroSpec(type: QueryMacro.self),
        "Update": MacroSpec(type: UpdateMacro.self),
        "Activities": MacroSpec(type: ActivitiesMacro.self, conformances: missing("ActivityContainer")),
        "Activity": MacroSpec(type: ActivityMacro.self),
        "NexusService": MacroSpec(type: NexusServiceMacro.self, conformances: missing("NexusService")),
        "NexusOperation": MacroSpec(type: NexusOperationMacro.self),
    ]
}

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

/// The errors that the macros report, as `line:column message`, and what is no error, as `line:column severity: message`.
///
/// - Parameters:
///   - source: The source.
///   - conformances: The protocols that its types do not conform to yet.
func errors(
    in source: String,
    conformances: Set<String> = ["Workflow", "ActivityContainer", "NexusService"]
) -> [String] {
    expansion(of: source, conformances: conformances).problems
}

/// What source expands to, and what ``errors(in:conformances:)`` says of it.
///
/// - Parameters:
///   - source: The source.
///   - conformances: The protocols that its types do not conform to yet.
func expansion(
    of source: String,
    conformances: Set<String> = ["Workflow", "ActivityContainer", "NexusService"]
) -> (text: String, problems: [String]) {
    let file = Parser.parse(source: source)
    let context = BasicMacroExpansionContext(
        sourceFiles: [file: .init(moduleName: "Sample", fullFilePath: "Sample.swift")]
    )
    let expanded = file.expand(
        macroSpecs: makeSpecs(conformances: conformances),
        contextGenerator: { syntax in
            BasicMacroExpansionContext(sharingWith: context, lexicalContext: syntax.allMacroLexicalContexts())
        },
        indentationWidth: .spaces(4)
    )
    let problems = context.diagnostics.map { diagnostic in
        let location = context.location(
            for: diagnostic.position,
            anchoredAt: diagnostic.node,
            fileName: "Sample.swift"
        )
        let severity = diagnostic.diagMessage.severity == .error ? "" : "\(diagnostic.diagMessage.severity): "
        return "\(location.line):\(location.column) \(severity)\(diagnostic.message)"
    }
    return (expanded.description, problems)
}
