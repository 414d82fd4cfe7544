import SwiftDiagnostics
import SwiftSyntax

/// A method that the outside calls by a name: the `run` of a workflow, a signal, a query, an update, an activity or a Nexus
/// operation.
struct HandlerMethod {
    /// What the method is for.
    enum Role {
        case run
        case signal
        case query
        case update
        case activity
        case nexusOperation

        /// The role in an error message, with its article.
        var words: String {
            switch self {
            case .run: "the code of a workflow"
            case .signal: "a signal"
            case .query: "a query"
            case .update: "an update"
            case .activity: "an activity"
            case .nexusOperation: "a Nexus operation"
            }
        }

        var isPartOfWorkflow: Bool { self != .activity && self != .nexusOperation }

        /// The attribute of the type around the method, and the members that its macro adds.
        var home: (marker: Marker, members: Set<String>) {
            switch self {
            case .run, .signal, .query, .update: (.workflow, ["context", "definition", "versioningBehavior"])
            case .activity: (.activities, ["activities"])
            case .nexusOperation: (.nexusService, ["nexusServiceName", "nexusOperations"])
            }
        }
    }

    /// The method as the author wrote it.
    let function: FunctionDeclSyntax

    /// The name on the wire.
    let wireName: String

    /// What marks it; `nil` for `run`.
    let attribute: AttributeSyntax?

    /// Whether it stands for every name that nothing else has.
    let isDynamic: Bool

    /// The name as Swift code writes it, with backticks where it needs them.
    var name: String { function.name.text }

    /// The types of the parameters.
    var inputs: [String] { function.parameters.map { $0.type.wireType } }

    /// The type of the result, `nil` for none.
    var output: String? {
        guard let type = function.signature.returnClause?.type, !type.isVoid else { return nil }
        return type.wireType
    }

    /// What a Nexus operation returns to its caller in the end, and whether it gets there as the run of a workflow.
    var nexusOutput: (type: String?, isRun: Bool) {
        guard let type = function.signature.returnClause?.type else { return (nil, false) }
        let member = type.as(MemberTypeSyntax.self)
        let plain = type.as(IdentifierTypeSyntax.self)
        let name = member?.name.text ?? plain?.name.text
        let arguments = member?.genericArgumentClause ?? plain?.genericArgumentClause
        guard name == "NexusWorkflowRun", let argument = arguments?.arguments.first?.argument.trimmedDescription else {
            return (output, false)
        }
        return (["Void", "()", "Swift.Void"].contains(argument) ? nil : argument, true)
    }

    /// Whether a call from a closure that is not isolated leaves the caller's isolation.
    ///
    /// - Parameter declaration: The type around the method.
    func isIsolated(in declaration: some DeclGroupSyntax) -> Bool {
        guard function.modifiers.first("nonisolated") == nil else { return false }
        return declaration.is(ActorDeclSyntax.self) || declaration.attributes.isolation != nil
            || function.attributes.isolation != nil
    }

    /// Whether the method may be isolated to a global actor without this being seen: `@Database` is one, or it is a macro.
    ///
    /// - Parameter declaration: The type around the method.
    func mayBeIsolated(in declaration: some DeclGroupSyntax) -> Bool {
        guard function.modifiers.first("nonisolated") == nil else { return false }
        return declaration.attributes.mayIsolate || function.attributes.mayIsolate
    }

    var isAsync: Bool { function.signature.effectSpecifiers?.asyncSpecifier != nil }

    var isThrowing: Bool {
        guard let clause = function.signature.effectSpecifiers?.throwsClause else { return false }
        return clause.type?.trimmedDescription != "Never"
    }

    /// The generic arguments of a reference to the method.
    ///
    /// - Parameter leading: What stands before the types of the parameters.
    /// - Parameter withOutput: Whether the type of the result follows.
    func types(leading: [String] = [], withOutput: Bool) -> String {
        (leading + inputs + (withOutput ? [output ?? "Void"] : [])).joined(separator: ", ")
    }

    /// The arguments that make a reference to the method.
    ///
    /// The type of the result is one of them, so that a result that cannot be encoded is reported as just that.
    ///
    /// - Parameter withOutput: Whether the reference has the type of the result.
    func referenceArguments(withOutput: Bool) -> String {
        let name = "name: \(wireName.quoted)"
        guard withOutput, let output else { return name }
        let isPlain = function.signature.returnClause?.type.isPlain == true
        return "\(name), returning: \(isPlain ? output : "(\(output))").self"
    }

    /// The parameters of a closure that passes its arguments on: `p0: Int, p1: String`.
    var closureParameters: [String] {
        inputs.enumerated().map { "p\($0): \($1)" }
    }

    /// The call of the method from that closure.
    ///
    /// - Parameter receiver: The instance.
    /// - Parameter isAwaited: Whether the call may leave the caller's isolation.
    func call(on receiver: String, isAwaited: Bool) -> String {
        let effects = (isThrowing ? "try " : "") + (isAwaited ? "await " : "")
        return "\(effects)\(receiver).\(name)(\(function.parameters.argumentList()))"
    }

