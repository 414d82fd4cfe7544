import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// `@Workflow`: the context, the types of `run`, the definition, and the conformance to `Workflow`.
enum WorkflowMacro: MemberMacro, ExtensionMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingMembersOf declaration: some DeclGroupSyntax,
        conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        let source: WorkflowSource
        switch WorkflowSource.read(declaration, attribute: node, in: context.lexicalContext) {
        case .success(let read): source = read
        case .failure(let error):
            context.report(error.problems)
            return []
        }
        context.report(source.handlers.problems)
        let isolation = source.run.function.warningOfIsolation(
            "is \(HandlerMethod.Role.run.words) and runs on its actor"
        )
        if let isolation { context.report([isolation]) }
        let access = source.actor.modifiers.memberAccess
        var members: [DeclSyntax] = []
        if !source.declaresContext {
            members.append("\(raw: access)nonisolated let context: Temporal.WorkflowContext")
        }
        if source.initializer == nil {
            members.append(
                """
                \(raw: access)init(context: Temporal.WorkflowContext) {
                    self.context = context
                }
                """
            )
        }
        if let behavior = node.argument("versioningBehavior") {
            members.append(
                "\(raw: access)static let versioningBehavior: Temporal.VersioningBehavior? = \(behavior.trimmed)"
            )
        }
        return members + [
            source.isDynamic
                ? "\(raw: access)typealias RunInputs = Temporal.DynamicArguments"
                : "\(raw: access)typealias RunInputs = Temporal.Inputs<\(raw: source.run.types(withOutput: false))>",
            "\(raw: access)typealias RunOutput = \(raw: source.run.output ?? "Void")",
            definition(source, access: access),
        ]
    }

    static func expansion(
        of node: AttributeSyntax,
        attachedTo declaration: some DeclGroupSyntax,
        providingExtensionsOf type: some TypeSyntaxProtocol,
        conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard !protocols.isEmpty,
            case .success = WorkflowSource.read(declaration, attribute: node, in: context.lexicalContext)
        else { return [] }
        return try context.conformance(to: "Workflow", of: type, declaration)
    }

    private static func definition(_ source: WorkflowSource, access: String) -> DeclSyntax {
        let name = source.actor.name.text
        let run = source.run
        return """
            \(raw: source.deprecation)\(raw: access)static let definition = Temporal.WorkflowDefinition<\(raw: name)>(
                \(raw: source.isDynamic ? "dynamic" : "name"): \(literal: source.wireName),
                \(raw: create(source)),
                run: \(raw: closure(run, of: name, effects: "async throws").indented(by: 4)),
                handlers: [\(raw: handlers(source, of: name).indented(by: 4))]
            )
            """
    }

    /// How the actor is made: from the context alone, or with what `run` takes.
    private static func create(_ source: WorkflowSource) -> String {
        let name = source.actor.name.text
        guard let initializer = source.initializer else {
            return "create: { context in \(name)(context: context) }"
        }
        let inputs = initializer.signature.parameterClause.parameters.dropFirst()
        let isThrowing = initializer.signature.effectSpecifiers?.throwsClause != nil
        if inputs.isEmpty && !isThrowing { return "create: { context in \(name)(context: context) }" }
        let types = inputs.isEmpty ? source.run.inputs : inputs.map { $0.type.wireType }
        let parameters = types.enumerated().map { ", p\($0): \($1)" }.joined()
        let arguments = FunctionParameterListSyntax(Array(inputs)).argumentList()
        return """
            createWithInput: { (context: Temporal.WorkflowContext\(parameters)) throws -> \(name) in
                    \(isThrowing ? "try " : "")\(name)(context: context\(arguments.isEmpty ? "" : ", " + arguments))
                }
            """
    }

    private static func handlers(_ source: WorkflowSource, of owner: String) -> String {
        source.handlers.entries.map { "\n    \(handler($0, of: owner).indented(by: 4))," }.joined()
            + (source.handlers.entries.isEmpty ? "" : "\n")
    }

    private static func handler(_ entry: HandlerTable.Entry, of owner: String) -> String {
        let method = entry.method
        let kind =
            switch entry.marker {
            case .query: "Query"
            case .update: "Update"
            default: "Signal"
            }
        let answers = entry.marker != .signal
        var arguments: [String] = []
        if !method.isDynamic {
            let types = method.types(leading: [owner], withOutput: answers)
            arguments.append("Temporal.\(kind)Reference<\(types)>(\(method.referenceArguments(withOutput: answers)))")
        }
        for label in ["unfinished", "description"] {
            if let argument = method.attribute?.argument(label) {
                arguments.append("\(label): \(argument.trimmedDescription)")
            }
        }
        if let validator = entry.validator {
            let validation = HandlerMethod(
                function: validator,
                wireName: "",
                attribute: nil,
                isDynamic: false
            )
            arguments.append("validator: \(closure(validation, of: owner, effects: "throws"))")
        }
        let name = method.isDynamic ? "dynamic\(kind)" : kind.lowercased()
        let list = arguments.isEmpty ? "" : "(\(arguments.joined(separator: ", ")))"
        let effects = entry.marker == .query ? "throws" : "async throws"
        let body = closure(method, of: owner, effects: effects, returnsNull: method.isDynamic && answers)
        return ".\(name)\(list) \(body)"
    }

    /// The closure that calls a method.
    ///
    /// - Parameter returnsNull: Whether it returns `nil` where the method returns nothing.
    private static func closure(
        _ method: HandlerMethod,
        of owner: String,
        effects: String,
        returnsNull: Bool = false
    ) -> String {
        let parameters = (["workflow: isolated \(owner)"] + method.closureParameters).joined(separator: ", ")
        let call = method.call(on: "workflow", isAwaited: method.isAsync)
        let isNull = returnsNull && method.output == nil
        return """
            { (\(parameters)) \(effects) -> \(method.output ?? (isNull ? "Temporal.Payload?" : "Void")) in
                \(call)\(isNull ? "\n    return nil" : "")
            }
            """
    }
}

extension String {
    /// The text as a Swift string literal.
    var quoted: String { StringLiteralExprSyntax(content: self).description }

    /// The text with all lines after the first moved to the right.
    func indented(by columns: Int) -> String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(
            separator: "\n" + String(repeating: " ", count: columns)
        )
    }
}
