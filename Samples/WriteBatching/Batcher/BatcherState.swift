/// How a batcher works.
package struct BatcherSettings: Codable, Sendable, Hashable {
    /// The number of requests that a batch is written with at once.
    package var batchSize = 100
    /// How many seconds the first request of a batch waits for others.
    package var waitSeconds = 20.0
    /// How often a batch that could not be written is tried, each time with the attempts of the activity.
    package var writeRounds = 3
    /// How often a confirmation is tried. One that cannot be delivered by then is given up: its caller is gone.
    package var confirmationAttempts = 5
    /// The number of confirmations that are remembered, so that a request that is sent again is confirmed again.
    package var rememberedConfirmations = 2000
    /// How many runs may follow each other without a batch written before one is written in any case.
    package var cycleLimit = 10

    package init() {}
}

/// What a batcher knows, and hands on to the run that continues it.
package struct BatcherState: Codable, Sendable, Hashable {
    /// A request that is to be written, and how often that failed.
    struct Pending: Codable, Sendable, Hashable {
        var request: WriteRequest
        var failedRounds = 0
    }

    /// A confirmation that is to be delivered, and how often that failed.
    struct Undelivered: Codable, Sendable, Hashable {
        /// Tells it from others.
        var number: Int
        var workflowID: String
        var confirmation: WriteConfirmation
        var attempts = 0
    }

    /// How it works.
    package var settings = BatcherSettings()
    /// What is to be written, in the order of its arrival.
    var pending: [Pending] = []
    /// What is to be confirmed.
    var undelivered: [Undelivered] = []
    /// The confirmations of the last requests, the oldest first.
    var confirmed: [WriteConfirmation] = []
    /// The number of batches that were written.
    var batches = 0
    /// The number of requests that were written.
    var written = 0
    /// The number of confirmations up to now.
    var confirmations = 0
    /// The number of confirmations that were given up.
    var abandoned = 0
    /// The number of runs that this one follows.
    var cycle = 0
    /// The number of runs in a row in which no batch was written.
    var idleCycles = 0

    /// The beginning.
    package init(settings: BatcherSettings = BatcherSettings()) {
        self.settings = settings
    }

    /// Takes a request, unless it is known.
    mutating func accept(_ request: WriteRequest) {
        if let confirmation = confirmed.last(where: { $0.requestID == request.requestID }) {
            // It was written before: its caller may not have heard of it.
            confirm(confirmation, to: request.workflowID)
        } else if !pending.contains(where: { $0.request.requestID == request.requestID }) {
            pending.append(Pending(request: request))
        }
    }

    /// Notes that a batch was written, and who is to be told.
    mutating func wrote(_ batch: [Pending], as id: String) {
        batches += 1
        written += batch.count
        idleCycles = 0
        settle(batch, batchID: id, failure: nil)
    }

    /// Puts a batch that could not be written back, except what has been tried often enough: its callers are told.
    mutating func couldNotWrite(_ batch: [Pending], as id: String, because reason: String) {
        let tried = batch.map { Pending(request: $0.request, failedRounds: $0.failedRounds + 1) }
        let lost = tried.filter { $0.failedRounds >= settings.writeRounds }
        pending.insert(contentsOf: tried.filter { $0.failedRounds < settings.writeRounds }, at: 0)
        settle(lost, batchID: id, failure: reason)
    }

    private mutating func confirm(_ confirmation: WriteConfirmation, to workflowID: String) {
        confirmations += 1
        undelivered.append(
            Undelivered(number: confirmations, workflowID: workflowID, confirmation: confirmation)
        )
    }

    private mutating func settle(_ batch: [Pending], batchID: String, failure: String?) {
        for item in batch {
            let confirmation = WriteConfirmation(
                requestID: item.request.requestID,
                batchID: batchID,
                batchSize: batch.count,
                failure: failure
            )
            confirm(confirmation, to: item.request.workflowID)
            // A request that failed may be sent again, and is tried again then.
            if failure == nil { confirmed.append(confirmation) }
        }
        let surplus = confirmed.count - settings.rememberedConfirmations
        if surplus > 0 { confirmed.removeFirst(surplus) }
    }
}

/// What a batcher tells of itself.
package struct BatcherStatistics: Codable, Sendable, Hashable {
    /// The number of requests to be written.
    package var pendingWrites: Int
    /// The number of batches written.
    package var processedBatches: Int
    /// The number of requests written.
    package var writtenRequests: Int
    /// The number of requests that this run was sent, repetitions included.
    package var sessionSignalsReceived: Int
    /// The number of requests whose repetition would be noticed.
    package var trackedRequestIDs: Int
    /// The number of runs before this one.
    package var continueAsNewCycle: Int
    /// Whether the service suggests to continue as new.
    package var isContinueAsNewSuggested: Bool
    /// The number of confirmations still to be delivered.
    package var undeliveredConfirmations: Int
    /// The number of confirmations that could not be delivered.
    package var abandonedConfirmations: Int
}