    /// The call of the method from a closure that is not isolated.
    ///
    /// - Parameter declaration: The type around the method.
    func call(in declaration: some DeclGroupSyntax) -> String {
        if isAsync || isIsolated(in: declaration) { return call(on: "self", isAwaited: true) }
        guard mayBeIsolated(in: declaration) else { return call(on: "self", isAwaited: false) }
        // As a function that is awaited, it is called rightly either way, and without a warning.
        let labels = function.parameters.map { "\($0.firstName.text):" }.joined()
        let reference = labels.isEmpty ? name : "\(name)(\(labels))"
        let type = "(\(inputs.joined(separator: ", "))) async throws -> \(output ?? "Void")"
        let arguments = inputs.indices.map { "p\($0)" }.joined(separator: ", ")
        return "try await (self.\(reference) as \(type))(\(arguments))"
    }

    /// Reads a method.
    ///
    /// - Parameters:
    ///   - function: The method.
    ///   - attribute: What marks it; `nil` for `run`.
    ///   - role: What it is for.
    /// - Returns: The method, or what is wrong with it.
    static func read(
        _ function: FunctionDeclSyntax,
        attribute: AttributeSyntax?,
        role: Role
    ) -> (method: HandlerMethod, problems: [Problem]) {
        var problems = problems(of: function, role: role)
        var wireName = function.name.plainName
        switch attribute?.wireName(default: wireName) {
        case .success(let name): wireName = name
        case .failure(let error): problems.append(error.problem)
        case nil: break
        }
        if let problem = attribute?.problemOfDynamic { problems.append(problem) }
        let isDynamic = attribute?.isDynamic ?? false
        if isDynamic, let attribute {
            problems += problemsOfDynamic(function, attribute)
        }
        let method = HandlerMethod(
            function: function,
            wireName: wireName,
            attribute: attribute,
            isDynamic: isDynamic
        )
        return (method, problems)
    }

    private static func problems(of function: FunctionDeclSyntax, role: Role) -> [Problem] {
        let name = function.name.plainName
        var problems: [Problem] = []
        if let modifier = function.modifiers.first("static", "class") {
            problems.append(
                Problem("'\(name)' is \(role.words), which is a method of an instance: remove 'static'.", at: modifier)
            )
        }
        if let clause = function.genericParameterClause {
            problems.append(
                Problem(
                    "'\(name)' is generic, but values from the wire have fixed types: name the types.",
                    at: clause
                )
            )
        }
        if role.home.members.contains(name) {
            problems.append(
                Problem(
                    "'@\(role.home.marker.rawValue)' adds a member '\(name)' of its own: give \(role.words) another name "
                        + "in Swift, and this one on the wire with 'name:' if it needs it.",
                    at: function.name
                )
            )
        }
        for parameter in function.parameters { problems += self.problems(of: parameter) }
        if let type = function.signature.returnClause?.type, type.as(SomeOrAnyTypeSyntax.self)?.isSome == true {
            problems.append(
                Problem("The result needs a fixed type on the wire: name the type in place of 'some'.", at: type)
            )
        }
        return problems + problemsOfEffects(function, name: name, role: role)
    }

    private static func problemsOfDynamic(
        _ function: FunctionDeclSyntax,
        _ attribute: AttributeSyntax
    ) -> [Problem] {
        let name = function.name.plainName
        let types = function.parameters.map { $0.type.wireType.split(separator: ".").last ?? "" }
        if types != ["String", "DynamicArguments"] {
            return [
                Problem(
                    "'\(name)' stands for every name that nothing else has: write "
                        + "'func \(name)(_ name: String, _ arguments: DynamicArguments)'.",
                    at: function.signature.parameterClause
                )
            ]
        }
        if let argument = attribute.argument("name") {
            return [Problem("'\(name)' stands for every name that nothing else has: remove 'name:'.", at: argument)]
        }
        return []
    }

    private static func problems(of parameter: FunctionParameterSyntax) -> [Problem] {
        let name = (parameter.secondName ?? parameter.firstName).text
        if let ellipsis = parameter.ellipsis {
            let type = parameter.type.trimmedDescription
            return [
                Problem("'\(name)' is variadic: write the array '[\(type)]' in place of '\(type)...'.", at: ellipsis)
            ]
        }
        if let type = parameter.type.as(AttributedTypeSyntax.self) {
            for case .simpleTypeSpecifier(let specifier) in type.specifiers
            where ["inout", "isolated"].contains(specifier.specifier.text) {
                let word = specifier.specifier.text
                return [Problem("'\(name)' is a copy that came over the wire: remove '\(word)'.", at: specifier)]
            }
        }
        if let type = parameter.type.as(SomeOrAnyTypeSyntax.self), type.isSome {
            return [Problem("'\(name)' needs a fixed type on the wire: name the type in place of 'some'.", at: type)]
        }
        return []
    }

