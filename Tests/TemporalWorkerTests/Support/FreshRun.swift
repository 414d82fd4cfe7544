import Foundation
import Logging
import Temporal

@testable import TemporalWorker

extension WorkflowRun {
    /// A run that has no events yet.
    static func fresh(_ type: any Workflow.Type, runID: String) -> WorkflowRun {
        WorkflowRun(
            blueprint: makeBlueprint(type),
            info: WorkflowInfo(
                namespace: "default",
                workflowID: "w",
                runID: runID,
                firstRunID: runID,
                continuedRunID: nil,
                workflowType: "W",
                taskQueue: "q",
                attempt: 1,
                startTime: Date(timeIntervalSince1970: 0),
                executionTimeout: nil,
                runTimeout: nil,
                taskTimeout: .seconds(10),
                retryPolicy: nil,
                cronSchedule: nil,
                parent: nil,
                memo: [:],
                searchAttributes: [],
                headers: [:],
                lastCompletionResult: [],
                lastFailure: nil
            ),
            seed: "seed",
            dataConverter: DataConverter(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}
