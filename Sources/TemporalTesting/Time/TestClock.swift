import Synchronization
import Temporal
import TemporalTestServer

/// A clock for activities and other code that takes one: in a test it is the clock of the environment, and elsewhere that
/// of the machine.
///
/// An activity or a Nexus operation that sleeps by it in a test takes no time on the wall, and does not hold the environment's
/// clock meanwhile: what is due happens, its timeouts too.
///
/// ```swift
/// @Activities struct Poller<C: Clock<Duration>> {
///     var clock: C
///
///     @Activity func waitForReceipt(_ id: String) async throws -> String {
///         while try await receipt(id) == nil { try await clock.sleep(for: .seconds(10)) }
///         …
///     }
/// }
/// ```
public struct TestClock: Clock {
    /// A moment: how long after 1970 by the environment's clock, or after an arbitrary moment elsewhere.
    public struct Instant: InstantProtocol {
        let offset: Duration

        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }

        public func duration(to other: Instant) -> Duration { other.offset - offset }

        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    /// Makes the clock. It belongs to no environment: it finds the one of the test that uses it.
    public init() {}

    public var now: Instant {
        if let time = ActivityContext.running?.runtime as? any VirtualActivity { return Instant(offset: time.now) }
        if let server = TestWorkflowEnvironment.current?.server {
            return Instant(offset: .nanoseconds(server.moment.nanoseconds))
        }
        return Instant(offset: ContinuousClock.now - Self.origin)
    }

    public var minimumResolution: Duration { .nanoseconds(1) }

    /// Sleeps until a moment of the clock.
    ///
    /// - Parameters:
    ///   - deadline: The moment.
    ///   - tolerance: Not used: the clock is exact.
    /// - Throws: `CancellationError` if the task is cancelled, for an activity also by its timeouts.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        try Task.checkCancellation()
        let duration = now.duration(to: deadline)
        guard duration > .zero else { return }
        if let time = ActivityContext.running?.runtime as? any VirtualActivity {
            try await time.sleep(for: duration)
        } else if let environment = TestWorkflowEnvironment.current {
            try await environment.sleep(for: duration)
        } else {
            try await Task.sleep(for: duration)
        }
    }

    private static let origin = ContinuousClock.now
}

/// An activity that runs in an environment of its own, with a clock of its own.
protocol VirtualActivity: Sendable {
    /// How long after an arbitrary moment it is.
    var now: Duration { get }

    /// Lets time pass.
    ///
    /// - Throws: `CancellationError` if the activity is cancelled meanwhile.
    func sleep(for duration: Duration) async throws
}

extension Clock where Self == TestClock {
    /// The clock of the test environment that the caller runs in.
    public static var test: TestClock { TestClock() }
}
