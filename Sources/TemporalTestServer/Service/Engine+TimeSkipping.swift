import Temporal
import TemporalAPI

/// What clients of other SDKs ask of a clock that skips.
///
/// Here time jumps whenever nobody works and somebody waits, so nobody needs to unlock it first; their locks and unlocks
/// are counted all the same, and while there are more locks than unlocks, time passes as on the wall. On a wall clock
/// locks change nothing.
extension Engine {
    /// Lets time pass as on the wall until it is unlocked as often as it was locked.
    func lockTime() {
        timeLocks += 1
        guard isSkipping, timeLocks > 0, pace == nil else { return }
        pace = (.now, now)
    }

    /// Undoes one ``lockTime()``, even one that comes later.
    func unlockTime() {
        readClock()
        timeLocks -= 1
        if timeLocks <= 0 { pace = nil }
    }

    /// Waits on the clock.
    func sleep(_ request: APITestSleepRequest, _ reply: Reply<APITestSleepResponse>) throws {
        sleep(until: readClock() + (try Self.length(request)), reply)
    }

    /// Waits for a moment of the clock.
    func sleep(_ request: APITestSleepUntilRequest, _ reply: Reply<APITestSleepResponse>) throws {
        guard request.hasTimestamp else { throw ServiceError.invalid("Timestamp is not set on request.") }
        readClock()
        sleep(until: Moment(request.timestamp), reply)
    }

    /// Waits on the clock, and lets it skip meanwhile as far as this caller had locked it.
    func unlockAndSleep(_ request: APITestSleepRequest, _ reply: Reply<APITestSleepResponse>) throws {
        let length = try Self.length(request)
        unlockTime()
        lockingSleepers.insert(reply.ticket)
        sleep(until: now + length, reply)
        // Nothing to wait for: the call is answered already.
        if reply.isDone, lockingSleepers.remove(reply.ticket) != nil { lockTime() }
    }

    private static func length(_ request: APITestSleepRequest) throws -> Span {
        guard request.hasDuration else { throw ServiceError.invalid("Duration is not set on request.") }
        let length = Span(request.duration)
        guard length >= .zero else { throw ServiceError.invalid("Duration is negative.") }
        return length
    }
}
