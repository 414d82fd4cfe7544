import OrderedCollections
import TemporalAPI

/// Actions that wait for their turn, and backfills that bring more of them.
extension Schedule {
    /// What is to be done now with the actions that wait.
    struct Turn {
        /// Those that start whatever runs.
        var overlapping: [Start] = []

        /// The one that starts, and that the others wait for.
        var alone: Start?

        /// Whether what runs is asked to end, because an action waits for that.
        var cancels = false

        /// Whether what runs is ended.
        var terminates = false
    }

    /// The longest buffer, after which starts are dropped.
    private static let bufferLimit = 1000

    /// How many actions of backfills come into the buffer at once.
    private static let backfilledAtOnce = 10

    /// Lets an action wait for its turn.
    mutating func wait(for start: Start) {
        guard buffer.count < Self.bufferLimit else {
            bufferDropped += 1
            return
        }
        buffer.append(start)
    }

    /// Puts the actions into the buffer that have come due by themselves.
    mutating func catchUp(to now: Moment) {
        guard isActive else {
            // What would have been done meanwhile is not made up for.
            processed = max(processed, now)
            return
        }
        let window = Span(definition.policies.catchupWindow)
        while let time = nextTime(after: processed), time.actual <= now {
            processed = time.nominal
            if time.actual + window < now {
                missedCatchupWindow += 1
            } else {
                wait(for: Start(time, overlap: .unspecified, isManual: false))
            }
        }
    }

    /// Notes a backfill. Its beginning itself counts.
    mutating func add(_ request: APIBackfillRequest) {
        guard backfills.count < Self.bufferLimit else {
            bufferDropped += 1
            return
        }
        backfills.append(
            Backfill(
                after: Moment(request.startTime) - Span(nanoseconds: 1_000_000),
                through: Moment(request.endTime),
                overlap: request.overlapPolicy
            )
        )
    }

    /// Puts the next actions of backfills into the buffer: some at a time, and no more than half of what it holds.
    mutating func continueBackfills() {
        var left = Self.backfilledAtOnce
        while left > 0, buffer.count < Self.bufferLimit / 2, var backfill = backfills.first {
            while left > 0, let time = times.next(after: backfill.after), time.actual <= backfill.through {
                left -= 1
                backfill.after = time.nominal
                wait(for: Start(time, overlap: backfill.overlap, isManual: true))
            }
            // One that has brought all it could is looked at once more, as on the server.
            if left > 0 { backfills.removeFirst() } else { backfills[0] = backfill }
        }
    }

    /// Whether the next actions of a backfill can start whatever runs: they do so one second later. Others come when the
    /// schedule has something else to do.
    var hasOverlappingBackfill: Bool {
        backfills.first.map { resolved($0.overlap) == .allowAll } ?? false
    }

    /// Takes out of the buffer what can start now and what may not wait, by the overlap policy of each.
    mutating func takeTurn() -> Turn {
        var turn = Turn()
        var kept: [Start] = []
        let isRunning = !running.isEmpty
        for start in buffer {
            let policy = resolved(start.overlap)
            if policy == .allowAll {
                turn.overlapping.append(start)
                continue
            }
            guard isRunning || turn.alone != nil else {
                turn.alone = start
                continue
            }
            switch policy {
            case .skip, .unspecified, .UNRECOGNIZED:
                overlapSkipped += 1
            case .bufferOne where !kept.isEmpty:
                overlapSkipped += 1
            case .cancelOther where !isRunning, .terminateOther where !isRunning:
                // What would have to end has not begun.
                turn.alone = start
            case .bufferOne, .bufferAll, .allowAll:
                kept.append(start)
            case .cancelOther:
                turn.cancels = true
                kept.append(start)
            case .terminateOther:
                turn.terminates = true
                kept.append(start)
            }
        }
        buffer = kept
        // Nothing starts while others are about to be ended.
        if turn.cancels || turn.terminates { turn.overlapping = [] }
        return turn
    }
}

extension Schedule.Start {
    /// An action at a time of the schedule.
    init(_ time: ScheduleTimes.Time, overlap: APIScheduleOverlapPolicy, isManual: Bool) {
        self.init(
            nominal: time.nominal,
            jittered: time.actual == time.nominal ? nil : time.actual,
            overlap: overlap,
            isManual: isManual
        )
    }
}
