/// The answer that one call waits for.
///
/// Unchecked: every member is touched only under the engine's lock.
class ParkedReply: @unchecked Sendable {
    /// Where a parked call waits, so that it can be taken out again.
    enum Place {
        case nowhere
        case taskQueue(QueueKey)
        case history(run: Int)
        case query(number: UInt64)
        case update(run: Int, id: String)
        case nexusExecution(Int)
        case sleep
        case standaloneActivity(number: Int)
    }

    /// The number of the call, which its deadline refers to. Given by ``Engine/admit(_:limit:timeout:)``.
    var ticket: UInt64 = 0

    /// Where the call waits.
    var place = Place.nowhere

    /// Since when the call waits for a task; `nil` if it is no poll.
    var pollStart: Moment?

    /// Whether the call has its answer.
    var isDone = false

    fileprivate init() {}

    /// Answers with an error. Returns what hands the answer over, to be run outside the lock.
    func fail(_ error: any Error) -> (@Sendable () -> Void)? {
        preconditionFailure("ParkedReply is abstract")
    }

    /// Answers as a call whose time is up: polls have an empty answer for that.
    func expire() -> (@Sendable () -> Void)? {
        preconditionFailure("ParkedReply is abstract")
    }
}

/// A ``ParkedReply`` with the type of its answer. Unchecked for the same reason.
final class Reply<Value: Sendable>: ParkedReply, @unchecked Sendable {
    /// The answer of a call that came to be answered before it could wait.
    private(set) var result: Result<Value, any Error>?

    private var continuation: CheckedContinuation<Value, any Error>?

    /// What the call is answered with when nothing came in time.
    var onExpiry: Result<Value, any Error>

    /// Makes what a call waits for.
    ///
    /// - Parameter onExpiry: The answer when nothing came in time.
    init(onExpiry: Result<Value, any Error>) {
        self.onExpiry = onExpiry
    }

    /// Gives the call its answer, once; later answers are dropped.
    ///
    /// - Returns: What hands the answer to the waiting task, to be run outside the lock; `nil` if nobody waits yet.
    func complete(_ answer: Result<Value, any Error>) -> (@Sendable () -> Void)? {
        guard !isDone else { return nil }
        isDone = true
        guard let continuation else {
            result = answer
            return nil
        }
        self.continuation = nil
        return { continuation.resume(with: answer) }
    }

    override func fail(_ error: any Error) -> (@Sendable () -> Void)? {
        complete(.failure(error))
    }

    override func expire() -> (@Sendable () -> Void)? {
        complete(onExpiry)
    }

    /// Starts to wait.
    ///
    /// - Returns: What resumes the task at once, if the answer is already there.
    func attach(_ continuation: CheckedContinuation<Value, any Error>) -> (@Sendable () -> Void)? {
        if let result {
            return { continuation.resume(with: result) }
        }
        self.continuation = continuation
        return nil
    }
}
