import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// `@Activities`: the list of a type's activities, and the conformance to `ActivityContainer`.
enum ActivitiesMacro: MemberMacro, ExtensionMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingMembersOf declaration: some DeclGroupSyntax,
        conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        if let problem = declaration.problem(asHomeOf: "activities") {
            context.report([problem])
            return []
        }
        let table = HandlerTable(declaration.memberBlock.members, roles: [(.activity, .activity)])
        context.report(table.problems)
        let entries = table.entries.map { entry in
            let method = entry.method
            let call = method.call(in: declaration)
            let parameters = method.closureParameters.joined(separator: ", ")
            if method.isDynamic {
                return """
                    Temporal.ActivityDefinition(dynamic: \(method.wireName.quoted)) { (\(parameters)) async throws -> \(method.output ?? "Temporal.Payload?") in
                        \(call)\(method.output == nil ? "\n    return nil" : "")
                    },
                    """
            }
            return """
                Temporal.ActivityDefinition(
                    Temporal.ActivityReference<\(method.types(withOutput: true))>(\(method.referenceArguments(withOutput: true)))
                ) { (\(parameters)) async throws -> \(method.output ?? "Void") in
                    \(call)
                },
                """
        }
        let access = declaration.nonisolatedMemberAccess
        guard !entries.isEmpty else {
            return ["\(raw: access)var activities: [Temporal.ActivityDefinition] { [] }"]
        }
        return [
            """
            \(raw: table.deprecation)\(raw: access)var activities: [Temporal.ActivityDefinition] {
                [
                    \(raw: entries.joined(separator: "\n").indented(by: 8))
                ]
            }
            """
        ]
    }

    static func expansion(
        of node: AttributeSyntax,
        attachedTo declaration: some DeclGroupSyntax,
        providingExtensionsOf type: some TypeSyntaxProtocol,
        conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard declaration.problem(asHomeOf: "activities") == nil, !protocols.isEmpty else { return [] }
        return try context.conformance(to: "ActivityContainer", of: type, declaration)
    }
}

extension DeclGroupSyntax {
    /// Why the type cannot have methods that the outside calls; `nil` if it can.
    ///
    /// - Parameter methods: What the methods are: "activities".
    func problem(asHomeOf methods: String) -> Problem? {
        guard !self.is(StructDeclSyntax.self), !self.is(ClassDeclSyntax.self), !self.is(ActorDeclSyntax.self) else {
            return nil
        }
        let name = asProtocol((any NamedDeclSyntax).self)?.name.plainName ?? "This"
        let kind = introducer.text
        return Problem(
            "'\(name)' is \(kind == "enum" || kind == "extension" ? "an" : "a") \(kind); "
                + "\(methods) are methods of an instance: write 'struct \(name)'.",
            at: introducer
        )
    }

    /// What generated members write to be as visible as the type, and to be read from anywhere.
    var nonisolatedMemberAccess: String {
        let isIsolated = self.is(ActorDeclSyntax.self) || attributes.isolation != nil || attributes.mayIsolate
        return modifiers.memberAccess + (isIsolated ? "nonisolated " : "")
    }
}
