public import Foundation

/// Where the configuration of clients is read from.
public struct ConfigurationSource: Sendable, Hashable {
    private enum Kind: Hashable {
        case standard
        case file(String)
        case text(String)
        case none
    }

    private let kind: Kind

    /// The file that `TEMPORAL_CONFIG_FILE` names, or else ``standardPath(environment:)``.
    public static let standard = ConfigurationSource(kind: .standard)

    /// A file.
    public static func file(_ path: String) -> ConfigurationSource { ConfigurationSource(kind: .file(path)) }

    /// TOML as it is.
    public static func text(_ toml: String) -> ConfigurationSource { ConfigurationSource(kind: .text(toml)) }

    /// Nothing: only the environment counts.
    public static let none = ConfigurationSource(kind: .none)

    /// Where the configuration is if nobody says otherwise: `temporalio/temporal.toml` in `$XDG_CONFIG_HOME`, in
    /// `~/.config` if that is not set, and on macOS in `~/Library/Application Support`.
    ///
    /// - Parameter environment: The variables that tell the folders. Default: those of the process.
    /// - Returns: The path; `nil` if the environment tells no folder.
    public static func standardPath(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String? {
        func folder(_ variable: String) -> String? {
            environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        #if os(macOS)
            let base = folder("HOME").map { $0 + "/Library/Application Support" }
        #else
            let base = folder("XDG_CONFIG_HOME") ?? folder("HOME").map { $0 + "/.config" }
        #endif
        return base.map { $0 + "/temporalio/temporal.toml" }
    }

    /// The path of the file, if it is one.
    func path(_ environment: [String: String]) -> String? {
        switch kind {
        case .standard:
            environment["TEMPORAL_CONFIG_FILE"].flatMap { $0.isEmpty ? nil : $0 }
                ?? Self.standardPath(environment: environment)
        case .file(let path): path
        case .text, .none: nil
        }
    }

    /// What to call it in messages.
    func name(_ environment: [String: String]) -> String {
        switch kind {
        case .text: "the configuration"
        case .none: "no configuration"
        case .standard, .file: "the configuration file '\(path(environment) ?? "")'"
        }
    }

    /// The TOML. A file that is not there is as good as an empty one.
    ///
    /// - Returns: The text; `nil` if no profile is to be looked for.
    /// - Throws: ``ConnectionOptionsError`` if there is a file that cannot be read.
    func text(_ environment: [String: String]) throws -> String? {
        switch kind {
        case .text(let text): return text
        case .none: return nil
        case .standard, .file: break
        }
        guard let path = path(environment), FileManager.default.fileExists(atPath: path) else { return "" }
        let data: Data
        do {
            // `Data(contentsOf:)` refuses what is no regular file: /dev/null, a pipe of the shell.
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            data = try file.readToEnd() ?? Data()
        } catch {
            throw ConnectionOptionsError(
                "\(name(environment).capitalizedFirst) cannot be read: check the permissions.",
                cause: error
            )
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ConnectionOptionsError("\(name(environment).capitalizedFirst) is not in UTF-8.")
        }
        return text
    }
}

extension ConfigurationSource: CustomStringConvertible, CustomReflectable {
    public var description: String {
        switch kind {
        case .standard: "the standard configuration file"
        case .file(let path): "the configuration file '\(path)'"
        case .text: "a configuration"
        case .none: "no configuration"
        }
    }

    // The text may hold secrets.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension String {
    /// The text as the beginning of a sentence.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
