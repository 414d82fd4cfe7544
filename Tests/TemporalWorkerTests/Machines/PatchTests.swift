import Foundation
import TemporalAPI
import Testing

@testable import Temporal
@testable import TemporalWorker

/// Which way code with patches goes, and which markers fit which code.
@Suite struct PatchTests {
    /// A machine whose code has run in the first task, up to event 4.
    private func machine(
        _ recorded: [APIHistoryEvent] = [],
        isReplaying: Bool = true,
        _ code: (inout WorkflowMachine) -> Void
    ) throws -> WorkflowMachine {
        var machine = WorkflowMachine(taskQueue: "queue")
        _ = try machine.apply(
            .of(1, .workflowExecutionStarted) { $0.workflowExecutionStartedEventAttributes = .init() }
        )
        _ = try machine.apply(.of(2, .workflowTaskScheduled) { $0.workflowTaskScheduledEventAttributes = .init() })
        _ = try machine.apply(.of(3, .workflowTaskStarted) { $0.workflowTaskStartedEventAttributes = .init() })
        try machine.expect(recorded)
        code(&machine)
        _ = machine.takeCommands()
        _ = try machine.apply(.of(4, .workflowTaskCompleted) { $0.workflowTaskCompletedEventAttributes = .init() })
        return machine
    }

    private func marker(_ id: Int64, _ patch: String, deprecated: Bool = false) -> APIHistoryEvent {
        .of(id, .markerRecorded) { event in
            let command = PatchMarker(id: patch, deprecated: deprecated).command.recordMarkerCommandAttributes
            event.markerRecordedEventAttributes.markerName = command.markerName
            event.markerRecordedEventAttributes.details = command.details
        }
    }

    private func upsert(_ id: Int64, _ name: String = "TemporalChangeVersion") -> APIHistoryEvent {
        .of(id, .upsertWorkflowSearchAttributes) {
            $0.upsertWorkflowSearchAttributesEventAttributes.searchAttributes.indexedFields[name] = .init()
        }
    }

    private func timer(_ id: Int64) -> APIHistoryEvent {
        .of(id, .timerStarted) { $0.timerStartedEventAttributes.timerID = "1" }
    }

    private func problem(_ machine: WorkflowMachine, _ events: [APIHistoryEvent]) -> String? {
        var machine = machine
        do {
            for event in events { _ = try machine.apply(event) }
            try machine.checkAllMatched()
            return nil
        } catch {
            return String(describing: error)
        }
    }

    @Test func `a marker has the form that other SDKs with a core write`() throws {
        let command = PatchMarker(id: "my \"patch\"", deprecated: false).command
        #expect(command.recordMarkerCommandAttributes.markerName == "core_patch")
        let payload = try #require(command.recordMarkerCommandAttributes.details["patch-data"]?.values.first)
        #expect(payload.encoding == "json/plain")
        #expect(String(decoding: payload.data, as: UTF8.self) == #"{"id":"my \"patch\"","deprecated":false}"#)
        #expect(try PatchMarker(marker(1, "my \"patch\"", deprecated: true))?.deprecated == true)
    }

