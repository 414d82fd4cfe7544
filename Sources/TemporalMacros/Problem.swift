import SwiftDiagnostics
import SwiftSyntax
import SwiftSyntaxMacros

/// Something that the author has to write differently: what is wrong, what to write instead, and where.
struct Problem {
    /// What the error points at.
    let node: Syntax

    /// What is wrong, and what to write instead.
    let message: String

    init(_ message: String, at node: some SyntaxProtocol) {
        self.node = Syntax(node)
        self.message = message
    }
}

extension MacroExpansionContext {
    /// Reports problems as errors.
    func report(_ problems: [Problem]) {
        for problem in problems {
            diagnose(Diagnostic(node: problem.node, message: ErrorMessage(message: problem.message)))
        }
    }
}

private struct ErrorMessage: DiagnosticMessage {
    let message: String
    let severity = DiagnosticSeverity.error

    var diagnosticID: MessageID { MessageID(domain: "Temporal", id: message) }
}
