import Foundation
package import SwiftProtobuf
package import TemporalAPI

/// Messages inside stored values are stored in their binary form.
extension Message where Self: Codable {
    package init(from decoder: any Swift.Decoder) throws {
        try self.init(serializedBytes: try decoder.singleValueContainer().decode(Data.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        var container = encoder.singleValueContainer()
        try container.encode(try serializedBytes(options: options) as Data)
    }
}

extension APIActivityActivityExecutionOutcome: Codable {}
extension APIActivityActivityOptions: Codable {}
extension APIActivityTaskScheduledEventAttributes: Codable {}
extension APICallback: Codable {}
extension APIFailure: Codable {}
extension APIHistoryEvent: Codable {}
extension APILink: Codable {}
extension APIMemo: Codable {}
extension APINexusEndpoint: Codable {}
extension APIPayload: Codable {}
extension APIPayloads: Codable {}
extension APIPriority: Codable {}
extension APISchedule: Codable {}
extension APIScheduleActionResult: Codable {}
extension APIScheduleSpec: Codable {}
extension APISearchAttributes: Codable {}
extension APIStartActivityExecutionRequest: Codable {}
extension APIStartBatchOperationRequest: Codable {}
extension APIStartChildWorkflowExecutionInitiatedEventAttributes: Codable {}
extension APIStartNexusOperationExecutionRequest: Codable {}
extension APITaskQueue: Codable {}
extension APITaskQueueConfig: Codable {}
extension APIUpdateOutcome: Codable {}
extension APIUpdateRequest: Codable {}
extension APIUserMetadata: Codable {}
extension APIWorkerDeploymentVersion: Codable {}
extension APIWorkerVersionStamp: Codable {}
extension APIWorkflowExecution: Codable {}
extension APIWorkflowExecutionStartedEventAttributes: Codable {}
extension APIWorkflowRule: Codable {}

extension APIBatchOperationState: Codable {}
extension APIContinueAsNewVersioningBehavior: Codable {}
extension APIWorkerDeploymentVersionStatus: Codable {}
extension APIIndexedValueType: Codable {}
extension APINamespaceState: Codable {}
extension APINexusOperationExecutionStatus: Codable {}
extension APIScheduleOverlapPolicy: Codable {}
extension APIWorkflowExecutionStatus: Codable {}
