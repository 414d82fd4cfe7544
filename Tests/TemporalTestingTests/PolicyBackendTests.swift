import Foundation
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// Policies in every combination, on every backend.
@Suite(.timeLimit(.minutes(2))) struct PolicyBackendTests {
    // MARK: Parents and children

    enum Policy: String, CaseIterable, Codable, Sendable { case unsaid, terminate, abandon, requestCancel }

    enum End: String, CaseIterable, Codable, Sendable { case complete, fail, cancel, terminate, timeOut }

    static let policies = BackendTests.backends.flatMap { backend in
        Policy.allCases.map { (backend: backend, policy: $0) }
    }

    @Test(arguments: policies, End.allCases)
    func `what becomes of a child when its parent closes`(_ how: (backend: String, policy: Policy), _ end: End)
        async throws
    {
        let policy = how.policy
        var options = try await BackendTests.options(how.backend)
        options.stallPolicy = .skip
        try await TestWorkflowEnvironment.run(workflows: [PolicyParent.self, PolicyChild.self], options: options) {
            env in
            let id = "parent-\(UUID())"
            let limit = Duration.seconds(how.backend == "server" && end == .timeOut ? 10 : 600)
            let start = WorkflowOptions(id: id, taskQueue: env.options.taskQueue, runTimeout: limit)
            let parent = try await env.startWorkflow(PolicyParent.self, policy, end, options: start)
            let childID = try await parent.executeUpdate(PolicyParent.awaitChild)
            switch end {
            case .complete, .fail: try await parent.signal(PolicyParent.finish)
            case .cancel: try await parent.cancel()
            case .terminate: try await parent.terminate()
            case .timeOut: break
            }
            _ = try? await parent.result()
            let child = env.client.workflowHandle(id: childID)
            let expected: WorkflowStatus =
                switch policy {
                // What a server does that is told nothing.
                case .unsaid, .terminate: .terminated
                case .abandon: .running
                case .requestCancel: .cancelled
                }
            if expected == .running {
                try await env.sleep(for: .seconds(1))
            } else {
                await #expect(throws: WorkflowFailedError.self) { try await child.result(as: String.self) }
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

    enum Reuse: String, CaseIterable, Sendable { case unsaid, allow, allowFailed, reject }

    enum Conflict: String, CaseIterable, Sendable { case unsaid, fail, useExisting, terminateExisting }

    enum Before: String, CaseIterable, Sendable { case running, completed, failed }

    /// What comes of a start.
    enum Outcome: String, Sendable { case started, refused, existing }

    static func outcome(_ reuse: Reuse, _ conflict: Conflict, _ before: Before) -> Outcome {
        switch before {
        case .running:
            switch conflict {
            case .unsaid, .fail: .refused
            case .useExisting: .existing
            case .terminateExisting: .started
            }
        case .completed:
            reuse == .allow || reuse == .unsaid ? .started : .refused
        case .failed:
            reuse == .reject ? .refused : .started
        }
    }

    static let reuses = BackendTests.backends.flatMap { backend in
        Reuse.allCases.map { (backend: backend, reuse: $0) }
    }

    @Test(arguments: reuses, Conflict.allCases)
    func `whether an id can be used again`(_ how: (backend: String, reuse: Reuse), _ conflict: Conflict) async throws {
        let (backend, reuse) = how
        for before in Before.allCases {
            // The server refuses this combination of policies as such.
            if reuse == .reject, conflict == .terminateExisting { continue }
            let environment = try await BackendTests.options(backend)
            try await TestWorkflowEnvironment.run(workflows: [PolicyChild.self], options: environment) { env in
                let id = "id-\(UUID())"
                let first = try await env.startWorkflow(
                    PolicyChild.self,
                    options: WorkflowOptions(id: id, taskQueue: env.options.taskQueue)
                )
                switch before {
                case .running: break
                case .completed: try await first.signal(PolicyChild.finish, true)
                case .failed: try await first.signal(PolicyChild.finish, false)
                }
                if before != .running { _ = try? await first.result() }
                var options = WorkflowOptions(id: id, taskQueue: env.options.taskQueue)
                switch reuse {
                case .unsaid: break
                case .allow: options.idReusePolicy = .allowDuplicate
                case .allowFailed: options.idReusePolicy = .allowDuplicateFailedOnly
                case .reject: options.idReusePolicy = .rejectDuplicate
                }
                switch conflict {
                case .unsaid: break
                case .fail: options.idConflictPolicy = .fail
                case .useExisting: options.idConflictPolicy = .useExisting
                case .terminateExisting: options.idConflictPolicy = .terminateExisting
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
    private var child: String?
    private var isFinished = false

    func run(_ policy: PolicyBackendTests.Policy, _ end: PolicyBackendTests.End) async throws {
        var options = ChildWorkflowOptions(id: "child of \(context.info.workflowID)")
        switch policy {
        case .unsaid: break
        case .terminate: options.parentClosePolicy = .terminate
        case .abandon: options.parentClosePolicy = .abandon
        case .requestCancel: options.parentClosePolicy = .requestCancel
        }
        child = try await context.startChildWorkflow(PolicyChild.self, options: options).id
        try await context.waitCondition { self.isFinished }
        if end == .fail { throw ApplicationError("as it should") }
    }

    @Signal func finish() { isFinished = true }

    @Update func awaitChild() async throws -> String {
        try await context.waitCondition { self.child != nil }
        return child ?? ""
    }
}

@Workflow private actor PolicyChild {
    private var end: Bool?

    func run() async throws {
        try await context.waitCondition { self.end != nil }
        if end == false { throw ApplicationError("as it should") }
    }

    @Signal func finish(_ works: Bool) { end = works }
}
