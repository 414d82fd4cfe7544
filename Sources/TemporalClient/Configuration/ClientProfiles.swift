public import Foundation

/// All profiles of a configuration file, to show and to change them. Programs that connect need only ``ClientProfile``.
public struct ClientProfiles: Sendable, Hashable {
    /// The name of the profile that counts if nobody names one.
    public static let defaultName = "default"

    /// The profiles by name.
    public var profiles: [String: ClientProfile]

    /// Puts profiles together.
    ///
    /// - Parameter profiles: The profiles by name.
    public init(_ profiles: [String: ClientProfile] = [:]) {
        self.profiles = profiles
    }

    /// Reads profiles.
    ///
    /// - Parameters:
    ///   - toml: The TOML of a configuration file.
    ///   - isStrict: Whether keys that nobody knows are an error. Default: false.
    /// - Throws: ``ConnectionOptionsError`` if the text is no TOML, or a setting is not of its type or contradicts another.
    public init(toml: String, isStrict: Bool = false) throws {
        try self.init(toml: toml, isStrict: isStrict, name: "the configuration")
    }

    /// Reads profiles from what errors call by a name.
    init(toml: String, isStrict: Bool, name: String) throws {
        let entries: [String: TOMLValue]
        do {
            entries = try TOMLReader.read(toml)
        } catch {
            throw ConnectionOptionsError("\(name.capitalizedFirst) is no TOML: \(error.description).")
        }
        var document = TOMLTableReader(entries, path: [], name: name)
        var profiles: [String: ClientProfile] = [:]
        if var table = try document.table("profile") {
            // In order, so that of two mistakes always the same one is told.
            for name in table.keys {
                if var profile = try table.table(name) {
                    profiles[name] = try ClientProfile(&profile, isStrict: isStrict)
                }
            }
        }
        if isStrict { try document.refuseUnknown() }
        self.profiles = profiles
    }

    /// Reads all profiles of a file. The environment only says where the file is.
    ///
    /// - Parameters:
    ///   - source: Where the file is, or what it says. A file that is not there has no profiles.
    ///   - isStrict: Whether keys that nobody knows are an error. Default: false.
    ///   - environment: The variables. Default: those of the process.
    /// - Returns: The profiles.
    /// - Throws: ``ConnectionOptionsError`` if the file cannot be read or is wrong.
    public static func load(
        from source: ConfigurationSource = .standard,
        isStrict: Bool = false,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ClientProfiles {
        try ClientProfiles(
            toml: source.text(environment) ?? "",
            isStrict: isStrict,
            name: source.name(environment)
        )
    }

    /// The profiles as TOML, in the order of their names.
    public var toml: String {
        profiles.sorted { $0.key < $1.key }.map { $0.value.toml(name: $0.key) }.joined(separator: "\n")
    }

    /// Writes the profiles to a file that only its owner can read, for they may hold keys.
    ///
    /// It replaces the file as a whole: comments and keys that nobody knows are lost. Folders on the way are made.
    ///
    /// - Parameter path: The path of the file, such as ``ConfigurationSource/standardPath(environment:)``.
    /// - Throws: What kept the file from being written.
    public func write(to path: String) throws {
        let files = FileManager.default
        // A link stays one.
        let target = URL(filePath: path).resolvingSymlinksInPath()
        let folder = target.deletingLastPathComponent()
        try files.createDirectory(
            at: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let draft = folder.appending(path: ".\(target.lastPathComponent).\(UUID())")
        // Closed to others before there is anything to read.
        guard files.createFile(atPath: draft.path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: draft.path])
        }
        do {
            let handle = try FileHandle(forWritingTo: draft)
            try handle.write(contentsOf: Data(toml.utf8))
            try handle.close()
            guard rename(draft.path, target.path) == 0 else {
                throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: target.path])
            }
        } catch {
            try? files.removeItem(at: draft)
            throw error
        }
    }
}

extension ClientProfiles: CustomStringConvertible {
    public var description: String {
        profiles.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")
    }
}
