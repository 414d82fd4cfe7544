import Synchronization
import TemporalClient

/// Gives out slots as long as the machine has room.
public final class ResourceBasedSlotSupplier: SlotSupplier {
    private struct State {
        var issued = 0
        var issuedSticky = 0
        var lastIssue: Duration?
    }

    /// What a permit remembers: whether it was for runs in memory.
    private struct Mark: Sendable {
        let isSticky: Bool
    }

    /// How long a wait for room is, before the machine is looked at again.
    static let pause: Duration = .milliseconds(10)

    /// Who knows whether there is room.
    public let controller: ResourceController

    private let minimum: Int
    private let maximum: Int
    private let ramp: Duration
    private let state = Mutex(State())

    /// Makes a supplier.
    ///
    /// - Parameters:
    ///   - controller: Who knows whether there is room, shared by all suppliers of the process.
    ///   - minimumSlots: How many slots there are whatever the machine does; 2 is right for workflow tasks. Default: 1.
    ///   - maximumSlots: How many slots there are at most. Default: 10,000.
    ///   - rampThrottle: How long at least to wait between two slots above the minimum, so that the effect of the first
    ///     is seen. Default: 50 ms, right for activities; workflow tasks need none.
    public init(
        controller: ResourceController,
        minimumSlots: Int = 1,
        maximumSlots: Int = 10_000,
        rampThrottle: Duration = .milliseconds(50)
    ) {
        self.controller = controller
        self.minimum = max(1, minimumSlots)
        self.maximum = max(self.minimum, maximumSlots)
        self.ramp = rampThrottle
    }

    public var maximumSlots: Int? { nil }

    public var kindName: String { "ResourceBased" }

    public func reserve(_ request: SlotRequest) async throws -> SlotPermit {
        while true {
            if let permit = tryReserve(request) { return permit }
            let now = controller.timing.now()
            let rest = state.withLock { state in state.lastIssue.map { $0 + ramp - now } } ?? .zero
            try await controller.timing.sleep(max(rest, Self.pause))
        }
    }

    public func tryReserve(_ request: SlotRequest) -> SlotPermit? {
        let now = controller.timing.now()
        // Looked at before the lock is taken: the machine is asked by a monitor that may be the user's.
        let hasRoom = controller.hasRoom
        let isIssued = state.withLock { state in
            // A worker of workflows needs a poll of each kind whatever the machine does, or runs would wait for ever.
            let isFirst =
                request.kind == .workflow
                && (request.isSticky ? state.issuedSticky == 0 : state.issued == state.issuedSticky)
            let isRamped = state.lastIssue.map { now - $0 >= ramp } ?? true
            guard state.issued < minimum || isFirst || (isRamped && state.issued < maximum && hasRoom) else {
                return false
            }
            state.issued += 1
            state.issuedSticky += request.isSticky ? 1 : 0
            state.lastIssue = now
            return true
        }
        return isIssued ? SlotPermit(value: Mark(isSticky: request.isSticky)) : nil
    }

    public func markUsed(_ permit: SlotPermit, for use: SlotUse) {}

    public func release(_ permit: SlotPermit, after use: SlotUse?) {
        let isSticky = (permit.value as? Mark)?.isSticky ?? false
        state.withLock { state in
            state.issued -= 1
            state.issuedSticky -= isSticky ? 1 : 0
        }
    }
}