    @Test func `a new run takes the new way, notes it once, and lists its patches`() {
        var machine = WorkflowMachine(taskQueue: "queue")
        for id in ["b", "a", "b"] {
            #expect(machine.patched(id, isDeprecated: false, isReplaying: false) == (true, false))
        }
        let commands = machine.takeCommands()
        #expect(
            commands.map(\.commandType) == [
                .recordMarker, .upsertWorkflowSearchAttributes, .recordMarker, .upsertWorkflowSearchAttributes,
            ]
        )
        let list = commands[3].upsertWorkflowSearchAttributesCommandAttributes.searchAttributes
            .indexedFields["TemporalChangeVersion"]
        #expect(list.map { String(decoding: $0.data, as: UTF8.self) } == #"["a","b"]"#)
        #expect(list?.metadata["type"] == Data("KeywordList".utf8))
    }

    @Test func `a list that has outgrown its search attribute stays as it is`() {
        var machine = WorkflowMachine(taskQueue: "queue")
        let long = String(repeating: "x", count: 2044)
        #expect(machine.patched(long, isDeprecated: false, isReplaying: false) == (true, true))
        #expect(machine.takeCommands().map(\.commandType) == [.recordMarker])
        var shorter = WorkflowMachine(taskQueue: "queue")
        #expect(shorter.patched(String(long.dropLast()), isDeprecated: false, isReplaying: false) == (true, false))
    }

    @Test func `a replay goes the way that the history went`() throws {
        var answers: [Bool] = []
        let machine = try machine([marker(5, "new"), upsert(6)]) { machine in
            answers = ["new", "later", "new"].map { id in
                machine.patched(id, isDeprecated: false, isReplaying: true).isPatched
            }
        }
        #expect(answers == [true, false, true])
        #expect(problem(machine, [marker(5, "new"), upsert(6)]) == nil)
        // What was told on the replay stays so when the run goes on.
        var live = machine
        #expect(live.patched("later", isDeprecated: false, isReplaying: false).isPatched == false)
    }

    @Test func `a marker without a call is an error, which says what to do`() throws {
        let machine = try machine([marker(5, "gone")]) { _ = $0.startTimer(.seconds(1), summary: nil) }
        let problem = problem(machine, [marker(5, "gone"), upsert(6), timer(7)])
        #expect(problem?.contains("[TMPRL1100]") == true)
        #expect(problem?.contains("deprecatePatch(\"gone\")") == true)
    }

    @Test func `the marker of a deprecated patch may be without a call, with and without its list`() throws {
        let machine = try machine([marker(5, "old", deprecated: true)]) {
            _ = $0.startTimer(.seconds(1), summary: nil)
        }
        #expect(problem(machine, [marker(5, "old", deprecated: true), upsert(6), timer(7)]) == nil)
        #expect(problem(machine, [marker(5, "old", deprecated: true), timer(6)]) == nil)
        #expect(problem(machine, [marker(5, "old", deprecated: true), upsert(6, "Mine"), timer(7)]) != nil)
    }

    @Test func `a deprecated patch in the place of another is passed over`() throws {
        let events = [marker(5, "old", deprecated: true), upsert(6), marker(7, "new"), upsert(8)]
        let machine = try machine(events) {
            _ = $0.patched("new", isDeprecated: false, isReplaying: true)
        }
        #expect(problem(machine, events) == nil)
    }

    @Test func `a patch that was replaced by its deprecation fits the old marker`() throws {
        let machine = try machine([marker(5, "change")]) {
            _ = $0.patched("change", isDeprecated: true, isReplaying: true)
        }
        #expect(problem(machine, [marker(5, "change"), upsert(6)]) == nil)
    }

    @Test func `a patch that the history has noted at another place leaves no trace`() throws {
        // The history had the marker in its first task; the code asks only in the second.
        var machine = try machine([marker(5, "moved", deprecated: true)]) { _ in }
        _ = try machine.apply(marker(5, "moved", deprecated: true))
        _ = try machine.apply(upsert(6))
        _ = try machine.apply(.of(7, .workflowTaskScheduled) { $0.workflowTaskScheduledEventAttributes = .init() })
        _ = try machine.apply(.of(8, .workflowTaskStarted) { $0.workflowTaskStartedEventAttributes = .init() })
        #expect(machine.patched("moved", isDeprecated: true, isReplaying: true).isPatched)
        _ = machine.startTimer(.seconds(1), summary: nil)
        _ = machine.takeCommands()
        _ = try machine.apply(.of(9, .workflowTaskCompleted) { $0.workflowTaskCompletedEventAttributes = .init() })
        #expect(problem(machine, [timer(10)]) == nil)
    }

    @Test func `the list of patches may be missing on either side`() throws {
        // The history left the list out, as it was too long before the code dropped a patch.
        let shorter = try machine([marker(5, "new")]) {
            _ = $0.patched("new", isDeprecated: false, isReplaying: true)
            _ = $0.startTimer(.seconds(1), summary: nil)
        }
        #expect(problem(shorter, [marker(5, "new"), timer(6)]) == nil)
        #expect(problem(shorter, [marker(5, "new"), upsert(6), timer(7)]) == nil)
        let last = try machine([marker(5, "new")]) { _ = $0.patched("new", isDeprecated: false, isReplaying: true) }
        #expect(problem(last, [marker(5, "new")]) == nil)
        let two = try machine([marker(5, "new"), marker(6, "newer")]) {
            _ = $0.patched("new", isDeprecated: false, isReplaying: true)
            _ = $0.patched("newer", isDeprecated: false, isReplaying: true)
        }
        #expect(problem(two, [marker(5, "new"), marker(6, "newer"), upsert(7)]) == nil)
    }

    @Test func `a search attribute of the code and the list of patches are told apart`() throws {
        let machine = try machine([]) {
            $0.upsertSearchAttributes([SearchAttributeKey.int("Mine").set(1)])
        }
        #expect(problem(machine, [upsert(5, "Mine")]) == nil)
        #expect(problem(machine, [upsert(5)]) != nil)
    }

    @Test func `a flag that this version does not know fails the task`() throws {
        var machine = WorkflowMachine(taskQueue: "queue")
        let event = APIHistoryEvent.of(1, .workflowTaskCompleted) {
            $0.workflowTaskCompletedEventAttributes.sdkMetadata.langUsedFlags = [77]
            $0.workflowTaskCompletedEventAttributes.sdkMetadata.sdkName = "temporal-swift"
            $0.workflowTaskCompletedEventAttributes.sdkMetadata.sdkVersion = "9.0.0"
        }
        let error = #expect(throws: HistoryError.self) { _ = try machine.apply(event) }
        #expect(error?.description.contains("flag 77 of temporal-swift 9.0.0") == true)
    }
}

extension APIHistoryEvent {
    /// An event of a history that a test makes up.
    static func of(_ id: Int64, _ type: APIEventType, _ fill: (inout APIHistoryEvent) -> Void) -> APIHistoryEvent {
        var event = APIHistoryEvent()
        event.eventID = id
        event.eventType = type
        fill(&event)
        return event
    }
}
