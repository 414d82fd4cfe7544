/// An attempt of an activity that can be made to wait on the clock of a test.
package protocol PausableActivity: Sendable {
    /// Lets time pass in which the attempt does nothing.
    ///
    /// - Throws: `CancellationError` if the attempt is cancelled meanwhile.
    func pause(for duration: Duration) async throws
}
