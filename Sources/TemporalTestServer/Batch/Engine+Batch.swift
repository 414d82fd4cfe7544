import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Operations on many runs.
///
/// A job without a limit on its rate is done within the call that starts it. One with a limit does so many runs at once
/// and the next after a second of the service's clock, and can be stopped between.
extension Engine {
    /// Starts a batch operation.
    func startBatch(_ request: APIStartBatchOperationRequest) throws -> APIStartBatchOperationResponse {
        _ = try namespace(request.namespace)
        try BatchRules.check(request)
        let key = BatchKey(namespace: request.namespace, jobID: request.jobID)
        guard !batches.contains(where: { $0.key.namespace == request.namespace && $0.value.state == .running }) else {
            throw RPCError(
                code: .resourceExhausted,
                message: "Max concurrent batch operations is reached",
                detail: APIResourceExhaustedFailure.with {
                    $0.cause = .concurrentLimit
                    $0.scope = .namespace
                }
            )
        }
        guard batches[key] == nil else {
            throw RPCError(
                code: .alreadyExists,
                message: "Batch operation \(request.jobID) already exists. Choose another job id."
            )
        }
        readClock()
        let targets = try request.visibilityQuery.isEmpty ? request.targets : self.targets(of: request)
        batches[key] = BatchJob(request, total: targets.count, now: now)
        batchTargets[key] = BatchTargets(all: targets)
        work(on: key)
        return APIStartBatchOperationResponse()
    }

    private func targets(of request: APIStartBatchOperationRequest) throws -> [APIWorkflowExecution] {
        if BatchJob.isForActivities(request) { return try activityTargets(of: request) }
        let query = try query(request.visibilityQuery, namespace: request.namespace)
        // What changes open runs passes over the others.
        let needsOpen =
            switch request.operation {
            case .resetOperation, .deletionOperation: false
            default: true
            }
        return runs(in: request.namespace, matching: query).filter { $0.isOpen || !needsOpen }.map(\.execution)
    }

    private func activityTargets(of request: APIStartBatchOperationRequest) throws -> [APIWorkflowExecution] {
        let query = try query(request.visibilityQuery, namespace: request.namespace, about: .activities)
        let needsOpen = if case .deleteActivitiesOperation = request.operation { false } else { true }
        return standaloneActivities(in: request.namespace, matching: query)
            .filter { !$0.isClosed || !needsOpen }
            .map { activity in
                .with {
                    $0.workflowID = activity.activityID
                    $0.runID = activity.runID
                }
            }
    }

    /// Does as many runs of a job as its rate allows at once.
    func work(on key: BatchKey) {
        guard var job = batches[key], job.state == .running else { return }
        let targets = batchTargets[key]?.all ?? []
        let (count, pause) = job.pace
        for target in targets.dropFirst(job.position).prefix(count) {
            job.position += 1
            do {
                try operate(on: target, job: job)
                job.completed += 1
            } catch let error as RPCError where error.code == .notFound {
                // What is no longer there need not be changed.
                job.completed += 1
            } catch {
                job.failed += 1
            }
        }
        batches[key] = job
        if job.position >= targets.count {
            finish(key, .completed)
        } else {
            deadlines.insert(.batch(key), at: now + pause)
        }
    }

    /// Notes the end of a job, which is forgotten when the namespace keeps it no longer.
    private func finish(_ key: BatchKey, _ state: APIBatchOperationState) {
        batches[key]?.state = state
        batches[key]?.closeTime = now
        batchTargets[key] = nil
        guard options.expiresClosedRuns, let retention = namespaces[key.namespace]?.retention else { return }
        deadlines.insert(.batchRetention(key, closed: now), at: now + retention)
    }

