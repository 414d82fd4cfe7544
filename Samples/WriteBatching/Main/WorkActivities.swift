package import Temporal

/// The work of main workflows: here it only takes time.
@Activities
package struct WorkActivities {
    private let longest: Duration

    /// Makes activities.
    ///
    /// - Parameter longest: How long work takes at most.
    package init(longest: Duration) {
        self.longest = longest
    }

    /// Works for a while.
    ///
    /// - Parameters:
    ///   - workflowID: For whom.
    ///   - phase: At what.
    @Activity package func simulateWork(_ workflowID: String, _ phase: String) async throws -> String {
        try await Task.sleep(for: longest * Double.random(in: 0.3...1))
        return "Completed \(phase) for workflow \(workflowID)"
    }
}
