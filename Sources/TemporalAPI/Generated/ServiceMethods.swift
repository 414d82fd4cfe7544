// Made by Sources/TemporalAPI/generate/generate.sh. Do not edit.

package import SwiftProtobuf

/// What RPCs without a request or response of their own take or return.
package typealias EmptyMessage = Google_Protobuf_Empty

extension ServiceMethod where Request == APIRegisterNamespaceRequest, Response == APIRegisterNamespaceResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RegisterNamespace`.
    package static var registerNamespace: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RegisterNamespace")
    }
}

extension ServiceMethod where Request == APIDescribeNamespaceRequest, Response == APIDescribeNamespaceResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace`.
    package static var describeNamespace: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DescribeNamespace")
    }
}

extension ServiceMethod where Request == APIListNamespacesRequest, Response == APIListNamespacesResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListNamespaces`.
    package static var listNamespaces: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListNamespaces")
    }
}

extension ServiceMethod where Request == APIUpdateNamespaceRequest, Response == APIUpdateNamespaceResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UpdateNamespace`.
    package static var updateNamespace: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UpdateNamespace")
    }
}

extension ServiceMethod where Request == APIDeprecateNamespaceRequest, Response == APIDeprecateNamespaceResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DeprecateNamespace`.
    package static var deprecateNamespace: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DeprecateNamespace")
    }
}

extension ServiceMethod where Request == APIStartWorkflowExecutionRequest, Response == APIStartWorkflowExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution`.
    package static var startWorkflowExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "StartWorkflowExecution")
    }
}

extension ServiceMethod where Request == APIExecuteMultiOperationRequest, Response == APIExecuteMultiOperationResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ExecuteMultiOperation`.
    package static var executeMultiOperation: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ExecuteMultiOperation")
    }
}

extension ServiceMethod where Request == APIGetWorkflowExecutionHistoryRequest, Response == APIGetWorkflowExecutionHistoryResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/GetWorkflowExecutionHistory`.
    package static var getWorkflowExecutionHistory: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "GetWorkflowExecutionHistory")
    }
}

extension ServiceMethod where Request == APIGetWorkflowExecutionHistoryReverseRequest, Response == APIGetWorkflowExecutionHistoryReverseResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/GetWorkflowExecutionHistoryReverse`.
    package static var getWorkflowExecutionHistoryReverse: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "GetWorkflowExecutionHistoryReverse")
    }
}

extension ServiceMethod where Request == APIPollWorkflowTaskQueueRequest, Response == APIPollWorkflowTaskQueueResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/PollWorkflowTaskQueue`.
    package static var pollWorkflowTaskQueue: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "PollWorkflowTaskQueue")
    }
}

extension ServiceMethod where Request == APIRespondWorkflowTaskCompletedRequest, Response == APIRespondWorkflowTaskCompletedResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RespondWorkflowTaskCompleted`.
    package static var respondWorkflowTaskCompleted: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RespondWorkflowTaskCompleted")
    }
}

extension ServiceMethod where Request == APIRespondWorkflowTaskFailedRequest, Response == APIRespondWorkflowTaskFailedResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RespondWorkflowTaskFailed`.
    package static var respondWorkflowTaskFailed: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RespondWorkflowTaskFailed")
    }
}

extension ServiceMethod where Request == APIPollActivityTaskQueueRequest, Response == APIPollActivityTaskQueueResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/PollActivityTaskQueue`.
    package static var pollActivityTaskQueue: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "PollActivityTaskQueue")
    }
}

extension ServiceMethod where Request == APIRecordActivityTaskHeartbeatRequest, Response == APIRecordActivityTaskHeartbeatResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RecordActivityTaskHeartbeat`.
    package static var recordActivityTaskHeartbeat: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RecordActivityTaskHeartbeat")
    }
}

extension ServiceMethod where Request == APIRecordActivityTaskHeartbeatByIdRequest, Response == APIRecordActivityTaskHeartbeatByIdResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RecordActivityTaskHeartbeatById`.
    package static var recordActivityTaskHeartbeatById: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RecordActivityTaskHeartbeatById")
    }
}

extension ServiceMethod where Request == APIRespondActivityTaskCompletedRequest, Response == APIRespondActivityTaskCompletedResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RespondActivityTaskCompleted`.
    package static var respondActivityTaskCompleted: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RespondActivityTaskCompleted")
    }
}

extension ServiceMethod where Request == APIRespondActivityTaskCompletedByIdRequest, Response == APIRespondActivityTaskCompletedByIdResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RespondActivityTaskCompletedById`.
    package static var respondActivityTaskCompletedById: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RespondActivityTaskCompletedById")
    }
}

extension ServiceMethod where Request == APIRespondActivityTaskFailedRequest, Response == APIRespondActivityTaskFailedResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RespondActivityTaskFailed`.
    package static var respondActivityTaskFailed: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RespondActivityTaskFailed")
    }
}

extension ServiceMethod where Request == APIRespondActivityTaskFailedByIdRequest, Response == APIRespondActivityTaskFailedByIdResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RespondActivityTaskFailedById`.
    package static var respondActivityTaskFailedById: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RespondActivityTaskFailedById")
    }
}

extension ServiceMethod where Request == APIRespondActivityTaskCanceledRequest, Response == APIRespondActivityTaskCanceledResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RespondActivityTaskCanceled`.
    package static var respondActivityTaskCanceled: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RespondActivityTaskCanceled")
    }
}

extension ServiceMethod where Request == APIRespondActivityTaskCanceledByIdRequest, Response == APIRespondActivityTaskCanceledByIdResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RespondActivityTaskCanceledById`.
    package static var respondActivityTaskCanceledById: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RespondActivityTaskCanceledById")
    }
}

extension ServiceMethod where Request == APIRequestCancelWorkflowExecutionRequest, Response == APIRequestCancelWorkflowExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RequestCancelWorkflowExecution`.
    package static var requestCancelWorkflowExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RequestCancelWorkflowExecution")
    }
}

extension ServiceMethod where Request == APISignalWorkflowExecutionRequest, Response == APISignalWorkflowExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/SignalWorkflowExecution`.
    package static var signalWorkflowExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "SignalWorkflowExecution")
    }
}

extension ServiceMethod where Request == APISignalWithStartWorkflowExecutionRequest, Response == APISignalWithStartWorkflowExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/SignalWithStartWorkflowExecution`.
    package static var signalWithStartWorkflowExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "SignalWithStartWorkflowExecution")
    }
}

extension ServiceMethod where Request == APIResetWorkflowExecutionRequest, Response == APIResetWorkflowExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ResetWorkflowExecution`.
    package static var resetWorkflowExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ResetWorkflowExecution")
    }
}

extension ServiceMethod where Request == APITerminateWorkflowExecutionRequest, Response == APITerminateWorkflowExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/TerminateWorkflowExecution`.
    package static var terminateWorkflowExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "TerminateWorkflowExecution")
    }
}

