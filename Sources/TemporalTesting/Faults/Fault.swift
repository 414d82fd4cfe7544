public import Temporal

/// Something that goes wrong with a call between client or worker and service.
public struct Fault: Sendable, Hashable, CustomStringConvertible {
    /// What goes wrong.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        enum Value: Sendable, Hashable {
            case error(RPCError.Code)
            case lostRequest
            case lostResponse
            case duplicate
            case lostTask
            case crashBefore
            case crashAfter
            case codecFailure
            case delay(Duration)
        }

        let value: Value

        public let description: String

        private init(_ value: Value, _ description: String) {
            self.value = value
            self.description = description
        }

        /// The call is answered with an error and never reaches the service. Client and worker make it again if that is
        /// how they answer such an error.
        public static func error(_ code: RPCError.Code) -> Self { Self(.error(code), "error \(code)") }

        /// The call takes too long and never reaches the service.
        public static let timeout = error(.deadlineExceeded)

        /// The call seems to succeed, but never reaches the service: a lost heartbeat.
        public static let lostRequest = Self(.lostRequest, "lost request")

        /// The call reaches the service, but its answer does not come back.
        public static let lostResponse = Self(.lostResponse, "lost response")

        /// The call reaches the service twice.
        public static let duplicate = Self(.duplicate, "duplicate")

        /// The service answers a poll with a task that never reaches the worker.
        public static let lostTask = Self(.lostTask, "lost task")

        /// The worker is lost before the call reaches the service. Another one takes its place.
        public static let crashBefore = Self(.crashBefore, "crash before")

        /// The worker is lost after the call has reached the service. Another one takes its place.
        public static let crashAfter = Self(.crashAfter, "crash after")

        /// A codec fails on what is to be sent.
        public static let codecFailure = Self(.codecFailure, "codec failure")

        /// The answer of a worker takes a while to reach the service, on the environment's clock.
        public static func delay(_ duration: Duration) -> Self { Self(.delay(duration), "delay of \(duration)") }
    }

    /// What goes wrong.
    public var kind: Kind

    /// The call in Temporal's words, such as `RespondActivityTaskCompleted`.
    public var method: String

    /// With which calls of the method it happens, counted from 1.
    public var calls: ClosedRange<Int>

    /// Lets something go wrong.
    ///
    /// - Parameters:
    ///   - kind: What goes wrong.
    ///   - method: The call in Temporal's words, such as `RespondActivityTaskCompleted`.
    ///   - calls: With which calls of the method, counted from 1; attempts of one call count. Default: the first.
    public init(_ kind: Kind, of method: String, calls: ClosedRange<Int> = 1...1) {
        self.kind = kind
        self.method = method
        self.calls = calls
    }

    public var description: String {
        calls.count == 1 ? "\(kind) of \(method) \(calls.lowerBound)" : "\(kind) of \(method) \(calls)"
    }
}

/// What goes wrong in a test.
///
/// A fault of a list that does not happen fails the test, as does one of a call that there is not.
public struct FaultPlan: Sendable, ExpressibleByArrayLiteral {
    enum Rule: Sendable {
        case listed([Fault])
        case random(rate: Double, limit: Int)
    }

    let rule: Rule

    /// Nothing.
    public static let none: FaultPlan = []

    /// Certain faults.
    public init(arrayLiteral faults: Fault...) {
        rule = .listed(faults)
    }

    /// Certain faults.
    public init(_ faults: [Fault]) {
        rule = .listed(faults)
    }

    /// Faults of all kinds by chance, which the seed of the environment decides: errors, lost answers, calls that arrive
    /// twice, lost tasks and heartbeats, workers that crash.
    ///
    /// - Parameters:
    ///   - rate: How many calls go wrong, from 0 to 1.
    ///   - limit: After how many nothing more goes wrong, so that the test comes to an end.
    public static func random(rate: Double, limit: Int = 25) -> FaultPlan {
        FaultPlan(rule: .random(rate: rate, limit: limit))
    }

    private init(rule: Rule) {
        self.rule = rule
    }

    /// Whether anything goes wrong.
    var isSomething: Bool {
        switch rule {
        case .listed(let faults): !faults.isEmpty
        case .random(let rate, let limit): rate > 0 && limit > 0
        }
    }
}
