import SwiftParser
import SwiftSyntax

/// The attributes of this module, found in the source of the author.
enum Marker: String, CaseIterable {
    case workflow = "Workflow"
    case signal = "Signal"
    case query = "Query"
    case update = "Update"
    case activities = "Activities"
    case activity = "Activity"
    case nexusService = "NexusService"
    case nexusOperation = "NexusOperation"

    /// The attribute of this name in a list, be it written `@Signal` or `@Temporal.Signal`.
    func attribute(in attributes: AttributeListSyntax) -> AttributeSyntax? {
        attributes.lazy.compactMap { $0.as(AttributeSyntax.self) }.first { $0.name == rawValue }
    }
}

extension AttributeListSyntax {
    /// The first attribute that makes a method a handler.
    var firstHandlerMarker: Marker? {
        lazy.compactMap { $0.as(AttributeSyntax.self) }
            .compactMap { Marker(rawValue: $0.name) }
            .first { [.signal, .query, .update, .activity, .nexusOperation].contains($0) }
    }
}

extension AttributeListSyntax {
    private var availabilityAttributes: [AttributeSyntax] {
        compactMap { $0.as(AttributeSyntax.self) }.filter { $0.name == "available" }
    }

    /// What a generated reference to the declaration writes to be as available as that, each on a line of its own. Whether
    /// the declaration may be called where others wait says nothing of the reference.
    var availability: String {
        availabilityAttributes.filter { !$0.mentions("noasync") }.map { "\($0.trimmedDescription)\n" }.joined()
    }

    /// Whether the declaration is deprecated, here or on some platform.
    var areDeprecating: Bool { availabilityAttributes.contains { $0.mentions("deprecated") } }
}

extension AttributeSyntax {
    /// Whether a word is among the arguments.
    fileprivate func mentions(_ word: String) -> Bool {
        arguments?.tokens(viewMode: .sourceAccurate).contains { $0.text == word } ?? false
    }
}

extension AttributeSyntax {
    /// The last part of the attribute's name.
    var name: String {
        if let member = attributeName.as(MemberTypeSyntax.self) { return member.name.text }
        return attributeName.as(IdentifierTypeSyntax.self)?.name.text ?? attributeName.trimmedDescription
    }

    /// The argument of a label, where it is more than `nil`.
    func argument(_ label: String) -> ExprSyntax? {
        let found = arguments?.as(LabeledExprListSyntax.self)?.first { $0.label?.text == label }?.expression
        return found?.is(NilLiteralExprSyntax.self) == true ? nil : found
    }

    /// Whether the attribute says `dynamic: true`.
    var isDynamic: Bool {
        argument("dynamic")?.as(BooleanLiteralExprSyntax.self)?.literal.tokenKind == .keyword(.true)
    }

    /// What is wrong with `dynamic:`, if it is something else than a literal, whose value no macro knows.
    var problemOfDynamic: Problem? {
        guard let argument = argument("dynamic"), !argument.is(BooleanLiteralExprSyntax.self) else { return nil }
        return Problem("Whether it is dynamic is part of the definition: write 'true' or 'false'.", at: argument)
    }

    /// The name on the wire that the attribute gives with `name:`.
    ///
    /// - Parameter standard: The name if it gives none.
    /// - Returns: The name, or what is wrong with it.
    func wireName(default standard: String) -> Result<String, WireNameError> {
        guard let argument = argument("name") else { return .success(standard) }
        func wrong(_ message: String) -> Result<String, WireNameError> {
            .failure(WireNameError(problem: Problem(message, at: argument)))
        }
        guard let name = argument.as(StringLiteralExprSyntax.self)?.representedLiteralValue else {
            return wrong("The name is part of the definition: write a string literal without interpolation.")
        }
        if name.isEmpty { return wrong("The name is empty: write one, or leave 'name:' out to use '\(standard)'.") }
        if name.hasPrefix("__temporal_") {
            return wrong("Names that begin with '__temporal_' belong to Temporal: choose another one.")
        }
        return .success(name)
    }
}

/// A name on the wire that cannot be used.
struct WireNameError: Error {
    let problem: Problem
}

extension TokenSyntax {
    /// The name without the backticks that let it be a keyword or hold spaces.
    var plainName: String {
        text.count > 2 && text.hasPrefix("`") && text.hasSuffix("`") ? String(text.dropFirst().dropLast()) : text
    }
}

extension DeclModifierListSyntax {
    /// The modifier of a name, such as `static`.
    func first(_ names: String...) -> DeclModifierSyntax? {
        first { names.contains($0.name.text) }
    }

    /// What generated members of a type write to be as visible as the type: `public `, `package `, or nothing.
    var memberAccess: String {
        first("public", "open", "package").map { $0.name.text == "package" ? "package " : "public " } ?? ""
    }

    /// What a generated peer writes to be as visible as the declaration itself. It is static, which nothing overrides.
    var peerAccess: String {
        guard let access = first("open", "public", "package", "internal", "fileprivate", "private") else { return "" }
        return access.name.text == "open" ? "public " : "\(access.name.text) "
    }
}
