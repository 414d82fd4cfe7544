import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// Commands that hold more than the service keeps: they end the run.
@Suite(.timeLimit(.minutes(2))) struct CommandSizeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let reason: String

        /// Makes a command with a number of bytes beside the field that counts.
        let make: @Sendable (Int) -> APICommand

        /// How many bytes the service counts besides.
        var frame = 0

        var testDescription: String { reason }
    }

    private static let limit = 2 * 1024 * 1024

    private static func command<Value>(
        _ type: APICommandType,
        _ field: WritableKeyPath<APICommand, Value>,
        _ fill: (inout Value) -> Void
    ) -> APICommand {
        .with {
            $0.commandType = type
            fill(&$0[keyPath: field])
        }
    }

    private static func payload(_ count: Int) -> APIPayload { .with { $0.data = Data(count: count) } }

    /// Payloads of one payload, which is eight bytes more than the payload's own.
    private static func blob(_ count: Int) -> APIPayloads { .with { $0.payloads = [payload(count)] } }

    static let rows = [
        Row(
            reason:
                "BadFailWorkflowExecutionAttributes: FailWorkflowExecutionCommandAttributes.Failure exceeds size limit.",
            make: { count in
                command(.failWorkflowExecution, \.failWorkflowExecutionCommandAttributes) {
                    $0.failure.message = String(repeating: "x", count: count)
                }
            },
            frame: 4
        ),
        Row(
            reason: "BadRecordMarkerAttributes: RecordMarkerCommandAttributes.Details exceeds size limit.",
            make: { count in
                command(.recordMarker, \.recordMarkerCommandAttributes) {
                    $0.markerName = "m"
                    $0.details = ["key": blob(count)]
                }
            },
            frame: 3 + 8
        ),
        Row(
            reason:
                "BadModifyWorkflowPropertiesAttributes: ModifyWorkflowPropertiesCommandAttributes exceeds size limit.",
            make: { count in
                command(.modifyWorkflowProperties, \.modifyWorkflowPropertiesCommandAttributes) {
                    $0.upsertedMemo.fields = ["key": payload(count)]
                }
            },
            frame: 3
        ),
        Row(
            reason:
                "BadContinueAsNewAttributes: ContinueAsNewWorkflowExecutionCommandAttributes. Input exceeds size limit.",
            make: { count in
                command(.continueAsNewWorkflowExecution, \.continueAsNewWorkflowExecutionCommandAttributes) {
                    $0.input = blob(count)
                }
            },
            frame: 8
        ),
        Row(
            reason:
                "BadStartChildExecutionAttributes: StartChildWorkflowExecutionCommandAttributes. Input exceeds size limit.",
            make: { count in
                command(.startChildWorkflowExecution, \.startChildWorkflowExecutionCommandAttributes) {
                    $0.workflowID = "child"
                    $0.workflowType.name = "Flow"
                    $0.input = blob(count)
                }
            },
            frame: 8
        ),
        Row(
            reason:
                "BadSignalWorkflowExecutionAttributes: SignalExternalWorkflowExecutionCommandAttributes.Input exceeds "
                + "size limit.",
            make: { count in
                command(.signalExternalWorkflowExecution, \.signalExternalWorkflowExecutionCommandAttributes) {
                    $0.execution.workflowID = "other"
                    $0.signalName = "poke"
                    $0.input = blob(count)
                }
            },
            frame: 8
        ),
    ]

    @Test(arguments: rows)
    func `one byte too many ends the run`(_ row: Row) async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        let error = await refusal {
            try await script.complete(task, [row.make(Self.limit + 1 - row.frame)])
        }
        #expect(error?.code == .invalidArgument && error?.message == row.reason)
        let last = try #require(script.history().last)
        #expect(last.eventType == .workflowExecutionTerminated)
        #expect(last.workflowExecutionTerminatedEventAttributes.reason == row.reason)
        try HistoryValidator.validate(script.history())
    }

    @Test(arguments: rows.filter { !$0.reason.contains("Properties") })
    func `as many bytes as there may be do not`(_ row: Row) async throws {
        let script = Script()
        try await script.start()
        try await script.step(row.make(Self.limit - row.frame))
        #expect(!script.types().contains(.workflowExecutionTerminated))
    }

    @Test func `what is wrong besides is told first`() async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        var child = Self.rows[4].make(Self.limit)
        child.startChildWorkflowExecutionCommandAttributes.workflowType.name = ""
        let error = await refusal { try await script.complete(task, [child]) }
        #expect(error?.message.hasPrefix("BadStartChildExecutionAttributes: Required field WorkflowType") == true)
        #expect(script.types().last == .workflowTaskFailed)
    }

    @Test func `a memo that grows too large ends the run`() async throws {
        let script = Script()
        try await script.start { $0.memo.fields = ["a": Self.payload(1_500_000)] }
        let change = Self.command(.modifyWorkflowProperties, \.modifyWorkflowPropertiesCommandAttributes) {
            $0.upsertedMemo.fields = ["b": Self.payload(1_000_000)]
        }
        let error = await refusal { try await script.step(change) }
        #expect(
            error?.message
                == "BadModifyWorkflowPropertiesAttributes: ModifyWorkflowPropertiesCommandAttributes. Memo exceeds size "
                + "limit."
        )
        #expect(script.types().last == .workflowExecutionTerminated)
    }

    @Test func `so do search attributes`() async throws {
        var options = TestServer.Options(clock: .skipping())
        let names = (0..<24).map { "Attribute\($0)" }
        for name in names { options.searchAttributes[name] = .keyword }
        let script = Script(server: TestServer(options: options))
        func upsert(_ names: some Sequence<String>) -> APICommand {
            Self.command(.upsertWorkflowSearchAttributes, \.upsertWorkflowSearchAttributesCommandAttributes) {
                for name in names {
                    $0.searchAttributes.indexedFields[name] = .with {
                        $0.metadata = ["encoding": Data("json/plain".utf8)]
                        $0.data = Data("\"\(String(repeating: "x", count: 2000))\"".utf8)
                    }
                }
            }
        }
        try await script.start()
        try await script.step(upsert(names.prefix(12)))
        try await script.signal()
        let error = await refusal { try await script.step(upsert(names.suffix(12))) }
        #expect(error?.message.hasPrefix("BadSearchAttributes: total size of search attributes") == true)
        #expect(script.types().last == .workflowExecutionTerminated)
    }

    @Test func `a task may ask no more than 2,000 things of others`() async throws {
        let signal = Self.command(.signalExternalWorkflowExecution, \.signalExternalWorkflowExecutionCommandAttributes)
        {
            $0.execution.workflowID = "other"
            $0.signalName = "poke"
        }
        let cancel = Self.command(
            .requestCancelExternalWorkflowExecution,
            \.requestCancelExternalWorkflowExecutionCommandAttributes
        ) {
            $0.workflowID = "other"
        }
        let cases: [(APICommand, APIWorkflowTaskFailedCause, String)] = [
            (
                signal, .pendingSignalsLimitExceeded,
                "PendingSignalsLimitExceeded: the number of pending signals to external workflows, 2000, has reached the "
                    + "per-workflow limit of 2000"
            ),
            (
                cancel, .pendingRequestCancelLimitExceeded,
                "PendingRequestCancelLimitExceeded: the number of pending requests to cancel external workflows, 2000, "
                    + "has reached the per-workflow limit of 2000"
            ),
        ]
        for (command, cause, message) in cases {
            let script = Script()
            try await script.start()
            let task = try await script.pollWorkflow()
            let error = await refusal {
                try await script.complete(task, Array(repeating: command, count: 2001))
            }
            #expect(error?.message == message)
            let failed = try #require(script.history().last { $0.eventType == .workflowTaskFailed })
            #expect(failed.workflowTaskFailedEventAttributes.cause == cause)
            try await script.step(command, .complete())
            #expect(script.types().last == .workflowExecutionCompleted)
        }
    }
}
