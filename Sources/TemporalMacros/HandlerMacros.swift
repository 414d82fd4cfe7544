import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// `@Signal`: the typed reference of a signal handler.
enum SignalMacro: PeerMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        reference(to: declaration, node, .signal, .signal, in: context) { method, owner in
            "Temporal.SignalReference<\(method.types(leading: [owner], withOutput: false))>"
        }
    }
}

/// `@Query`: the typed reference of a query handler.
enum QueryMacro: PeerMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        reference(to: declaration, node, .query, .query, in: context) { method, owner in
            "Temporal.QueryReference<\(method.types(leading: [owner], withOutput: true))>"
        }
    }
}

/// `@Update`: the typed reference of an update handler.
enum UpdateMacro: PeerMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        reference(to: declaration, node, .update, .update, in: context) { method, owner in
            "Temporal.UpdateReference<\(method.types(leading: [owner], withOutput: true))>"
        }
    }
}

/// `@Activity`: the typed reference of an activity.
enum ActivityMacro: PeerMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        reference(to: declaration, node, .activity, .activity, in: context) { method, _ in
            "Temporal.ActivityReference<\(method.types(withOutput: true))>"
        }
    }
}

/// `@NexusOperation`: the typed reference of a Nexus operation.
enum NexusOperationMacro: PeerMacro {
    static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        reference(to: declaration, node, .nexusOperation, .nexusOperation, in: context) { method, _ in
            method.nexusReferenceType
        }
    }
}

/// The static member of a method's name that refers to it, or what is wrong with the method.
private func reference(
    to declaration: some DeclSyntaxProtocol,
    _ attribute: AttributeSyntax,
    _ marker: Marker,
    _ role: HandlerMethod.Role,
    in context: some MacroExpansionContext,
    type: (_ method: HandlerMethod, _ owner: String) -> String
) -> [DeclSyntax] {
    guard let function = declaration.as(FunctionDeclSyntax.self) else {
        context.report([Problem("'@\(marker.rawValue)' marks a method: write 'func'.", at: attribute)])
        return []
    }
    if let other = function.attributes.firstHandlerMarker, other != marker {
        let message = "'\(function.name.plainName)' is marked with '@\(other.rawValue)' as well: remove one of the two."
        context.report([Problem(message, at: attribute)])
        return []
    }
    let owner: String
    switch Owner(of: function, marker, attribute, in: context.lexicalContext.first) {
    case .known(let name):
        owner = name
    case .reported:
        return []
    case .wrong(let problem):
        context.report([problem])
        return []
    }
    let (method, problems) = HandlerMethod.read(function, attribute: attribute, role: role)
    guard problems.isEmpty else {
        context.report(problems)
        return []
    }
    if role.isPartOfWorkflow, let warning = function.warningOfIsolation("is \(role.words) and runs on its actor") {
        context.report([warning])
    }
    // What answers every name has none to be referred to by.
    if method.isDynamic { return [] }
    // Workflow code names activities from its own actor, also those of a type on the main actor.
    let isolation = role.isPartOfWorkflow ? "" : "nonisolated "
    let arguments =
        role == .nexusOperation
        ? method.nexusReferenceArguments : method.referenceArguments(withOutput: role != .signal)
    return [
        """
        \(raw: function.attributes.availability)\(raw: function.modifiers.peerAccess)\(raw: isolation)static var \(raw: method.name): \(raw: type(method, owner)) {
            .init(\(raw: arguments))
        }
        """
    ]
}

/// The type around a handler.
private enum Owner {
    /// It is marked as it must be.
    case known(String)
    /// Its own macro says what is wrong with it.
    case reported
    /// The handler cannot stand there.
    case wrong(Problem)

    init(of function: FunctionDeclSyntax, _ marker: Marker, _ attribute: AttributeSyntax, in scope: Syntax?) {
        let needed: Marker =
            switch marker {
            case .activity: .activities
            case .nexusOperation: .nexusService
            default: .workflow
            }
        let keyword = needed == .workflow ? "actor" : "type"
        let group = scope?.asProtocol((any DeclGroupSyntax).self)
        if let name = scope?.asProtocol((any NamedDeclSyntax).self)?.name, let group {
            let isMarked = needed.attribute(in: group.attributes) != nil
            let mayBeMarked =
                scope?.is(ActorDeclSyntax.self) == true || needed != .workflow && !group.is(EnumDeclSyntax.self)
            if isMarked {
                self = mayBeMarked ? .known(name.text) : .reported
            } else {
                let message =
                    "'@\(marker.rawValue)' has no effect in '\(name.plainName)': "
                    + "mark the \(keyword) with '@\(needed.rawValue)'."
                self = .wrong(Problem(message, at: attribute))
            }
        } else {
            let name = function.name.plainName
            let message =
                "'@\(marker.rawValue)' has no effect here: move '\(name)' into the body of the \(keyword) "
                + "that is marked with '@\(needed.rawValue)'."
            self = .wrong(Problem(message, at: attribute))
        }
    }
}