extension ServiceMethod where Request == APIDeleteWorkflowExecutionRequest, Response == APIDeleteWorkflowExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DeleteWorkflowExecution`.
    package static var deleteWorkflowExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DeleteWorkflowExecution")
    }
}

extension ServiceMethod where Request == APIListOpenWorkflowExecutionsRequest, Response == APIListOpenWorkflowExecutionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListOpenWorkflowExecutions`.
    package static var listOpenWorkflowExecutions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListOpenWorkflowExecutions")
    }
}

extension ServiceMethod where Request == APIListClosedWorkflowExecutionsRequest, Response == APIListClosedWorkflowExecutionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListClosedWorkflowExecutions`.
    package static var listClosedWorkflowExecutions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListClosedWorkflowExecutions")
    }
}

extension ServiceMethod where Request == APIListWorkflowExecutionsRequest, Response == APIListWorkflowExecutionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListWorkflowExecutions`.
    package static var listWorkflowExecutions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListWorkflowExecutions")
    }
}

extension ServiceMethod where Request == APIListArchivedWorkflowExecutionsRequest, Response == APIListArchivedWorkflowExecutionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListArchivedWorkflowExecutions`.
    package static var listArchivedWorkflowExecutions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListArchivedWorkflowExecutions")
    }
}

extension ServiceMethod where Request == APIScanWorkflowExecutionsRequest, Response == APIScanWorkflowExecutionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ScanWorkflowExecutions`.
    package static var scanWorkflowExecutions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ScanWorkflowExecutions")
    }
}

extension ServiceMethod where Request == APICountWorkflowExecutionsRequest, Response == APICountWorkflowExecutionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/CountWorkflowExecutions`.
    package static var countWorkflowExecutions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "CountWorkflowExecutions")
    }
}

extension ServiceMethod where Request == APIGetSearchAttributesRequest, Response == APIGetSearchAttributesResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/GetSearchAttributes`.
    package static var getSearchAttributes: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "GetSearchAttributes")
    }
}

extension ServiceMethod where Request == APIRespondQueryTaskCompletedRequest, Response == APIRespondQueryTaskCompletedResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RespondQueryTaskCompleted`.
    package static var respondQueryTaskCompleted: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RespondQueryTaskCompleted")
    }
}

extension ServiceMethod where Request == APIResetStickyTaskQueueRequest, Response == APIResetStickyTaskQueueResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ResetStickyTaskQueue`.
    package static var resetStickyTaskQueue: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ResetStickyTaskQueue")
    }
}

extension ServiceMethod where Request == APIShutdownWorkerRequest, Response == APIShutdownWorkerResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ShutdownWorker`.
    package static var shutdownWorker: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ShutdownWorker")
    }
}

extension ServiceMethod where Request == APIQueryWorkflowRequest, Response == APIQueryWorkflowResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/QueryWorkflow`.
    package static var queryWorkflow: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "QueryWorkflow")
    }
}

extension ServiceMethod where Request == APIDescribeWorkflowExecutionRequest, Response == APIDescribeWorkflowExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DescribeWorkflowExecution`.
    package static var describeWorkflowExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DescribeWorkflowExecution")
    }
}

extension ServiceMethod where Request == APIDescribeTaskQueueRequest, Response == APIDescribeTaskQueueResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DescribeTaskQueue`.
    package static var describeTaskQueue: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DescribeTaskQueue")
    }
}

extension ServiceMethod where Request == APIGetClusterInfoRequest, Response == APIGetClusterInfoResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/GetClusterInfo`.
    package static var getClusterInfo: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "GetClusterInfo")
    }
}

extension ServiceMethod where Request == APIGetSystemInfoRequest, Response == APIGetSystemInfoResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo`.
    package static var getSystemInfo: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "GetSystemInfo")
    }
}

extension ServiceMethod where Request == APIListTaskQueuePartitionsRequest, Response == APIListTaskQueuePartitionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListTaskQueuePartitions`.
    package static var listTaskQueuePartitions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListTaskQueuePartitions")
    }
}

extension ServiceMethod where Request == APICreateScheduleRequest, Response == APICreateScheduleResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/CreateSchedule`.
    package static var createSchedule: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "CreateSchedule")
    }
}

extension ServiceMethod where Request == APIDescribeScheduleRequest, Response == APIDescribeScheduleResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DescribeSchedule`.
    package static var describeSchedule: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DescribeSchedule")
    }
}

extension ServiceMethod where Request == APIUpdateScheduleRequest, Response == APIUpdateScheduleResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UpdateSchedule`.
    package static var updateSchedule: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UpdateSchedule")
    }
}

extension ServiceMethod where Request == APIPatchScheduleRequest, Response == APIPatchScheduleResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/PatchSchedule`.
    package static var patchSchedule: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "PatchSchedule")
    }
}

extension ServiceMethod where Request == APIListScheduleMatchingTimesRequest, Response == APIListScheduleMatchingTimesResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListScheduleMatchingTimes`.
    package static var listScheduleMatchingTimes: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListScheduleMatchingTimes")
    }
}

extension ServiceMethod where Request == APIDeleteScheduleRequest, Response == APIDeleteScheduleResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DeleteSchedule`.
    package static var deleteSchedule: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DeleteSchedule")
    }
}

extension ServiceMethod where Request == APIListSchedulesRequest, Response == APIListSchedulesResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListSchedules`.
    package static var listSchedules: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListSchedules")
    }
}

extension ServiceMethod where Request == APICountSchedulesRequest, Response == APICountSchedulesResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/CountSchedules`.
    package static var countSchedules: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "CountSchedules")
    }
}

extension ServiceMethod where Request == APIUpdateWorkerBuildIdCompatibilityRequest, Response == APIUpdateWorkerBuildIdCompatibilityResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UpdateWorkerBuildIdCompatibility`.
    package static var updateWorkerBuildIdCompatibility: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UpdateWorkerBuildIdCompatibility")
    }
}

extension ServiceMethod where Request == APIGetWorkerBuildIdCompatibilityRequest, Response == APIGetWorkerBuildIdCompatibilityResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/GetWorkerBuildIdCompatibility`.
    package static var getWorkerBuildIdCompatibility: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "GetWorkerBuildIdCompatibility")
    }
}

extension ServiceMethod where Request == APIUpdateWorkerVersioningRulesRequest, Response == APIUpdateWorkerVersioningRulesResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UpdateWorkerVersioningRules`.
    package static var updateWorkerVersioningRules: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UpdateWorkerVersioningRules")
    }
}

extension ServiceMethod where Request == APIGetWorkerVersioningRulesRequest, Response == APIGetWorkerVersioningRulesResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/GetWorkerVersioningRules`.
    package static var getWorkerVersioningRules: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "GetWorkerVersioningRules")
    }
}

extension ServiceMethod where Request == APIGetWorkerTaskReachabilityRequest, Response == APIGetWorkerTaskReachabilityResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/GetWorkerTaskReachability`.
    package static var getWorkerTaskReachability: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "GetWorkerTaskReachability")
    }
}

extension ServiceMethod where Request == APIDescribeDeploymentRequest, Response == APIDescribeDeploymentResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DescribeDeployment`.
    package static var describeDeployment: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DescribeDeployment")
    }
}

extension ServiceMethod where Request == APIDescribeWorkerDeploymentVersionRequest, Response == APIDescribeWorkerDeploymentVersionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DescribeWorkerDeploymentVersion`.
    package static var describeWorkerDeploymentVersion: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DescribeWorkerDeploymentVersion")
    }
}

