import Foundation
package import Temporal
package import TemporalAPI

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
        PagedResults(self, query, pageSize, { try await $0.listWorkflows($1, next: $2) }) { input in
            var request = APIListWorkflowExecutionsRequest()
            request.namespace = namespace
            request.query = input.query
            request.pageSize = Int32(clamping: input.pageSize)
            request.nextPageToken = input.pageToken
            let page = try await call(.listWorkflowExecutions, request)
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
        try await throughInterceptors(
            interceptors[...],
            CountInput(query: query),
            { try await $0.countWorkflows($1, next: $2) },
            { try await count($0.query) }
        )
    }

    private func count(_ query: String) async throws -> ExecutionCount {
        var request = APICountWorkflowExecutionsRequest()
        request.namespace = namespace
        request.query = query
        let response = try await call(.countWorkflowExecutions, request)
        return try ExecutionCount(
            Int(response.count),
            response.groups.map { ($0.groupValues, $0.count) },
            converter
        )
    }
}

/// A number of workflow runs, or of other things that a list filter selects.
public struct ExecutionCount: Sendable, Hashable {
    /// Those that have the same values of what a query groups by.
    public struct Group: Sendable, Hashable {
        /// The values as text, such as `Running` or `true`.
        public let values: [String]

        /// Their number.
        public let count: Int
    }

    /// The number of all that the query selects.
    public let total: Int

    /// The number in each group; empty if the query does not group.
    public let groups: [Group]

    /// Reads what the service counted.
    ///
    /// - Throws: `PayloadConversionError` if what is grouped by is text that cannot be read.
    package init(_ total: Int, _ groups: [([APIPayload], Int64)], _ converter: PayloadConverter) throws {
        self.total = total
        self.groups = try groups.map { values, count in
            let texts = try values.map { value in
                let payload = Payload(value)
                // What is no text is written as it is: `true`, `12`.
                if payload.data.first != UInt8(ascii: "\"") { return String(decoding: payload.data, as: UTF8.self) }
                return try converter.decode(payload, as: String.self)
            }
            return Group(values: texts, count: Int(count))
        }
    }
}