    private func operate(on target: APIWorkflowExecution, job: BatchJob) throws {
        let (namespace, request) = (job.namespace, job.request)
        let requestID = "\(job.jobID) \(target.workflowID) \(target.runID)"
        switch request.operation {
        case .terminationOperation(let operation):
            _ = try terminate(
                .with {
                    $0.namespace = namespace
                    $0.workflowExecution = target
                    $0.reason = request.reason
                    // The details of the operation go into no history, as on the server.
                    $0.identity = operation.identity
                } as APITerminateWorkflowExecutionRequest
            )
        case .signalOperation(let operation):
            _ = try signal(
                .with {
                    $0.namespace = namespace
                    $0.workflowExecution = target
                    $0.signalName = operation.signal
                    if operation.hasInput { $0.input = operation.input }
                    if operation.hasHeader { $0.header = operation.header }
                    $0.identity = operation.identity
                    $0.requestID = requestID
                }
            )
        case .cancellationOperation(let operation):
            _ = try requestCancel(
                .with {
                    $0.namespace = namespace
                    $0.workflowExecution = target
                    $0.identity = operation.identity
                    $0.requestID = requestID
                } as APIRequestCancelWorkflowExecutionRequest
            )
        case .deletionOperation:
            _ = try delete(
                .with {
                    $0.namespace = namespace
                    $0.workflowExecution = target
                } as APIDeleteWorkflowExecutionRequest
            )
        case .resetOperation(let operation):
            try reset(target, operation, job: job, requestID: requestID)
        case .updateWorkflowOptionsOperation(let operation):
            _ = try updateOptions(
                .with {
                    $0.namespace = namespace
                    $0.workflowExecution = target
                    $0.workflowExecutionOptions = operation.workflowExecutionOptions
                    $0.updateMask = operation.updateMask
                    $0.identity = operation.identity
                } as APIUpdateWorkflowExecutionOptionsRequest
            )
        case .unpauseActivitiesOperation(let operation):
            _ = try unpause(
                .with {
                    $0.namespace = namespace
                    $0.execution = target
                    $0.resetAttempts = operation.resetAttempts
                    $0.resetHeartbeat = operation.resetHeartbeat
                    $0.jitter = operation.jitter
                    if case .type(let type) = operation.activity { $0.type = type } else { $0.unpauseAll = true }
                } as APIUnpauseActivityRequest
            )
        case .resetActivitiesOperation(let operation):
            _ = try reset(
                .with {
                    $0.namespace = namespace
                    $0.execution = target
                    $0.resetHeartbeat = operation.resetHeartbeat
                    $0.keepPaused = operation.keepPaused
                    $0.jitter = operation.jitter
                    $0.restoreOriginalOptions = operation.restoreOriginalOptions
                    if case .type(let type) = operation.activity { $0.type = type } else { $0.matchAll = true }
                } as APIResetActivityRequest
            )
        case .updateActivityOptionsOperation(let operation):
            _ = try updateOptions(
                .with {
                    $0.namespace = namespace
                    $0.execution = target
                    $0.activityOptions = operation.activityOptions
                    $0.updateMask = operation.updateMask
                    $0.restoreOriginal = operation.restoreOriginal
                    if case .type(let type) = operation.activity { $0.type = type } else { $0.matchAll = true }
                } as APIUpdateActivityOptionsRequest
            )
        case .cancelActivitiesOperation(let operation):
            _ = try requestCancel(
                .with {
                    $0.namespace = namespace
                    $0.activityID = target.workflowID
                    $0.runID = target.runID
                    $0.identity = operation.identity
                    $0.reason = operation.reason
                    $0.requestID = requestID
                } as APIRequestCancelActivityExecutionRequest
            )
        case .terminateActivitiesOperation(let operation):
            _ = try terminate(
                .with {
                    $0.namespace = namespace
                    $0.activityID = target.workflowID
                    $0.runID = target.runID
                    $0.identity = operation.identity
                    $0.reason = operation.reason
                    $0.requestID = requestID
                } as APITerminateActivityExecutionRequest
            )
        case .deleteActivitiesOperation:
            _ = try delete(
                .with {
                    $0.namespace = namespace
                    $0.activityID = target.workflowID
                    $0.runID = target.runID
                } as APIDeleteActivityExecutionRequest
            )
        case nil:
            break
        }
    }

