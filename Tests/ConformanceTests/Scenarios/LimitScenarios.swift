import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// What happens to a run whose memo grows beyond what the service keeps.
@Suite(.timeLimit(.minutes(2))) struct LimitScenarios {
    private static let megabytes = 2 * 1024 * 1024
    private static let tooLarge = "BadModifyWorkflowPropertiesAttributes: ModifyWorkflowPropertiesCommandAttributes"

    /// The bytes that a memo has before a change and that it is given, and why the run ends with the change.
    private static let changes: [(before: Int, added: Int, reason: String?)] = [
        (0, megabytes, "\(tooLarge) exceeds size limit."),
        // All together is measured with what frames it.
        (0, megabytes - 1, "\(tooLarge). Memo exceeds size limit."),
        (megabytes / 2, megabytes / 2, "\(tooLarge). Memo exceeds size limit."),
        (megabytes / 2, megabytes / 2 - 100, nil),
    ]

    @Test(arguments: Backend.available, changes)
    func `a change that makes a memo too large ends the run`(
        _ backend: Backend,
        _ change: (before: Int, added: Int, reason: String?)
    ) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "memo-\(UUID())"
        let run = try await worker.start(id) {
            if change.before > 0 { $0.memo.fields["a"] = .with { $0.data = Data(count: change.before) } }
        }
        let task = try await worker.poll()
        let command = APICommand.with {
            $0.commandType = .modifyWorkflowProperties
            $0.modifyWorkflowPropertiesCommandAttributes.upsertedMemo.fields["k"] = .with {
                $0.data = Data(count: change.added)
            }
        }
        let error: RPCError?
        do {
            try await worker.complete(task, [command])
            error = nil
        } catch let refusal as RPCError {
            error = refusal
        }
        #expect(error?.code == (change.reason == nil ? nil : .invalidArgument))
        #expect(error?.message == change.reason)
        let last = try #require(try await worker.events(id, run).last)
        if let reason = change.reason {
            #expect(last.workflowExecutionTerminatedEventAttributes.reason == reason)
        } else {
            #expect(last.eventType == .workflowPropertiesModified)
        }
    }

    @Test(arguments: Backend.available)
    func `a workflow whose memo grows too large is ended by the service`(_ backend: Backend) async throws {
        try await withScene(
            backend,
            workflows: [Hoarder.self],
            configure: { $0.enforcesPayloadLimits = false },
            { scene in
                let handle = try await scene.start(Hoarder.self, 1_500_000, 2)
                #expect(try await outcome(of: handle) == "TerminatedError")
                let last = try #require(try await handle.history().proto.events.last)
                #expect(
                    last.workflowExecutionTerminatedEventAttributes.reason
                        == "\(Self.tooLarge). Memo exceeds size limit."
                )
            }
        )
    }

    @Test func `a worker that knows the limit keeps a memo back that is too large`() async throws {
        // A server of version 1.27 does not tell its limits.
        try await withScene(.inMemory, workflows: [Hoarder.self]) { scene in
            let handle = try await scene.start(Hoarder.self, 3_000_000, 1)
            try await scene.eventually {
                try await handle.history().contains { $0.type == "WorkflowTaskFailed" }
            }
            try await handle.terminate(reason: "seen")
            let failed = try #require(
                try await handle.history().proto.events.first { $0.eventType == .workflowTaskFailed }
            )
            .workflowTaskFailedEventAttributes
            #expect(failed.cause == .payloadsTooLarge)
            #expect(
                failed.failure.message
                    == "[TMPRL1103] Attempted to upload memo with size that exceeded the error limit."
            )
        }
    }
}

/// Adds to its memo until it has done so often enough.
@Workflow private actor Hoarder {
    func run(_ size: Int, _ times: Int) async throws {
        for number in 0..<times {
            try context.upsertMemo(["data \(number)": Data(count: size)])
            try await context.sleep(.milliseconds(1))
        }
    }
}
