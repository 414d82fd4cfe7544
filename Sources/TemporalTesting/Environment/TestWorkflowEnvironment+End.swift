import Foundation
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalWorker

/// What is looked at when a test is over.
extension TestWorkflowEnvironment {
    /// Does what has to be done at the end of a test although the test may have been cancelled, such as by its time limit:
    /// in a task of its own. Once the test is cancelled, it has half a minute.
    func shielded<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
        let work = Task(executorPreference: threads) { await body() }
        return await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            // A service that does not answer may not keep the test for ever.
            Task {
                try await Task.sleep(for: .seconds(30))
                work.cancel()
            }
        }
    }

    // MARK: Runs

    /// All runs of the test, in the order in which they were started.
    ///
    /// - Parameter terminatesOpen: Whether those that are open are terminated, where they would stay on the service.
    func knownRuns(terminatesOpen: Bool = false) async -> [KnownRun] {
        guard let book else {
            return (["default"] + options.otherNamespaces).flatMap { namespace in
                server.runs(in: namespace).map { run in
                    KnownRun(
                        namespace: namespace,
                        workflowID: run.workflowID,
                        runID: run.runID,
                        workflowType: run.workflowType,
                        events: server.history(workflowID: run.workflowID, runID: run.runID, namespace: namespace)
                    )
                }
            }
        }
        var runs: [KnownRun] = []
        // What a history tells of others goes to the end of the book.
        while var run = book.run(at: runs.count) {
            let handle = client.workflowHandle(id: run.workflowID, runID: run.runID)
            do {
                run.events = try await handle.history().proto.events
                for other in run.others where other.namespace == client.namespace { book.note(other) }
            } catch {
                mocks.note("The history of workflow '\(run.workflowID)' cannot be had: \(error)")
            }
            if terminatesOpen, run.events.last?.eventType.isClose != true { await terminate(handle) }
            runs.append(run)
        }
        return runs
    }

    private func terminate(_ handle: UntypedWorkflowHandle) async {
        do {
            try await handle.terminate(reason: "The test is over.")
        } catch is WorkflowNotFoundError {
            // It has ended meanwhile.
        } catch {
            mocks.note("Workflow '\(handle.id)' stays open on the service, as it cannot be terminated: \(error)")
        }
    }

    // MARK: Services that outlive the test

    /// Gives the service what the options ask of it; the one in memory has its search attributes from the start.
    func prepareBackend() async throws {
        if !isInMemory, !options.searchAttributes.isEmpty {
            try await client.operator.addSearchAttributes(options.searchAttributes)
            try await waitUntilKnown(options.searchAttributes.keys.sorted())
        }
        for endpoint in options.nexusEndpoints { try await createNexusEndpoint(endpoint) }
    }

    /// A service takes a moment to know search attributes.
    private func waitUntilKnown(_ names: [String]) async throws {
        let query = names.map { "`\($0)` IS NOT NULL" }.joined(separator: " AND ")
        for attempt in 1... {
            do {
                _ = try await client.countWorkflows(query)
                return
            } catch let error as RPCError where error.code == .invalidArgument && attempt < 100 {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Takes away what the test has made on a service that outlives it.
    func cleanBackend() async {
        for endpoint in endpoints.withLock({ $0 }) {
            do {
                try await client.operator.deleteNexusEndpoint(endpoint)
            } catch let error as RPCError where error.code == .notFound {
                // The test has done it.
            } catch {
                mocks.note("The Nexus endpoint '\(endpoint.name)' stays on the service: \(error)")
            }
        }
    }

    /// Finds out whether histories are sound, and whether the code fits them.
    func check(_ runs: [KnownRun]) async {
        for run in runs {
            do {
                try HistoryValidator.validate(run.events)
            } catch {
                mocks.note(
                    "The history of workflow '\(run.workflowID)' is none that a Temporal Service writes. \(error)"
                )
            }
            options.coverage?.note(run)
        }
        guard options.replaysHistories else { return }
        var replayers: [Replayed: WorkflowReplayer] = [:]
        for run in runs where !mocks.hasMocked(runID: run.runID) {
            let key = Replayed(namespace: run.namespace, code: team.placeOfCode(for: run))
            let workflows = team.code(at: key.code).workflows
            guard workflows.contains(where: { isDynamic($0) || name(of: $0) == run.workflowType }) else { continue }
            let replayer =
                replayers[key]
                ?? WorkflowReplayer(
                    workflows: workflows,
                    namespace: run.namespace,
                    dataConverter: options.dataConverter,
                    workflowFailureRules: options.workflowFailureRules,
                    workflowInterceptors: options.workflowInterceptors,
                    logger: options.logger,
                    deadlockTimeout: options.deadlockTimeout,
                    plugins: options.workerPlugins
                )
            replayers[key] = replayer
            do {
                try await replayer.replay(run.events, workflowID: run.workflowID, runID: run.runID)
            } catch {
                mocks.note("\(error)")
            }
        }
    }

    /// What a replayer is for.
    private struct Replayed: Hashable {
        var namespace: String
        /// The place of its code.
        var code: Int
    }

    // MARK: Reports

    /// What the code of each open run waits for, by run.
    func waitsOfOpenRuns() async -> [String: String] {
        guard isInMemory else { return [:] }
        var waits: [String: String] = [:]
        for (run, work) in server.pendingWork() where !work.contains(where: { $0.contains("workflow task") }) {
            waits[run.runID] = await codeWaits(of: run, server, options)
        }
        return waits
    }

    /// What the open runs wait for, in words.
    func pendingWork(_ waits: [String: String]) -> [String] {
        server.pendingWork().map { run, work in
            let place = run.namespace == client.namespace ? "" : " in namespace '\(run.namespace)'"
            var lines = ["workflow '\(run.workflowID)' (\(run.workflowType))\(place)"]
            lines += work.map { "  \($0)" }
            lines += (waits[run.runID] ?? "").split(separator: "\n").map { "  code: \($0)" }
            return lines.joined(separator: "\n")
        }
    }

    /// All events of all runs in the order in which they happened, on the environment's clock.
    func timeline(_ runs: [KnownRun]) -> [String] {
        var events: [(event: APIHistoryEvent, run: KnownRun)] = []
        for run in runs { events += run.events.map { ($0, run) } }
        if isInMemory {
            // The service numbers its tasks as they come.
            events.sort { $0.event.taskID < $1.event.taskID }
        } else {
            events.sort { HistoryEvent($0.event).time < HistoryEvent($1.event).time }
        }
        return events.map { event, run in
            let time = offset(HistoryEvent(event).time.timeIntervalSince(startTime))
            return "+\(time) \(run.workflowID) \(event.eventID) \(HistoryText.line(of: event))"
        }
    }

    /// All events of all runs so far in words, in the order in which they happened: the time since the test began, the
    /// workflow, the number of the event, what happened. The same test with the same seed has the same timeline.
    public func timeline() async -> String {
        await timeline(knownRuns()).joined(separator: "\n")
    }

    func describeHistories(_ runs: [KnownRun]) -> String {
        runs.map { run in
            let events = WorkflowHistory(workflowID: run.workflowID, runID: run.runID, events: run.events)
            return "History of workflow '\(run.workflowID)' (\(run.workflowType)), run '\(run.runID)':\n"
                + events.map { "  \($0)" }.joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

private func name<Definer: Workflow>(of type: Definer.Type) -> String {
    type.definition.name
}

private func isDynamic<Definer: Workflow>(_ type: Definer.Type) -> Bool {
    type.definition.isDynamic
}
