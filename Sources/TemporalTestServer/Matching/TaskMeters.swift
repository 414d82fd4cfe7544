import Temporal

/// Counts what happens in the last half minute, as the server does: by pieces of five seconds, of which the oldest drops out
/// when a new one begins.
struct RateMeter {
    private static let piece = Span.seconds(5)
    private static let pieces = 7
    private static let window = Span.seconds(30)

    private let start: Moment
    private var pieceStart: Moment
    private var counts = Array(repeating: 0, count: pieces)
    private var position = 0

    /// A meter that has counted nothing.
    ///
    /// - Parameter start: From when on it counts. A rate is that of the time since then, as long as that is short.
    init(since start: Moment) {
        self.start = start
        pieceStart = start
    }

    /// Notes that something has happened.
    mutating func count(at now: Moment) {
        advance(to: now)
        counts[position] += 1
    }

    /// How often it happened.
    mutating func total(at now: Moment) -> Int {
        advance(to: now)
        return counts.reduce(0, +)
    }

    /// How often it happened in a second.
    mutating func rate(at now: Moment) -> Float {
        let total = total(at: now)
        let elapsed = min(now - pieceStart + Self.window, now - start)
        guard elapsed > .zero else { return 0 }
        return Float(Double(total) / (Double(elapsed.nanoseconds) / 1e9))
    }

    private mutating func advance(to now: Moment) {
        let passed = max(0, (now - pieceStart).nanoseconds / Self.piece.nanoseconds)
        for _ in 0..<min(passed, Int64(Self.pieces)) {
            position = (position + 1) % Self.pieces
            counts[position] = 0
        }
        pieceStart = pieceStart + Span(nanoseconds: passed * Self.piece.nanoseconds)
    }
}

/// How fast tasks come to a task queue and leave it, by the version of the workers and by priority.
struct TaskMeters {
    /// The rates of one priority, each in tasks a second.
    struct Rates {
        var added: Float = 0
        var dispatched: Float = 0
    }

    private struct Key: Hashable {
        let version: WorkerDeploymentVersion?
        let priority: Int32
    }

    /// The two begin together, so that their rates can be compared.
    private struct Pair {
        var added: RateMeter
        var dispatched: RateMeter

        init(since start: Moment) {
            added = RateMeter(since: start)
            dispatched = RateMeter(since: start)
        }
    }

    private var pairs: [Key: Pair] = [:]
    private var held: RateMeter?

    /// Notes that a task has come.
    ///
    /// - Parameters:
    ///   - version: The version that it is for; `nil` for workers without one.
    ///   - priority: Its priority.
    ///   - now: When.
    mutating func countAdded(for version: WorkerDeploymentVersion?, _ priority: Int32, at now: Moment) {
        pairs[Key(version: version, priority: priority), default: Pair(since: now)].added.count(at: now)
    }

    /// Notes that a task was handed out.
    ///
    /// - Parameters:
    ///   - version: The version of the worker; `nil` for one without.
    ///   - priority: The priority of the task.
    ///   - now: When.
    mutating func countDispatched(to version: WorkerDeploymentVersion?, _ priority: Int32, at now: Moment) {
        pairs[Key(version: version, priority: priority), default: Pair(since: now)].dispatched.count(at: now)
    }

    /// Notes that a limit has held back a task which a worker waited for.
    mutating func countHeld(at now: Moment) {
        if held == nil { held = RateMeter(since: now) }
        held?.count(at: now)
    }

    /// Whether a limit has held back tasks in the last half minute.
    mutating func isHolding(at now: Moment) -> Bool {
        held?.total(at: now) ?? 0 > 0
    }

    /// How fast tasks come and leave, by priority.
    ///
    /// - Parameters:
    ///   - version: The version whose workers count; `nil` for those without one. Default: all.
    ///   - now: When.
    mutating func rates(of version: WorkerDeploymentVersion?? = .none, at now: Moment) -> [Int32: Rates] {
        var rates: [Int32: Rates] = [:]
        for key in pairs.keys where version == nil || version == .some(key.version) {
            guard var pair = pairs[key] else { continue }
            rates[key.priority, default: Rates()].added += pair.added.rate(at: now)
            rates[key.priority, default: Rates()].dispatched += pair.dispatched.rate(at: now)
            pairs[key] = pair
        }
        return rates
    }
}
