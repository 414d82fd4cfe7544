import SwiftSyntax

/// The actor that an author marked as a workflow.
struct WorkflowSource {
    /// The actor.
    let actor: ActorDeclSyntax

    /// The name of the workflow type on the wire.
    let wireName: String

    /// The code of the workflow.
    let run: HandlerMethod

    /// The author's `init(context:…)`; `nil` where the macro is to write one.
    let initializer: InitializerDeclSyntax?

    /// Whether the author declares `context`.
    let declaresContext: Bool

    /// Whether it runs for every workflow type that nothing else runs for.
    let isDynamic: Bool

    /// The signals, queries and updates.
    let handlers: HandlerTable

    /// What the generated definition writes before its access: it calls everything, be it deprecated or not.
    var deprecation: String {
        let isDeprecated = run.function.attributes.areDeprecating || initializer?.attributes.areDeprecating == true
        return isDeprecated ? HandlerTable.deprecation : handlers.deprecation
    }

    /// Reads a declaration.
    ///
    /// - Parameters:
    ///   - declaration: The declaration.
    ///   - attribute: What marks it.
    ///   - lexicalContext: What is around it, from the inside out.
    /// - Returns: The workflow, or what is wrong with it. What is wrong with its handlers together is in ``handlers``.
    static func read(
        _ declaration: some DeclGroupSyntax,
        attribute: AttributeSyntax,
        in lexicalContext: [Syntax]
    ) -> Result<Self, Invalid> {
        guard let actor = declaration.as(ActorDeclSyntax.self) else {
            return .failure(Invalid(problems: [notAnActor(declaration)]))
        }
        var problems = problemsOfGenericPlace(of: actor, in: lexicalContext)
        if let clause = actor.genericParameterClause {
            problems.append(
                Problem("A workflow has one name on the wire and cannot be generic: name the types.", at: clause)
            )
        }
        if let modifier = actor.modifiers.first("distributed") {
            problems.append(Problem("A workflow is an actor of its worker: remove 'distributed'.", at: modifier))
        }
        var wireName = actor.name.plainName
        switch attribute.wireName(default: wireName) {
        case .success(let name): wireName = name
        case .failure(let error): problems.append(error.problem)
        }
        if let problem = attribute.problemOfDynamic { problems.append(problem) }
        let run = readRun(actor, &problems)
        let initializer = readInitializer(actor, run, &problems)
        if attribute.isDynamic, let run { problems += problemsOfDynamic(run, initializer) }
        guard let run, problems.isEmpty else { return .failure(Invalid(problems: problems)) }
        return .success(
            WorkflowSource(
                actor: actor,
                wireName: wireName,
                run: run,
                initializer: initializer,
                declaresContext: actor.variables.contains { $0.pattern.trimmedDescription == "context" },
                isDynamic: attribute.isDynamic,
                handlers: HandlerTable(
                    actor.memberBlock.members,
                    roles: [(.signal, .signal), (.query, .query), (.update, .update)]
                )
            )
        )
    }

    /// What keeps a declaration from being a workflow.
    struct Invalid: Error {
        let problems: [Problem]
    }

    private static func problemsOfGenericPlace(of actor: ActorDeclSyntax, in lexicalContext: [Syntax]) -> [Problem] {
        let generic = lexicalContext.first {
            $0.asProtocol((any WithGenericParametersSyntax).self)?.genericParameterClause != nil
        }
        guard let name = generic?.asProtocol((any NamedDeclSyntax).self)?.name.plainName else { return [] }
        return [
            Problem(
                "'\(actor.name.plainName)' has one name on the wire and cannot stand inside of '\(name)', which is generic: "
                    + "move it out.",
                at: actor.name
            )
        ]
    }

    private static func problemsOfDynamic(
        _ run: HandlerMethod,
        _ initializer: InitializerDeclSyntax?
    ) -> [Problem] {
        var problems: [Problem] = []
        if run.inputs.map({ $0.split(separator: ".").last ?? "" }) != ["DynamicArguments"] {
            problems.append(
                Problem(
                    "A dynamic workflow takes whatever it is started with: write 'func run(_ arguments: "
                        + "DynamicArguments)'.",
                    at: run.function.signature.parameterClause
                )
            )
        }
        if let initializer,
            initializer.parameters.count > 1 || initializer.signature.effectSpecifiers?.throwsClause != nil
        {
            problems.append(
                Problem(
                    "A dynamic workflow is made with its context alone: write 'init(context: WorkflowContext)'.",
                    at: initializer.signature
                )
            )
        }
        return problems
    }

    private static func notAnActor(_ declaration: some DeclGroupSyntax) -> Problem {
        let keyword = declaration.introducer
        let name =
            declaration.asProtocol((any NamedDeclSyntax).self)?.name.plainName
            ?? declaration.as(ExtensionDeclSyntax.self)?.extendedType.trimmedDescription ?? ""
        let article = ["enum", "extension"].contains(keyword.text) ? "an" : "a"
        return Problem(
            "'\(name)' is \(article) \(keyword.text); a workflow is an actor: write 'actor \(name)'.",
            at: keyword
        )
    }

