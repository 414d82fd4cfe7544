package import TemporalAPI

/// What becomes of runs of a workflow when another version of its workers takes over.
public struct VersioningBehavior: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable { case pinned, autoUpgrade }

    package let kind: Kind

    /// A run stays on the version that it began with, to its end. Its code needs no patches.
    public static let pinned = VersioningBehavior(kind: .pinned)

    /// A run goes on with the current version of the deployment, from its next workflow task on. Changes of its code
    /// need patches.
    public static let autoUpgrade = VersioningBehavior(kind: .autoUpgrade)

    public var description: String {
        switch kind {
        case .pinned: "pinned"
        case .autoUpgrade: "autoUpgrade"
        }
    }

    /// The behaviour of a number of the API; `nil` for none, and for one that this version of the SDK does not know.
    package init?(_ proto: APIVersioningBehavior) {
        switch proto {
        case .pinned: self = .pinned
        case .autoUpgrade: self = .autoUpgrade
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }

    private init(kind: Kind) {
        self.kind = kind
    }

    package var proto: APIVersioningBehavior {
        switch kind {
        case .pinned: .pinned
        case .autoUpgrade: .autoUpgrade
        }
    }
}

/// Which version a run begins with that continues another as new.
public struct ContinueAsNewVersioningBehavior: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case autoUpgrade, useRampingVersion }

    package let kind: Kind

    /// The current version of the deployment, or the ramping one by its percentage, also if the run before was pinned.
    /// From its first workflow task on the run has the behaviour of its workflow again.
    public static let autoUpgrade = ContinueAsNewVersioningBehavior(kind: .autoUpgrade)

    /// The ramping version of the deployment, whatever its percentage; the current one if none is ramping.
    public static let useRampingVersion = ContinueAsNewVersioningBehavior(kind: .useRampingVersion)

    package var proto: APIContinueAsNewVersioningBehavior {
        switch kind {
        case .autoUpgrade: .autoUpgrade
        case .useRampingVersion: .useRampingVersion
        }
    }
}
