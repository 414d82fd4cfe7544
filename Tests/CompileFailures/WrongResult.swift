// A mock returns what its activity returns.
// error: no exact matches in call to instance method 'returns'
import Temporal
import TemporalTesting

func wrongResult(_ env: TestWorkflowEnvironment, _ charge: ActivityReference<Int, String>) {
    env.mock(charge).returns(7)
}
