import Temporal
import TemporalAPI

extension TemporalClient {
    /// The workflow runs of the namespace, the latest started first.
    ///
    /// What is listed may lag a little behind what has happened.
    ///
    /// - Parameters:
    ///   - query: Which ones, as a
    ///     [list filter](https://docs.temporal.io/list-filter), such as `WorkflowType = 'Loyalty' AND points >= 1000`;
    ///     empty for all.
    ///   - pageSize: The number of runs that one call to the service asks for. Default: 1,000.
    /// - Returns: The runs. The loop over them throws `RPCError` with the code `invalidArgument` for a query that the
    ///   service cannot read, and `RPCError` for anything else.
    public func listWorkflows(_ query: String = "", pageSize: Int = 1000) -> PagedResults<WorkflowExecution> {
        PagedResults { token in
            var request = APIListWorkflowExecutionsRequest()
            request.namespace = namespace
            request.query = query
            request.pageSize = Int32(clamping: pageSize)
            request.nextPageToken = token
            let page = try await service.call(.listWorkflowExecutions, request, options: .default)
            let runs = page.executions.map { WorkflowExecution($0, namespace: namespace, converter: converter) }
            return (runs, page.nextPageToken)
        }
    }

    /// Counts workflow runs.
    ///
    /// - Parameter query: Which ones, as a [list filter](https://docs.temporal.io/list-filter), empty for all. It may end
    ///   with `GROUP BY ExecutionStatus`.
    /// - Returns: The number, and that of each group.
    /// - Throws: `RPCError` with the code `invalidArgument` for a query that the service cannot read, `RPCError` for
    ///   anything else.
    public func countWorkflows(_ query: String = "") async throws -> ExecutionCount {
        var request = APICountWorkflowExecutionsRequest()
        request.namespace = namespace
        request.query = query
        let response = try await service.call(.countWorkflowExecutions, request, options: .default)
        return ExecutionCount(
            total: Int(response.count),
            groups: try response.groups.map { group in
                try ExecutionCount.Group(group.groupValues, count: group.count, converter: converter)
            }
        )
    }
}

/// A number of workflow runs, or of activities that clients started.
public struct ExecutionCount: Sendable, Hashable {
    /// Those that have the same values of what a query groups by.
    public struct Group: Sendable, Hashable {
        /// The values, such as `Running`.
        public let values: [String]

        /// The number.
        public let count: Int

        init(_ values: [APIPayload], count: Int64, converter: PayloadConverter) throws {
            self.values = try values.map { try converter.decode(Payload($0), as: String.self) }
            self.count = Int(count)
        }
    }

    /// The number of all that the query selects.
    public let total: Int

    /// The number in each group; empty if the query does not group.
    public let groups: [Group]
}
