import Foundation
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// Policies in every combination.
@Suite(.timeLimit(.minutes(2))) struct PolicyMatrixTests {
    // MARK: Parents and children

    enum Policy: String, CaseIterable, Codable, Sendable { case terminate, abandon, requestCancel }

    enum End: String, CaseIterable, Codable, Sendable { case complete, fail, cancel, terminate, timeOut }

    @Test(arguments: Policy.allCases, End.allCases)
    func `what becomes of a child when its parent closes`(_ policy: Policy, _ end: End) async throws {
        var options = TestEnvironmentOptions()
        options.stallPolicy = .skip
        try await TestWorkflowEnvironment.run(workflows: [PolicyParent.self, PolicyChild.self], options: options) {
            env in
            let start = WorkflowOptions(id: "parent", taskQueue: env.options.taskQueue, runTimeout: .seconds(600))
            let parent = try await env.startWorkflow(PolicyParent.self, policy, end, options: start)
            try await env.sleep(for: .seconds(60))
            switch end {
            case .complete, .fail: try await parent.signal(PolicyParent.finish)
            case .cancel: try await parent.cancel()
            case .terminate: try await parent.terminate()
            case .timeOut: break
            }
            _ = try? await parent.result()
            try await env.sleep(for: .seconds(1))
            let child = env.client.workflowHandle(id: "child")
            let expected: WorkflowStatus =
                switch policy {
                case .terminate: .terminated
                case .abandon: .running
                case .requestCancel: .cancelled
                }
            // A cancelled parent has cancelled its child itself, before its policy could say anything, unless it was told to
            // leave it alone.
            let value1 = try await child.describe().status
            #expect(value1 == expected, "\(policy) \(end)")
            let status: WorkflowStatus =
                switch end {
                case .complete: .completed
                case .fail: .failed
                case .cancel: .cancelled
                case .terminate: .terminated
                case .timeOut: .timedOut
                }
            let value2 = try await parent.describe().status
            #expect(value2 == status)
        }
    }

    // MARK: Ids

    enum Reuse: String, CaseIterable, Sendable { case allow, allowFailed, reject }

    enum Conflict: String, CaseIterable, Sendable { case fail, useExisting, terminateExisting }

    enum Before: String, CaseIterable, Sendable { case running, completed, failed }

    /// What comes of a start.
    enum Outcome: String, Sendable { case started, refused, existing }

    static func outcome(_ reuse: Reuse, _ conflict: Conflict, _ before: Before) -> Outcome {
        switch before {
        case .running:
            switch conflict {
            case .fail: .refused
            case .useExisting: .existing
            case .terminateExisting: .started
            }
        case .completed:
            reuse == .allow ? .started : .refused
        case .failed:
            reuse == .reject ? .refused : .started
        }
    }

    @Test(arguments: Reuse.allCases, Conflict.allCases)
    func `whether an id can be used again`(_ reuse: Reuse, _ conflict: Conflict) async throws {
        for before in Before.allCases {
            // The server refuses this combination of policies as such.
            if reuse == .reject, conflict == .terminateExisting { continue }
            try await TestWorkflowEnvironment.run(workflows: [PolicyChild.self]) { env in
                var options = WorkflowOptions(id: "id", taskQueue: env.options.taskQueue)
                let first = try await env.startWorkflow(PolicyChild.self, options: options)
                switch before {
                case .running: break
                case .completed: try await first.signal(PolicyChild.finish, true)
                case .failed: try await first.signal(PolicyChild.finish, false)
                }
                if before != .running { _ = try? await first.result() }
                options.idReusePolicy =
                    switch reuse {
                    case .allow: .allowDuplicate
                    case .allowFailed: .allowDuplicateFailedOnly
                    case .reject: .rejectDuplicate
                    }
                options.idConflictPolicy =
                    switch conflict {
                    case .fail: .fail
                    case .useExisting: .useExisting
                    case .terminateExisting: .terminateExisting
                    }
                let outcome: Outcome
                do {
                    let second = try await env.startWorkflow(PolicyChild.self, options: options)
                    outcome = second.resultRunID == first.resultRunID ? .existing : .started
                } catch is WorkflowAlreadyStartedError {
                    outcome = .refused
                }
                #expect(outcome == Self.outcome(reuse, conflict, before), "\(reuse) \(conflict) \(before)")
            }
        }
    }
}

@Workflow private actor PolicyParent {
    private var isFinished = false

    func run(_ policy: PolicyMatrixTests.Policy, _ end: PolicyMatrixTests.End) async throws {
        let policy: ParentClosePolicy =
            switch policy {
            case .terminate: .terminate
            case .abandon: .abandon
            case .requestCancel: .requestCancel
            }
        _ = try await context.startChildWorkflow(
            PolicyChild.self,
            options: ChildWorkflowOptions(id: "child", parentClosePolicy: policy)
        )
        try await context.waitCondition { self.isFinished }
        if end == .fail { throw ApplicationError("as it should") }
    }

    @Signal func finish() { isFinished = true }
}

@Workflow private actor PolicyChild {
    private var end: Bool?

    func run() async throws {
        try await context.waitCondition { self.end != nil }
        if end == false { throw ApplicationError("as it should") }
    }

    @Signal func finish(_ works: Bool) { end = works }
}
