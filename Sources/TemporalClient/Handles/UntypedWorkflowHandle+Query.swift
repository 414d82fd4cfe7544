import Temporal
import TemporalAPI

/// The states of a workflow in which a query is not asked.
public struct QueryRejectCondition: Sendable, Hashable {
    let proto: APIQueryRejectCondition

    /// The query is always asked, of closed workflows too. The default.
    public static let none = QueryRejectCondition(proto: .none)
    /// The query is not asked of a workflow that is closed.
    public static let notOpen = QueryRejectCondition(proto: .notOpen)
    /// The query is not asked of a workflow that closed without completing.
    public static let notCompletedCleanly = QueryRejectCondition(proto: .notCompletedCleanly)
}

extension UntypedWorkflowHandle {
    /// Asks the workflow for something. A worker must run to answer; the query leaves no trace in the history.
    ///
    /// - Parameters:
    ///   - name: The name of the query.
    ///   - input: Its arguments.
    ///   - type: The type of the answer.
    ///   - rejectCondition: The states of the workflow in which it is not asked.
    /// - Returns: The answer.
    /// - Throws: ``QueryFailedError`` if the workflow cannot answer, ``QueryRejectedError`` if `rejectCondition` holds,
    ///   ``WorkflowNotFoundError`` if the workflow is not there, `PayloadConversionError` if a value cannot be
    ///   converted, `RPCError` for anything else, such as no worker in time.
    public func query<each Input: Codable & Sendable, Output: Codable & Sendable>(
        _ name: String,
        _ input: repeat each Input,
        as type: Output.Type = Output.self,
        rejectCondition: QueryRejectCondition = .none
    ) async throws -> Output {
        let payloads = try await query(name, try encode(repeat each input), rejectCondition)
        var answer = ArgumentReader(payloads, converter: converter, of: "The answer of query '\(name)'")
        return try answer.next(type)
    }

    /// Asks with encoded arguments for the encoded answer.
    func query(
        _ name: String,
        _ input: [Payload],
        _ rejectCondition: QueryRejectCondition
    ) async throws -> [Payload] {
        try await throughInterceptors(
            client.interceptors[...],
            WorkflowMessageInput(workflowID: id, runID: runID, name: name, arguments: input),
            { try await $0.queryWorkflow($1, next: $2) },
            { try await ask($0, rejectCondition) }
        )
    }

    private func ask(
        _ query: WorkflowMessageInput,
        _ rejectCondition: QueryRejectCondition
    ) async throws -> [Payload] {
        let name = query.name
        var request = APIQueryWorkflowRequest()
        request.namespace = client.namespace
        request.execution = execution(runID)
        request.query.queryType = name
        if !query.arguments.isEmpty { request.query.queryArgs = APIPayloads(query.arguments) }
        if !query.headers.isEmpty { request.query.header.fields = query.headers.mapValues(\.proto) }
        request.queryRejectCondition = rejectCondition.proto
        let response = try await mapErrors {
            do {
                return try await client.call(.queryWorkflow, request)
            } catch let error as RPCError where error.code == .invalidArgument {
                guard let detail = error.detail(APIQueryFailedFailure.self) else { throw error }
                throw QueryFailedError(
                    workflowID: id,
                    query: name,
                    message: error.message,
                    cause: detail.hasFailure ? client.failureConverter.error(detail.failure) : nil
                )
            }
        }
        if response.hasQueryRejected {
            throw QueryRejectedError(
                workflowID: id,
                query: name,
                status: WorkflowStatus(response.queryRejected.status)
            )
        }
        return response.queryResult.values
    }
}
