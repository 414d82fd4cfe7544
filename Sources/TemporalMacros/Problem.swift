import SwiftDiagnostics
import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// Something that the author has to write differently: what is wrong, what to write instead, and where.
struct Problem {
    /// What the error points at.
    let node: Syntax

    /// What is wrong, and what to write instead.
    let message: String

    /// An error, or a warning of what may be wrong.
    let severity: DiagnosticSeverity

    init(_ message: String, at node: some SyntaxProtocol, severity: DiagnosticSeverity = .error) {
        self.node = Syntax(node)
        self.message = message
        self.severity = severity
    }
}

extension MacroExpansionContext {
    /// Reports problems.
    func report(_ problems: [Problem]) {
        for problem in problems {
            let message = ProblemMessage(message: problem.message, severity: problem.severity)
            diagnose(Diagnostic(node: problem.node, message: message))
        }
    }
}

extension MacroExpansionContext {
    /// Makes the extension that states a conformance, or reports why there can be none.
    ///
    /// - Parameters:
    ///   - name: The protocol.
    ///   - type: The type that gets it.
    ///   - declaration: The declaration of the type.
    func conformance(
        to name: String,
        of type: some TypeSyntaxProtocol,
        _ declaration: some DeclGroupSyntax
    ) throws -> [ExtensionDeclSyntax] {
        // The extension stands at the top of the file, which what is private to another type cannot be reached from.
        let nested = ([Syntax(declaration)] + lexicalContext).dropLast()
        for group in nested.compactMap({ $0.asProtocol((any DeclGroupSyntax).self) }) {
            guard let modifier = group.modifiers.first("private") else { continue }
            report([
                Problem("The conformance to '\(name)' cannot be stated from here: write 'fileprivate'.", at: modifier)
            ])
            return []
        }
        return [try ExtensionDeclSyntax("extension \(type.trimmed): Temporal.\(raw: name) {}")]
    }
}

private struct ProblemMessage: DiagnosticMessage {
    let message: String
    let severity: DiagnosticSeverity

    var diagnosticID: MessageID { MessageID(domain: "Temporal", id: message) }
}
