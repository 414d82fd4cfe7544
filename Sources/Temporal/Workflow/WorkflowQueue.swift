/// Hands values from some tasks of a workflow to others, in the order in which they came.
///
/// It is what an `AsyncStream` is outside of workflows: signal handlers put into it, `run` takes out of it, and the worker
/// knows that whoever waits for it waits for the workflow itself.
///
/// ```swift
/// @Workflow actor Printer {
///     private lazy var pages = WorkflowQueue<String>(context)
///
///     func run() async throws {
///         for try await page in pages {
///             try await context.executeActivity(Press.print, page, startToCloseTimeout: .seconds(30))
///         }
///     }
///
///     @Signal func add(_ page: String) { pages.offer(page) }
///     @Signal func finish() { pages.close() }
/// }
/// ```
///
/// It belongs to the workflow's actor and is used there only. What is in it when the run continues as new is lost, unless it
/// is taken out and handed on.
public final class WorkflowQueue<Element> {
    /// How many elements fit; `nil` for any number.
    public let capacity: Int?

    /// Whether no more elements come. Those that are in it can still be taken.
    public private(set) var isClosed = false

    private let takers: WorkflowLine
    private let putters: WorkflowLine

    /// Those that came last, in their order, and before them those that came first, the next at the end.
    private var back: [Element] = []
    private var front: [Element] = []

    /// Makes an empty queue.
    ///
    /// - Parameters:
    ///   - context: The context of the workflow.
    ///   - capacity: How many elements fit, at least 1; `nil` for any number. Default: `nil`.
    public init(_ context: WorkflowContext, capacity: Int? = nil) {
        self.capacity = capacity.map { Swift.max($0, 1) }
        self.takers = WorkflowLine(context)
        self.putters = WorkflowLine(context)
    }

    /// The number of elements in the queue.
    public var count: Int { back.count + front.count }

    /// Whether there is no element in the queue.
    public var isEmpty: Bool { back.isEmpty && front.isEmpty }

    /// The element that is taken next; `nil` if there is none.
    public var first: Element? { front.last ?? back.first }

    /// Adds an element at the end, without waiting.
    ///
    /// - Parameter element: What to add.
    /// - Returns: Whether it was added: not if the queue is closed or full, and not before others that wait for room.
    @discardableResult
    public func offer(_ element: Element) -> Bool {
        guard !isClosed, hasRoom, putters.isEmpty else { return false }
        back.append(element)
        return true
    }

    /// Adds an element at the end, as soon as there is room.
    ///
    /// - Parameter element: What to add.
    /// - Throws: ``WorkflowQueueClosedError`` if the queue is closed, before or while it waits; `CancellationError` if the
    ///   task is cancelled before there is room.
    public func put(_ element: Element) async throws {
        try await putters.wait(until: { self.isClosed || self.hasRoom }) { _ in
            guard !isClosed else { throw WorkflowQueueClosedError() }
            back.append(element)
        }
    }

    /// Takes the first element, without waiting.
    ///
    /// - Returns: The element; `nil` if there is none, or others wait for one.
    public func poll() -> Element? {
        takers.isEmpty ? take() : nil
    }

    /// Takes the first element, as soon as there is one.
    ///
    /// - Returns: The element; `nil` once the queue is closed and empty.
    /// - Throws: `CancellationError` if the task is cancelled before there is one. Nothing is taken then.
    public func next() async throws -> Element? {
        try await takers.wait(until: { self.isClosed || !self.isEmpty }) { _ in take() }
    }

    /// Takes the first element, as soon as there is one, but waits for a while only.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait at most.
    ///   - summary: A line for the Web UI and the command line, on the timer of the timeout.
    /// - Returns: The element; `nil` if none came by then, or the queue is closed and empty: ``isClosed`` tells.
    /// - Throws: `CancellationError` if the task is cancelled before there is one. Nothing is taken then.
    public func next(timeout: Duration, summary: String? = nil) async throws -> Element? {
        try await takers.wait(timeout: timeout, summary: summary, until: { self.isClosed || !self.isEmpty }) {
            hasTurn in
            hasTurn ? take() : nil
        }
    }

    /// Lets no more elements in. Whoever waits to put one is refused; whoever takes gets what is left, and then `nil`.
    public func close() {
        isClosed = true
    }

    private var hasRoom: Bool { capacity.map { count < $0 } ?? true }

    private func take() -> Element? {
        if front.isEmpty {
            front = back.reversed()
            back.removeAll()
        }
        return front.popLast()
    }
}

extension WorkflowQueue: AsyncSequence {
    /// Takes elements until the queue is closed and empty. Several loops share the elements.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let queue: WorkflowQueue

        public mutating func next() async throws -> Element? { try await queue.next() }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Element? {
            try await queue.next()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: self) }
}

@available(*, unavailable)
extension WorkflowQueue: Sendable {}

/// A value that was put into a ``WorkflowQueue`` that takes no more.
public struct WorkflowQueueClosedError: Error, Sendable, CustomStringConvertible {
    init() {}

    public var description: String {
        "The queue of the workflow is closed: nothing can be put into it any more. Look at isClosed first, or use offer."
    }
}
