import Foundation
import TemporalAPI

/// A request that concerns one namespace.
protocol NamespacedRequest {
    var namespace: String { get }

    /// Checks what the server looks at before anything else in the request.
    ///
    /// - Throws: The server's error for the first thing that is wrong.
    func check(in engine: Engine) throws
}

/// A request whose namespace has to exist, which is checked before all else.
protocol NamespaceBoundRequest: NamespacedRequest {}

/// A request to start something, which a namespace takes only as long as nobody has deprecated it.
protocol StartRequest: NamespaceBoundRequest {}

/// A request of a worker about a task that it has: the token counts.
protocol TaskRequest: NamespacedRequest {
    var taskToken: Data { get }
}

/// A request about one workflow, which has to be named.
protocol WorkflowRequest: NamespacedRequest {
    var hasWorkflowExecution: Bool { get }
}

// About namespaces themselves.

extension APIAddSearchAttributesRequest: NamespacedRequest {}
extension APIDeleteNamespaceRequest: NamespacedRequest {}
extension APIDeprecateNamespaceRequest: NamespacedRequest {}
extension APIDescribeNamespaceRequest: NamespacedRequest {}
extension APIListSearchAttributesRequest: NamespacedRequest {}
extension APIRegisterNamespaceRequest: NamespacedRequest {}
extension APIRemoveSearchAttributesRequest: NamespacedRequest {}
extension APIUpdateNamespaceRequest: NamespacedRequest {}

