import TemporalAPI

/// A query that waits for its answer.
struct PendingQuery {
    let run: Int
    let query: APIWorkflowQuery
    let reply: Reply<APIQueryWorkflowResponse>

    /// Who has it as a task of its own; `nil` if nobody has.
    var identity: String?

    /// Whether they have it from a sticky queue.
    var isSticky = false

    /// Whether whoever has it cannot answer it, for now or at all: then it does not hold the clock.
    var isUnattended = false
}
