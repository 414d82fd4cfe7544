import SwiftProtobuf
import Temporal
import TemporalAPI

extension WorkflowOptions {
    /// The request to start a workflow.
    ///
    /// - Parameters:
    ///   - type: The name of the workflow type.
    ///   - input: The encoded arguments.
    ///   - client: Who asks.
    /// - Throws: `PayloadConversionError` if the memo or the summary cannot be encoded.
    func startRequest(
        type: String,
        input: [Payload],
        client: TemporalClient
    ) throws -> APIStartWorkflowExecutionRequest {
        let converter = client.converter(ofWorkflow: id)
        var request = APIStartWorkflowExecutionRequest()
        request.namespace = client.namespace
        request.workflowID = id
        request.workflowType.name = type
        request.taskQueue.name = taskQueue
        request.taskQueue.kind = .normal
        if !input.isEmpty { request.input = APIPayloads(input) }
        if let executionTimeout { request.workflowExecutionTimeout = .init(executionTimeout) }
        if let runTimeout { request.workflowRunTimeout = .init(runTimeout) }
        if let taskTimeout { request.workflowTaskTimeout = .init(taskTimeout) }
        request.identity = client.identity
        // The id makes the call repeatable: the server starts one workflow, however often the request arrives.
        request.requestID = requestID ?? RandomID.make()
        request.workflowIDReusePolicy = idReusePolicy.proto
        request.workflowIDConflictPolicy = idConflictPolicy.proto
        if let retryPolicy { request.retryPolicy = retryPolicy.proto }
        if let cronSchedule { request.cronSchedule = cronSchedule }
        if let startDelay { request.workflowStartDelay = .init(startDelay) }
        if !memo.isEmpty {
            request.memo.fields = try memo.mapValues { try converter.encode($0).proto }
        }
        if !searchAttributes.isEmpty { request.searchAttributes = searchAttributes.proto }
        if let priority { request.priority = priority.proto }
        if let versioningOverride { request.versioningOverride = versioningOverride.proto }
        if let staticSummary { request.userMetadata.summary = try converter.encode(staticSummary).proto }
        if let staticDetails { request.userMetadata.details = try converter.encode(staticDetails).proto }
        request.links = links.map(\.proto)
        if let conflictOptions { request.onConflictOptions = conflictOptions.proto }
        return request
    }

    /// The request to signal a workflow and to start it first if it does not run.
    ///
    /// - Parameters:
    ///   - type: The name of the workflow type.
    ///   - input: The encoded arguments of the workflow.
    ///   - signal: The name of the signal.
    ///   - signalInput: The encoded arguments of the signal.
    ///   - client: Who asks.
    /// - Throws: `PayloadConversionError` if the memo or the summary cannot be encoded.
    func signalWithStartRequest(
        type: String,
        input: [Payload],
        signal: String,
        signalInput: [Payload],
        client: TemporalClient
    ) throws -> APISignalWithStartWorkflowExecutionRequest {
        let start = try startRequest(type: type, input: input, client: client)
        var request = APISignalWithStartWorkflowExecutionRequest()
        request.namespace = start.namespace
        request.workflowID = start.workflowID
        request.workflowType = start.workflowType
        request.taskQueue = start.taskQueue
        if start.hasInput { request.input = start.input }
        if start.hasWorkflowExecutionTimeout { request.workflowExecutionTimeout = start.workflowExecutionTimeout }
        if start.hasWorkflowRunTimeout { request.workflowRunTimeout = start.workflowRunTimeout }
        if start.hasWorkflowTaskTimeout { request.workflowTaskTimeout = start.workflowTaskTimeout }
        request.identity = start.identity
        request.requestID = start.requestID
        request.workflowIDReusePolicy = start.workflowIDReusePolicy
        // The service refuses to fail here: a running workflow is what a signal is for.
        request.workflowIDConflictPolicy =
            start.workflowIDConflictPolicy == .fail ? .useExisting : start.workflowIDConflictPolicy
        request.signalName = signal
        if !signalInput.isEmpty { request.signalInput = APIPayloads(signalInput) }
        if start.hasRetryPolicy { request.retryPolicy = start.retryPolicy }
        request.cronSchedule = start.cronSchedule
        if start.hasWorkflowStartDelay { request.workflowStartDelay = start.workflowStartDelay }
        if start.hasMemo { request.memo = start.memo }
        if start.hasSearchAttributes { request.searchAttributes = start.searchAttributes }
        if start.hasPriority { request.priority = start.priority }
        if start.hasVersioningOverride { request.versioningOverride = start.versioningOverride }
        if start.hasUserMetadata { request.userMetadata = start.userMetadata }
        request.links = start.links
        return request
    }
}

extension WorkflowIDConflictPolicy {
    var proto: APIWorkflowIdConflictPolicy {
        switch kind {
        case .fail: .fail
        case .useExisting: .useExisting
        case .terminateExisting: .terminateExisting
        }
    }
}
