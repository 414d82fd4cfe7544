import Temporal
import Testing

@testable import TemporalTestServer

/// How fast tasks come and leave, as the server counts it.
@Suite struct TaskMetersTests {
    private let start = Moment(nanoseconds: 1_700_000_000_500_000_000)

    private func after(_ seconds: Int64) -> Moment { start + .seconds(seconds) }

    private var version: WorkerDeploymentVersion { WorkerDeploymentVersion(deploymentName: "d", buildID: "1") }

    /// When two tasks came, each in its own second, and what the rate is at a moment after the beginning.
    @Test(
        arguments: [
            // Before half a minute is over, the rate is that of the time that has passed.
            (0, 0), (1, 2), (4, 0.5), (8, 0.25),
            // Then it is that of half a minute and of the piece of five seconds that has begun.
            (32, 2 / 32.0), (34, 2 / 34.0),
            // The piece that both came in drops out as a whole.
            (35, 0), (1000, 0),
        ] as [(Int64, Double)]
    )
    func `a rate is that of the last half minute, or of the time since the first task`(seconds: Int64, rate: Double) {
        var meter = RateMeter(since: start)
        meter.count(at: start)
        meter.count(at: start)
        let counted = meter.rate(at: after(seconds))
        #expect(counted == Float(rate))
    }

    @Test func `what came later stays longer, and a clock that goes back does no harm`() {
        var meter = RateMeter(since: start)
        for second in 0..<60 { meter.count(at: after(Int64(second))) }
        // 35 of them: those of seven pieces.
        let totals = [59, 60, 0, 65, 10_000].map { meter.total(at: after($0)) }
        #expect(totals == [35, 30, 30, 25, 0])
    }

    @Test func `rates are told by version and by priority`() {
        var meters = TaskMeters()
        for _ in 0..<4 { meters.countAdded(for: nil, 3, at: start) }
        meters.countAdded(for: version, 3, at: start)
        meters.countAdded(for: version, 1, at: start)
        meters.countDispatched(to: version, 3, at: start)
        let now = after(2)
        let unversioned = meters.rates(of: .some(nil), at: now)
        let first = meters.rates(of: version, at: now)
        let all = meters.rates(at: now)
        let absent = meters.rates(of: WorkerDeploymentVersion(deploymentName: "d", buildID: "2"), at: now)
        #expect(unversioned.mapValues(\.added) == [3: 2])
        #expect(first.mapValues(\.added) == [3: 0.5, 1: 0.5])
        #expect(first.mapValues(\.dispatched) == [3: 0.5, 1: 0])
        #expect(all.mapValues(\.added) == [3: 2.5, 1: 0.5])
        #expect(all.mapValues(\.dispatched) == [3: 0.5, 1: 0])
        #expect(absent.isEmpty)
    }

    @Test func `a limit counts as one until half a minute after it last held a task back`() {
        var meters = TaskMeters()
        let before = meters.isHolding(at: start)
        meters.countHeld(at: start)
        let after = [0, 30, 36].map { meters.isHolding(at: self.after($0)) }
        #expect(!before && after == [true, true, false])
    }
}
