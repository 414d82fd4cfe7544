import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@Workflow(versioningBehavior: .pinned) private actor PinnedByMacro {
    func run() async throws {}
}

@Workflow private actor Undecided {
    func run() async throws {}
}

/// Versions of workers in the forms of old and new servers.
@Suite struct VersioningTests {
    private let version = WorkerDeploymentVersion(deploymentName: "orders", buildID: "1.0:b")

    @Test(arguments: ["orders.1.0:b", "orders:1.0:b"])
    func `a version is read from the text of any server`(_ text: String) {
        #expect(WorkerDeploymentVersion(text: text) == version)
    }

    @Test(arguments: ["", "__unversioned__", "orders", ".1", "orders."])
    func `a text that names no version is none`(_ text: String) {
        #expect(WorkerDeploymentVersion(text: text) == nil)
    }

    @Test func `what a newer server says counts before its text for older clients`() {
        var proto = APIWorkerDeploymentVersion()
        #expect(WorkerDeploymentVersion(proto, text: "orders.1.0:b") == version)
        proto.deploymentName = "other"
        proto.buildID = "2"
        #expect(WorkerDeploymentVersion(proto, text: "orders.1.0:b")?.deploymentName == "other")
        #expect(WorkerDeploymentVersion(nil, text: "") == nil)
    }

    @Test func `a version goes out in both forms`() {
        #expect(version.legacyText == "orders.1.0:b")
        #expect(version.description == "orders:1.0:b")
        #expect(WorkerDeploymentVersion(version.proto) == version)
    }

    @Test(arguments: [
        VersioningOverride.pinned(to: WorkerDeploymentVersion(deploymentName: "d", buildID: "1")), .pinned,
        .autoUpgrade,
        .moved(to: WorkerDeploymentVersion(deploymentName: "d", buildID: "1")),
    ])
    func `an override survives its way over the wire`(_ override: VersioningOverride) {
        #expect(VersioningOverride(override.proto) == override)
    }

    @Test func `an override is written for old servers and new ones`() {
        let proto = VersioningOverride.pinned(to: version).proto
        #expect(proto.behavior == .pinned)
        #expect(proto.pinnedVersion == "orders.1.0:b")
        #expect(proto.pinned.version == version.proto)
        #expect(VersioningOverride.autoUpgrade.proto.behavior == .autoUpgrade)
        #expect(VersioningOverride.autoUpgrade.proto.autoUpgrade)
        #expect(VersioningOverride(APIWorkflowVersioningOverride()) == nil)
    }

    @Test func `a workflow says what becomes of its runs, or leaves it to the worker`() {
        #expect(PinnedByMacro.versioningBehavior == .pinned)
        #expect(WorkflowBlueprint(PinnedByMacro.self).versioningBehavior == .pinned)
        #expect(Undecided.versioningBehavior == nil)
    }
}
