package import Foundation
package import TemporalClient

/// A reset of many customers, as an operator asks for it.
package struct BatchReset: Sendable {
    /// Where each run is taken up.
    package enum Kind: String, Sendable, CaseIterable {
        case firstWorkflowTask = "FirstWorkflowTask"
        case lastWorkflowTask = "LastWorkflowTask"
        case lastContinuedAsNew = "LastContinuedAsNew"
        case buildID = "BuildId"
        case beforeTime = "BeforeTime"
        case beforeSignal = "BeforeSignal"
    }

    /// Which runs.
    package var query: String
    /// Why.
    package var reason: String
    /// Where they are taken up.
    package var kind: Kind
    /// For ``Kind/beforeTime``: the time.
    package var time: Date?
    /// For ``Kind/beforeSignal``: the name of the signal.
    package var signal: String?
    /// For ``Kind/buildID``: the build id.
    package var buildID: String?
    /// What is not reapplied; `nil` for what suits the kind.
    package var exclusions: [ResetReapplyExclusion]?

    /// Describes a reset.
    package init(
        query: String,
        reason: String,
        kind: Kind,
        time: Date? = nil,
        signal: String? = nil,
        buildID: String? = nil,
        exclusions: [ResetReapplyExclusion]? = nil
    ) {
        self.query = query
        self.reason = reason
        self.kind = kind
        self.time = time
        self.signal = signal
        self.buildID = buildID
        self.exclusions = exclusions
    }

    /// How the operation ended.
    package struct Summary: Sendable, Hashable {
        /// The runs that were reset.
        package var reset = 0
        /// The runs that were left as they are, with the reasons.
        package var skipped: [String] = []
        /// The runs that could not be reset, with the reasons.
        package var failed: [String] = []
    }

    /// The kinds that the service itself offers for many runs.
    private var servicePoint: ResetPoint? {
        switch kind {
        case .firstWorkflowTask: .firstWorkflowTask
        case .lastWorkflowTask: .lastWorkflowTask
        case .buildID: .buildID(buildID ?? "")
        case .lastContinuedAsNew, .beforeTime, .beforeSignal: nil
        }
    }

    private var pointwise: PointwiseReset {
        let rule: ResetRule =
            switch kind {
            case .beforeTime: .before(time ?? .now)
            case .beforeSignal: .before(signal: signal ?? "")
            case .lastContinuedAsNew: .point(.lastContinuedAsNew)
            case .firstWorkflowTask, .lastWorkflowTask, .buildID: .point(servicePoint ?? .lastWorkflowTask)
            }
        let isBefore = kind == .beforeTime || kind == .beforeSignal
        return PointwiseReset(
            query: query,
            rule: rule,
            reason: reason,
            reapplyExclusions: exclusions ?? (isBefore ? [.signals] : [])
        )
    }

    /// Says for each run what would be done to it. Nothing is changed.
    ///
    /// - Parameters:
    ///   - client: Lists the runs and reads their histories.
    ///   - print: Takes the lines.
    /// - Returns: What would be done. Nothing is reset, so `reset` counts the runs that would be.
    package func dryRun(_ client: TemporalClient, print: (String) -> Void) async throws -> Summary {
        var summary = Summary()
        for try await item in pointwise.preview(with: client) {
            let (id, run) = (item.execution.id, item.execution.runID)
            print("received: \(id) \(run)")
            print("resetType: \(kind.rawValue)")
            switch item.outcome {
            case .wouldReset(let target), .reset(_, let target):
                let base = target.runID ?? run
                print("WorkflowTaskFinishEventId for reset: \(id) \(run) \(base) \(target.eventID)")
                print("dry run to reset wid: \(id), rid:\(run) to baseRunId:\(base), eventId:\(target.eventID)")
                if !target.resentSignals.isEmpty {
                    print(
                        "signals to be sent again: \(target.resentSignals.map(\.description).joined(separator: ", "))"
                    )
                }
                summary.reset += 1
            case .skipped(let why):
                print("left as it is: \(why)")
                summary.skipped.append("\(id): \(why)")
            case .failed(let error):
                print("cannot be looked at: \(error)")
                summary.failed.append("\(id): \(error)")
            }
        }
        return summary
    }

    /// Resets the runs: by a batch operation of the service where it offers the kind, else one by one.
    ///
    /// - Parameters:
    ///   - client: What does it.
    ///   - progress: Told how many are done, of how many.
    /// - Returns: How it ended.
    package func run(_ client: TemporalClient, progress: (Int, Int) -> Void) async throws -> Summary {
        var summary = Summary()
        guard let servicePoint else {
            for try await item in pointwise.run(with: client) {
                switch item.outcome {
                case .reset, .wouldReset: summary.reset += 1
                case .skipped(let why): summary.skipped.append("\(item.execution.id): \(why)")
                case .failed(let error): summary.failed.append("\(item.execution.id): \(error)")
                }
                progress(item.done, item.total)
            }
            return summary
        }
        let operation = try await client.batch.reset(
            .query(query),
            to: servicePoint,
            excludingFromReapply: exclusions ?? [],
            reason: reason
        )
        for try await description in operation.progress(every: .milliseconds(200)) {
            progress(description.completed + description.failed, description.total)
            summary.reset = description.completed
            guard description.state != .running else { continue }
            if description.failed > 0 {
                summary.failed = ["\(description.failed) runs: see 'temporal batch describe --job-id \(operation.id)'"]
            } else if description.state == .failed {
                summary.failed = ["The batch operation \(operation.id) was stopped."]
            }
        }
        return summary
    }
}
