import TemporalAPI

extension SerializationScope {
    /// What a request is about; `nil` for one that does not say it.
    convenience init?(of request: Any) {
        switch request {
        case let request as any StartRequest:
            self.init(SerializationContext(namespace: request.namespace, workflowID: request.workflowID))
        case let request as any WorkflowRequest:
            self.init(
                SerializationContext(namespace: request.namespace, workflowID: request.workflowExecution.workflowID)
            )
        case let request as any ExecutionRequest:
            self.init(SerializationContext(namespace: request.namespace, workflowID: request.execution.workflowID))
        case let request as APIPollWorkflowExecutionUpdateRequest:
            let workflow = request.updateRef.workflowExecution.workflowID
            self.init(SerializationContext(namespace: request.namespace, workflowID: workflow))
        case let request as APIExecuteMultiOperationRequest:
            // All operations are about one workflow.
            guard case .startWorkflow(let start) = request.operations.first?.operation else { return nil }
            self.init(SerializationContext(namespace: request.namespace, workflowID: start.workflowID))
        case let request as APIListWorkflowExecutionsRequest:
            self.init(SerializationContext(namespace: request.namespace, workflowID: ""))
        default:
            return nil
        }
    }
}

/// A request with the id of a workflow to start.
private protocol StartRequest {
    var namespace: String { get }
    var workflowID: String { get }
}

extension APIStartWorkflowExecutionRequest: StartRequest {}
extension APISignalWithStartWorkflowExecutionRequest: StartRequest {}

/// A request that names a workflow.
private protocol WorkflowRequest {
    var namespace: String { get }
    var workflowExecution: APIWorkflowExecution { get }
}

extension APISignalWorkflowExecutionRequest: WorkflowRequest {}
extension APITerminateWorkflowExecutionRequest: WorkflowRequest {}
extension APIUpdateWorkflowExecutionRequest: WorkflowRequest {}
extension APIResetWorkflowExecutionRequest: WorkflowRequest {}

/// A request that names a run.
private protocol ExecutionRequest {
    var namespace: String { get }
    var execution: APIWorkflowExecution { get }
}

extension APIQueryWorkflowRequest: ExecutionRequest {}
extension APIDescribeWorkflowExecutionRequest: ExecutionRequest {}
extension APIGetWorkflowExecutionHistoryRequest: ExecutionRequest {}