    private static func readRun(_ actor: ActorDeclSyntax, _ problems: inout [Problem]) -> HandlerMethod? {
        let functions = actor.memberBlock.members.compactMap { $0.decl.as(FunctionDeclSyntax.self) }
            .filter { $0.name.plainName == "run" }
        guard let function = functions.first else {
            problems.append(
                Problem(
                    "'\(actor.name.plainName)' has no code: write 'func run() async throws', "
                        + "with the parameters and the result of the workflow.",
                    at: actor.name
                )
            )
            return nil
        }
        for extra in functions.dropFirst() {
            problems.append(Problem("A workflow has one 'run': give this method another name.", at: extra.name))
        }
        if let marker = function.attributes.firstHandlerMarker,
            let attribute = marker.attribute(in: function.attributes)
        {
            problems.append(
                Problem("'run' is the code of the workflow: remove '@\(marker.rawValue)' or rename it.", at: attribute)
            )
        }
        let (run, wrong) = HandlerMethod.read(function, attribute: nil, role: .run)
        problems += wrong
        return run
    }

    private static func readInitializer(
        _ actor: ActorDeclSyntax,
        _ run: HandlerMethod?,
        _ problems: inout [Problem]
    ) -> InitializerDeclSyntax? {
        let all = actor.memberBlock.members.compactMap { $0.decl.as(InitializerDeclSyntax.self) }
        guard let found = all.first(where: { $0.parameters.first?.firstName.text == "context" }) else {
            if let other = all.first {
                problems.append(
                    Problem(
                        "A workflow is made with its context: write 'init(context: WorkflowContext)' and set "
                            + "'self.context', with what 'run' takes as further parameters where it is needed.",
                        at: other.initKeyword
                    )
                )
            } else {
                problems += uninitializedProperties(of: actor)
            }
            return nil
        }
        if let mark = found.optionalMark {
            problems.append(Problem("A workflow is always made: remove '\(mark.text)', or throw an error.", at: mark))
        }
        if let specifier = found.signature.effectSpecifiers?.asyncSpecifier {
            problems.append(Problem("A workflow waits in 'run', not while it is made: remove 'async'.", at: specifier))
        }
        let inputs = found.parameters.count - 1
        if let run, inputs > 0, inputs != run.inputs.count {
            problems.append(
                Problem(
                    "After the context this takes \(inputs) inputs, but 'run' takes \(run.inputs.count): "
                        + "write the same for both, or the context alone here.",
                    at: found.signature.parameterClause
                )
            )
        }
        return found
    }

    /// Properties that the generated `init(context:)` would leave without a value.
    private static func uninitializedProperties(of actor: ActorDeclSyntax) -> [Problem] {
        actor.memberBlock.members.compactMap { $0.decl.as(VariableDeclSyntax.self) }.flatMap { variable -> [Problem] in
            let isStored = variable.modifiers.first("static", "lazy") == nil && variable.attributes.isEmpty
            guard isStored else { return [] }
            let isConstant = variable.bindingSpecifier.tokenKind == .keyword(.let)
            return variable.bindings.compactMap { binding in
                let name = binding.pattern.trimmedDescription
                guard binding.initializer == nil, !binding.isComputed, name != "context" else { return nil }
                if !isConstant, binding.typeAnnotation?.type.isOptional == true { return nil }
                return Problem(
                    "'\(name)' has no value at the start: give it one, or write 'init(context: WorkflowContext)' "
                        + "with what 'run' takes as further parameters.",
                    at: binding.pattern
                )
            }
        }
    }
}

extension ActorDeclSyntax {
    /// The variables that the body declares.
    fileprivate var variables: [PatternBindingSyntax] {
        memberBlock.members.compactMap { $0.decl.as(VariableDeclSyntax.self) }.flatMap(\.bindings)
    }
}

extension InitializerDeclSyntax {
    fileprivate var parameters: FunctionParameterListSyntax { signature.parameterClause.parameters }
}

extension PatternBindingSyntax {
    /// Whether the variable has a getter of its own in place of storage.
    fileprivate var isComputed: Bool {
        switch accessorBlock?.accessors {
        case nil: false
        case .getter: true
        case .accessors(let list):
            !list.allSatisfy { ["willSet", "didSet"].contains($0.accessorSpecifier.text) }
        }
    }
}

extension TypeSyntax {
    /// Whether a variable of the type starts as `nil` by itself.
    fileprivate var isOptional: Bool {
        self.is(OptionalTypeSyntax.self) || self.is(ImplicitlyUnwrappedOptionalTypeSyntax.self)
    }
}
