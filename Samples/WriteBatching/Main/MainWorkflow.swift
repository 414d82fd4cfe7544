package import Temporal

/// What a main workflow is started with.
package struct MainInput: Codable, Sendable, Hashable {
    /// What it wants written.
    package var data: String
    /// The batchers.
    package var shards: Shards
    /// How many seconds it waits for the confirmation.
    package var confirmationSeconds = 120.0

    package init(data: String, shards: Shards) {
        self.data = data
        self.shards = shards
    }
}

/// A workflow that works, has something written with others' writes, and works on when it is written.
@Workflow
package actor MainWorkflow {
    /// How far it is.
    package enum Status: String, Codable, Sendable {
        case started, submitting, waiting, finishing, completed
    }

    private var current = Status.started
    private var confirmation: WriteConfirmation?

    /// Does its work.
    ///
    /// - Returns: What it did, in a line.
    package func run(_ input: MainInput) async throws -> String {
        let info = context.info
        let first = try await work("initial_processing")
        let request = WriteRequest(
            requestID: "\(info.workflowID)-\(info.runID)-write-request",
            workflowID: info.workflowID,
            data: input.data,
            submittedAt: context.now
        )
        current = .submitting
        try await submit(request, to: input.shards.batcher(for: info.workflowID))
        current = .waiting
        let written = try await awaitConfirmation(input.confirmationSeconds)
        current = .finishing
        let last = try await work("final_processing")
        current = .completed
        return "TRANSACTION_SUCCESS: Workflow \(info.workflowID) completed: \(first) -> DB Write (batch: "
            + "\(written.batchID), request: \(written.requestID)) -> \(last)"
    }

    /// Tells that the request was written, or was not.
    @Signal(name: "write_confirmation")
    package func confirm(_ confirmation: WriteConfirmation) {
        // A confirmation may come twice; the first one counts.
        self.confirmation = self.confirmation ?? confirmation
    }

    /// How far it is.
    @Query(name: "get_status")
    package func status() -> Status { current }

    private func work(_ phase: String) async throws -> String {
        try await context.executeActivity(
            WorkActivities.simulateWork,
            context.info.workflowID,
            phase,
            startToCloseTimeout: .seconds(10),
            retryPolicy: RetryPolicy(maximumAttempts: 3)
        )
    }

    /// Sends the request, three times at most: the batcher may be about to be started.
    private func submit(_ request: WriteRequest, to batcher: String) async throws {
        for attempt in 1...3 {
            do {
                try await context.externalWorkflow(id: batcher).signal(Batcher.add, request)
                return
            } catch is ExternalWorkflowError where attempt < 3 {
                try await context.sleep(.seconds(attempt))
            } catch let error as ExternalWorkflowError {
                throw ApplicationError(
                    "Could not submit write request to batcher '\(batcher)' after retries: \(error.message)",
                    type: "SIGNAL_DELIVERY_FAILED",
                    nonRetryable: true
                )
            }
        }
    }

    private func awaitConfirmation(_ seconds: Double) async throws -> WriteConfirmation {
        try await context.waitCondition(timeout: .seconds(seconds)) { self.confirmation != nil }
        guard let confirmation else {
            throw ApplicationError(
                "Database write was not confirmed within timeout",
                type: "WRITE_CONFIRMATION_TIMEOUT",
                nonRetryable: true
            )
        }
        if let failure = confirmation.failure {
            throw ApplicationError(
                "Database write failed: \(failure)",
                type: "DATABASE_WRITE_FAILED",
                nonRetryable: true
            )
        }
        return confirmation
    }
}
