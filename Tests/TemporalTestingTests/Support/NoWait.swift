import Temporal
import TemporalTesting
import Testing

/// Runs something that lets time pass on an environment's clock, and expects that it waits for nothing on the wall.
///
/// A busy machine makes a run slow now and then, and others with it; a wait on the wall is there in every run. So the fastest of
/// ten runs has to be within the limit, or within eight times what the fastest of as many workflows takes that lets no time pass
/// at all. A run that is makes the others needless.
///
/// - Parameters:
///   - limit: How long a run may take where nothing else goes on, in a build for debugging.
///   - body: A run.
func expectNoWait(
    within limit: Duration = .milliseconds(50),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async throws {
    let clock = ContinuousClock()
    var (least, taken) = (Duration.seconds(3600), Duration.seconds(3600))
    for _ in 0..<10 {
        let one = try await clock.measure {
            _ = try await TestWorkflowEnvironment.run(workflows: [AtOnce.self]) {
                try await $0.executeWorkflow(AtOnce.self)
            }
        }
        least = min(least, one)
        taken = min(taken, try await clock.measure(body))
        if taken <= max(limit, least * 8) { return }
    }
    Issue.record(
        "The fastest of ten runs took \(taken), and not \(limit) at most; the least that a workflow took is \(least).",
        sourceLocation: sourceLocation
    )
}

/// Ends where it begins.
@Workflow private actor AtOnce {
    func run() async throws -> Bool { true }
}
