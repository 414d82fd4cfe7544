import GRPCCore
import Temporal
import TemporalAPI

/// What a Temporal Service says of itself.
public struct ServiceInfo: Sendable, Hashable {
    /// The version of the server, such as `1.27.1`; empty for one from before 1.14, which does not tell.
    public let serverVersion: String

    /// What the server can do.
    public let capabilities: Set<ServiceCapability>
}

/// Something that not every Temporal Service can do.
public struct ServiceCapability: Sendable, Hashable, CustomStringConvertible {
    private let name: String

    /// Signals and queries carry headers.
    public static let signalAndQueryHeader = ServiceCapability(name: "signalAndQueryHeader")
    /// Errors that are the server's fault are told apart from those that retries mend.
    public static let internalErrorDifferentiation = ServiceCapability(name: "internalErrorDifferentiation")
    /// The failure of an activity carries what its last heartbeat said.
    public static let activityFailureIncludesHeartbeat = ServiceCapability(name: "activityFailureIncludesHeartbeat")
    /// There are schedules.
    public static let schedules = ServiceCapability(name: "schedules")
    /// Messages and stack traces of failures may be encoded.
    public static let encodedFailureAttributes = ServiceCapability(name: "encodedFailureAttributes")
    /// Workers may be versioned by build id.
    public static let buildIDBasedVersioning = ServiceCapability(name: "buildIDBasedVersioning")
    /// Workflows may change their memo.
    public static let upsertMemo = ServiceCapability(name: "upsertMemo")
    /// The first task of a workflow may come with the answer to its start.
    public static let eagerWorkflowStart = ServiceCapability(name: "eagerWorkflowStart")
    /// Workers may leave notes of theirs in the history.
    public static let sdkMetadata = ServiceCapability(name: "sdkMetadata")
    /// Workflows may be counted by their status.
    public static let countGroupByExecutionStatus = ServiceCapability(name: "countGroupByExecutionStatus")
    /// There is Nexus.
    public static let nexus = ServiceCapability(name: "nexus")
    /// The server may run and scale workers.
    public static let serverScaledDeployments = ServiceCapability(name: "serverScaledDeployments")

    public var description: String { name }

    init(name: String) {
        self.name = name
    }
}

extension GRPCConnection {
    /// Asks the service what it is.
    ///
    /// - Returns: What it says. A server from before 1.14 does not know the question; it has no capabilities then.
    /// - Throws: `RPCError` if the service cannot be reached or refuses, `CancellationError` if the calling task was
    ///   cancelled.
    public func serviceInfo() async throws -> ServiceInfo {
        do {
            let response = try await call(
                .getSystemInfo,
                APIGetSystemInfoRequest(),
                options: Temporal.CallOptions(timeout: .seconds(10), metadata: CallMetadata.client)
            )
            return ServiceInfo(
                serverVersion: response.serverVersion,
                capabilities: Set(response.capabilities)
            )
        } catch let error as Temporal.RPCError where error.code == .unimplemented {
            return ServiceInfo(serverVersion: "", capabilities: [])
        }
    }

    /// Asks the service whether it takes calls, as load balancers do (`grpc.health.v1.Health`).
    ///
    /// - Parameters:
    ///   - service: The part of it to ask for.
    ///   - timeout: How long to wait for the answer.
    /// - Returns: Whether it does.
    /// - Throws: `RPCError` if the service cannot be reached, does not know the part, or has no such question;
    ///   `CancellationError` if the calling task was cancelled.
    public func isServing(
        _ service: String = "temporal.api.workflowservice.v1.WorkflowService",
        timeout: Duration = .seconds(10)
    ) async throws -> Bool {
        let status = try await call(
            service: "grpc.health.v1.Health",
            method: "Check",
            Self.healthRequest(service),
            HealthDeserializer(),
            Temporal.CallOptions(timeout: timeout, metadata: CallMetadata.client)
        )
        // 1 is SERVING.
        return status == 1
    }

    /// A `HealthCheckRequest`, whose field 1 is the name of the service.
    private static func healthRequest(_ service: String) -> [UInt8] {
        var bytes: [UInt8] = [0x0a]
        var length = service.utf8.count
        while length >= 0x80 {
            bytes.append(UInt8(length & 0x7f) | 0x80)
            length >>= 7
        }
        bytes.append(UInt8(length))
        return bytes + service.utf8
    }
}

/// Reads the status in a `HealthCheckResponse`, its field 1.
private struct HealthDeserializer: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> UInt8 {
        bytes.withUnsafeBytes { bytes in bytes.count >= 2 && bytes[0] == 0x08 ? bytes[1] : 0 }
    }
}

extension Set<ServiceCapability> {
    fileprivate init(_ capabilities: APIGetSystemInfoResponse.Capabilities) {
        let all: [(ServiceCapability, Bool)] = [
            (.signalAndQueryHeader, capabilities.signalAndQueryHeader),
            (.internalErrorDifferentiation, capabilities.internalErrorDifferentiation),
            (.activityFailureIncludesHeartbeat, capabilities.activityFailureIncludeHeartbeat),
            (.schedules, capabilities.supportsSchedules),
            (.encodedFailureAttributes, capabilities.encodedFailureAttributes),
            (.buildIDBasedVersioning, capabilities.buildIDBasedVersioning),
            (.upsertMemo, capabilities.upsertMemo),
            (.eagerWorkflowStart, capabilities.eagerWorkflowStart),
            (.sdkMetadata, capabilities.sdkMetadata),
            (.countGroupByExecutionStatus, capabilities.countGroupByExecutionStatus),
            (.nexus, capabilities.nexus),
            (.serverScaledDeployments, capabilities.serverScaledDeployments),
        ]
        self.init(all.filter(\.1).map(\.0))
    }
}
