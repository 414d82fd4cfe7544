import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// The version of a run as a value: what it follows from, and what it leads to.
@Suite struct RunVersioningTests {
    private let one = WorkerDeploymentVersion(deploymentName: "d", buildID: "1")
    private let two = WorkerDeploymentVersion(deploymentName: "d", buildID: "2")

    private func completion(
        _ version: WorkerDeploymentVersion?,
        _ behavior: APIVersioningBehavior
    ) -> APIWorkflowTaskCompletedEventAttributes {
        .with {
            $0.versioningBehavior = behavior
            if let version {
                $0.workerDeploymentName = version.deploymentName
                $0.deploymentVersion = version.proto
            }
        }
    }

    @Test func `a run without versioning has neither behaviour nor version`() {
        var run = RunVersioning()
        #expect(run.complete(completion(nil, .unspecified)) == false)
        #expect(run.effectiveBehavior == nil)
        #expect(run.effectiveVersion == nil)
        #expect(!run.isKnown)
    }

    @Test func `a run is on the version that completes its tasks`() {
        var run = RunVersioning()
        run.begin(.init(version: one), revision: 3)
        #expect(run.effectiveBehavior == .autoUpgrade)
        #expect(run.effectiveVersion == one)
        #expect(run.complete(completion(one, .pinned)) == true)
        #expect(run.transition == nil)
        #expect(run.effectiveBehavior == .pinned)
        #expect(run.effectiveVersion == one)
        #expect(run.revision == 3)
    }

    @Test func `a move ends with a task of the version that it leads to, and no other`() {
        var run = RunVersioning()
        _ = run.complete(completion(one, .autoUpgrade))
        run.begin(.init(version: two), revision: 4)
        #expect(run.complete(completion(one, .autoUpgrade)) == false)
        #expect(run.transition == .init(version: two))
        #expect(run.complete(completion(two, .autoUpgrade)) == true)
        #expect(run.transition == nil)
        #expect(run.effectiveVersion == two)
    }

    @Test func `a move can lead to workers without a version`() {
        var run = RunVersioning()
        _ = run.complete(completion(one, .autoUpgrade))
        run.begin(.init(version: nil), revision: 5)
        #expect(run.effectiveVersion == nil)
        #expect(run.complete(completion(nil, .unspecified)) == true)
        #expect(run.effectiveBehavior == nil)
        #expect(run.version == nil)
    }

    @Test func `an override decides as soon as a move has ended`() {
        var run = RunVersioning()
        _ = run.complete(completion(one, .autoUpgrade))
        run.begin(.init(version: two), revision: 4)
        #expect(run.setOverride(.pinned(to: one)) == false)
        #expect(run.effectiveVersion == two)
        #expect(run.complete(completion(two, .autoUpgrade)) == true)
        #expect(run.effectiveBehavior == .pinned)
        #expect(run.effectiveVersion == one)
        // Its own behaviour is kept for later.
        #expect(run.behavior == .autoUpgrade)
        #expect(run.setOverride(nil) == true)
        #expect(run.effectiveBehavior == .autoUpgrade)
        // An override that changes nothing moves no task.
        #expect(run.setOverride(.autoUpgrade) == false)
    }

    @Test func `an override for one move ends with a task of its version`() {
        var run = RunVersioning()
        _ = run.complete(completion(one, .pinned))
        #expect(run.setOverride(.moved(to: two)) == true)
        #expect(run.effectiveVersion == two)
        _ = run.complete(completion(one, .pinned))
        #expect(run.override == .moved(to: two))
        _ = run.complete(completion(two, .pinned))
        #expect(run.override == nil)
        #expect(run.effectiveVersion == two)
    }

    @Test func `a pinned run hears of another version once it is there, until it has continued as new`() {
        var run = RunVersioning()
        _ = run.complete(completion(one, .pinned))
        #expect(run.noteTarget(.init(version: one, revision: 1)) == false)
        #expect(run.noteTarget(.init(version: two, revision: 2)) == true)
        // A task that came with an answer is not routed, and tells the same.
        #expect(run.noteTarget(.init(version: nil, revision: 0), isKnown: false) == true)
        // The routing was taken back.
        #expect(run.noteTarget(.init(version: one, revision: 3)) == false)
        // An older word does not count.
        #expect(run.noteTarget(.init(version: two, revision: 4)) == true)
        #expect(run.noteTarget(.init(version: one, revision: 2)) == true)
    }

