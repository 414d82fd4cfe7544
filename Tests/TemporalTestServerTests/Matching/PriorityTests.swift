import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// Priorities that cannot be are refused wherever they come from.
@Suite(.timeLimit(.minutes(1))) struct PriorityTests {
    private static let wrong: [(Int32, String, Float, String)] = [
        (-1, "", 0, "priority key can't be negative"),
        (.min, "", 0, "priority key can't be negative"),
        (1, "", .nan, "must be greater than zero"),
        (1, "", -0.5, "must be greater than zero"),
        (1, String(repeating: "k", count: 65), 1, "fairness key length exceeds limit"),
    ]

    private func priority(_ key: Int32, _ fairnessKey: String, _ weight: Float) -> APIPriority {
        .with {
            $0.priorityKey = key
            $0.fairnessKey = fairnessKey
            $0.fairnessWeight = weight
        }
    }

    @Test(arguments: wrong)
    func `of a start, a change of a run, and a command`(
        _ key: Int32,
        _ name: String,
        _ weight: Float,
        _ message: String
    )
        async throws
    {
        let (script, priority) = (Script(), priority(key, name, weight))
        let start = await refusal { try await script.start { $0.priority = priority } }
        #expect(start?.code == .invalidArgument && start?.message == message)
        try await script.start()
        let change = await refusal {
            _ = try await script.call(.updateWorkflowExecutionOptions) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "w"
                $0.workflowExecutionOptions.priority = priority
                $0.updateMask.paths = ["priority"]
            }
        }
        #expect(change?.code == .invalidArgument && change?.message == message)
        let activity = APICommand.activity { $0.priority = priority }
        let command = await refusal { try await script.step(activity) }
        #expect(command?.code == .invalidArgument)
        #expect(command?.message.contains("invalid priorities: \(message)") == true)
        let failed = try #require(script.history().last { $0.eventType == .workflowTaskFailed })
        #expect(failed.workflowTaskFailedEventAttributes.cause == .badScheduleActivityAttributes)
        try await script.step(.activity())
        #expect(try await script.pollActivity().activityID == "a")
    }

    @Test(arguments: wrong)
    func `of a child`(_ key: Int32, _ name: String, _ weight: Float, _ message: String) async throws {
        let script = Script()
        try await script.start()
        let child = APICommand.with {
            $0.commandType = .startChildWorkflowExecution
            $0.startChildWorkflowExecutionCommandAttributes.workflowID = "child"
            $0.startChildWorkflowExecutionCommandAttributes.workflowType.name = "Flow"
            $0.startChildWorkflowExecutionCommandAttributes.priority = priority(key, name, weight)
        }
        let error = await refusal { try await script.step(child) }
        #expect(error?.message == "BadStartChildExecutionAttributes: \(message)")
        let failed = try #require(script.history().last { $0.eventType == .workflowTaskFailed })
        #expect(failed.workflowTaskFailedEventAttributes.cause == .badStartChildExecutionAttributes)
    }

    @Test(arguments: wrong)
    func `of activities`(_ key: Int32, _ name: String, _ weight: Float, _ message: String) async throws {
        let (script, priority) = (Script(), priority(key, name, weight))
        let start = await refusal { try await script.startActivity { $0.priority = priority } }
        #expect(start?.code == .invalidArgument && start?.message == "invalid priorities: \(message)")
        try await script.startActivity()
        try await script.start()
        try await script.step(.activity())
        for path in ["priority", "priority.priority_key", "priority.fairness_key", "priority.fairness_weight"] {
            let change = await refusal {
                _ = try await script.call(.updateActivityOptions) {
                    $0.namespace = "default"
                    $0.execution.workflowID = "w"
                    $0.id = "a"
                    $0.activityOptions.priority = priority
                    $0.updateMask.paths = [path]
                }
            }
            #expect(change?.code == .invalidArgument && change?.message == message)
        }
        func update(_ path: String) async -> RPCError? {
            await refusal {
                _ = try await script.call(.updateActivityExecutionOptions) {
                    $0.namespace = "default"
                    $0.activityID = "a"
                    $0.activityOptions.priority = priority
                    $0.updateMask.paths = [path]
                }
            }
        }
        let isOf = [
            "priority.priority_key": key < 0, "priority.fairness_key": name.count > 64,
            "priority.fairness_weight": !(weight >= 0), "priority": true,
        ]
        for (path, isWrong) in isOf {
            let change = await update(path)
            #expect(change?.message == (isWrong ? message : nil))
        }
    }

    @Test(arguments: [Float.nan, 0, -1])
    func `of the fairness keys of a task queue`(_ weight: Float) async throws {
        let error = await refusal {
            _ = try await Script().call(.updateTaskQueueConfig) {
                $0.namespace = "default"
                $0.taskQueue = "q"
                $0.taskQueueType = .activity
                $0.setFairnessWeightOverrides = ["a": weight]
            }
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "invalid fairness weight weight for key \"a\": must be greater than zero")
    }
}
