import Logging
package import Temporal

/// Collects what many workflows want written, and writes it in batches.
///
/// It runs for ever, as a chain of runs that continue each other before their histories grow too long.
@Workflow
package actor Batcher {
    private var state: BatcherState
    private var received = 0
    private var writing: [BatcherState.Pending] = []

    package init(context: WorkflowContext, input state: BatcherState) {
        self.context = context
        self.state = state
    }

    /// Writes and confirms until it continues as new.
    ///
    /// - Parameter state: What the run before left.
    package func run(_ state: BatcherState) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.writeBatches() }
            group.addTask { try await self.deliverConfirmations() }
            try await group.waitForAll()
        }
        // What is pending goes with the state: nothing is lost, and nothing is written in a hurry.
        self.state.cycle += 1
        self.state.idleCycles += 1
        try context.continueAsNew(Batcher.self, self.state)
    }

    /// Takes a request. One that is sent again is not written again.
    @Signal(name: "add_write_request")
    package func add(_ request: WriteRequest) {
        received += 1
        // Those that are being written right now are no longer pending, and not confirmed yet.
        guard !writing.contains(where: { $0.request.requestID == request.requestID }) else { return }
        state.accept(request)
    }

    /// How it stands.
    @Query(name: "get_stats")
    package func statistics() -> BatcherStatistics {
        BatcherStatistics(
            pendingWrites: state.pending.count + writing.count,
            processedBatches: state.batches,
            writtenRequests: state.written,
            sessionSignalsReceived: received,
            trackedRequestIDs: state.pending.count + writing.count + state.confirmed.count,
            continueAsNewCycle: state.cycle,
            isContinueAsNewSuggested: context.isContinueAsNewSuggested,
            undeliveredConfirmations: state.undelivered.count,
            abandonedConfirmations: state.abandoned
        )
    }

    /// Whether a request was written, as far as that is remembered.
    @Query(name: "is_request_processed")
    package func isProcessed(_ requestID: String) -> Bool {
        state.confirmed.contains { $0.requestID == requestID }
    }

    /// Whether to continue as new now. After too many runs that wrote nothing, a batch comes first.
    private var mustContinue: Bool {
        context.isContinueAsNewSuggested && (!mustWrite || state.pending.isEmpty)
    }

    private var mustWrite: Bool { state.idleCycles >= state.settings.cycleLimit }

    // MARK: Writing

    private func writeBatches() async throws {
        while true {
            try await context.waitCondition { !self.state.pending.isEmpty || self.mustContinue }
            // The first request waits for others.
            try await context.waitCondition(timeout: .seconds(state.settings.waitSeconds)) {
                self.state.pending.count >= self.state.settings.batchSize || self.mustContinue || self.mustWrite
            }
            if mustContinue { return }
            try await writeBatch()
        }
    }

    private func writeBatch() async throws {
        writing = Array(state.pending.prefix(state.settings.batchSize))
        state.pending.removeFirst(writing.count)
        // The number goes on over all runs, so that each batch has a name of its own.
        let id = "batch-\(state.batches + 1)"
        let failure: String?
        do {
            _ = try await context.executeActivity(
                DatabaseActivities.writeBatch,
                writing.map(\.request),
                id,
                startToCloseTimeout: .seconds(30),
                retryPolicy: RetryPolicy(
                    initialInterval: .seconds(1),
                    backoffCoefficient: 2,
                    maximumInterval: .seconds(10),
                    maximumAttempts: 3
                ),
                summary: "\(id): \(writing.count) requests"
            )
            failure = nil
        } catch let error as ActivityError {
            failure = (error.cause as? any TemporalError)?.message ?? error.message
        }
        let batch = writing
        writing = []
        if let failure {
            context.logger.warning("\(id) could not be written: \(failure)")
            state.couldNotWrite(batch, as: id, because: failure)
        } else {
            state.wrote(batch, as: id)
        }
    }

    // MARK: Confirming

    /// Tells the callers, each in a task of its own, so that one that is gone does not hold up the others.
    private func deliverConfirmations() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            // What the run before left is begun anew.
            var begun = 0
            while true {
                let last = begun
                try await context.waitCondition {
                    (self.state.undelivered.last?.number ?? 0) > last || self.mustContinue
                }
                if mustContinue { break }
                for item in state.undelivered where item.number > begun {
                    group.addTask { try await self.deliver(item) }
                }
                begun = state.undelivered.last?.number ?? begun
            }
            try await group.waitForAll()
        }
    }

    /// Tells one caller, again and again until it arrives, the attempts are used up, or the run continues as new.
    private func deliver(_ item: BatcherState.Undelivered) async throws {
        for attempt in (item.attempts + 1)...max(state.settings.confirmationAttempts, item.attempts + 1) {
            do {
                try await context.externalWorkflow(id: item.workflowID).signal(MainWorkflow.confirm, item.confirmation)
                return state.undelivered.removeAll { $0.number == item.number }
            } catch is ExternalWorkflowError {
                if let index = state.undelivered.firstIndex(where: { $0.number == item.number }) {
                    state.undelivered[index].attempts = attempt
                }
            }
            // Longer each time: 1, 2, 4 seconds and so on.
            let wait = Duration.seconds(1 << min(attempt - 1, 5))
            guard try await !context.waitCondition(timeout: wait, { self.mustContinue }) else { return }
        }
        state.abandoned += 1
        state.undelivered.removeAll { $0.number == item.number }
        context.logger.warning("Workflow '\(item.workflowID)' is gone: its confirmation is given up.")
    }
}