    @Test func `a run that stays on purpose is told again only of something newer`() {
        var run = RunVersioning(
            .with {
                $0.continuedExecutionRunID = "before"
                $0.inheritedPinnedVersion = one.proto
                $0.declinedTargetVersionUpgrade.deploymentVersion = two.proto
                $0.declinedTargetVersionUpgrade.revisionNumber = 2
            }
        )
        #expect(run.effectiveBehavior == .pinned)
        #expect(run.noteTarget(.init(version: two, revision: 2)) == false)
        #expect(run.noteTarget(.init(version: two, revision: 3)) == true)
    }

    @Test func `neither a run with an override nor one that moves by itself is told of versions`() {
        var run = RunVersioning()
        _ = run.complete(completion(one, .autoUpgrade))
        #expect(run.noteTarget(.init(version: two, revision: 2)) == false)
        _ = run.setOverride(.pinned(to: one))
        #expect(run.noteTarget(.init(version: two, revision: 2)) == false)
    }

    @Test(
        arguments: [
            (APIWorkflowVersioningOverride(), "override behavior is required"),
            (.with { $0.autoUpgrade = false }, "auto-upgrade override must be true"),
            (.with { $0.pinned.behavior = .pinned }, "must provide version if override is pinned."),
            (
                .with { $0.pinned.version.buildID = "1" },
                "must specify pinned override behavior if override is pinned."
            ),
            (
                .with { $0.oneTime = .init() },
                "must provide target deployment version if override is one-time."
            ),
            (
                .with { $0.behavior = .pinned },
                "must provide deployment (deprecated) or pinned version if behavior is 'PINNED'"
            ),
            (
                .with {
                    $0.behavior = .pinned
                    $0.pinnedVersion = "d"
                },
                "invalid version string \"d\", expected format is \"<deployment_name>.<build_id>\""
            ),
            (
                .with {
                    $0.behavior = .autoUpgrade
                    $0.pinnedVersion = "d.1"
                },
                "only provide pinned version if behavior is 'PINNED'"
            ),
        ] as [(APIWorkflowVersioningOverride, String)]
    )
    func `overrides that make no sense are refused`(_ override: APIWorkflowVersioningOverride, _ message: String) {
        let error = #expect(throws: RPCError.self) { try override.checked() }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == message)
    }

    @Test func `an override is read from the fields of old and new clients`() throws {
        let old: [APIWorkflowVersioningOverride] = [
            .with {
                $0.behavior = .pinned
                $0.pinnedVersion = "d.1"
            },
            .with {
                $0.behavior = .pinned
                $0.deployment.seriesName = "d"
                $0.deployment.buildID = "1"
            },
            VersioningOverride.pinned(to: one).proto,
        ]
        for override in old { #expect(try override.checked() == .pinned(to: one)) }
        var moving = APIWorkflowVersioningOverride()
        moving.behavior = .autoUpgrade
        #expect(try moving.checked() == .autoUpgrade)
    }

    @Test func `the builds of a run begin with where it is now`() {
        var marks = VersionMarks()
        func note(_ behavior: VersioningBehavior?, _ version: WorkerDeploymentVersion?, stamp: String? = nil) -> Bool {
            marks.note(
                .init(
                    behavior: behavior,
                    version: version,
                    deploymentName: version?.deploymentName ?? "",
                    stamp: stamp.map { id in .with { $0.buildID = id } },
                    used: version
                )
            )
        }
        #expect(note(nil, nil))
        #expect(marks.buildIDs == ["unversioned"])
        #expect(note(nil, nil) == false)
        #expect(note(nil, nil, stamp: "b"))
        #expect(marks.buildIDs == ["unversioned", "unversioned:b"])
        #expect(note(.pinned, one))
        #expect(marks.buildIDs == ["pinned:d:1", "unversioned:b"])
        #expect(note(.autoUpgrade, two))
        #expect(marks.buildIDs == ["unversioned:b"])
        #expect(marks.usedVersions == ["d:1", "d:2"])
    }
}
