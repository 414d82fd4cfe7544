// What chooses calls by their input takes what the activity takes.
// error: cannot convert value of type
import Temporal
import TemporalTesting

func wrongPredicate(_ env: TestWorkflowEnvironment, _ charge: ActivityReference<Int, String>) {
    let matches: @Sendable (String) -> Bool = { $0.isEmpty }
    env.mock(charge).when(matches).returns("paid")
}
