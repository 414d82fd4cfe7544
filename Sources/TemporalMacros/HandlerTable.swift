import SwiftParser
import SwiftSyntax

/// The marked methods of a type, and what is wrong with them together.
///
/// What is wrong with one of them alone is reported where its own attribute expands.
struct HandlerTable {
    /// One entry.
    struct Entry {
        let marker: Marker
        let method: HandlerMethod
        /// What validates an update.
        var validator: FunctionDeclSyntax?
    }

    /// The usable methods in the order in which they are declared.
    private(set) var entries: [Entry] = []

    /// What is wrong with the methods together.
    private(set) var problems: [Problem] = []

    /// Whether one of the methods is deprecated, so that what calls all of them has to be, too: the author could not mend a
    /// warning there.
    private var isDeprecated: Bool {
        entries.contains {
            $0.method.function.attributes.areDeprecating || $0.validator?.attributes.areDeprecating == true
        }
    }

    /// What the generated member that calls all methods writes before its access.
    var deprecation: String { isDeprecated ? Self.deprecation : "" }

    /// What a generated member writes that calls what is deprecated.
    static let deprecation = "@available(*, deprecated, message: \"It calls deprecated methods.\")\n"

    /// Reads the methods of a type.
    ///
    /// - Parameters:
    ///   - members: The members of the type.
    ///   - roles: The attributes to look for, and what they make of a method.
    init(_ members: MemberBlockItemListSyntax, roles: [(marker: Marker, role: HandlerMethod.Role)]) {
        for member in members {
            if let condition = member.decl.as(IfConfigDeclSyntax.self) {
                rejectHandlers(in: condition, roles: roles)
            }
            guard let function = member.decl.as(FunctionDeclSyntax.self),
                let marker = function.attributes.firstHandlerMarker,
                let role = roles.first(where: { $0.marker == marker })?.role
            else { continue }
            let attribute = marker.attribute(in: function.attributes)
            let (method, problems) = HandlerMethod.read(function, attribute: attribute, role: role)
            guard problems.isEmpty else { continue }
            var entry = Entry(marker: marker, method: method)
            if let name = attribute?.argument("validator") {
                entry.validator = findValidator(named: name, of: method, in: members)
                if entry.validator == nil { continue }
            }
            add(entry)
        }
    }

    /// The method that validates an update. What is wrong with it goes to ``problems``.
    private mutating func findValidator(
        named name: ExprSyntax,
        of update: HandlerMethod,
        in members: MemberBlockItemListSyntax
    ) -> FunctionDeclSyntax? {
        let target = update.function.name.plainName
        guard let text = name.as(StringLiteralExprSyntax.self)?.representedLiteralValue else {
            problems.append(
                Problem("The validator is a method of this actor: write its name as a string literal.", at: name)
            )
            return nil
        }
        let methods = members.compactMap { $0.decl.as(FunctionDeclSyntax.self) }.filter { $0.name.plainName == text }
        let types = update.function.parameters.map(\.type.wireType)
        let wanted = "'func \(text)(\(types.map { "_: \($0)" }.joined(separator: ", "))) throws'"
        guard let found = methods.first(where: { $0.parameters.map(\.type.wireType) == types }) ?? methods.first else {
            problems.append(
                Problem("There is no method '\(text)' to validate '\(target)': write \(wanted).", at: name)
            )
            return nil
        }
        let problem: Problem? =
            if found.parameters.map(\.type.wireType) != types {
                Problem(
                    "'\(text)' validates '\(target)' and takes the same: write \(wanted).",
                    at: found.signature.parameterClause
                )
            } else if let specifier = found.signature.effectSpecifiers?.asyncSpecifier {
                Problem("'\(text)' validates '\(target)' and cannot wait: remove 'async'.", at: specifier)
            } else if let clause = found.signature.returnClause, !clause.type.isVoid {
                Problem(
                    "'\(text)' throws an error to reject '\(target)' and returns nothing: remove "
                        + "'\(clause.trimmedDescription)'.",
                    at: clause
                )
            } else if let modifier = found.modifiers.first("static", "class", "nonisolated") {
                Problem(
                    "'\(text)' validates '\(target)' by the state of the workflow: remove '\(modifier.name.text)'.",
                    at: modifier
                )
            } else if let attribute = found.attributes.isolation {
                Problem(
                    "'\(text)' validates '\(target)' and runs on its actor: remove '@\(attribute.name)'.",
                    at: attribute
                )
            } else {
                nil
            }
        if let problem { problems.append(problem) }
        if let warning = found.warningOfIsolation("validates '\(target)' and runs on its actor") {
            problems.append(warning)
        }
        return problem == nil ? found : nil
    }

    private mutating func add(_ entry: Entry) {
        let name = entry.method.function.name
        if entries.contains(where: { $0.method.function.name.plainName == name.plainName }) {
            problems.append(
                Problem(
                    "There are two handlers '\(name.plainName)', and a handler is referred to by its name alone: "
                        + "rename one of them.",
                    at: name
                )
            )
        } else if let first = entries.first(where: {
            $0.marker == entry.marker && $0.method.isDynamic && entry.method.isDynamic
        }) {
            problems.append(
                Problem(
                    "'\(name.plainName)' and '\(first.method.function.name.plainName)' both stand for every name that "
                        + "nothing else has: remove one of them.",
                    at: name
                )
            )
        } else if let first = entries.first(where: {
            $0.marker == entry.marker && $0.method.wireName == entry.method.wireName
                && !$0.method.isDynamic && !entry.method.isDynamic
        }) {
            problems.append(
                Problem(
                    "'\(name.plainName)' and '\(first.method.function.name.plainName)' both have the name "
                        + "'\(entry.method.wireName)' on the wire: give one of them another with 'name:'.",
                    at: name
                )
            )
        } else {
            entries.append(entry)
        }
    }

    private mutating func rejectHandlers(
        in condition: IfConfigDeclSyntax,
        roles: [(marker: Marker, role: HandlerMethod.Role)]
    ) {
        for clause in condition.clauses {
            guard case .decls(let members) = clause.elements else { continue }
            for member in members {
                if let nested = member.decl.as(IfConfigDeclSyntax.self) {
                    rejectHandlers(in: nested, roles: roles)
                }
                guard let function = member.decl.as(FunctionDeclSyntax.self),
                    let marker = function.attributes.firstHandlerMarker, roles.contains(where: { $0.marker == marker })
                else { continue }
                problems.append(
                    Problem(
                        "'\(function.name.plainName)' stands inside '#if', where its type's macro cannot see it: "
                            + "put the '#if' into its body.",
                        at: function.name
                    )
                )
            }
        }
    }
}
