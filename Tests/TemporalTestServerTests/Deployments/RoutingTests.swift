import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Which version a task goes to, as a function of what was said of the deployments.
@Suite struct RoutingTests {
    private static let queue = VersionQueue(name: "q", kind: .workflow)

    private func version(_ buildID: String, _ name: String = "d") -> WorkerDeploymentVersion {
        WorkerDeploymentVersion(deploymentName: name, buildID: buildID)
    }

    private func deployment(_ buildIDs: [String], named name: String = "d") -> WorkerDeployment {
        var deployment = WorkerDeployment(
            key: DeploymentKey(namespace: "default", name: name),
            createTime: Moment(nanoseconds: 0),
            requestID: "r",
            lastModifier: "",
            conflictToken: Data()
        )
        for buildID in buildIDs {
            var state = DeploymentVersionState(
                version: version(buildID, name),
                createTime: Moment(nanoseconds: 0),
                status: .inactive
            )
            state.taskQueues = [Self.queue]
            deployment.versions[buildID] = state
        }
        return deployment
    }

    /// The values are those of the library that the server uses.
    @Test(
        arguments: [
            ("", 3_696_677_242), ("a", 1_016_544_589), ("abcd", 2_562_006_677), ("hello", 2_039_911_270),
            ("order-1", 1_545_644_054), ("order-123456", 367_053_548), ("conformance-workflow", 3_699_788_053),
            ("abcdefghijklmnopqrstuvwx", 222_712_484),
            ("conformance-0e1d9c5e-6a5b-4bb1-8d43-0a6b7c8d9e0f", 2_026_905_538), ("ünïcode-☃", 3_582_576_819),
        ] as [(String, UInt32)]
    )
    func `fingerprints are the server's`(_ text: String, _ fingerprint: UInt32) {
        #expect(FarmHash.fingerprint(Array(text.utf8)) == fingerprint)
    }

    @Test func `the current version takes everything, and nothing before there is one`() {
        var deployment = deployment(["1", "2"])
        #expect(QueueRouting([deployment], queue: Self.queue).target(for: "w").version == nil)
        deployment.setCurrent(version("2"), at: Moment(nanoseconds: 1), order: 1)
        let routing = QueueRouting([deployment], queue: Self.queue)
        #expect(routing.target(for: "w") == .init(version: version("2"), revision: 1))
        #expect(routing.target(for: "w", usesRamping: true).version == version("2"))
    }

    @Test func `a version without workers on a task queue has no say there`() {
        var deployment = deployment(["1", "2"])
        deployment.versions["2"]?.taskQueues = [VersionQueue(name: "q", kind: .activity)]
        deployment.setCurrent(version("2"), at: Moment(nanoseconds: 1), order: 1)
        #expect(QueueRouting([deployment], queue: Self.queue).target(for: "w").version == nil)
    }

    @Test func `of two deployments the one that spoke last counts, also where the clock stands still`() {
        let now = Moment(nanoseconds: 7)
        var (first, second) = (deployment(["1"], named: "a"), deployment(["1"], named: "b"))
        first.setCurrent(version("1", "a"), at: now, order: 2)
        second.setCurrent(version("1", "b"), at: now, order: 1)
        #expect(QueueRouting([first, second], queue: Self.queue).current.version == version("1", "a"))
        second.setRamp(.init(version: version("1", "b"), percentage: 0), at: now, order: 3)
        #expect(QueueRouting([first, second], queue: Self.queue).current.version == version("1", "a"))
    }

    @Test func `a ramp to a version counts before one to workers without a version`() {
        var (first, second) = (deployment(["1", "2"], named: "a"), deployment(["1"], named: "b"))
        first.setCurrent(version("1", "a"), at: Moment(nanoseconds: 1), order: 1)
        first.setRamp(.init(version: nil, percentage: 100), at: Moment(nanoseconds: 2), order: 2)
        #expect(QueueRouting([first, second], queue: Self.queue).target(for: "w").version == nil)
        second.setRamp(.init(version: version("1", "b"), percentage: 100), at: Moment(nanoseconds: 1), order: 1)
        for all in [[first, second], [second, first]] {
            #expect(QueueRouting(all, queue: Self.queue).target(for: "w").version == version("1", "b"))
        }
    }

    @Test func `versions are current, ramping, draining as the routing says`() {
        var deployment = deployment(["1", "2", "3"])
        func statuses() -> [APIWorkerDeploymentVersionStatus] { deployment.versions.values.map(\.status) }
        deployment.setCurrent(version("1"), at: Moment(nanoseconds: 1), order: 1)
        deployment.setRamp(.init(version: version("2"), percentage: 5), at: Moment(nanoseconds: 2), order: 2)
        #expect(statuses() == [.current, .ramping, .inactive])
        #expect(deployment.versions["2"]?.percentage == 5)
        // A growing share does not begin a new ramp.
        deployment.setRamp(.init(version: version("2"), percentage: 50), at: Moment(nanoseconds: 3), order: 3)
        #expect(deployment.versions["2"]?.rampingSince == Moment(nanoseconds: 2))
        #expect(deployment.versions["2"]?.routingChanged == Moment(nanoseconds: 3))
        deployment.setCurrent(version("2"), at: Moment(nanoseconds: 4), order: 4)
        #expect(statuses() == [.draining, .current, .inactive])
        #expect(deployment.routing.ramp == nil)
        #expect(deployment.routing.revision == 4)
        #expect(deployment.versions["1"]?.lastDeactivation == Moment(nanoseconds: 4))
        // Back again.
        deployment.setCurrent(version("1"), at: Moment(nanoseconds: 5), order: 5)
        #expect(statuses() == [.current, .draining, .inactive])
        #expect(deployment.versions["1"]?.firstActivation == Moment(nanoseconds: 1))
        #expect(deployment.versions["1"]?.lastDeactivation == nil)
        deployment.setCurrent(nil, at: Moment(nanoseconds: 6), order: 6)
        #expect(statuses() == [.draining, .draining, .inactive])
    }

    /// For any ramp: a workflow id stays where it is, a growing share only adds ids, and takes about as many as it says.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func `ramps are stable, monotonic and fair`(_ seed: UInt64) {
        var source = IdentifierSource(seed: seed)
        let ids = (0..<2000).map { _ in source.uuid() }
        var percentages = (0..<8).map { _ in Float(source.next() % 1001) / 10 }
        percentages += [0, 100]
        var deployment = deployment(["1", "2"])
        deployment.setCurrent(version("1"), at: Moment(nanoseconds: 1), order: 1)
        var before: Set<String> = []
        for (order, percentage) in percentages.sorted().enumerated() {
            deployment.setRamp(
                .init(version: version("2"), percentage: percentage),
                at: Moment(nanoseconds: 2),
                order: UInt64(order) + 2
            )
            let routing = QueueRouting([deployment], queue: Self.queue)
            let taken = Set(ids.filter { routing.target(for: $0).version == version("2") })
            #expect(taken == Set(ids.filter { routing.target(for: $0).version == version("2") }))
            #expect(before.isSubset(of: taken))
            #expect(abs(Float(taken.count) / 20 - percentage) < 5)
            before = taken
        }
        #expect(before.count == ids.count)
    }
}