extension ServiceMethod where Request == APIListDeploymentsRequest, Response == APIListDeploymentsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListDeployments`.
    package static var listDeployments: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListDeployments")
    }
}

extension ServiceMethod where Request == APIGetDeploymentReachabilityRequest, Response == APIGetDeploymentReachabilityResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/GetDeploymentReachability`.
    package static var getDeploymentReachability: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "GetDeploymentReachability")
    }
}

extension ServiceMethod where Request == APIGetCurrentDeploymentRequest, Response == APIGetCurrentDeploymentResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/GetCurrentDeployment`.
    package static var getCurrentDeployment: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "GetCurrentDeployment")
    }
}

extension ServiceMethod where Request == APISetCurrentDeploymentRequest, Response == APISetCurrentDeploymentResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/SetCurrentDeployment`.
    package static var setCurrentDeployment: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "SetCurrentDeployment")
    }
}

extension ServiceMethod where Request == APISetWorkerDeploymentCurrentVersionRequest, Response == APISetWorkerDeploymentCurrentVersionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/SetWorkerDeploymentCurrentVersion`.
    package static var setWorkerDeploymentCurrentVersion: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "SetWorkerDeploymentCurrentVersion")
    }
}

extension ServiceMethod where Request == APIDescribeWorkerDeploymentRequest, Response == APIDescribeWorkerDeploymentResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DescribeWorkerDeployment`.
    package static var describeWorkerDeployment: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DescribeWorkerDeployment")
    }
}

extension ServiceMethod where Request == APIDeleteWorkerDeploymentRequest, Response == APIDeleteWorkerDeploymentResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DeleteWorkerDeployment`.
    package static var deleteWorkerDeployment: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DeleteWorkerDeployment")
    }
}

extension ServiceMethod where Request == APIDeleteWorkerDeploymentVersionRequest, Response == APIDeleteWorkerDeploymentVersionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DeleteWorkerDeploymentVersion`.
    package static var deleteWorkerDeploymentVersion: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DeleteWorkerDeploymentVersion")
    }
}

extension ServiceMethod where Request == APISetWorkerDeploymentRampingVersionRequest, Response == APISetWorkerDeploymentRampingVersionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/SetWorkerDeploymentRampingVersion`.
    package static var setWorkerDeploymentRampingVersion: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "SetWorkerDeploymentRampingVersion")
    }
}

extension ServiceMethod where Request == APIListWorkerDeploymentsRequest, Response == APIListWorkerDeploymentsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListWorkerDeployments`.
    package static var listWorkerDeployments: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListWorkerDeployments")
    }
}

extension ServiceMethod where Request == APICreateWorkerDeploymentRequest, Response == APICreateWorkerDeploymentResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/CreateWorkerDeployment`.
    package static var createWorkerDeployment: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "CreateWorkerDeployment")
    }
}

extension ServiceMethod where Request == APICreateWorkerDeploymentVersionRequest, Response == APICreateWorkerDeploymentVersionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/CreateWorkerDeploymentVersion`.
    package static var createWorkerDeploymentVersion: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "CreateWorkerDeploymentVersion")
    }
}

extension ServiceMethod where Request == APIUpdateWorkerDeploymentVersionComputeConfigRequest, Response == APIUpdateWorkerDeploymentVersionComputeConfigResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UpdateWorkerDeploymentVersionComputeConfig`.
    package static var updateWorkerDeploymentVersionComputeConfig: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UpdateWorkerDeploymentVersionComputeConfig")
    }
}

extension ServiceMethod where Request == APIValidateWorkerDeploymentVersionComputeConfigRequest, Response == APIValidateWorkerDeploymentVersionComputeConfigResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ValidateWorkerDeploymentVersionComputeConfig`.
    package static var validateWorkerDeploymentVersionComputeConfig: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ValidateWorkerDeploymentVersionComputeConfig")
    }
}

extension ServiceMethod where Request == APIUpdateWorkerDeploymentVersionMetadataRequest, Response == APIUpdateWorkerDeploymentVersionMetadataResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UpdateWorkerDeploymentVersionMetadata`.
    package static var updateWorkerDeploymentVersionMetadata: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UpdateWorkerDeploymentVersionMetadata")
    }
}

extension ServiceMethod where Request == APISetWorkerDeploymentManagerRequest, Response == APISetWorkerDeploymentManagerResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/SetWorkerDeploymentManager`.
    package static var setWorkerDeploymentManager: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "SetWorkerDeploymentManager")
    }
}

extension ServiceMethod where Request == APIUpdateWorkflowExecutionRequest, Response == APIUpdateWorkflowExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UpdateWorkflowExecution`.
    package static var updateWorkflowExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UpdateWorkflowExecution")
    }
}

extension ServiceMethod where Request == APIPollWorkflowExecutionUpdateRequest, Response == APIPollWorkflowExecutionUpdateResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/PollWorkflowExecutionUpdate`.
    package static var pollWorkflowExecutionUpdate: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "PollWorkflowExecutionUpdate")
    }
}

extension ServiceMethod where Request == APIStartBatchOperationRequest, Response == APIStartBatchOperationResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/StartBatchOperation`.
    package static var startBatchOperation: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "StartBatchOperation")
    }
}

extension ServiceMethod where Request == APIStopBatchOperationRequest, Response == APIStopBatchOperationResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/StopBatchOperation`.
    package static var stopBatchOperation: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "StopBatchOperation")
    }
}

extension ServiceMethod where Request == APIDescribeBatchOperationRequest, Response == APIDescribeBatchOperationResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DescribeBatchOperation`.
    package static var describeBatchOperation: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DescribeBatchOperation")
    }
}

extension ServiceMethod where Request == APIListBatchOperationsRequest, Response == APIListBatchOperationsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListBatchOperations`.
    package static var listBatchOperations: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListBatchOperations")
    }
}

extension ServiceMethod where Request == APIPollNexusTaskQueueRequest, Response == APIPollNexusTaskQueueResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/PollNexusTaskQueue`.
    package static var pollNexusTaskQueue: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "PollNexusTaskQueue")
    }
}

extension ServiceMethod where Request == APIRespondNexusTaskCompletedRequest, Response == APIRespondNexusTaskCompletedResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RespondNexusTaskCompleted`.
    package static var respondNexusTaskCompleted: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RespondNexusTaskCompleted")
    }
}

extension ServiceMethod where Request == APIRespondNexusTaskFailedRequest, Response == APIRespondNexusTaskFailedResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RespondNexusTaskFailed`.
    package static var respondNexusTaskFailed: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RespondNexusTaskFailed")
    }
}

extension ServiceMethod where Request == APIUpdateActivityOptionsRequest, Response == APIUpdateActivityOptionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UpdateActivityOptions`.
    package static var updateActivityOptions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UpdateActivityOptions")
    }
}

