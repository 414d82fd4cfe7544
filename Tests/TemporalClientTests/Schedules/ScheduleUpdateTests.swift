import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// Updates of schedules on servers that say at once that another change came first.
@Suite(.timeLimit(.minutes(1))) struct ScheduleUpdateTests {
    private let script = ScriptedService()
    private let color = SearchAttributeKey.keyword("Color")

    private var handle: ScheduleHandle {
        let retry = CallRetryOptions(initialInterval: .milliseconds(1))
        return TemporalClient(service: script, namespace: "space", identity: "me", retry: retry)
            .schedules.handle(id: "s")
    }

    /// Describes the schedule with a version next: as it was sent last, with a note of its own if there is one.
    private func describe(
        _ version: UInt8,
        note: String? = nil,
        attributes: [String: String] = [:]
    ) {
        script.answer(.describeSchedule) { [script] _ in
            try .with {
                $0.conflictToken = Data([version])
                $0.schedule.action.startWorkflow.workflowID = "w"
                $0.schedule.action.startWorkflow.workflowType.name = "Report"
                $0.schedule.action.startWorkflow.taskQueue.name = "q"
                if let sent = script.requests(.updateSchedule).last { $0.schedule = sent.schedule }
                if let note { $0.schedule.state.notes = note }
                $0.searchAttributes.indexedFields = try attributes.mapValues {
                    try PayloadConverter().encode($0).proto
                }
            }
        }
    }

    private func refuse(_ message: String, _ code: RPCError.Code = .failedPrecondition) {
        script.answer(.updateSchedule) { _ in throw RPCError(code: code, message: message) }
    }

    private func accept() {
        script.answer(.updateSchedule) { _ in .init() }
    }

    /// The notes that were sent.
    private var notes: [String] { script.requests(.updateSchedule).map(\.schedule.state.notes) }

    @Test func `a change whose answer is lost is made once`() async throws {
        describe(1, note: "a")
        describe(2)
        refuse("lost", .unavailable)
        refuse("mismatched conflict token")
        var changes = 0
        try await handle.update { update in
            changes += 1
            update.state.note += "!"
        }
        #expect(changes == 1)
        #expect(notes == ["a!", "a!"])
    }

    @Test func `a change that another came before is made anew`() async throws {
        describe(1, note: "a")
        describe(2, note: "theirs")
        describe(2, note: "theirs")
        describe(3)
        refuse("mismatched conflict token")
        accept()
        try await handle.update { $0.state.note += "!" }
        #expect(notes == ["a!", "theirs!"])
    }

    @Test(arguments: [true, false])
    func `attributes are part of a change that may have been made`(_ isMade: Bool) async throws {
        describe(1)
        describe(2, attributes: isMade ? ["Color": "red"] : ["Color": "blue"])
        if !isMade {
            describe(2)
            describe(3, attributes: ["Color": "red"])
        }
        refuse("mismatched conflict token")
        accept()
        var changes = 0
        try await handle.update { update in
            changes += 1
            update.searchAttributes = [color.set("red")]
        }
        #expect(changes == (isMade ? 1 : 2))
    }

    @Test func `a schedule that is closed takes no update`() async throws {
        describe(1)
        refuse("schedule closed")
        var changes = 0
        let error = await #expect(throws: RPCError.self) { try await handle.update { _ in changes += 1 } }
        #expect(error?.message == "schedule closed")
        #expect(changes == 1)
    }
}
