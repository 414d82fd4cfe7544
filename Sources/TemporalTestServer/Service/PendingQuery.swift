import TemporalAPI

/// A query that waits for its answer.
struct PendingQuery {
    let run: Int
    let query: APIWorkflowQuery
    let reply: Reply<APIQueryWorkflowResponse>
}