extension ServiceMethod where Request == APIUpdateWorkflowExecutionOptionsRequest, Response == APIUpdateWorkflowExecutionOptionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UpdateWorkflowExecutionOptions`.
    package static var updateWorkflowExecutionOptions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UpdateWorkflowExecutionOptions")
    }
}

extension ServiceMethod where Request == APIPauseActivityRequest, Response == APIPauseActivityResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/PauseActivity`.
    package static var pauseActivity: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "PauseActivity")
    }
}

extension ServiceMethod where Request == APIUnpauseActivityRequest, Response == APIUnpauseActivityResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UnpauseActivity`.
    package static var unpauseActivity: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UnpauseActivity")
    }
}

extension ServiceMethod where Request == APIResetActivityRequest, Response == APIResetActivityResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ResetActivity`.
    package static var resetActivity: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ResetActivity")
    }
}

extension ServiceMethod where Request == APICreateWorkflowRuleRequest, Response == APICreateWorkflowRuleResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/CreateWorkflowRule`.
    package static var createWorkflowRule: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "CreateWorkflowRule")
    }
}

extension ServiceMethod where Request == APIDescribeWorkflowRuleRequest, Response == APIDescribeWorkflowRuleResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DescribeWorkflowRule`.
    package static var describeWorkflowRule: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DescribeWorkflowRule")
    }
}

extension ServiceMethod where Request == APIDeleteWorkflowRuleRequest, Response == APIDeleteWorkflowRuleResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DeleteWorkflowRule`.
    package static var deleteWorkflowRule: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DeleteWorkflowRule")
    }
}

extension ServiceMethod where Request == APIListWorkflowRulesRequest, Response == APIListWorkflowRulesResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListWorkflowRules`.
    package static var listWorkflowRules: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListWorkflowRules")
    }
}

extension ServiceMethod where Request == APITriggerWorkflowRuleRequest, Response == APITriggerWorkflowRuleResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/TriggerWorkflowRule`.
    package static var triggerWorkflowRule: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "TriggerWorkflowRule")
    }
}

extension ServiceMethod where Request == APIRecordWorkerHeartbeatRequest, Response == APIRecordWorkerHeartbeatResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RecordWorkerHeartbeat`.
    package static var recordWorkerHeartbeat: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RecordWorkerHeartbeat")
    }
}

extension ServiceMethod where Request == APIListWorkersRequest, Response == APIListWorkersResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListWorkers`.
    package static var listWorkers: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListWorkers")
    }
}

extension ServiceMethod where Request == APICountWorkersRequest, Response == APICountWorkersResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/CountWorkers`.
    package static var countWorkers: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "CountWorkers")
    }
}

extension ServiceMethod where Request == APIUpdateTaskQueueConfigRequest, Response == APIUpdateTaskQueueConfigResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UpdateTaskQueueConfig`.
    package static var updateTaskQueueConfig: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UpdateTaskQueueConfig")
    }
}

extension ServiceMethod where Request == APIFetchWorkerConfigRequest, Response == APIFetchWorkerConfigResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/FetchWorkerConfig`.
    package static var fetchWorkerConfig: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "FetchWorkerConfig")
    }
}

extension ServiceMethod where Request == APIUpdateWorkerConfigRequest, Response == APIUpdateWorkerConfigResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UpdateWorkerConfig`.
    package static var updateWorkerConfig: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UpdateWorkerConfig")
    }
}

extension ServiceMethod where Request == APIDescribeWorkerRequest, Response == APIDescribeWorkerResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DescribeWorker`.
    package static var describeWorker: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DescribeWorker")
    }
}

extension ServiceMethod where Request == APIPauseWorkflowExecutionRequest, Response == APIPauseWorkflowExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/PauseWorkflowExecution`.
    package static var pauseWorkflowExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "PauseWorkflowExecution")
    }
}

extension ServiceMethod where Request == APIUnpauseWorkflowExecutionRequest, Response == APIUnpauseWorkflowExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UnpauseWorkflowExecution`.
    package static var unpauseWorkflowExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UnpauseWorkflowExecution")
    }
}

extension ServiceMethod where Request == APIStartActivityExecutionRequest, Response == APIStartActivityExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/StartActivityExecution`.
    package static var startActivityExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "StartActivityExecution")
    }
}

extension ServiceMethod where Request == APIStartNexusOperationExecutionRequest, Response == APIStartNexusOperationExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/StartNexusOperationExecution`.
    package static var startNexusOperationExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "StartNexusOperationExecution")
    }
}

extension ServiceMethod where Request == APIDescribeActivityExecutionRequest, Response == APIDescribeActivityExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DescribeActivityExecution`.
    package static var describeActivityExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DescribeActivityExecution")
    }
}

extension ServiceMethod where Request == APIDescribeNexusOperationExecutionRequest, Response == APIDescribeNexusOperationExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DescribeNexusOperationExecution`.
    package static var describeNexusOperationExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DescribeNexusOperationExecution")
    }
}

extension ServiceMethod where Request == APIPollActivityExecutionRequest, Response == APIPollActivityExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/PollActivityExecution`.
    package static var pollActivityExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "PollActivityExecution")
    }
}

extension ServiceMethod where Request == APIPollNexusOperationExecutionRequest, Response == APIPollNexusOperationExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/PollNexusOperationExecution`.
    package static var pollNexusOperationExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "PollNexusOperationExecution")
    }
}

extension ServiceMethod where Request == APIListActivityExecutionsRequest, Response == APIListActivityExecutionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListActivityExecutions`.
    package static var listActivityExecutions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListActivityExecutions")
    }
}

extension ServiceMethod where Request == APIListNexusOperationExecutionsRequest, Response == APIListNexusOperationExecutionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ListNexusOperationExecutions`.
    package static var listNexusOperationExecutions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ListNexusOperationExecutions")
    }
}

extension ServiceMethod where Request == APICountActivityExecutionsRequest, Response == APICountActivityExecutionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/CountActivityExecutions`.
    package static var countActivityExecutions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "CountActivityExecutions")
    }
}

extension ServiceMethod where Request == APICountNexusOperationExecutionsRequest, Response == APICountNexusOperationExecutionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/CountNexusOperationExecutions`.
    package static var countNexusOperationExecutions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "CountNexusOperationExecutions")
    }
}

extension ServiceMethod where Request == APIRequestCancelActivityExecutionRequest, Response == APIRequestCancelActivityExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RequestCancelActivityExecution`.
    package static var requestCancelActivityExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RequestCancelActivityExecution")
    }
}

extension ServiceMethod where Request == APIRequestCancelNexusOperationExecutionRequest, Response == APIRequestCancelNexusOperationExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/RequestCancelNexusOperationExecution`.
    package static var requestCancelNexusOperationExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "RequestCancelNexusOperationExecution")
    }
}

extension ServiceMethod where Request == APITerminateActivityExecutionRequest, Response == APITerminateActivityExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/TerminateActivityExecution`.
    package static var terminateActivityExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "TerminateActivityExecution")
    }
}

extension ServiceMethod where Request == APIDeleteActivityExecutionRequest, Response == APIDeleteActivityExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DeleteActivityExecution`.
    package static var deleteActivityExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DeleteActivityExecution")
    }
}

