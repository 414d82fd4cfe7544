import Synchronization
import Temporal
import TemporalAPI
import Testing

@testable import TemporalWorker

/// What a run records of the SDK, and what it makes of what others have recorded.
@Suite struct SDKLedgerTests {
    private func completed(
        _ id: Int64 = 4,
        flags: [UInt32] = [],
        name: String = "",
        version: String = ""
    ) -> APIHistoryEvent {
        .of(id, .workflowTaskCompleted) {
            $0.workflowTaskCompletedEventAttributes.sdkMetadata.langUsedFlags = flags
            $0.workflowTaskCompletedEventAttributes.sdkMetadata.sdkName = name
            $0.workflowTaskCompletedEventAttributes.sdkMetadata.sdkVersion = version
        }
    }

    private func note(_ event: APIHistoryEvent, in ledger: inout SDKLedger) throws {
        try ledger.note(event.workflowTaskCompletedEventAttributes.sdkMetadata, event)
    }

    @Test func `name and version are recorded once, and again after another version`() throws {
        var ledger = SDKLedger(known: [])
        #expect(ledger.metadata?.sdkName == SDK.name)
        #expect(ledger.metadata?.sdkVersion == SDK.version)
        try note(completed(name: SDK.name, version: SDK.version), in: &ledger)
        #expect(ledger.metadata == nil)
        // A task that records nothing changes nothing.
        try note(completed(), in: &ledger)
        #expect(ledger.metadata == nil)
        try note(completed(version: "99.0.0"), in: &ledger)
        #expect(ledger.metadata?.sdkName == "")
        #expect(ledger.metadata?.sdkVersion == SDK.version)
    }

    @Test func `a flag is recorded until the history has it`() throws {
        var ledger = SDKLedger(known: [1, 2])
        try note(completed(name: SDK.name, version: SDK.version), in: &ledger)
        let answers = [2, 1, 2].map { ledger.uses($0, isReplaying: false) }
        #expect(answers == [true, true, true])
        #expect(ledger.metadata?.langUsedFlags == [2, 1])
        // The service has dropped the task: it is said again.
        #expect(ledger.metadata?.langUsedFlags == [2, 1])
        try note(completed(flags: [2]), in: &ledger)
        #expect(ledger.metadata?.langUsedFlags == [1])
        try note(completed(flags: [1]), in: &ledger)
        #expect(ledger.metadata == nil)
        let again = ledger.uses(1, isReplaying: false)
        #expect(again)
        #expect(ledger.metadata == nil)
    }

    @Test func `a replay goes the way that the history went`() throws {
        var ledger = SDKLedger(known: [1, 2])
        let before = ledger.uses(1, isReplaying: true)
        try note(completed(flags: [1]), in: &ledger)
        let after = [1, 2].map { ledger.uses($0, isReplaying: true) }
        #expect(!before && after == [true, false])
        #expect(ledger.metadata?.langUsedFlags == [])
    }

    @Test func `a flag of a task is known before its code runs`() async throws {
        var task = APIPollWorkflowTaskQueueResponse.first(of: "Unreached")
        task.history.events.append(completed(flags: [77], name: "temporal-swift", version: "9.0.0"))
        let replayer = WorkflowReplayer(workflows: [Unreached.self])
        let error = await #expect(throws: ReplayError.self) {
            try await replayer.replay(task.history.events, workflowID: "w", runID: "r")
        }
        #expect(error?.message.contains("flag 77 of temporal-swift 9.0.0") == true)
        #expect(!Unreached.wasReached.withLock { $0 })
    }
}

@Workflow private actor Unreached {
    static let wasReached = Mutex(false)

    func run() async throws { Self.wasReached.withLock { $0 = true } }
}
