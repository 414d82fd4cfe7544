public import Foundation
import Synchronization
public import Temporal
import TemporalTestServer

/// One call of an activity, a mocked workflow or a Nexus operation, for tests and for reports of failures.
public struct LoggedCall: Sendable, CustomStringConvertible {
    /// What was called: `activity 'charge'`.
    public let subject: String

    /// The number of the attempt, from 1. Nexus operations do not tell it: it is 1 for each of their attempts.
    public let attempt: Int

    /// When it was called, by the environment's clock.
    public let time: Date

    /// What came with it, encoded.
    public let input: [Payload]

    /// What it returned or threw; `nil` while it has done neither.
    public internal(set) var outcome: Outcome?

    /// How a call ended.
    public enum Outcome: Sendable {
        /// It returned.
        case returned(Payload?)
        /// It threw; the error in words.
        case threw(String)
        /// It left its end to others.
        case leftOpen
    }

    public var description: String {
        let attempt = attempt > 1 ? ", attempt \(attempt)" : ""
        return "\(subject)\(attempt) (\(input.map(text).joined(separator: ", "))) \(end)"
    }

    private var end: String {
        switch outcome {
        case nil: "has not ended"
        case .returned(let payload): "returned" + (payload.map { " " + text($0) } ?? "")
        case .threw(let error): "threw \(error)"
        case .leftOpen: "left its end to others"
        }
    }

    private func text(_ payload: Payload) -> String {
        guard payload.encoding == "json/plain" else { return payload.data.isEmpty ? "nothing" : payload.encoding }
        let text = String(decoding: payload.data, as: UTF8.self)
        return text.count <= 120 ? text : text.prefix(117) + "..."
    }
}

/// The calls that came to the mocks and activities of an environment.
final class CallLog: Sendable {
    private let calls = Mutex<[LoggedCall]>([])
    private let server: TestServer

    init(server: TestServer) {
        self.server = server
    }

    /// Notes that a call has come.
    ///
    /// - Parameters:
    ///   - subject: What was called.
    ///   - attempt: The number of the attempt.
    ///   - input: What came with it.
    ///   - time: When; `nil` for now, which nobody may ask who holds the service's lock.
    /// - Returns: Its place, for ``end(_:_:)``.
    func begin(_ subject: String, attempt: Int, _ input: [Payload], at time: Date? = nil) -> Int {
        let time = time ?? server.now
        return calls.withLock { calls in
            calls.append(LoggedCall(subject: subject, attempt: attempt, time: time, input: input, outcome: nil))
            return calls.count - 1
        }
    }

    /// Notes how an activity ended.
    func end(_ place: Int, _ result: Result<Payload, any Error>) {
        switch result {
        case .success(let payload): end(place, .returned(payload))
        case .failure(is CompletesAsynchronously): end(place, .leftOpen)
        case .failure(let error): end(place, .threw("\(error)"))
        }
    }

    /// Notes how a mocked workflow ends.
    func end(_ place: Int, workflow result: Result<MockedEnd, any Error>) {
        switch result {
        case .success(.result(let payload)): end(place, .returned(payload))
        case .success(.never), .success(.refused): end(place, .leftOpen)
        case .failure(let error): end(place, .threw("\(error)"))
        }
    }

    /// Notes how the start of a Nexus operation ended.
    func end(_ place: Int, operation result: Result<NexusOperationResult<Payload>, any Error>) {
        switch result {
        case .success(.completed(let payload)): end(place, .returned(payload))
        case .success(.started): end(place, .leftOpen)
        case .failure(let error): end(place, .threw("\(error)"))
        }
    }

    private func end(_ place: Int, _ outcome: LoggedCall.Outcome) {
        calls.withLock { $0[place].outcome = outcome }
    }

    /// All calls so far, in the order in which they came.
    var all: [LoggedCall] { calls.withLock { $0 } }
}
