import Temporal
import TemporalAPI

/// The server's rules for the names of deployments and versions, and its words where they are broken.
enum DeploymentRules {
    /// The longest name: that of the server's own workflow for a version has to hold two.
    private static let longestName = (1000 - 39) / 2

    /// Checks the name of a deployment.
    ///
    /// - Throws: `INVALID_ARGUMENT`.
    static func check(name: String) throws {
        try check(name, of: "WorkerDeploymentName")
        for character in [".", ":"] where name.contains(character) {
            throw ServiceError.invalid("worker deployment name cannot contain '\(character)'")
        }
        try checkStart(name, of: "WorkerDeploymentName")
    }

    /// Checks a build id.
    ///
    /// - Throws: `INVALID_ARGUMENT`.
    static func check(buildID: String) throws {
        try check(buildID, of: "BuildID")
        try checkStart(buildID, of: "BuildID")
    }

    /// Checks a version.
    ///
    /// - Throws: `INVALID_ARGUMENT`.
    static func check(_ version: WorkerDeploymentVersion) throws {
        try check(name: version.deploymentName)
        try check(buildID: version.buildID)
    }

    private static func check(_ text: String, of field: String) throws {
        guard !text.isEmpty else { throw ServiceError.invalid("\(field) cannot be empty") }
        guard text.utf8.count <= longestName else {
            throw ServiceError.invalid("size of \(field) larger than the maximum allowed")
        }
    }

    private static func checkStart(_ text: String, of field: String) throws {
        if text.hasPrefix("__") { throw ServiceError.invalid("\(field) cannot start with '__'") }
    }

    /// The version that a request names in one of two ways; `nil` for workers without one.
    ///
    /// - Throws: `INVALID_ARGUMENT` for a text that names none.
    static func version(_ text: String, or proto: APIWorkerDeploymentVersion?) throws -> WorkerDeploymentVersion? {
        if text.isEmpty { return proto.flatMap { WorkerDeploymentVersion($0) } }
        if text == WorkerDeploymentVersion.unversionedText { return nil }
        guard let version = WorkerDeploymentVersion(text: text) else {
            throw ServiceError.invalid(
                "invalid version string \"\(text)\", expected format is \"<deployment_name>.<build_id>\""
            )
        }
        return version
    }

    /// `RESOURCE_EXHAUSTED` by a limit of the namespace.
    static func exhausted(_ message: String) -> RPCError {
        RPCError(code: .resourceExhausted, message: message)
    }

    /// `FAILED_PRECONDITION`.
    static func refused(_ message: String) -> RPCError {
        RPCError(code: .failedPrecondition, message: message)
    }

    /// `NOT_FOUND` for a deployment.
    static func noSuchDeployment(_ name: String) -> RPCError {
        ServiceError.notFound(
            "no Worker Deployment found with name '\(name)'; does your Worker Deployment have pollers?"
        )
    }
}
