/// The slots in which local activities run. They are taken and given back one by one, without regard to the task.
final class LocalActivitySlots: Sendable {
    private let supplier: FixedSlotSupplier
    private let request = SlotRequest(kind: .localActivity, taskQueue: "", identity: "", isSticky: false, issued: 0)

    /// Makes slots.
    ///
    /// - Parameter size: How many.
    init(size: Int) {
        self.supplier = FixedSlotSupplier(size: size)
    }

    /// How the number of slots is decided on.
    var kindName: String { supplier.kindName }

    /// Takes a slot, waiting for one if there is none.
    ///
    /// - Throws: `CancellationError` if the task is cancelled before.
    func acquire() async throws {
        _ = try await supplier.reserve(request)
    }

    /// Takes a slot if there is one.
    func tryAcquire() -> Bool {
        supplier.tryReserve(request) != nil
    }

    /// Gives a slot back.
    func release() {
        supplier.release(SlotPermit(), after: nil)
    }
}
