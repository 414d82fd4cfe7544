import SwiftSyntax

/// The marked methods of a type, and what is wrong with them together.
///
/// What is wrong with one of them alone is reported where its own attribute expands.
struct HandlerTable {
    /// One entry.
    struct Entry {
        let marker: Marker
        let method: HandlerMethod
    }

    /// The usable methods in the order in which they are declared.
    private(set) var entries: [Entry] = []

    /// What is wrong with the methods together.
    private(set) var problems: [Problem] = []

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
            if problems.isEmpty { add(Entry(marker: marker, method: method)) }
        }
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
            $0.marker == entry.marker && $0.method.wireName == entry.method.wireName
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
