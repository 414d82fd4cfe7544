import Temporal
import Testing

@testable import TemporalWorker

/// Which polls are made next, and how their number follows the advice of the service.
@Suite struct PollPlanTests {
    private func plan(_ behavior: PollerBehavior, isSticky: Bool = true, limit: Int? = nil) -> PollPlan {
        let shares = behavior.shares(isSticky: isSticky)
        return PollPlan(
            shared: PollerScaler(shares.normal),
            sticky: shares.sticky.map { PollerScaler($0) },
            limit: limit
        )
    }

    /// The polls that are made until there are enough.
    private func fill(_ plan: inout PollPlan) -> [PollQueue] {
        var made: [PollQueue] = []
        while let queue = plan.next(), made.count < 1000 {
            plan.began(queue)
            made.append(queue)
        }
        return made
    }

    @Test func `one poll in five is for the shared queue`() {
        var five = plan(5)
        #expect(fill(&five) == [.shared, .sticky, .sticky, .sticky, .sticky])
        var ten = plan(10)
        #expect(fill(&ten).count { $0 == .shared } == 2)
        var two = plan(2)
        #expect(fill(&two) == [.shared, .sticky])
    }

    @Test(arguments: [(5, 0.2, 1), (10, 0.5, 5), (10, 0.55, 5), (2, 1, 1), (5, 0, 1), (5, 1, 4), (1, 0.2, 1)])
    func `another part of the polls can be for the shared queue, and each queue has one`(
        count: Int,
        ratio: Double,
        shared: Int
    ) {
        let shares = PollerBehavior.fixed(count).shares(isSticky: true, ratio: ratio)
        #expect(shares.normal == .fixed(shared))
        #expect(shares.sticky == .fixed(max(1, count - shared)))
    }

    @Test func `only a number that nobody chose follows the namespace`() {
        let capabilities = NamespaceCapabilities(pollerAutoscalingIsStandard: true)
        #expect(PollerBehavior.standard.chosen(by: capabilities) == .autoscaling())
        #expect(PollerBehavior.fixed(5).chosen(by: capabilities) == .fixed(5))
        #expect(PollerBehavior.standard.chosen(by: NamespaceCapabilities()) == .standard)
        #expect(PollerBehavior.standard.shares(isSticky: false).normal.initial == 5)
    }

    @Test func `without a cache all polls are for the shared queue`() {
        var plan = plan(3, isSticky: false)
        #expect(fill(&plan) == [.shared, .shared, .shared])
        plan.ended(.shared)
        #expect(fill(&plan) == [.shared])
    }

    @Test func `no more polls are made than there are slots, and each queue keeps one`() {
        var plan = plan(5, limit: 2)
        #expect(fill(&plan) == [.shared, .sticky])
        plan.ended(.shared)
        #expect(fill(&plan) == [.shared])
        plan.ended(.sticky)
        #expect(fill(&plan) == [.sticky])
    }

    @Test func `a backlog of the worker's own queue takes the polls of the shared one, all but one`() {
        var plan = plan(10)
        _ = fill(&plan)
        plan.answered(.sticky, PollAnswer(isEmpty: false, backlog: 20), at: .zero)
        plan.ended(.shared)
        #expect(fill(&plan) == [.sticky])
        plan.ended(.shared)
        #expect(fill(&plan) == [.shared])
        plan.answered(.sticky, PollAnswer(isEmpty: true), at: .zero)
        plan.ended(.sticky)
        #expect(fill(&plan) == [.shared])
    }

    @Test func `a fixed number takes no advice`() {
        var scaler = PollerScaler(.fixed(5), isAdvised: true)
        scaler.answered(isEmpty: false, advice: 10, at: .zero)
        scaler.answered(isEmpty: true, advice: -10, at: .zero)
        scaler.failed(.resourceExhausted)
        #expect(scaler.target == 5)
    }

    @Test func `advice is followed within the limits`() {
        var scaler = PollerScaler(.autoscaling(minimum: 2, initial: 5, maximum: 8))
        var targets: [Int] = []
        for advice in [1, 1, 5, -1, -20, 3] {
            scaler.answered(isEmpty: false, advice: advice, at: .zero)
            targets.append(scaler.target)
        }
        #expect(targets == [6, 7, 8, 7, 2, 5])
    }

    @Test func `an empty answer without advice takes a poll away only from a service that gives advice`() {
        var scaler = PollerScaler(.autoscaling(initial: 5))
        scaler.answered(isEmpty: true, advice: nil, at: .zero)
        #expect(scaler.target == 5)
        scaler.answered(isEmpty: false, advice: 0, at: .zero)
        scaler.answered(isEmpty: true, advice: nil, at: .zero)
        #expect(scaler.target == 4)
        var advised = PollerScaler(.autoscaling(initial: 5), isAdvised: true)
        advised.answered(isEmpty: true, advice: nil, at: .zero)
        #expect(advised.target == 4)
    }

    @Test func `the number rises only while tasks come at least as fast as before`() {
        var scaler = PollerScaler(.autoscaling(initial: 5))
        for _ in 0..<10 { scaler.answered(isEmpty: false, advice: nil, at: .milliseconds(10)) }
        for _ in 0..<5 { scaler.answered(isEmpty: false, advice: nil, at: .milliseconds(110)) }
        // The second period had fewer tasks than the first.
        scaler.answered(isEmpty: false, advice: 1, at: .milliseconds(210))
        #expect(scaler.target == 5)
        for _ in 0..<9 { scaler.answered(isEmpty: false, advice: nil, at: .milliseconds(220)) }
        scaler.answered(isEmpty: false, advice: 1, at: .milliseconds(310))
        #expect(scaler.target == 6)
    }

    @Test(arguments: [
        (RPCError.Code.resourceExhausted, 10), (.unavailable, 19), (.cancelled, 20), (.deadlineExceeded, 20),
    ])
    func `a failed poll lowers the number`(code: RPCError.Code, target: Int) {
        var scaler = PollerScaler(.autoscaling(initial: 20), isAdvised: true)
        scaler.failed(code)
        #expect(scaler.target == target)
        var unadvised = PollerScaler(.autoscaling(initial: 20))
        unadvised.failed(code)
        #expect(unadvised.target == 20)
    }

    @Test func `tasks in quick succession are noticed`() {
        var scaler = PollerScaler(.autoscaling())
        scaler.answered(isEmpty: false, advice: nil, at: .seconds(1))
        #expect(!scaler.isBusy(at: .seconds(1)))
        scaler.answered(isEmpty: false, advice: nil, at: .seconds(1) + .milliseconds(5))
        #expect(scaler.isBusy(at: .seconds(1) + .milliseconds(6)))
        #expect(!scaler.isBusy(at: .seconds(2)))
    }
}
