public import Foundation
import SwiftProtobuf
public import Temporal
package import TemporalAPI

/// A workflow run, as the service lists it.
public struct WorkflowExecution: Sendable {
    /// The run on the wire.
    package let proto: APIWorkflowWorkflowExecutionInfo

    let converter: PayloadConverter

    /// Wraps a run.
    ///
    /// - Parameters:
    ///   - proto: The run on the wire.
    ///   - namespace: Its namespace.
    ///   - converter: What decodes its values.
    package init(_ proto: APIWorkflowWorkflowExecutionInfo, namespace: String, converter: PayloadConverter) {
        self.proto = proto
        self.converter = converter.with(
            SerializationContext(namespace: namespace, workflowID: proto.execution.workflowID)
        )
    }

    /// The id of the workflow.
    public var id: String { proto.execution.workflowID }

    /// The run.
    public var runID: String { proto.execution.runID }

    /// The first run of the chain that this run belongs to by retries, schedule or continuing as new.
    public var firstRunID: String { proto.firstRunID }

    /// The name of the workflow type.
    public var workflowType: String { proto.type.name }

    /// The task queue whose workers run the workflow.
    public var taskQueue: String { proto.taskQueue }

    /// The state of the run.
    public var status: WorkflowStatus { WorkflowStatus(proto.status) }

    /// When the run was started.
    public var startTime: Date { Date(proto.startTime) }

    /// When the first workflow task was due: later than ``startTime`` after a start delay or by schedule.
    public var executionTime: Date? { proto.hasExecutionTime ? Date(proto.executionTime) : nil }

    /// When the run ended; `nil` while it goes on.
    public var closeTime: Date? { proto.hasCloseTime ? Date(proto.closeTime) : nil }

    /// The number of events.
    public var historyLength: Int { Int(proto.historyLength) }

    /// The size of the history in bytes.
    public var historySize: Int { Int(proto.historySizeBytes) }

    /// The workflow id and the run id of the parent; `nil` for a workflow that is no child.
    public var parent: (id: String, runID: String)? {
        proto.hasParentExecution ? (proto.parentExecution.workflowID, proto.parentExecution.runID) : nil
    }

    /// The workflow id and the run id at the top of the tree of children that this run belongs to; itself for a workflow
    /// that is no child. `nil` from servers before 1.25.
    public var root: (id: String, runID: String)? {
        proto.hasRootExecution ? (proto.rootExecution.workflowID, proto.rootExecution.runID) : nil
    }

    /// In which order tasks of the workflow are handed out; `nil` for the server's default.
    public var priority: Priority? { proto.hasPriority ? Priority(proto.priority) : nil }

    /// How long the run took, or `nil` while it goes on.
    public var executionDuration: Duration? {
        proto.hasExecutionDuration ? Duration(proto.executionDuration) : nil
    }

    /// How often the state of the run has changed: what a busy run costs the service.
    public var stateTransitionCount: Int { Int(proto.stateTransitionCount) }

    /// Which version of its workers the run is on; `nil` for workers without versions. Lists do not tell.
    public var versioning: WorkflowVersioning? {
        proto.hasVersioningInfo ? WorkflowVersioning(proto.versioningInfo) : nil
    }

    /// The deployment of the worker that has completed the last workflow task; `nil` for a worker without one, and from
    /// servers that do not tell.
    public var workerDeploymentName: String? {
        proto.workerDeploymentName.isEmpty ? nil : proto.workerDeploymentName
    }

    /// The payloads of the run that are kept outside of the service: how many, and how many bytes. Older servers do not
    /// tell.
    public var externalPayloads: (count: Int, size: Int) {
        (Int(proto.externalPayloadCount), Int(proto.externalPayloadSizeBytes))
    }

    /// A handle to the run.
    ///
    /// - Parameter client: The client that the handle is used with.
    public func handle(_ client: TemporalClient) -> UntypedWorkflowHandle {
        client.workflowHandle(id: id, runID: runID)
    }

    /// The values that go with the workflow, encoded.
    public var memo: [String: Payload] { proto.memo.fields.mapValues(Payload.init) }

    /// The values that the workflow is found by.
    public var searchAttributes: SearchAttributes { SearchAttributes(proto.searchAttributes) }

    /// A value that goes with the workflow.
    ///
    /// - Parameters:
    ///   - key: The name of the value.
    ///   - type: Its type.
    /// - Returns: The value, or `nil` if there is none of that name.
    /// - Throws: `PayloadConversionError` if the value is of another type.
    public func memo<Value: Decodable>(_ key: String, as type: Value.Type = Value.self) throws -> Value? {
        try proto.memo.fields[key].map { try converter.decode(Payload($0), as: type) }
    }
}
