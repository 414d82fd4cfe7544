// A mock returns what its activity returns.
// error: cannot convert value of type 'Int' to expected argument type 'String'
import Temporal
import TemporalTesting

func wrongResult(_ env: TestWorkflowEnvironment, _ charge: ActivityReference<Int, String>) {
    env.mock(charge).returns(7)
}
