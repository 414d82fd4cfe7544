import TemporalAPI

/// An update of a run.
struct Update: Codable, Sendable {
    /// How far the update is.
    enum Stage: Codable, Sendable {
        /// Waits for a workflow task to carry it.
        case admitted

        /// The started workflow task carries it.
        case sent

        /// The workflow took it on.
        case accepted(eventID: Int64)

        /// The workflow is done with it, or did not take it on.
        case completed(APIUpdateOutcome)
    }

    let request: APIUpdateRequest
    var stage = Stage.admitted
    var waiters: [UpdateWaiter] = []

    /// Whether an event tells the worker of the request, and no message does, as after a reset; `nil` for no.
    var isToldByEvent: Bool?

    /// Whether the workflow has taken it on, so that the history tells of it; `nil` in what older versions have stored.
    var isAccepted: Bool? = false

    private enum CodingKeys: CodingKey { case request, stage, isToldByEvent, isAccepted }

    /// The stage as callers see it.
    var lifecycleStage: APIUpdateWorkflowExecutionLifecycleStage {
        switch stage {
        case .admitted, .sent: .admitted
        case .accepted: .accepted
        case .completed: .completed
        }
    }
}

/// A call that waits for an update.
struct UpdateWaiter: Sendable {
    let reply: ParkedReply

    /// Which stage is enough.
    let stage: APIUpdateWorkflowExecutionLifecycleStage

    /// Answers with what there is now.
    let answer: @Sendable (Run, Update) -> Void
}
