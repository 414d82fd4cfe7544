extension TestServer {
    /// How many calls a service takes. What goes beyond is refused with `RESOURCE_EXHAUSTED`, in the words of a real server,
    /// so that clients can be seen to wait and to try again.
    ///
    /// Calls are counted in the time of the wall, also where the service's clock skips: they are made in that time, and
    /// whoever is refused waits in it.
    public struct RateLimits: Sendable, Hashable {
        /// How many calls a second a namespace may make, besides those below: `frontend.namespaceRPS`. Default: 2400.
        public var namespaceCalls: Double = 2400

        /// How many seconds' worth of these calls may come at once: `frontend.namespaceBurstRatio`. Default: 2.
        public var namespaceBurstRatio: Double = 2

        /// How many lists and counts a second a namespace may ask for: `frontend.namespaceRPS.visibility`. Default: 10.
        public var visibilityCalls: Double = 10

        /// How many seconds' worth of these calls may come at once: `frontend.namespaceBurstRatio.visibility`. Default: 1.
        public var visibilityBurstRatio: Double = 1

        /// How many changes a second a namespace may make of itself, of current versions of its workers and of the limits
        /// of its task queues: `frontend.globalNamespaceRPS.namespaceReplicationInducingAPIs`. Default: 10.
        public var namespaceChanges: Double = 10

        /// How many seconds' worth of these calls may come at once:
        /// `frontend.namespaceBurstRatio.namespaceReplicationInducingAPIs`. Default: 10.
        public var namespaceChangeBurstRatio: Double = 10

        /// How many calls a second all namespaces may make together, with twice as many at once: `frontend.rps`. Default: 2400.
        public var serviceCalls: Double = 2400

        /// How many calls of one kind that wait for something, such as polls, a namespace may have waiting:
        /// `frontend.namespaceCount`. Default: 1200.
        public var waitingCalls: Int = 1200

        /// The limits of a server that nobody configured.
        public init() {}
    }
}

extension TestServer.RateLimits {
    /// The settings, by the names that a real server has for them.
    private static let settings: [String: any WritableKeyPath<Self, Double> & Sendable] = [
        "frontend.namespaceRPS": \.namespaceCalls,
        "frontend.namespaceBurstRatio": \.namespaceBurstRatio,
        "frontend.namespaceRPS.visibility": \.visibilityCalls,
        "frontend.namespaceBurstRatio.visibility": \.visibilityBurstRatio,
        "frontend.globalNamespaceRPS.namespaceReplicationInducingAPIs": \.namespaceChanges,
        "frontend.namespaceBurstRatio.namespaceReplicationInducingAPIs": \.namespaceChangeBurstRatio,
        "frontend.rps": \.serviceCalls,
    ]
    private static let waitingCallsName = "frontend.namespaceCount"

    /// The names of all settings.
    package static var names: [String] { (settings.keys + [waitingCallsName]).sorted() }

    /// Changes the setting of a name.
    ///
    /// - Returns: Whether there is such a setting, and the value is one for it.
    package mutating func set(_ name: String, to value: Double) -> Bool {
        guard value >= 0, value.isFinite else { return false }
        if name == Self.waitingCallsName {
            guard let count = Int(exactly: value) else { return false }
            waitingCalls = count
            return true
        }
        guard let setting = Self.settings[name] else { return false }
        self[keyPath: setting] = value
        return true
    }
}
