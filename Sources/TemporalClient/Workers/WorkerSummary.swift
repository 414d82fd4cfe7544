public import Foundation
import SwiftProtobuf
import Temporal
package import TemporalAPI

/// A worker, as the service lists it.
public struct WorkerSummary: Sendable {
    private let proto: APIWorkerListInfo

    /// Wraps a worker.
    package init(_ proto: APIWorkerListInfo) {
        self.proto = proto
    }

    /// What tells the worker from every other, also from one of the same identity.
    public var instanceKey: String { proto.workerInstanceKey }

    /// Who the worker is.
    public var identity: String { proto.workerIdentity }

    /// The task queue that the worker polls.
    public var taskQueue: String { proto.taskQueue }

    /// Whether the worker works or stops.
    public var status: WorkerStatus { WorkerStatus(proto.status) }

    /// The machine that the worker runs on.
    public var hostName: String { proto.hostName }

    /// The process that the worker runs in.
    public var processID: String { proto.processID }

    /// The name of the SDK that the worker is made with.
    public var sdkName: String { proto.sdkName }

    /// The version of that SDK.
    public var sdkVersion: String { proto.sdkVersion }

    /// The deployment and the build of the worker; `nil` for a worker without.
    public var deploymentVersion: (deployment: String, buildID: String)? {
        proto.hasDeploymentVersion ? (proto.deploymentVersion.deploymentName, proto.deploymentVersion.buildID) : nil
    }

    /// When the worker began to work; `nil` if it does not say.
    public var startTime: Date? { proto.hasStartTime ? Date(proto.startTime) : nil }
}

/// Whether a worker works.
public struct WorkerStatus: Sendable, Hashable, CustomStringConvertible {
    /// The name of the state.
    public let description: String

    /// The worker takes tasks.
    public static let running = WorkerStatus(description: "running")
    /// The worker finishes what it has, and takes no more.
    public static let shuttingDown = WorkerStatus(description: "shutting down")
    /// The worker has stopped.
    public static let shutDown = WorkerStatus(description: "shut down")

    private init(description: String) {
        self.description = description
    }

    init(_ proto: APIWorkerStatus) {
        switch proto {
        case .running: self = .running
        case .shuttingDown: self = .shuttingDown
        case .shutdown: self = .shutDown
        case .unspecified: self.init(description: "unknown")
        case .UNRECOGNIZED(let number): self.init(description: "unknown (\(number))")
        }
    }
}