extension ServiceMethod where Request == APIPauseActivityExecutionRequest, Response == APIPauseActivityExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/PauseActivityExecution`.
    package static var pauseActivityExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "PauseActivityExecution")
    }
}

extension ServiceMethod where Request == APIResetActivityExecutionRequest, Response == APIResetActivityExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/ResetActivityExecution`.
    package static var resetActivityExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "ResetActivityExecution")
    }
}

extension ServiceMethod where Request == APIUnpauseActivityExecutionRequest, Response == APIUnpauseActivityExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UnpauseActivityExecution`.
    package static var unpauseActivityExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UnpauseActivityExecution")
    }
}

extension ServiceMethod where Request == APIUpdateActivityExecutionOptionsRequest, Response == APIUpdateActivityExecutionOptionsResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/UpdateActivityExecutionOptions`.
    package static var updateActivityExecutionOptions: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "UpdateActivityExecutionOptions")
    }
}

extension ServiceMethod where Request == APITerminateNexusOperationExecutionRequest, Response == APITerminateNexusOperationExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/TerminateNexusOperationExecution`.
    package static var terminateNexusOperationExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "TerminateNexusOperationExecution")
    }
}

extension ServiceMethod where Request == APIDeleteNexusOperationExecutionRequest, Response == APIDeleteNexusOperationExecutionResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/DeleteNexusOperationExecution`.
    package static var deleteNexusOperationExecution: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "DeleteNexusOperationExecution")
    }
}

extension ServiceMethod where Request == APIPollWorkflowExecutionTimeSkippingRequest, Response == APIPollWorkflowExecutionTimeSkippingResponse {
    /// `temporal.api.workflowservice.v1.WorkflowService/PollWorkflowExecutionTimeSkipping`.
    package static var pollWorkflowExecutionTimeSkipping: Self {
        Self(service: "temporal.api.workflowservice.v1.WorkflowService", name: "PollWorkflowExecutionTimeSkipping")
    }
}

extension ServiceMethod where Request == APIAddSearchAttributesRequest, Response == APIAddSearchAttributesResponse {
    /// `temporal.api.operatorservice.v1.OperatorService/AddSearchAttributes`.
    package static var addSearchAttributes: Self {
        Self(service: "temporal.api.operatorservice.v1.OperatorService", name: "AddSearchAttributes")
    }
}

extension ServiceMethod where Request == APIRemoveSearchAttributesRequest, Response == APIRemoveSearchAttributesResponse {
    /// `temporal.api.operatorservice.v1.OperatorService/RemoveSearchAttributes`.
    package static var removeSearchAttributes: Self {
        Self(service: "temporal.api.operatorservice.v1.OperatorService", name: "RemoveSearchAttributes")
    }
}

extension ServiceMethod where Request == APIListSearchAttributesRequest, Response == APIListSearchAttributesResponse {
    /// `temporal.api.operatorservice.v1.OperatorService/ListSearchAttributes`.
    package static var listSearchAttributes: Self {
        Self(service: "temporal.api.operatorservice.v1.OperatorService", name: "ListSearchAttributes")
    }
}

extension ServiceMethod where Request == APIDeleteNamespaceRequest, Response == APIDeleteNamespaceResponse {
    /// `temporal.api.operatorservice.v1.OperatorService/DeleteNamespace`.
    package static var deleteNamespace: Self {
        Self(service: "temporal.api.operatorservice.v1.OperatorService", name: "DeleteNamespace")
    }
}

extension ServiceMethod where Request == APIAddOrUpdateRemoteClusterRequest, Response == APIAddOrUpdateRemoteClusterResponse {
    /// `temporal.api.operatorservice.v1.OperatorService/AddOrUpdateRemoteCluster`.
    package static var addOrUpdateRemoteCluster: Self {
        Self(service: "temporal.api.operatorservice.v1.OperatorService", name: "AddOrUpdateRemoteCluster")
    }
}

extension ServiceMethod where Request == APIRemoveRemoteClusterRequest, Response == APIRemoveRemoteClusterResponse {
    /// `temporal.api.operatorservice.v1.OperatorService/RemoveRemoteCluster`.
    package static var removeRemoteCluster: Self {
        Self(service: "temporal.api.operatorservice.v1.OperatorService", name: "RemoveRemoteCluster")
    }
}

extension ServiceMethod where Request == APIListClustersRequest, Response == APIListClustersResponse {
    /// `temporal.api.operatorservice.v1.OperatorService/ListClusters`.
    package static var listClusters: Self {
        Self(service: "temporal.api.operatorservice.v1.OperatorService", name: "ListClusters")
    }
}

extension ServiceMethod where Request == APIGetNexusEndpointRequest, Response == APIGetNexusEndpointResponse {
    /// `temporal.api.operatorservice.v1.OperatorService/GetNexusEndpoint`.
    package static var getNexusEndpoint: Self {
        Self(service: "temporal.api.operatorservice.v1.OperatorService", name: "GetNexusEndpoint")
    }
}

extension ServiceMethod where Request == APICreateNexusEndpointRequest, Response == APICreateNexusEndpointResponse {
    /// `temporal.api.operatorservice.v1.OperatorService/CreateNexusEndpoint`.
    package static var createNexusEndpoint: Self {
        Self(service: "temporal.api.operatorservice.v1.OperatorService", name: "CreateNexusEndpoint")
    }
}

extension ServiceMethod where Request == APIUpdateNexusEndpointRequest, Response == APIUpdateNexusEndpointResponse {
    /// `temporal.api.operatorservice.v1.OperatorService/UpdateNexusEndpoint`.
    package static var updateNexusEndpoint: Self {
        Self(service: "temporal.api.operatorservice.v1.OperatorService", name: "UpdateNexusEndpoint")
    }
}

extension ServiceMethod where Request == APIDeleteNexusEndpointRequest, Response == APIDeleteNexusEndpointResponse {
    /// `temporal.api.operatorservice.v1.OperatorService/DeleteNexusEndpoint`.
    package static var deleteNexusEndpoint: Self {
        Self(service: "temporal.api.operatorservice.v1.OperatorService", name: "DeleteNexusEndpoint")
    }
}

extension ServiceMethod where Request == APIListNexusEndpointsRequest, Response == APIListNexusEndpointsResponse {
    /// `temporal.api.operatorservice.v1.OperatorService/ListNexusEndpoints`.
    package static var listNexusEndpoints: Self {
        Self(service: "temporal.api.operatorservice.v1.OperatorService", name: "ListNexusEndpoints")
    }
}

extension ServiceMethod where Request == APITestLockTimeSkippingRequest, Response == APITestLockTimeSkippingResponse {
    /// `temporal.api.testservice.v1.TestService/LockTimeSkipping`.
    package static var testServiceLockTimeSkipping: Self {
        Self(service: "temporal.api.testservice.v1.TestService", name: "LockTimeSkipping")
    }
}

extension ServiceMethod where Request == APITestUnlockTimeSkippingRequest, Response == APITestUnlockTimeSkippingResponse {
    /// `temporal.api.testservice.v1.TestService/UnlockTimeSkipping`.
    package static var testServiceUnlockTimeSkipping: Self {
        Self(service: "temporal.api.testservice.v1.TestService", name: "UnlockTimeSkipping")
    }
}

