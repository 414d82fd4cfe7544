import Foundation
import Synchronization
import Temporal

/// Takes updates of every kind until it is closed.
@Workflow actor Desk {
    private var total = 0
    private var entries: [String] = []
    private var isClosed = false
    private var isRenewed = false

    /// How often something was done that code must not do twice, by workflow id: faults, and makings of the actor.
    private static let counts = Mutex<[String: Int]>([:])

    private static func count(_ id: String) -> Int {
        counts.withLock { counts in
            counts[id, default: 0] += 1
            return counts[id, default: 0]
        }
    }

    /// How often the actor of a workflow was made.
    static func made(_ id: String) -> Int { counts.withLock { $0["made \(id)", default: 0] } }

    init(context: WorkflowContext) {
        self.context = context
        _ = Self.count("made \(context.info.workflowID)")
    }

    func run(_ number: Int) async throws -> String {
        entries.append("run")
        try await context.waitCondition { self.isClosed || self.isRenewed }
        if isRenewed { try context.continueAsNew(Desk.self, number + 1) }
        return "\(total)"
    }

    @Signal func close() { isClosed = true }

    @Signal func note(_ text: String) { entries.append(text) }

    @Query func log() -> [String] { entries }

    @Update(validator: "checkAmount") func raise(_ amount: Int) -> Int {
        entries.append("raise")
        total += amount
        return total
    }

    private func checkAmount(_ amount: Int) throws {
        struct Unexpected: Error {}
        if amount == -2 { throw Unexpected() }
        if amount < 0 { throw ApplicationError("not below zero", type: "TooLow") }
    }

    @Update func order(_ item: String) async throws -> String {
        let item = try await context.executeActivity(Acts.echo, item, startToCloseTimeout: .seconds(30))
        // The update is known across awaits, also in a task of the handler.
        async let info = context.currentUpdateInfo
        return "\(item) in \(await info?.id ?? "-") of \(context.currentUpdateInfo?.name ?? "-")"
    }

    @Update func `break`(_ id: String) async throws -> String {
        struct Broken: Error {}
        if Self.count("break \(id)") == 1 { throw Broken() }
        return "mended"
    }

    @Update(validator: "actOnce") func acting(_ id: String) -> String { "accepted" }

    private func actOnce(_ id: String) throws {
        // The error is swallowed, and the task fails all the same.
        if Self.count("acting \(id)") == 1 { _ = try? context.uuid() }
    }

    @Update func fail(_ reason: String) throws { throw ApplicationError(reason, type: "SoldOut") }

    @Update func waitForClose() async throws -> String {
        try await context.waitCondition { self.isClosed }
        return "\(context.currentUpdateInfo?.id ?? "-") closed"
    }

    @Update(unfinished: .abandon) func hang() async throws {
        try await context.waitCondition { false }
    }

    @Update func finish() -> String {
        isClosed = true
        return "finished"
    }

    @Update func renew() -> Int? {
        isRenewed = true
        return nil
    }
}
