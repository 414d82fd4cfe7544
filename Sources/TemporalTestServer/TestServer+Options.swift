public import Foundation
public import Temporal

extension TestServer {
    /// Which clock a service runs on.
    public struct Clock: Sendable {
        enum Kind {
            case wall
            case skipping(start: Date?)
        }

        let kind: Kind

        /// The clock on the wall: a timer of an hour takes an hour.
        public static let wall = Clock(kind: .wall)

        /// A clock that jumps to the next deadline whenever nobody is working and somebody waits.
        ///
        /// - Parameter start: What it shows at first. Default: the time of day.
        public static func skipping(start: Date? = nil) -> Clock {
            Clock(kind: .skipping(start: start))
        }
    }

    /// What to do on a skipping clock when a caller waits for a run that nothing but its own time limit can end.
    public struct StallPolicy: Sendable, Hashable {
        private enum Kind { case report, skip }
        private let kind: Kind

        /// Answers the waiting call with `FAILED_PRECONDITION` and a message that tells what the run waits for.
        public static let report = StallPolicy(kind: .report)

        /// Lets time jump to the limit, so that the run times out. Without a limit it is reported all the same.
        public static let skip = StallPolicy(kind: .skip)
    }

    /// How a service is set up.
    public struct Options: Sendable {
        /// The clock. Default: ``Clock/wall``.
        public var clock: Clock

        /// The seed of all ids. Two services with one seed and the same calls make the same histories. Default: 1.
        public var seed: UInt64

        /// The namespaces that exist at first. Default: `default`.
        public var namespaces: [String]

        /// The custom search attributes of these namespaces, by name. Default: none.
        public var searchAttributes: [String: SearchAttributeType]

        /// What happens to calls that wait for something that never comes. Only on a skipping clock.
        /// Default: ``StallPolicy/report``.
        public var stallPolicy: StallPolicy

        /// From how many events on a workflow task suggests to continue as new. Default: 4096, as on the server.
        public var suggestContinueAsNewEvents: Int

        /// Whether runs and batch operations are deleted once they have been closed for as long as their namespace keeps
        /// them, and schedules once they have had nothing to do for seven days.
        /// Default: on a wall clock only, since on a skipping clock days pass within a test.
        public var expiresClosedRuns: Bool

        /// How long, on the wall, everything must have been quiet before a stall is reported. Default: 1 s.
        public var stallGrace: Duration

        /// How long, on the wall, a task may wait for a worker before that is reported as a stall. Default: 5 s.
        public var workerGrace: Duration

        /// How long a poll for tasks waits before it is answered empty. Only on a wall clock: on a skipping clock polls
        /// wait until there is a task. Default: 60 s.
        public var pollTimeout: Duration

        /// How long a call that follows a history waits before it is answered with what there is. Only on a wall clock.
        /// Default: 20 s.
        public var historyPollTimeout: Duration

        /// How long a query waits for a worker's answer before it fails with `DEADLINE_EXCEEDED`. Default: 10 s, as on
        /// the server.
        public var queryTimeout: Duration

        /// Whether activities come with the answer to a workflow task where the worker asks for that, as
        /// `system.enableActivityEagerExecution` lets a server do it. Default: true, as on servers of today.
        public var grantsEagerActivities = true

        /// What to do where no worker polls a task queue, for the report of a stall; `nil` for starting one. For tests.
        package var workerAdvice: String?

        /// How many calls the service takes. Default: `nil`, any number.
        public var rateLimits: RateLimits?

        /// Describes a service.
        ///
        /// - Parameters:
        ///   - clock: Which clock it runs on.
        ///   - seed: The seed of all ids.
        ///   - namespaces: The namespaces that exist at first.
        ///   - stallPolicy: What happens to calls that wait for something that never comes.
        public init(
            clock: Clock = .wall,
            seed: UInt64 = 1,
            namespaces: [String] = ["default"],
            stallPolicy: StallPolicy = .report
        ) {
            self.clock = clock
            self.seed = seed
            self.namespaces = namespaces
            searchAttributes = [:]
            self.stallPolicy = stallPolicy
            suggestContinueAsNewEvents = Limits.suggestedEvents
            expiresClosedRuns = if case .wall = clock.kind { true } else { false }
            stallGrace = .seconds(1)
            workerGrace = .seconds(5)
            pollTimeout = .seconds(60)
            historyPollTimeout = .seconds(20)
            queryTimeout = .seconds(10)
            rateLimits = nil
        }
    }
}
