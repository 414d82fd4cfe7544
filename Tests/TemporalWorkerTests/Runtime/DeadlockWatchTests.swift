import Dispatch
import Testing

@testable import TemporalWorker

/// The watch that notices code which does not give its thread back.
@Suite(.timeLimit(.minutes(1))) struct DeadlockWatchTests {
    @Test(arguments: [
        ([:], false), (["TEMPORAL_DEBUG": ""], false), (["TEMPORAL_DEBUG": "1"], true),
        (["TEMPORAL_DEBUG": "true"], true),
    ])
    func `TEMPORAL_DEBUG turns it off`(_ environment: [String: String], _ isOff: Bool) {
        #expect(DeadlockWatch.isOff(in: environment) == isOff)
    }

    @Test func `one that is off lets code take any time`() async {
        let (isLate, isInnerLate) = await withCheckedContinuation { continuation in
            // Elsewhere, as it holds its thread.
            DispatchQueue.global().async {
                var isInnerLate = false
                let off = DeadlockWatch(isOff: true)
                let isLate = off.watch(limit: .zero) {
                    Issue.record("The watch is off.")
                } _: {
                    // As long as another watch needs to find the code late, a few times over.
                    for _ in 1...3 {
                        let found = DispatchSemaphore(value: 0)
                        isInnerLate = DeadlockWatch().watch(limit: .zero) {
                            found.signal()
                        } _: {
                            found.wait()
                        }
                    }
                }
                continuation.resume(returning: (isLate, isInnerLate))
            }
        }
        #expect(isInnerLate)
        #expect(!isLate)
    }
}