    private func reset(
        _ target: APIWorkflowExecution,
        _ operation: APIBatchOperationReset,
        job: BatchJob,
        requestID: String
    ) throws {
        let run = try run(of: target, namespace: job.namespace)
        let point: ResetTarget
        let reapplication: Reapplication
        if operation.hasOptions {
            switch operation.options.target {
            case .firstWorkflowTask: point = .firstWorkflowTask
            case .lastWorkflowTask: point = .lastWorkflowTask
            case .workflowTaskID(let id): point = .event(id)
            case .buildID(let id): point = .buildID(id)
            case nil: throw ServiceError.invalid("reset target is not set")
            }
            reapplication = Reapplication(
                operation.options.resetReapplyType,
                excluding: operation.options.resetReapplyExcludeTypes
            )
        } else {
            switch operation.resetType {
            case .firstWorkflowTask: point = .firstWorkflowTask
            case .lastWorkflowTask: point = .lastWorkflowTask
            case .unspecified, .UNRECOGNIZED: throw ServiceError.invalid("reset type is not set")
            }
            reapplication = Reapplication(operation.resetReapplyType, excluding: [])
        }
        _ = try reset(
            run,
            to: try finishEventID(in: run, for: point),
            reason: job.request.reason,
            requestID: requestID,
            reapplying: reapplication,
            followedBy: operation.postResetOperations
        )
    }

    // MARK: Other RPCs

    private func batch(_ jobID: String, namespace name: String) throws -> BatchKey {
        _ = try namespace(name)
        guard !jobID.isEmpty else { throw ServiceError.invalid("JobId is not set on request.") }
        let key = BatchKey(namespace: name, jobID: jobID)
        guard batches[key] != nil else { throw ServiceError.notFound("workflow not found for ID: \(jobID)") }
        return key
    }

    /// Tells of one batch operation.
    func describe(_ request: APIDescribeBatchOperationRequest) throws -> APIDescribeBatchOperationResponse {
        let key = try batch(request.jobID, namespace: request.namespace)
        return batches[key]?.description ?? APIDescribeBatchOperationResponse()
    }

    /// Ends a batch operation that is not done; what it did stays done.
    func stop(_ request: APIStopBatchOperationRequest) throws -> APIStopBatchOperationResponse {
        let key = try batch(request.jobID, namespace: request.namespace)
        guard !request.reason.isEmpty else { throw ServiceError.invalid("Reason is not set on request.") }
        guard batches[key]?.state == .running else { throw ServiceError.workflowCompleted }
        readClock()
        finish(key, .failed)
        return APIStopBatchOperationResponse()
    }

    /// Lists batch operations, the latest first.
    func list(_ request: APIListBatchOperationsRequest) throws -> APIListBatchOperationsResponse {
        _ = try namespace(request.namespace)
        let page = try TablePage(
            of: batches.numbered.reversed().filter { $0.value.namespace == request.namespace },
            size: request.pageSize,
            token: request.nextPageToken
        )
        return .with {
            $0.operationInfo = page.values.map(\.info)
            $0.nextPageToken = page.token
        }
    }

    /// Reads a page token that is a place in a list.
    ///
    /// - Throws: `INVALID_ARGUMENT` for anything else.
    static func offset(of token: Data) throws -> Int {
        guard !token.isEmpty else { return 0 }
        guard let offset = Int(String(decoding: token, as: UTF8.self)), offset >= 0 else {
            throw ServiceError.invalid("Invalid NextPageToken.")
        }
        return offset
    }
}

extension APIStartBatchOperationRequest {
    /// What the request lists one by one, in either of its two lists.
    fileprivate var targets: [APIWorkflowExecution] {
        executions
            + targetExecutions.map { target in
                .with {
                    $0.workflowID = target.businessID
                    $0.runID = target.runID
                }
            }
    }
}

/// A batch operation in its namespace.
struct BatchKey: Hashable, Codable, Sendable {
    let namespace: String
    let jobID: String
}
