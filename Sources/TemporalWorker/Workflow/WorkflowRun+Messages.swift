import Logging
import SwiftProtobuf
import Synchronization
package import Temporal
import TemporalAPI

/// A signal or update handler at work.
struct RunningHandler {
    /// Tells it from the others of the run.
    let number: Int
    /// The message in words: "update 'raise' (u1)".
    let label: String
    /// Whether somebody waits for the outcome.
    let isUpdate: Bool
    /// What is done where the run closes before it has ended.
    let policy: UnfinishedHandlerPolicy
    /// What runs it.
    var task: Task<Void, Never>?
}

/// Signals, queries and updates.
extension WorkflowRun {
    package var allHandlersFinished: Bool { runningHandlers.isEmpty }

    package func setHandler(_ handler: BoundHandler) throws {
        try checkMayAct("set a handler")
        handlers.set(handler)
        let waiting = unhandledSignals
        unhandledSignals = []
        for signal in waiting { startSignal(signal) }
    }

    // MARK: Signals

    /// Starts the handler of a signal, or keeps the signal until there is one.
    func startSignal(_ attributes: APIWorkflowExecutionSignaledEventAttributes) {
        let name = attributes.signalName
        guard let handler = handlers.signal(name) else {
            unhandledSignals.append(attributes)
            logger.warning(
                "No handler for signal '\(name)': it is kept until there is one. Known signals: [\(list(handlers.signalNames))]."
            )
            return
        }
        let input = HandleMessageInput(
            context: WorkflowContext(self),
            name: name,
            arguments: attributes.input.values,
            headers: attributes.header.fields.mapValues(Payload.init)
        )
        start(MessageScope(label: "signal '\(name)'", update: nil), handler.policy) { [self] in
            do {
                try await throughInterceptors(
                    interceptors[...],
                    input,
                    { try await $0.handleSignal($1, next: $2) },
                    { [self] in try await handler.run(name, arguments($0, "Signal")) }
                )
            } catch {
                signalFailed(error)
            }
        }
    }

    private func signalFailed(_ error: any Error) {
        guard !isEvicting.load(ordering: .acquiring) else { return }
        // A handler that is cancelled together with the run has nothing to report.
        if isCancelRequested, isCancellation(error) { return }
        close(with: error)
    }

    // MARK: Updates

    /// Starts the handler of an update, if its validator lets it pass.
    func startUpdate(_ request: UpdateRequest) {
        let name = request.name
        guard let handler = handlers.update(name) else {
            decline(
                request,
                ApplicationError(
                    "Workflow '\(blueprint.name)' has no update '\(name)'. "
                        + "Known updates: [\(list(handlers.updateNames))].",
                    type: "NotFoundError"
                )
            )
            return
        }
        let input = HandleMessageInput(
            context: WorkflowContext(self),
            name: name,
            updateID: request.id,
            arguments: request.request.input.args.values,
            headers: request.request.input.header.fields.mapValues(Payload.init)
        )
        let info = UpdateInfo(id: request.id, name: name)
        start(MessageScope(label: "update '\(name)' (\(request.id))", update: info), handler.policy) { [self] in
            do {
                // The history tells that the validator has let it pass.
                if !request.isInHistory {
                    try await ReadOnlyCode.$current.withValue(.validator(name)) { [self] in
                        try await throughInterceptors(
                            interceptors[...],
                            input,
                            { try await $0.validateUpdate($1, next: $2) },
                            { [self] in try await handler.validate(name, arguments($0, "Update")) }
                        )
                    }
                }
            } catch {
                return decline(request, error)
            }
            guard attempt({ try machine.accept(request) }) else { return }
            do {
                let result = try await throughInterceptors(
                    interceptors[...],
                    input,
                    { try await $0.handleUpdate($1, next: $2) },
                    { [self] in try await handler.run(name, arguments($0, "Update")) }
                )
                finish(request, .with { $0.success = APIPayloads([result]) })
            } catch {
                updateFailed(request, error)
            }
        }
    }

    /// Does not take an update on. The history cannot say that the code did.
    private func decline(_ request: UpdateRequest, _ error: any Error) {
        guard !isEvicting.load(ordering: .acquiring), taskFailure == nil else { return }
        if request.isInHistory {
            let message =
                "History event WorkflowExecutionUpdateAccepted '\(request.name)' with id '\(request.id)' has no command of "
                + "the code to match: \(error)"
            taskFailure = .history(NondeterminismError(message))
        } else if error is ContinueAsNewRequest {
            taskFailure = .thrown(continueAsNewMisuse("The validator of update '\(request.name)'"))
        } else {
            _ = attempt { try machine.reject(request, dataConverter.failureConverter.failure(error)) }
        }
    }

