import Foundation
import OrderedCollections
import Temporal
import TemporalAPI

/// Which worker deployment: its namespace and its name.
struct DeploymentKey: Hashable, Codable, Sendable {
    let namespace: String
    let name: String
}

/// The versions of one group of workers, and which of them new runs go to.
struct WorkerDeployment: Codable, Sendable {
    /// What a ramp takes its share of runs to.
    struct Ramp: Equatable, Codable, Sendable {
        /// The version; `nil` for workers without one.
        var version: WorkerDeploymentVersion?

        /// The share in percent.
        var percentage: Float
    }

    /// Which versions take runs that are not pinned.
    struct Routing: Codable, Sendable {
        /// The version that new runs go to; `nil` for workers without one.
        var current: WorkerDeploymentVersion?
        var ramp: Ramp?
        var currentChanged: Moment?
        var rampChanged: Moment?
        var percentageChanged: Moment?

        /// Counts the changes.
        var revision: Int64 = 0

        /// The place of the last change of the current version, and of that of the ramp, among the changes of all
        /// deployments: on a clock that stands still their times say nothing.
        var currentOrder: UInt64 = 0
        var rampOrder: UInt64 = 0
    }

    let key: DeploymentKey
    let createTime: Moment

    /// The id of the request that made it; of a poll if it is nobody's.
    let requestID: String

    /// Changes with every change that a client makes, so that clients can tell.
    var conflictToken: Data

    var lastModifier = ""

    /// The only client that may change the routing; empty for any.
    var manager = ""

    private(set) var routing = Routing()

    /// The versions by build id, in the order in which they were made.
    var versions: OrderedDictionary<String, DeploymentVersionState> = [:]

    init(key: DeploymentKey, createTime: Moment, requestID: String, lastModifier: String, conflictToken: Data) {
        self.key = key
        self.createTime = createTime
        self.requestID = requestID
        self.lastModifier = lastModifier
        self.conflictToken = conflictToken
    }

    /// Changes the version that new runs go to. The version of a ramp that becomes current is not ramping any more.
    mutating func setCurrent(_ version: WorkerDeploymentVersion?, at now: Moment, order: UInt64) {
        routing.current = version
        routing.currentChanged = now
        routing.currentOrder = order
        routing.revision += 1
        if let ramp = routing.ramp, ramp.version == version {
            routing.ramp = nil
            routing.rampChanged = now
            routing.percentageChanged = now
            routing.rampOrder = order
        }
        applyRouting(at: now)
    }

    /// Changes the ramp.
    mutating func setRamp(_ ramp: Ramp?, at now: Moment, order: UInt64) {
        if routing.ramp.map(\.version) != ramp.map(\.version) || ramp == nil { routing.rampChanged = now }
        routing.ramp = ramp
        routing.percentageChanged = now
        routing.rampOrder = order
        routing.revision += 1
        applyRouting(at: now)
    }

    private mutating func applyRouting(at now: Moment) {
        for buildID in versions.keys { versions[buildID]?.apply(routing, at: now) }
    }
}

/// What is known of one version of a deployment.
struct DeploymentVersionState: Codable, Sendable {
    /// How far the runs that are pinned to a version have ended, which takes no new ones any more.
    struct Drainage: Equatable, Codable, Sendable {
        var isDrained = false

        /// When it became so.
        var since: Moment

        /// Distinguishes this drainage from every other.
        let stamp: UInt64

        /// The time between two looks at the pinned runs.
        static let interval = Span.seconds(180)

        /// The last look up to a moment.
        func lastCheck(at now: Moment) -> Moment {
            let passed = max(0, (now - since).nanoseconds)
            return since + Span(nanoseconds: passed / Self.interval.nanoseconds * Self.interval.nanoseconds)
        }

        /// The next look after a moment.
        func nextCheck(after now: Moment) -> Moment { lastCheck(at: now) + Self.interval }
    }

    let version: WorkerDeploymentVersion
    let createTime: Moment

    /// The id of the request that made it; empty if a poll did.
    let requestID: String

    var status: APIWorkerDeploymentVersionStatus
    var lastModifier = ""

    /// The task queues that workers of the version have polled, in the order in which they did first.
    var taskQueues: OrderedSet<VersionQueue> = []

    var routingChanged: Moment?
    var currentSince: Moment?
    var rampingSince: Moment?
    var percentage: Float = 0
    var firstActivation: Moment?
    var lastCurrent: Moment?
    var lastDeactivation: Moment?
    var drainage: Drainage?

    /// What operators note about it; `nil` before the first note.
    var metadata: [String: APIPayload]?

    init(
        version: WorkerDeploymentVersion,
        createTime: Moment,
        requestID: String = "",
        status: APIWorkerDeploymentVersionStatus,
        lastModifier: String = ""
    ) {
        self.version = version
        self.createTime = createTime
        self.requestID = requestID
        self.status = status
        self.lastModifier = lastModifier
    }

    /// Whether it takes runs that are not pinned to it.
    var isActive: Bool { currentSince != nil || rampingSince != nil }

    /// Takes over what the routing of its deployment makes of it.
    fileprivate mutating func apply(_ routing: WorkerDeployment.Routing, at now: Moment) {
        let wasActive = isActive
        if routing.current == version {
            status = .current
            currentSince = routing.currentChanged
            lastCurrent = routing.currentChanged
            routingChanged = routing.currentChanged
            (rampingSince, percentage) = (nil, 0)
        } else if let ramp = routing.ramp, ramp.version == version {
            status = .ramping
            rampingSince = routing.rampChanged
            percentage = ramp.percentage
            routingChanged = routing.percentageChanged
            currentSince = nil
        } else if wasActive {
            status = .draining
            (currentSince, rampingSince, percentage) = (nil, nil, 0)
            routingChanged = now
            lastDeactivation = now
            return
        } else {
            return
        }
        firstActivation = firstActivation ?? now
        drainage = nil
        lastDeactivation = nil
    }
}

/// A task queue of a version: its name, and which of its kinds.
struct VersionQueue: Hashable, Codable, Sendable {
    let name: String
    let kind: QueueKey.Kind
}