extension APICountActivityExecutionsRequest: NamespaceBoundRequest {}
extension APICountNexusOperationExecutionsRequest: NamespaceBoundRequest {}
extension APICountSchedulesRequest: NamespaceBoundRequest {}
extension APICountWorkersRequest: NamespaceBoundRequest {}
extension APICountWorkflowExecutionsRequest: NamespaceBoundRequest {}
extension APICreateScheduleRequest: NamespaceBoundRequest {}
extension APICreateWorkerDeploymentRequest: NamespaceBoundRequest {}
extension APICreateWorkerDeploymentVersionRequest: NamespaceBoundRequest {}
extension APICreateWorkflowRuleRequest: NamespaceBoundRequest {}
extension APIDeleteActivityExecutionRequest: NamespaceBoundRequest {}
extension APIDeleteNexusOperationExecutionRequest: NamespaceBoundRequest {}
extension APIDeleteScheduleRequest: NamespaceBoundRequest {}
extension APIDeleteWorkerDeploymentRequest: NamespaceBoundRequest {}
extension APIDeleteWorkerDeploymentVersionRequest: NamespaceBoundRequest {}
extension APIDeleteWorkflowRuleRequest: NamespaceBoundRequest {}
extension APIDescribeActivityExecutionRequest: NamespaceBoundRequest {}
extension APIDescribeBatchOperationRequest: NamespaceBoundRequest {}
extension APIDescribeDeploymentRequest: NamespaceBoundRequest {}
extension APIDescribeNexusOperationExecutionRequest: NamespaceBoundRequest {}
extension APIDescribeScheduleRequest: NamespaceBoundRequest {}
extension APIDescribeTaskQueueRequest: NamespaceBoundRequest {}
extension APIDescribeWorkerDeploymentRequest: NamespaceBoundRequest {}
extension APIDescribeWorkerDeploymentVersionRequest: NamespaceBoundRequest {}
extension APIDescribeWorkerRequest: NamespaceBoundRequest {}
extension APIDescribeWorkflowExecutionRequest: NamespaceBoundRequest {}
extension APIDescribeWorkflowRuleRequest: NamespaceBoundRequest {}
extension APIExecuteMultiOperationRequest: NamespaceBoundRequest {}
extension APIFetchWorkerConfigRequest: NamespaceBoundRequest {}
extension APIGetCurrentDeploymentRequest: NamespaceBoundRequest {}
extension APIGetDeploymentReachabilityRequest: NamespaceBoundRequest {}
extension APIGetWorkerBuildIdCompatibilityRequest: NamespaceBoundRequest {}
extension APIGetWorkerTaskReachabilityRequest: NamespaceBoundRequest {}
extension APIGetWorkerVersioningRulesRequest: NamespaceBoundRequest {}
extension APIGetWorkflowExecutionHistoryRequest: NamespaceBoundRequest {}
extension APIGetWorkflowExecutionHistoryReverseRequest: NamespaceBoundRequest {}
extension APIListActivityExecutionsRequest: NamespaceBoundRequest {}
extension APIListArchivedWorkflowExecutionsRequest: NamespaceBoundRequest {}
extension APIListBatchOperationsRequest: NamespaceBoundRequest {}
extension APIListClosedWorkflowExecutionsRequest: NamespaceBoundRequest {}
extension APIListDeploymentsRequest: NamespaceBoundRequest {}
extension APIListNexusOperationExecutionsRequest: NamespaceBoundRequest {}
extension APIListOpenWorkflowExecutionsRequest: NamespaceBoundRequest {}
extension APIListScheduleMatchingTimesRequest: NamespaceBoundRequest {}
extension APIListSchedulesRequest: NamespaceBoundRequest {}
extension APIListTaskQueuePartitionsRequest: NamespaceBoundRequest {}
extension APIListWorkerDeploymentsRequest: NamespaceBoundRequest {}
extension APIListWorkersRequest: NamespaceBoundRequest {}
extension APIListWorkflowExecutionsRequest: NamespaceBoundRequest {}
extension APIListWorkflowRulesRequest: NamespaceBoundRequest {}
extension APIPatchScheduleRequest: NamespaceBoundRequest {}
extension APIPauseActivityExecutionRequest: NamespaceBoundRequest {}
extension APIPauseActivityRequest: NamespaceBoundRequest {}
extension APIPauseWorkflowExecutionRequest: NamespaceBoundRequest {}
extension APIPollActivityExecutionRequest: NamespaceBoundRequest {}
extension APIPollActivityTaskQueueRequest: NamespaceBoundRequest {}
extension APIPollNexusOperationExecutionRequest: NamespaceBoundRequest {}
extension APIPollNexusTaskQueueRequest: NamespaceBoundRequest {}
extension APIPollWorkflowExecutionTimeSkippingRequest: NamespaceBoundRequest {}
extension APIPollWorkflowExecutionUpdateRequest: NamespaceBoundRequest {}
extension APIPollWorkflowTaskQueueRequest: NamespaceBoundRequest {}
extension APIQueryWorkflowRequest: NamespaceBoundRequest {}
extension APIRecordActivityTaskHeartbeatByIdRequest: NamespaceBoundRequest {}
extension APIRecordWorkerHeartbeatRequest: NamespaceBoundRequest {}
extension APIRequestCancelActivityExecutionRequest: NamespaceBoundRequest {}
extension APIRequestCancelNexusOperationExecutionRequest: NamespaceBoundRequest {}
extension APIResetActivityExecutionRequest: NamespaceBoundRequest {}
extension APIResetActivityRequest: NamespaceBoundRequest {}
extension APIResetStickyTaskQueueRequest: NamespaceBoundRequest {}
extension APIResetWorkflowExecutionRequest: NamespaceBoundRequest {}
extension APIRespondActivityTaskCanceledByIdRequest: NamespaceBoundRequest {}
extension APIRespondActivityTaskCompletedByIdRequest: NamespaceBoundRequest {}
extension APIRespondActivityTaskFailedByIdRequest: NamespaceBoundRequest {}
extension APIScanWorkflowExecutionsRequest: NamespaceBoundRequest {}
extension APISetCurrentDeploymentRequest: NamespaceBoundRequest {}
extension APISetWorkerDeploymentCurrentVersionRequest: NamespaceBoundRequest {}
extension APISetWorkerDeploymentManagerRequest: NamespaceBoundRequest {}
extension APISetWorkerDeploymentRampingVersionRequest: NamespaceBoundRequest {}
extension APIShutdownWorkerRequest: NamespaceBoundRequest {}
extension APIStartActivityExecutionRequest: NamespaceBoundRequest {}
extension APIStartBatchOperationRequest: NamespaceBoundRequest {}
extension APIStartNexusOperationExecutionRequest: NamespaceBoundRequest {}
extension APIStopBatchOperationRequest: NamespaceBoundRequest {}
extension APITerminateActivityExecutionRequest: NamespaceBoundRequest {}
extension APITerminateNexusOperationExecutionRequest: NamespaceBoundRequest {}
extension APITriggerWorkflowRuleRequest: NamespaceBoundRequest {}
extension APIUnpauseActivityExecutionRequest: NamespaceBoundRequest {}
extension APIUnpauseActivityRequest: NamespaceBoundRequest {}
extension APIUnpauseWorkflowExecutionRequest: NamespaceBoundRequest {}
extension APIUpdateActivityExecutionOptionsRequest: NamespaceBoundRequest {}
extension APIUpdateActivityOptionsRequest: NamespaceBoundRequest {}
extension APIUpdateScheduleRequest: NamespaceBoundRequest {}
extension APIUpdateTaskQueueConfigRequest: NamespaceBoundRequest {}
extension APIUpdateWorkerBuildIdCompatibilityRequest: NamespaceBoundRequest {}
extension APIUpdateWorkerConfigRequest: NamespaceBoundRequest {}
extension APIUpdateWorkerDeploymentVersionComputeConfigRequest: NamespaceBoundRequest {}
extension APIUpdateWorkerDeploymentVersionMetadataRequest: NamespaceBoundRequest {}
extension APIUpdateWorkerVersioningRulesRequest: NamespaceBoundRequest {}
extension APIUpdateWorkflowExecutionOptionsRequest: NamespaceBoundRequest {}
extension APIValidateWorkerDeploymentVersionComputeConfigRequest: NamespaceBoundRequest {}

extension APISignalWithStartWorkflowExecutionRequest: StartRequest {}
extension APIStartWorkflowExecutionRequest: StartRequest {}

extension APIRecordActivityTaskHeartbeatRequest: TaskRequest {}
extension APIRespondActivityTaskCanceledRequest: TaskRequest {}
extension APIRespondActivityTaskCompletedRequest: TaskRequest {}
extension APIRespondActivityTaskFailedRequest: TaskRequest {}
extension APIRespondNexusTaskCompletedRequest: TaskRequest {}
extension APIRespondNexusTaskFailedRequest: TaskRequest {}
extension APIRespondQueryTaskCompletedRequest: TaskRequest {}
extension APIRespondWorkflowTaskCompletedRequest: TaskRequest {}
extension APIRespondWorkflowTaskFailedRequest: TaskRequest {}

extension APIDeleteWorkflowExecutionRequest: WorkflowRequest {}
extension APIRequestCancelWorkflowExecutionRequest: WorkflowRequest {}
extension APISignalWorkflowExecutionRequest: WorkflowRequest {}
extension APITerminateWorkflowExecutionRequest: WorkflowRequest {}
extension APIUpdateWorkflowExecutionRequest: WorkflowRequest {}