    /// Ends an update that was taken on with an error, where the error is one that updates fail with.
    private func updateFailed(_ request: UpdateRequest, _ error: any Error) {
        switch error {
        case is WorkflowEvicted:
            break
        case is ContinueAsNewRequest:
            taskFailure = taskFailure ?? .thrown(continueAsNewMisuse("Update '\(request.name)'"))
        case let error where failsWorkflow(error):
            finish(request, .with { $0.failure = dataConverter.failureConverter.failure(error) })
        default:
            guard !isEvicting.load(ordering: .acquiring) else { return }
            taskFailure = taskFailure ?? .thrown(error)
        }
    }

    private func continueAsNewMisuse(_ who: String) -> WorkflowMisuse {
        WorkflowMisuse(
            "\(who) of '\(blueprint.name)' asked to continue as new, but somebody waits for its outcome: "
                + "set a property, and let `run` continue as new."
        )
    }

    private func finish(_ request: UpdateRequest, _ outcome: APIUpdateOutcome) {
        guard !isEvicting.load(ordering: .acquiring) else { return }
        _ = attempt { try machine.complete(request, outcome) }
    }

    /// Does something to the machine, and fails the task if the machine refuses.
    private func attempt(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return true
        } catch {
            taskFailure = taskFailure ?? .history(error)
            return false
        }
    }

    // MARK: All handlers

    private func start(
        _ scope: MessageScope,
        _ policy: UnfinishedHandlerPolicy,
        _ body: @escaping @Sendable () async -> Void
    ) {
        handlerCount += 1
        let number = handlerCount
        runningTasks += 1
        runningHandlers.append(
            RunningHandler(number: number, label: scope.label, isUpdate: scope.update != nil, policy: policy)
        )
        let task = Task(executorPreference: executor) { [self] in
            await MessageScope.$current.withValue(scope) { await body() }
            runningHandlers.removeAll { $0.number == number }
            runningTasks -= 1
        }
        runningHandlers[runningHandlers.count - 1].task = task
    }

    /// Says what the end of the run leaves undone.
    func warnOfUnfinishedMessages() {
        guard machine.isClosing, !isReplaying else { return }
        let unfinished = runningHandlers.filter { $0.policy == .warnAndAbandon }
        let advice =
            "To let handlers end first, wait for `context.allHandlersFinished` with `context.waitCondition` before `run` "
            + "returns; if they may be abandoned, mark them with `unfinished: .abandon`."
        for isUpdate in [true, false] {
            let labels = unfinished.filter { $0.isUpdate == isUpdate }.map(\.label)
            guard !labels.isEmpty else { continue }
            let loss = isUpdate ? "Whoever waits for one gets an error in place of its result. " : ""
            logger.warning(
                "[TMPRL1102] The workflow closed while \(isUpdate ? "update" : "signal") handlers were at work: \(list(labels)). \(loss)\(advice)"
            )
        }
        if !unhandledSignals.isEmpty {
            let names = unhandledSignals.map { "'\($0.signalName)'" }
            logger.warning("The workflow closed with signals that nothing handled: \(list(names)).")
        }
    }

    private func arguments(_ message: HandleMessageInput, _ kind: String) -> ArgumentReader {
        ArgumentReader(
            message.arguments,
            converter: converter,
            of: "\(kind) '\(message.name)' of workflow '\(blueprint.name)'"
        )
    }

    private func list(_ names: [String]) -> String { names.joined(separator: ", ") }

    // MARK: Queries

    /// Answers a query from the state of the run.
    func query(_ query: APIWorkflowQuery) -> Result<Payload, any Error> {
        let name = query.queryType
        if let builtIn = BuiltInQuery(rawValue: name) { return Result { try answer(builtIn) } }
        guard instance != nil else {
            return .failure(WorkflowMisuse("Workflow '\(blueprint.name)' could not be made, so it answers no queries."))
        }
        guard let handler = handlers.query(name) else {
            return .failure(
                WorkflowMisuse(
                    "Workflow '\(blueprint.name)' has no query '\(name)'. Known queries: [\(list(handlers.queryNames))]."
                )
            )
        }
        let input = HandleMessageInput(
            context: WorkflowContext(self),
            name: name,
            arguments: query.queryArgs.values,
            headers: query.header.fields.mapValues(Payload.init)
        )
        let box = Answer()
        queryMisuse = nil
        silence.isOn = false
        let result = executor.pump {
            _ = Task(executorPreference: executor) { [self] in
                do {
                    box.result = .success(
                        try await ReadOnlyCode.$current.withValue(.query) { [self] in
                            try await throughInterceptors(
                                interceptors[...],
                                input,
                                { try await $0.handleQuery($1, next: $2) },
                                { [self] in try await handler(name, arguments($0, "Query")) }
                            )
                        }
                    )
                } catch {
                    box.result = .failure(error)
                }
            }
        }
        if let queryMisuse { return .failure(queryMisuse) }
        return box.result
            ?? .failure(
                WorkflowMisuse(
                    "Query '\(name)' of workflow '\(blueprint.name)' did not return"
                        + (result == .foreignJob ? ": something from outside of the workflow disturbed it." : ".")
                )
            )
    }

    /// Set and read on the pumping thread only.
    private final class Answer: @unchecked Sendable {
        var result: Result<Payload, any Error>?
    }
}
