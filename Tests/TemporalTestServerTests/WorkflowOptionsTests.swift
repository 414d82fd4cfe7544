import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// Changes of the options of a run, and whom its priority goes on to.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct WorkflowOptionsTests {
    private let script = Script()

    private func update(
        _ paths: [String],
        _ fill: (inout APIWorkflowWorkflowExecutionOptions) -> Void
    ) async throws -> APIUpdateWorkflowExecutionOptionsResponse {
        try await script.call(.updateWorkflowExecutionOptions) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
            fill(&$0.workflowExecutionOptions)
            $0.updateMask.paths = paths
        }
    }

    private func priority(_ id: String = "w") async throws -> APIPriority {
        try await script.describe(id).workflowExecutionInfo.priority
    }

    private static func priority(_ key: Int32, _ name: String = "", _ weight: Float = 0) -> APIPriority {
        .with {
            $0.priorityKey = key
            $0.fairnessKey = name
            $0.fairnessWeight = weight
        }
    }

    private static let wrong: [([String], String)] = [
        (
            ["priority", "bogus"],
            "error parsing UpdateMask: proto: invalid path \"bogus\" for message "
                + "\"temporal.api.workflow.v1.WorkflowExecutionOptions\""
        ),
        (
            ["priority", "versioning_override.x"],
            "error parsing UpdateMask: proto: invalid path \"versioning_override.x\" for message "
                + "\"temporal.api.workflow.v1.WorkflowExecutionOptions\""
        ),
        (
            ["priority", "versioning_override.auto_upgrade"],
            "error applying update_options: versioning_override doesn't support partial updates"
        ),
        (
            ["priority", "versioning_override.behavior"],
            "error applying update_options: versioning_override fields must be updated together"
        ),
    ]

    @Test(arguments: wrong)
    func `a change that is refused changes nothing`(_ paths: [String], _ message: String) async throws {
        try await script.start { $0.priority = Self.priority(2) }
        let error = await refusal {
            _ = try await update(paths) {
                $0.priority.priorityKey = 5
                $0.versioningOverride.autoUpgrade = true
            }
        }
        #expect(error?.code == .invalidArgument && error?.message == message)
        #expect(try await priority() == Self.priority(2))
        #expect(script.types() == [.workflowExecutionStarted, .workflowTaskScheduled])
    }

    @Test func `a field of the priority leaves the others as they are`() async throws {
        try await script.start { $0.priority = Self.priority(2, "a", 0.5) }
        let first = try await update(["priority.fairness_key"]) { $0.priority = Self.priority(5, "b", 7) }
        #expect(first.workflowExecutionOptions.priority == Self.priority(2, "b", 0.5) && first.hasUpdateTime)
        _ = try await update(["priority.priority_key", "priority.fairness_weight"]) {
            $0.priority = Self.priority(4, "c", 3)
        }
        #expect(try await priority() == Self.priority(4, "b", 3))
        let same = try await update(["priority.priority_key"]) { $0.priority.priorityKey = 4 }
        #expect(same.workflowExecutionOptions.priority == Self.priority(4, "b", 3) && !same.hasUpdateTime)
        let changes = script.history().filter { $0.eventType == .workflowExecutionOptionsUpdated }
        #expect(
            changes.map(\.workflowExecutionOptionsUpdatedEventAttributes.priority) == [
                Self.priority(2, "b", 0.5), Self.priority(4, "b", 3),
            ]
        )
    }

    @Test func `a task that waits is handed out by the new priority`() async throws {
        try await script.start("other") { $0.priority = Self.priority(2) }
        try await script.start { $0.priority = Self.priority(3) }
        _ = try await update(["priority"]) { $0.priority.priorityKey = 1 }
        #expect(try await script.pollWorkflow().workflowExecution.workflowID == "w")
        #expect(try await script.pollWorkflow().workflowExecution.workflowID == "other")
    }

    @Test func `the run that continues has the priority of the moment`() async throws {
        try await script.start { $0.priority = Self.priority(2) }
        _ = try await update(["priority"]) { $0.priority = Self.priority(4, "a") }
        try await script.step(.continueAsNew("next"))
        #expect(script.history().first?.workflowExecutionStartedEventAttributes.priority == Self.priority(4, "a"))
    }

    @Test func `a child has what it says nothing of from its parent`() async throws {
        func child(_ id: String, _ priority: APIPriority?) -> APICommand {
            .with {
                $0.commandType = .startChildWorkflowExecution
                $0.startChildWorkflowExecutionCommandAttributes.workflowID = id
                $0.startChildWorkflowExecutionCommandAttributes.workflowType.name = "Flow"
                if let priority { $0.startChildWorkflowExecutionCommandAttributes.priority = priority }
            }
        }
        try await script.start { $0.priority = Self.priority(2, "a", 0.5) }
        try await script.step(child("silent", nil), child("own", Self.priority(4)))
        #expect(try await priority("silent") == Self.priority(2, "a", 0.5))
        #expect(try await priority("own") == Self.priority(4, "a", 0.5))
        let initiated = script.history().filter { $0.eventType == .startChildWorkflowExecutionInitiated }
        #expect(
            initiated.map(\.startChildWorkflowExecutionInitiatedEventAttributes.priority.priorityKey) == [0, 4]
        )
    }
}