    private static func problemsOfEffects(_ function: FunctionDeclSyntax, name: String, role: Role) -> [Problem] {
        var problems: [Problem] = []
        if role.isPartOfWorkflow {
            if let modifier = function.modifiers.first("nonisolated") {
                problems.append(
                    Problem("'\(name)' is \(role.words) and runs on its actor: remove 'nonisolated'.", at: modifier)
                )
            }
            if let attribute = function.attributes.isolation {
                problems.append(
                    Problem(
                        "'\(name)' is \(role.words) and runs on its actor: remove '@\(attribute.name)'.",
                        at: attribute
                    )
                )
            }
        } else if let modifier = function.modifiers.first("mutating") {
            problems.append(
                Problem(
                    "'\(name)' is \(role.words), and many run at a time: remove 'mutating'; "
                        + "what changes belongs in an actor.",
                    at: modifier
                )
            )
        }
        if role == .nexusOperation, function.parameters.count > 1 {
            problems.append(
                Problem(
                    "'\(name)' is a Nexus operation, which takes one value or none: put its "
                        + "\(function.parameters.count) parameters into one type.",
                    at: function.signature.parameterClause
                )
            )
        }
        if role == .query, let specifier = function.signature.effectSpecifiers?.asyncSpecifier {
            problems.append(
                Problem(
                    "'\(name)' is a query, which answers at once from the workflow's state: remove 'async'.",
                    at: specifier
                )
            )
        }
        if role == .signal, let clause = function.signature.returnClause, !clause.type.isVoid {
            problems.append(
                Problem(
                    "'\(name)' is a signal, and nobody waits for its result: remove '\(clause.trimmedDescription)', "
                        + "or write '@Query' if it only reads.",
                    at: clause
                )
            )
        }
        return problems
    }
}

extension FunctionDeclSyntax {
    /// The parameters.
    var parameters: FunctionParameterListSyntax { signature.parameterClause.parameters }

    /// A warning of an attribute that takes a method of a workflow off its actor if it is a global actor, which only the
    /// compiler knows; `nil` if there is none.
    ///
    /// - Parameter purpose: What the method is: "is a signal and runs on its actor".
    func warningOfIsolation(_ purpose: String) -> Problem? {
        // What is known to be one is an error of its own.
        guard attributes.isolation == nil, let attribute = attributes.possibleIsolation else { return nil }
        return Problem(
            "'\(name.plainName)' \(purpose): remove '@\(attribute.name)' if it is a global actor, and write "
                + "'@\(attribute.name)()' if it is a macro.",
            at: attribute,
            severity: .warning
        )
    }
}

extension FunctionParameterListSyntax {
    /// The arguments `p0`, `p1` … with the labels of these parameters.
    ///
    /// - Parameter first: The number of the first argument.
    func argumentList(from first: Int = 0) -> String {
        enumerated().map { index, parameter in
            let label = parameter.firstName
            return (label.tokenKind == .wildcard ? "" : "\(label.asArgumentLabel): ") + "p\(first + index)"
        }.joined(separator: ", ")
    }
}

extension TokenSyntax {
    /// The name as a label in a call, where backticks around most keywords are warned about.
    fileprivate var asArgumentLabel: String {
        let needsBackticks =
            ["inout", "let", "var"].contains(plainName)
            || !plainName.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
        return needsBackticks ? text : plainName
    }
}

extension AttributeListSyntax {
    /// An attribute that takes a declaration off the isolation it would have: `@concurrent`, `@MainActor`.
    var isolation: AttributeSyntax? {
        lazy.compactMap { $0.as(AttributeSyntax.self) }.first { $0.name == "concurrent" || $0.name.hasSuffix("Actor") }
    }

    /// An attribute that may be a global actor: one with the name of a type, which is none of Swift's or of this module, and
    /// no arguments.
    var possibleIsolation: AttributeSyntax? {
        lazy.compactMap { $0.as(AttributeSyntax.self) }.first { attribute in
            attribute.leftParen == nil && attribute.name.first?.isUppercase == true && attribute.name != "Sendable"
                && Marker(rawValue: attribute.name) == nil
        }
    }

    /// Whether there is an attribute that may be a global actor.
    var mayIsolate: Bool { possibleIsolation != nil }
}

extension TypeSyntax {
    /// The type as a generic argument: without what only a parameter can have.
    var wireType: String {
        if let attributed = self.as(AttributedTypeSyntax.self) { return attributed.baseType.wireType }
        if let optional = self.as(ImplicitlyUnwrappedOptionalTypeSyntax.self) {
            return "\(optional.wrappedType.trimmedDescription)?"
        }
        return trimmedDescription
    }

    /// Whether `.self` can follow the type without parentheses.
    var isPlain: Bool {
        [.identifierType, .memberType, .optionalType, .arrayType, .dictionaryType].contains(kind)
    }

    /// Whether the type is `Void` or `()`.
    var isVoid: Bool {
        if let tuple = self.as(TupleTypeSyntax.self) { return tuple.elements.isEmpty }
        return ["Void", "Swift.Void"].contains(trimmedDescription)
    }
}

extension SomeOrAnyTypeSyntax {
    var isSome: Bool { someOrAnySpecifier.tokenKind == .keyword(.some) }
}
