/// A testing library, which sees failures of a test that its environment does not: those that are noted and not thrown.
package struct TestWitness {
    /// Whether the test has failed so far, though it has thrown nothing.
    package var hasFailed: () -> Bool

    /// Takes the report of a test that failed by what it checked itself. What the environment finds is thrown, with a
    /// report.
    package var report: (TestFailure) -> Void

    /// Watches a test.
    package init(hasFailed: @escaping () -> Bool, report: @escaping (TestFailure) -> Void) {
        self.hasFailed = hasFailed
        self.report = report
    }
}
