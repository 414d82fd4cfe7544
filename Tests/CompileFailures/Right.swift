// What is right compiles: the others fail for their mistakes, and not for want of a module.
import Temporal
import TemporalTesting

func right(_ env: TestWorkflowEnvironment, _ charge: ActivityReference<Int, String>) {
    env.mock(charge).when { $0 > 7 }.returns("paid")
    env.mock(charge) { "\($0)" }
}
