import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// What workers are told about the number of their polls.
@Suite(.timeLimit(.minutes(1))) struct PollAdviceTests {
    private static let idle = PollAdvice.Load(isHeld: false, backlogAge: nil, added: 0, dispatched: 0)

    private static func load(
        isHeld: Bool = false,
        age: Int64? = nil,
        added: Float = 0,
        dispatched: Float = 0
    ) -> PollAdvice.Load {
        PollAdvice.Load(
            isHeld: isHeld,
            backlogAge: age.map { Span(nanoseconds: $0 * 1_000_000) },
            added: added,
            dispatched: dispatched
        )
    }

    @Test(arguments: [
        // Waits in milliseconds. A poll that waited long for a new task was one too many, whatever else there is.
        (1000, true, load(age: 5000), -1), (999, true, idle, nil), (1000, false, idle, nil),
        (5000, false, load(age: 201), 1), (0, true, load(age: 201), 1), (0, true, load(age: 200), nil),
        (0, false, load(added: 1.3, dispatched: 1), 1), (0, false, load(added: 1.2, dispatched: 1), nil),
        (0, false, load(added: 1), 1), (0, false, load(isHeld: true, age: 5000, added: 2), nil),
    ])
    func `what is advised`(_ wait: Int64, _ isNew: Bool, _ load: PollAdvice.Load, _ expected: Int32?) {
        var advice = PollAdvice()
        let found = advice.decide(
            wait: Span(nanoseconds: wait * 1_000_000),
            isNew: isNew,
            workers: 1,
            at: Moment(nanoseconds: 0),
            load: { load }
        )
        #expect(found == expected)
    }

    @Test(arguments: [0, 1, 3])
    func `each worker is advised to poll more ten times a second`(_ workers: Int) {
        var advice = PollAdvice()
        func count(at milliseconds: Int64) -> Int {
            (0..<100).count { _ in
                advice.decide(
                    wait: .zero,
                    isNew: false,
                    workers: workers,
                    at: Moment(nanoseconds: milliseconds * 1_000_000),
                    load: { Self.load(age: 1000) }
                ) == 1
            }
        }
        #expect(count(at: 0) == 10 * max(1, workers))
        #expect(count(at: 0) == 0)
        #expect(count(at: 500) == 5 * max(1, workers))
        #expect(count(at: 60_500) == 10 * max(1, workers))
    }

    @Test func `on the wall clock a worker is told to poll more where tasks come faster than they go`() async throws {
        let script = Script(server: TestServer(options: .init(clock: .wall)))
        for id in ["a", "b", "c"] { try await script.start(id) }
        let task = try await script.pollWorkflow()
        #expect(task.pollerScalingDecision.pollRequestDeltaSuggestion == 1)
        let described = try await script.call(.describeNamespace) { $0.namespace = "default" }
        #expect(described.namespaceInfo.capabilities.pollerAutoscaling)
    }

    @Test func `where the clock skips there is no advice, which would depend on the wall`() async throws {
        let script = Script()
        for id in ["a", "b", "c"] { try await script.start(id) }
        script.server.advance(by: .seconds(5))
        #expect(try await !script.pollWorkflow().hasPollerScalingDecision)
        let described = try await script.call(.describeNamespace) { $0.namespace = "default" }
        #expect(!described.namespaceInfo.capabilities.pollerAutoscaling)
    }
}
