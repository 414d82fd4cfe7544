import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// `@NexusService`: the name of a service, the list of its operations, and the conformance to `NexusService`.
enum NexusServiceMacro: MemberMacro, ExtensionMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingMembersOf declaration: some DeclGroupSyntax,
        conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        if let problem = declaration.problem(asHomeOf: "Nexus operations") {
            context.report([problem])
            return []
        }
        let typeName = declaration.asProtocol((any NamedDeclSyntax).self)?.name.plainName ?? ""
        let name: String
        switch node.wireName(default: typeName) {
        case .success(let found): name = found
        case .failure(let error):
            context.report([error.problem])
            name = typeName
        }
        let table = HandlerTable(declaration.memberBlock.members, roles: [(.nexusOperation, .nexusOperation)])
        context.report(table.problems)
        let entries = table.entries.map { entry in
            let method = entry.method
            let (output, isRun) = method.nexusOutput
            let call = method.call(in: declaration)
            let result = isRun ? "Temporal.NexusWorkflowRun<\(output ?? "Void")>" : output ?? "Void"
            let parameters = method.closureParameters.joined(separator: ", ")
            return """
                Temporal.NexusOperationDefinition\(isRun ? ".workflowRun" : "")(
                    Self.\(method.name) as \(method.nexusReferenceType)
                ) { (\(parameters)) async throws -> \(result) in
                    \(call)
                },
                """
        }
        let nameAccess = declaration.modifiers.memberAccess + "nonisolated "
        let access = declaration.nonisolatedMemberAccess
        let nameMember: DeclSyntax =
            "\(raw: nameAccess)static var nexusServiceName: String { \(raw: name.quoted) }"
        guard !entries.isEmpty else {
            return [
                nameMember,
                "\(raw: access)var nexusOperations: [Temporal.NexusOperationDefinition] { [] }",
            ]
        }
        return [
            nameMember,
            """
            \(raw: table.deprecation)\(raw: access)var nexusOperations: [Temporal.NexusOperationDefinition] {
                [
                    \(raw: entries.joined(separator: "\n").indented(by: 8))
                ]
            }
            """,
        ]
    }

    static func expansion(
        of node: AttributeSyntax,
        attachedTo declaration: some DeclGroupSyntax,
        providingExtensionsOf type: some TypeSyntaxProtocol,
        conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard declaration.problem(asHomeOf: "Nexus operations") == nil, !protocols.isEmpty else { return [] }
        return try context.conformance(to: "NexusService", of: type, declaration)
    }
}

extension HandlerMethod {
    /// The type of the reference to a Nexus operation.
    var nexusReferenceType: String {
        "Temporal.NexusOperationReference<\((inputs + [nexusOutput.type ?? "Void"]).joined(separator: ", "))>"
    }

    /// The arguments that make a reference to a Nexus operation.
    var nexusReferenceArguments: String {
        let name = "service: nexusServiceName, name: \(wireName.quoted)"
        return nexusOutput.type.map { "\(name), returning: (\($0)).self" } ?? name
    }
}
