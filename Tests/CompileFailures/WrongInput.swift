// The closure of a mock takes what its activity takes.
// error: cannot convert value of type
import Temporal
import TemporalTesting

func wrongInput(_ env: TestWorkflowEnvironment, _ charge: ActivityReference<Int, String>) {
    env.mock(charge) { (name: String) in name }
}
