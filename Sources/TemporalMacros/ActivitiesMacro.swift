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
        guard canContainActivities(declaration) else {
            let name = declaration.asProtocol((any NamedDeclSyntax).self)?.name.plainName ?? "This"
            let kind = declaration.introducer.text
            let message =
                "'\(name)' is \(kind == "enum" || kind == "extension" ? "an" : "a") \(kind); "
                + "activities are methods of an instance: write 'struct \(name)'."
            context.report([Problem(message, at: declaration.introducer)])
            return []
        }
        let table = HandlerTable(declaration.memberBlock.members, roles: [(.activity, .activity)])
        context.report(table.problems)
        let isActor = declaration.is(ActorDeclSyntax.self)
        let isolation = declaration.attributes.isolation
        let entries = table.entries.map { entry in
            let method = entry.method
            let modifiers = method.function.modifiers
            let isIsolated =
                modifiers.first("nonisolated") == nil
                && (isActor || isolation != nil || method.function.attributes.isolation != nil)
            let call = method.call(on: "self", isAwaited: method.isAsync || isIsolated)
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
        let access = declaration.modifiers.memberAccess + (isActor || isolation != nil ? "nonisolated " : "")
        guard !entries.isEmpty else {
            return ["\(raw: access)var activities: [Temporal.ActivityDefinition] { [] }"]
        }
        return [
            """
            \(raw: access)var activities: [Temporal.ActivityDefinition] {
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
        guard canContainActivities(declaration), !protocols.isEmpty else { return [] }
        return try context.conformance(to: "ActivityContainer", of: type, declaration)
    }

    private static func canContainActivities(_ declaration: some DeclGroupSyntax) -> Bool {
        declaration.is(StructDeclSyntax.self) || declaration.is(ClassDeclSyntax.self)
            || declaration.is(ActorDeclSyntax.self)
    }
}