extension ServiceMethod where Request == APITestSleepRequest, Response == APITestSleepResponse {
    /// `temporal.api.testservice.v1.TestService/Sleep`.
    package static var testServiceSleep: Self {
        Self(service: "temporal.api.testservice.v1.TestService", name: "Sleep")
    }
}

extension ServiceMethod where Request == APITestSleepUntilRequest, Response == APITestSleepResponse {
    /// `temporal.api.testservice.v1.TestService/SleepUntil`.
    package static var testServiceSleepUntil: Self {
        Self(service: "temporal.api.testservice.v1.TestService", name: "SleepUntil")
    }
}

extension ServiceMethod where Request == APITestSleepRequest, Response == APITestSleepResponse {
    /// `temporal.api.testservice.v1.TestService/UnlockTimeSkippingWithSleep`.
    package static var testServiceUnlockTimeSkippingWithSleep: Self {
        Self(service: "temporal.api.testservice.v1.TestService", name: "UnlockTimeSkippingWithSleep")
    }
}

extension ServiceMethod where Request == EmptyMessage, Response == APITestGetCurrentTimeResponse {
    /// `temporal.api.testservice.v1.TestService/GetCurrentTime`.
    package static var testServiceGetCurrentTime: Self {
        Self(service: "temporal.api.testservice.v1.TestService", name: "GetCurrentTime")
    }
}

