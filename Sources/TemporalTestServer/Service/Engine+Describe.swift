import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    /// Tells all there is to know of a run.
    func describe(_ request: APIDescribeWorkflowExecutionRequest) throws -> APIDescribeWorkflowExecutionResponse {
        guard request.hasExecution else { throw ServiceError.executionNotSet }
        let run = try run(of: request.execution, namespace: request.namespace)
        return .with { response in
            response.executionConfig = .with {
                $0.taskQueue = run.start.taskQueue
                $0.workflowExecutionTimeout = run.start.workflowExecutionTimeout
                $0.workflowRunTimeout = run.start.workflowRunTimeout
                $0.defaultWorkflowTaskTimeout = run.start.workflowTaskTimeout
                if let metadata = run.userMetadata { $0.userMetadata = metadata }
            }
            response.workflowExecutionInfo = run.info
            // There even if they are empty.
            response.workflowExecutionInfo.memo = run.memo
            response.workflowExecutionInfo.searchAttributes = run.searchAttributes
            let rules = namespaces[run.namespace]?.rules ?? [:]
            response.pendingActivities = run.activities.values.map { $0.info(rules: rules) }
            response.pendingChildren = run.children.values.map { child in
                .with {
                    $0.workflowID = child.attributes.workflowID
                    $0.runID = child.runID
                    $0.workflowTypeName = child.attributes.workflowType.name
                    $0.initiatedID = child.initiatedEventID
                    $0.parentClosePolicy = child.attributes.parentClosePolicy
                }
            }
            response.pendingNexusOperations = run.nexusOperations.map { $1.info(scheduledEventID: $0) }
            response.callbacks = run.callbacks.map(\.info)
            if let task = run.workflowTask {
                response.pendingWorkflowTask = .with {
                    $0.state = task.startedEventID == 0 ? .scheduled : .started
                    $0.scheduledTime = task.scheduledTime.timestamp
                    $0.originalScheduledTime = task.originalScheduledTime.timestamp
                    if let started = task.startedTime { $0.startedTime = started.timestamp }
                    $0.attempt = task.attempt
                }
            }
            response.workflowExtendedInfo = .with {
                if let expiration = run.executionExpiration { $0.executionExpirationTime = expiration.timestamp }
                let limit = Span(run.start.workflowRunTimeout)
                if limit > .zero { $0.runExpirationTime = (run.executionTime + limit).timestamp }
                $0.cancelRequested = run.isCancelRequested
                $0.originalStartTime = run.originalStartTime.timestamp
                if run.resetFrom != nil { $0.lastResetTime = run.startTime.timestamp }
                if let pause = run.pause {
                    $0.pauseInfo = .with {
                        $0.pausedTime = pause.time.timestamp
                        $0.identity = pause.identity
                        $0.reason = pause.reason
                    }
                }
            }
        }
    }
}

extension Run {
    /// The run as lists and descriptions show it.
    var info: APIWorkflowWorkflowExecutionInfo {
        .with {
            $0.execution = execution
            $0.type = start.workflowType
            $0.startTime = startTime.timestamp
            if let closeTime {
                $0.closeTime = closeTime.timestamp
                $0.executionDuration = (closeTime - executionTime).proto
            }
            $0.status = status
            $0.historyLength = nextEventID - 1
            $0.executionTime = executionTime.timestamp
            if !memo.fields.isEmpty { $0.memo = memo }
            if !searchAttributes.indexedFields.isEmpty { $0.searchAttributes = searchAttributes }
            $0.taskQueue = start.taskQueue.name
            $0.historySizeBytes = historySize
            $0.stateTransitionCount = stateTransitionCount
            $0.firstRunID = start.firstExecutionRunID
            $0.rootExecution = start.hasRootWorkflowExecution ? start.rootWorkflowExecution : execution
            if start.hasParentWorkflowExecution {
                $0.parentNamespaceID = start.parentWorkflowNamespaceID
                $0.parentExecution = start.parentWorkflowExecution
            }
            if let priority { $0.priority = priority }
            if let versioningInfo { $0.versioningInfo = versioningInfo }
            $0.workerDeploymentName = versioning.deploymentName
        }
    }
}

extension Activity {
    /// The activity as descriptions show it.
    fileprivate func info(rules: OrderedDictionary<String, WorkflowRule>) -> APIWorkflowPendingActivityInfo {
        .with {
            $0.activityID = activityID
            $0.activityType = attributes.activityType
            $0.state =
                if cancelRequestedEventID != 0 {
                    .cancelRequested
                } else if pause != nil {
                    isStarted ? .pauseRequested : .paused
                } else {
                    isStarted ? .started : .scheduled
                }
            if let details = heartbeatDetails { $0.heartbeatDetails = details }
            if let lastHeartbeat, isStarted { $0.lastHeartbeatTime = lastHeartbeat.timestamp }
            if let startedTime { $0.lastStartedTime = startedTime.timestamp }
            $0.attempt = attempt
            $0.maximumAttempts = attributes.retryPolicy.maximumAttempts
            $0.scheduledTime = attemptScheduledTime.timestamp
            if case .backingOff(let due) = state {
                $0.scheduledTime = due.timestamp
                $0.nextAttemptScheduleTime = due.timestamp
                if let interval = retryInterval { $0.currentRetryInterval = interval.proto }
            }
            if let expiration { $0.expirationTime = expiration.timestamp }
            if let failure = lastFailure { $0.lastFailure = failure }
            $0.lastWorkerIdentity = identity
            if let version {
                $0.lastWorkerDeploymentVersion = version.legacyText
                $0.lastDeploymentVersion = version.proto
            }
            if let pause {
                $0.paused = true
                $0.pauseInfo = .with {
                    $0.pauseTime = pause.time.timestamp
                    switch pause.cause {
                    case .operatorOf(let identity, let reason):
                        $0.manual = .with {
                            $0.identity = identity
                            $0.reason = reason
                        }
                    case .rule(let id):
                        $0.rule = .with {
                            $0.ruleID = id
                            $0.identity = rules[id]?.proto.createdByIdentity ?? ""
                            $0.reason = rules[id]?.proto.description_p ?? ""
                        }
                    }
                }
            }
            $0.activityOptions = options
            if let time = lastAttemptCompleteTime { $0.lastAttemptCompleteTime = time.timestamp }
        }
    }
}