/// Every RPC that this package knows, in the order of the service definitions.
package enum ServiceMethods {
    /// The RPCs with their request and response types erased.
    package static let all: [any AnyServiceMethod] = [
        ServiceMethod<APIRegisterNamespaceRequest, APIRegisterNamespaceResponse>.registerNamespace,
        ServiceMethod<APIDescribeNamespaceRequest, APIDescribeNamespaceResponse>.describeNamespace,
        ServiceMethod<APIListNamespacesRequest, APIListNamespacesResponse>.listNamespaces,
        ServiceMethod<APIUpdateNamespaceRequest, APIUpdateNamespaceResponse>.updateNamespace,
        ServiceMethod<APIDeprecateNamespaceRequest, APIDeprecateNamespaceResponse>.deprecateNamespace,
        ServiceMethod<APIStartWorkflowExecutionRequest, APIStartWorkflowExecutionResponse>.startWorkflowExecution,
        ServiceMethod<APIExecuteMultiOperationRequest, APIExecuteMultiOperationResponse>.executeMultiOperation,
        ServiceMethod<APIGetWorkflowExecutionHistoryRequest, APIGetWorkflowExecutionHistoryResponse>.getWorkflowExecutionHistory,
        ServiceMethod<APIGetWorkflowExecutionHistoryReverseRequest, APIGetWorkflowExecutionHistoryReverseResponse>.getWorkflowExecutionHistoryReverse,
        ServiceMethod<APIPollWorkflowTaskQueueRequest, APIPollWorkflowTaskQueueResponse>.pollWorkflowTaskQueue,
        ServiceMethod<APIRespondWorkflowTaskCompletedRequest, APIRespondWorkflowTaskCompletedResponse>.respondWorkflowTaskCompleted,
        ServiceMethod<APIRespondWorkflowTaskFailedRequest, APIRespondWorkflowTaskFailedResponse>.respondWorkflowTaskFailed,
        ServiceMethod<APIPollActivityTaskQueueRequest, APIPollActivityTaskQueueResponse>.pollActivityTaskQueue,
        ServiceMethod<APIRecordActivityTaskHeartbeatRequest, APIRecordActivityTaskHeartbeatResponse>.recordActivityTaskHeartbeat,
        ServiceMethod<APIRecordActivityTaskHeartbeatByIdRequest, APIRecordActivityTaskHeartbeatByIdResponse>.recordActivityTaskHeartbeatById,
        ServiceMethod<APIRespondActivityTaskCompletedRequest, APIRespondActivityTaskCompletedResponse>.respondActivityTaskCompleted,
        ServiceMethod<APIRespondActivityTaskCompletedByIdRequest, APIRespondActivityTaskCompletedByIdResponse>.respondActivityTaskCompletedById,
        ServiceMethod<APIRespondActivityTaskFailedRequest, APIRespondActivityTaskFailedResponse>.respondActivityTaskFailed,
        ServiceMethod<APIRespondActivityTaskFailedByIdRequest, APIRespondActivityTaskFailedByIdResponse>.respondActivityTaskFailedById,
        ServiceMethod<APIRespondActivityTaskCanceledRequest, APIRespondActivityTaskCanceledResponse>.respondActivityTaskCanceled,
        ServiceMethod<APIRespondActivityTaskCanceledByIdRequest, APIRespondActivityTaskCanceledByIdResponse>.respondActivityTaskCanceledById,
        ServiceMethod<APIRequestCancelWorkflowExecutionRequest, APIRequestCancelWorkflowExecutionResponse>.requestCancelWorkflowExecution,
        ServiceMethod<APISignalWorkflowExecutionRequest, APISignalWorkflowExecutionResponse>.signalWorkflowExecution,
        ServiceMethod<APISignalWithStartWorkflowExecutionRequest, APISignalWithStartWorkflowExecutionResponse>.signalWithStartWorkflowExecution,
        ServiceMethod<APIResetWorkflowExecutionRequest, APIResetWorkflowExecutionResponse>.resetWorkflowExecution,
        ServiceMethod<APITerminateWorkflowExecutionRequest, APITerminateWorkflowExecutionResponse>.terminateWorkflowExecution,
        ServiceMethod<APIDeleteWorkflowExecutionRequest, APIDeleteWorkflowExecutionResponse>.deleteWorkflowExecution,
        ServiceMethod<APIListOpenWorkflowExecutionsRequest, APIListOpenWorkflowExecutionsResponse>.listOpenWorkflowExecutions,
        ServiceMethod<APIListClosedWorkflowExecutionsRequest, APIListClosedWorkflowExecutionsResponse>.listClosedWorkflowExecutions,
        ServiceMethod<APIListWorkflowExecutionsRequest, APIListWorkflowExecutionsResponse>.listWorkflowExecutions,
        ServiceMethod<APIListArchivedWorkflowExecutionsRequest, APIListArchivedWorkflowExecutionsResponse>.listArchivedWorkflowExecutions,
        ServiceMethod<APIScanWorkflowExecutionsRequest, APIScanWorkflowExecutionsResponse>.scanWorkflowExecutions,
        ServiceMethod<APICountWorkflowExecutionsRequest, APICountWorkflowExecutionsResponse>.countWorkflowExecutions,
        ServiceMethod<APIGetSearchAttributesRequest, APIGetSearchAttributesResponse>.getSearchAttributes,
        ServiceMethod<APIRespondQueryTaskCompletedRequest, APIRespondQueryTaskCompletedResponse>.respondQueryTaskCompleted,
        ServiceMethod<APIResetStickyTaskQueueRequest, APIResetStickyTaskQueueResponse>.resetStickyTaskQueue,
        ServiceMethod<APIShutdownWorkerRequest, APIShutdownWorkerResponse>.shutdownWorker,
        ServiceMethod<APIQueryWorkflowRequest, APIQueryWorkflowResponse>.queryWorkflow,
        ServiceMethod<APIDescribeWorkflowExecutionRequest, APIDescribeWorkflowExecutionResponse>.describeWorkflowExecution,
        ServiceMethod<APIDescribeTaskQueueRequest, APIDescribeTaskQueueResponse>.describeTaskQueue,
        ServiceMethod<APIGetClusterInfoRequest, APIGetClusterInfoResponse>.getClusterInfo,
        ServiceMethod<APIGetSystemInfoRequest, APIGetSystemInfoResponse>.getSystemInfo,
        ServiceMethod<APIListTaskQueuePartitionsRequest, APIListTaskQueuePartitionsResponse>.listTaskQueuePartitions,
        ServiceMethod<APICreateScheduleRequest, APICreateScheduleResponse>.createSchedule,
        ServiceMethod<APIDescribeScheduleRequest, APIDescribeScheduleResponse>.describeSchedule,
        ServiceMethod<APIUpdateScheduleRequest, APIUpdateScheduleResponse>.updateSchedule,
        ServiceMethod<APIPatchScheduleRequest, APIPatchScheduleResponse>.patchSchedule,
        ServiceMethod<APIListScheduleMatchingTimesRequest, APIListScheduleMatchingTimesResponse>.listScheduleMatchingTimes,
        ServiceMethod<APIDeleteScheduleRequest, APIDeleteScheduleResponse>.deleteSchedule,
        ServiceMethod<APIListSchedulesRequest, APIListSchedulesResponse>.listSchedules,
        ServiceMethod<APICountSchedulesRequest, APICountSchedulesResponse>.countSchedules,
        ServiceMethod<APIUpdateWorkerBuildIdCompatibilityRequest, APIUpdateWorkerBuildIdCompatibilityResponse>.updateWorkerBuildIdCompatibility,
        ServiceMethod<APIGetWorkerBuildIdCompatibilityRequest, APIGetWorkerBuildIdCompatibilityResponse>.getWorkerBuildIdCompatibility,
        ServiceMethod<APIUpdateWorkerVersioningRulesRequest, APIUpdateWorkerVersioningRulesResponse>.updateWorkerVersioningRules,
        ServiceMethod<APIGetWorkerVersioningRulesRequest, APIGetWorkerVersioningRulesResponse>.getWorkerVersioningRules,
        ServiceMethod<APIGetWorkerTaskReachabilityRequest, APIGetWorkerTaskReachabilityResponse>.getWorkerTaskReachability,
        ServiceMethod<APIDescribeDeploymentRequest, APIDescribeDeploymentResponse>.describeDeployment,
        ServiceMethod<APIDescribeWorkerDeploymentVersionRequest, APIDescribeWorkerDeploymentVersionResponse>.describeWorkerDeploymentVersion,
        ServiceMethod<APIListDeploymentsRequest, APIListDeploymentsResponse>.listDeployments,
        ServiceMethod<APIGetDeploymentReachabilityRequest, APIGetDeploymentReachabilityResponse>.getDeploymentReachability,
        ServiceMethod<APIGetCurrentDeploymentRequest, APIGetCurrentDeploymentResponse>.getCurrentDeployment,
        ServiceMethod<APISetCurrentDeploymentRequest, APISetCurrentDeploymentResponse>.setCurrentDeployment,
        ServiceMethod<APISetWorkerDeploymentCurrentVersionRequest, APISetWorkerDeploymentCurrentVersionResponse>.setWorkerDeploymentCurrentVersion,
        ServiceMethod<APIDescribeWorkerDeploymentRequest, APIDescribeWorkerDeploymentResponse>.describeWorkerDeployment,
        ServiceMethod<APIDeleteWorkerDeploymentRequest, APIDeleteWorkerDeploymentResponse>.deleteWorkerDeployment,
        ServiceMethod<APIDeleteWorkerDeploymentVersionRequest, APIDeleteWorkerDeploymentVersionResponse>.deleteWorkerDeploymentVersion,
        ServiceMethod<APISetWorkerDeploymentRampingVersionRequest, APISetWorkerDeploymentRampingVersionResponse>.setWorkerDeploymentRampingVersion,
        ServiceMethod<APIListWorkerDeploymentsRequest, APIListWorkerDeploymentsResponse>.listWorkerDeployments,
        ServiceMethod<APICreateWorkerDeploymentRequest, APICreateWorkerDeploymentResponse>.createWorkerDeployment,
        ServiceMethod<APICreateWorkerDeploymentVersionRequest, APICreateWorkerDeploymentVersionResponse>.createWorkerDeploymentVersion,
        ServiceMethod<APIUpdateWorkerDeploymentVersionComputeConfigRequest, APIUpdateWorkerDeploymentVersionComputeConfigResponse>.updateWorkerDeploymentVersionComputeConfig,
        ServiceMethod<APIValidateWorkerDeploymentVersionComputeConfigRequest, APIValidateWorkerDeploymentVersionComputeConfigResponse>.validateWorkerDeploymentVersionComputeConfig,
        ServiceMethod<APIUpdateWorkerDeploymentVersionMetadataRequest, APIUpdateWorkerDeploymentVersionMetadataResponse>.updateWorkerDeploymentVersionMetadata,
        ServiceMethod<APISetWorkerDeploymentManagerRequest, APISetWorkerDeploymentManagerResponse>.setWorkerDeploymentManager,
        ServiceMethod<APIUpdateWorkflowExecutionRequest, APIUpdateWorkflowExecutionResponse>.updateWorkflowExecution,
        ServiceMethod<APIPollWorkflowExecutionUpdateRequest, APIPollWorkflowExecutionUpdateResponse>.pollWorkflowExecutionUpdate,
        ServiceMethod<APIStartBatchOperationRequest, APIStartBatchOperationResponse>.startBatchOperation,
        ServiceMethod<APIStopBatchOperationRequest, APIStopBatchOperationResponse>.stopBatchOperation,
        ServiceMethod<APIDescribeBatchOperationRequest, APIDescribeBatchOperationResponse>.describeBatchOperation,
        ServiceMethod<APIListBatchOperationsRequest, APIListBatchOperationsResponse>.listBatchOperations,
        ServiceMethod<APIPollNexusTaskQueueRequest, APIPollNexusTaskQueueResponse>.pollNexusTaskQueue,
        ServiceMethod<APIRespondNexusTaskCompletedRequest, APIRespondNexusTaskCompletedResponse>.respondNexusTaskCompleted,
        ServiceMethod<APIRespondNexusTaskFailedRequest, APIRespondNexusTaskFailedResponse>.respondNexusTaskFailed,
        ServiceMethod<APIUpdateActivityOptionsRequest, APIUpdateActivityOptionsResponse>.updateActivityOptions,
        ServiceMethod<APIUpdateWorkflowExecutionOptionsRequest, APIUpdateWorkflowExecutionOptionsResponse>.updateWorkflowExecutionOptions,
        ServiceMethod<APIPauseActivityRequest, APIPauseActivityResponse>.pauseActivity,
        ServiceMethod<APIUnpauseActivityRequest, APIUnpauseActivityResponse>.unpauseActivity,
        ServiceMethod<APIResetActivityRequest, APIResetActivityResponse>.resetActivity,
        ServiceMethod<APICreateWorkflowRuleRequest, APICreateWorkflowRuleResponse>.createWorkflowRule,
        ServiceMethod<APIDescribeWorkflowRuleRequest, APIDescribeWorkflowRuleResponse>.describeWorkflowRule,
        ServiceMethod<APIDeleteWorkflowRuleRequest, APIDeleteWorkflowRuleResponse>.deleteWorkflowRule,
        ServiceMethod<APIListWorkflowRulesRequest, APIListWorkflowRulesResponse>.listWorkflowRules,
        ServiceMethod<APITriggerWorkflowRuleRequest, APITriggerWorkflowRuleResponse>.triggerWorkflowRule,
        ServiceMethod<APIRecordWorkerHeartbeatRequest, APIRecordWorkerHeartbeatResponse>.recordWorkerHeartbeat,
        ServiceMethod<APIListWorkersRequest, APIListWorkersResponse>.listWorkers,
        ServiceMethod<APICountWorkersRequest, APICountWorkersResponse>.countWorkers,
        ServiceMethod<APIUpdateTaskQueueConfigRequest, APIUpdateTaskQueueConfigResponse>.updateTaskQueueConfig,
        ServiceMethod<APIFetchWorkerConfigRequest, APIFetchWorkerConfigResponse>.fetchWorkerConfig,
        ServiceMethod<APIUpdateWorkerConfigRequest, APIUpdateWorkerConfigResponse>.updateWorkerConfig,
        ServiceMethod<APIDescribeWorkerRequest, APIDescribeWorkerResponse>.describeWorker,
        ServiceMethod<APIPauseWorkflowExecutionRequest, APIPauseWorkflowExecutionResponse>.pauseWorkflowExecution,
        ServiceMethod<APIUnpauseWorkflowExecutionRequest, APIUnpauseWorkflowExecutionResponse>.unpauseWorkflowExecution,
        ServiceMethod<APIStartActivityExecutionRequest, APIStartActivityExecutionResponse>.startActivityExecution,
        ServiceMethod<APIStartNexusOperationExecutionRequest, APIStartNexusOperationExecutionResponse>.startNexusOperationExecution,
        ServiceMethod<APIDescribeActivityExecutionRequest, APIDescribeActivityExecutionResponse>.describeActivityExecution,
        ServiceMethod<APIDescribeNexusOperationExecutionRequest, APIDescribeNexusOperationExecutionResponse>.describeNexusOperationExecution,
        ServiceMethod<APIPollActivityExecutionRequest, APIPollActivityExecutionResponse>.pollActivityExecution,
        ServiceMethod<APIPollNexusOperationExecutionRequest, APIPollNexusOperationExecutionResponse>.pollNexusOperationExecution,
        ServiceMethod<APIListActivityExecutionsRequest, APIListActivityExecutionsResponse>.listActivityExecutions,
        ServiceMethod<APIListNexusOperationExecutionsRequest, APIListNexusOperationExecutionsResponse>.listNexusOperationExecutions,
        ServiceMethod<APICountActivityExecutionsRequest, APICountActivityExecutionsResponse>.countActivityExecutions,
        ServiceMethod<APICountNexusOperationExecutionsRequest, APICountNexusOperationExecutionsResponse>.countNexusOperationExecutions,
        ServiceMethod<APIRequestCancelActivityExecutionRequest, APIRequestCancelActivityExecutionResponse>.requestCancelActivityExecution,
        ServiceMethod<APIRequestCancelNexusOperationExecutionRequest, APIRequestCancelNexusOperationExecutionResponse>.requestCancelNexusOperationExecution,
        ServiceMethod<APITerminateActivityExecutionRequest, APITerminateActivityExecutionResponse>.terminateActivityExecution,
        ServiceMethod<APIDeleteActivityExecutionRequest, APIDeleteActivityExecutionResponse>.deleteActivityExecution,
        ServiceMethod<APIPauseActivityExecutionRequest, APIPauseActivityExecutionResponse>.pauseActivityExecution,
        ServiceMethod<APIResetActivityExecutionRequest, APIResetActivityExecutionResponse>.resetActivityExecution,
        ServiceMethod<APIUnpauseActivityExecutionRequest, APIUnpauseActivityExecutionResponse>.unpauseActivityExecution,
        ServiceMethod<APIUpdateActivityExecutionOptionsRequest, APIUpdateActivityExecutionOptionsResponse>.updateActivityExecutionOptions,
        ServiceMethod<APITerminateNexusOperationExecutionRequest, APITerminateNexusOperationExecutionResponse>.terminateNexusOperationExecution,
        ServiceMethod<APIDeleteNexusOperationExecutionRequest, APIDeleteNexusOperationExecutionResponse>.deleteNexusOperationExecution,
        ServiceMethod<APIPollWorkflowExecutionTimeSkippingRequest, APIPollWorkflowExecutionTimeSkippingResponse>.pollWorkflowExecutionTimeSkipping,
        ServiceMethod<APIAddSearchAttributesRequest, APIAddSearchAttributesResponse>.addSearchAttributes,
        ServiceMethod<APIRemoveSearchAttributesRequest, APIRemoveSearchAttributesResponse>.removeSearchAttributes,
        ServiceMethod<APIListSearchAttributesRequest, APIListSearchAttributesResponse>.listSearchAttributes,
        ServiceMethod<APIDeleteNamespaceRequest, APIDeleteNamespaceResponse>.deleteNamespace,
        ServiceMethod<APIAddOrUpdateRemoteClusterRequest, APIAddOrUpdateRemoteClusterResponse>.addOrUpdateRemoteCluster,
        ServiceMethod<APIRemoveRemoteClusterRequest, APIRemoveRemoteClusterResponse>.removeRemoteCluster,
        ServiceMethod<APIListClustersRequest, APIListClustersResponse>.listClusters,
        ServiceMethod<APIGetNexusEndpointRequest, APIGetNexusEndpointResponse>.getNexusEndpoint,
        ServiceMethod<APICreateNexusEndpointRequest, APICreateNexusEndpointResponse>.createNexusEndpoint,
        ServiceMethod<APIUpdateNexusEndpointRequest, APIUpdateNexusEndpointResponse>.updateNexusEndpoint,
        ServiceMethod<APIDeleteNexusEndpointRequest, APIDeleteNexusEndpointResponse>.deleteNexusEndpoint,
        ServiceMethod<APIListNexusEndpointsRequest, APIListNexusEndpointsResponse>.listNexusEndpoints,
        ServiceMethod<APITestLockTimeSkippingRequest, APITestLockTimeSkippingResponse>.testServiceLockTimeSkipping,
        ServiceMethod<APITestUnlockTimeSkippingRequest, APITestUnlockTimeSkippingResponse>.testServiceUnlockTimeSkipping,
        ServiceMethod<APITestSleepRequest, APITestSleepResponse>.testServiceSleep,
        ServiceMethod<APITestSleepUntilRequest, APITestSleepResponse>.testServiceSleepUntil,
        ServiceMethod<APITestSleepRequest, APITestSleepResponse>.testServiceUnlockTimeSkippingWithSleep,
        ServiceMethod<EmptyMessage, APITestGetCurrentTimeResponse>.testServiceGetCurrentTime,
    ]
}
