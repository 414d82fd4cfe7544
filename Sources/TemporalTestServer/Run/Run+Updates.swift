import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Run {
    // MARK: Admission

    /// Takes an update in, and sees to it that a workflow task carries it.
    func admit(_ request: APIUpdateRequest) {
        updates[request.meta.updateID] = Update(request: request)
        engine.touch(self)
        scheduleTaskForUpdates()
    }

    /// Schedules a task only for updates, unless there is a task or there are none. It enters the history only if the
    /// workflow takes one of the updates on. It does not wait for the end of a back-off.
    func scheduleTaskForUpdates() {
        guard isOpen, !isPaused, workflowTask == nil, !isHeldBack, hasAdmittedUpdates else { return }
        createWorkflowTask(speculative: true)
        dispatchWorkflowTask()
    }

    /// Whether updates wait to be sent to the worker.
    var hasAdmittedUpdates: Bool {
        updates.values.contains { if case .admitted = $0.stage { true } else { false } }
    }

    /// The messages that carry the waiting updates to the worker. Those that an event tells of have none.
    func updateMessages(for task: WorkflowTask) -> [APIProtocolMessage] {
        var messages: [APIProtocolMessage] = []
        for (id, update) in updates {
            guard case .admitted = update.stage else { continue }
            updates[id]?.stage = .sent
            if update.isToldByEvent == true { continue }
            messages.append(
                .with {
                    $0.id = "\(id)/request"
                    $0.protocolInstanceID = id
                    $0.eventID = task.startedEventID - 1
                    $0.body = Google_Protobuf_Any(packing: update.request)
                }
            )
        }
        return messages
    }

    /// After a workflow task that failed, the updates that it carried are carried by the next.
    func returnUpdatesToBuffer() {
        for (id, update) in updates {
            if case .sent = update.stage { updates[id]?.stage = .admitted }
        }
    }

    // MARK: Answers of the workflow

    /// Processes a message of a completed workflow task.
    func handle(_ message: APIProtocolMessage, identity: String) throws {
        let id = message.protocolInstanceID
        func fail(_ text: String) -> CommandFailure {
            CommandFailure(cause: .badUpdateWorkflowExecutionMessage, message: text)
        }
        guard let update = updates[id] else { throw fail("update \(id) not found") }
        if message.body.isA(APIUpdateAcceptance.self) {
            guard case .sent = update.stage else {
                throw fail("update \(id) received an Acceptance message that it did not wait for")
            }
            let acceptance = try unpack(APIUpdateAcceptance.self, message)
            let eventID = record(
                .workflowExecutionUpdateAccepted,
                .workflowExecutionUpdateAcceptedEventAttributes(
                    .with {
                        $0.protocolInstanceID = id
                        $0.acceptedRequestMessageID = acceptance.acceptedRequestMessageID
                        $0.acceptedRequestSequencingEventID = acceptance.acceptedRequestSequencingEventID
                        if update.isToldByEvent != true { $0.acceptedRequest = update.request }
                    }
                )
            )
            updates[id]?.stage = .accepted(eventID: eventID)
            updates[id]?.isAccepted = true
        } else if message.body.isA(APIUpdateRejection.self) {
            guard case .sent = update.stage else {
                throw fail("update \(id) received a Rejection message that it did not wait for")
            }
            let rejection = try unpack(APIUpdateRejection.self, message)
            updates[id]?.stage = .completed(.with { $0.failure = rejection.failure })
        } else if message.body.isA(APIUpdateResponse.self) {
            guard case .accepted(let acceptedEventID) = update.stage else {
                throw fail("update \(id) received a Response message before it was accepted")
            }
            let response = try unpack(APIUpdateResponse.self, message)
            record(
                .workflowExecutionUpdateCompleted,
                .workflowExecutionUpdateCompletedEventAttributes(
                    .with {
                        $0.meta = update.request.meta
                        $0.acceptedEventID = acceptedEventID
                        $0.outcome = response.outcome
                    }
                )
            )
            updates[id]?.stage = .completed(response.outcome)
        } else {
            throw fail("Message type \(message.body.typeURL) not supported.")
        }
    }

    private func unpack<Body: Message>(_ type: Body.Type, _ message: APIProtocolMessage) throws -> Body {
        do {
            return try Body(unpackingAny: message.body)
        } catch {
            throw CommandFailure(
                cause: .badUpdateWorkflowExecutionMessage,
                message: "unable to unmarshal message \(message.id)"
            )
        }
    }

    /// Rejects the updates that the worker was given and said nothing about.
    func rejectUnprocessedUpdates() {
        for (id, update) in updates {
            guard case .sent = update.stage else { continue }
            updates[id]?.stage = .completed(
                .with {
                    $0.failure = .application(
                        "Workflow Update is rejected because it wasn't processed by worker. "
                            + "Probably, Workflow Update is not supported by the worker.",
                        type: "UnprocessedUpdate"
                    )
                }
            )
        }
    }

    /// Gives up the updates that the worker has seen, since the service refuses its answer: they are not sent again, as on the
    /// server.
    func abortSentUpdates() {
        for (id, update) in updates {
            guard case .sent = update.stage else { continue }
            if update.isToldByEvent == true {
                // The event will tell of it again.
                updates[id]?.stage = .admitted
            } else {
                updates.removeValue(forKey: id)
            }
            for waiter in update.waiters {
                engine.fail(
                    waiter.reply,
                    ServiceError.notReady(
                        "Unable to perform workflow execution update due to unexpected workflow task failure."
                    )
                )
            }
        }
    }

    // MARK: Waiting callers

    /// Answers the callers whose update has come as far as they wanted. Done only when the commands count.
    func notifyUpdateWaiters() {
        for (id, update) in updates {
            if !update.waiters.isEmpty {
                let ready = update.waiters.filter { $0.stage.rawValue <= update.lifecycleStage.rawValue }
                for waiter in ready { waiter.answer(self, update) }
                // Answering takes the waiters out.
                updates[id]?.waiters.removeAll { waiter in ready.contains { $0.reply === waiter.reply } }
            }
            if case .completed(let outcome) = update.stage, case .failure? = outcome.value,
                !(update.isAccepted ?? isRecorded(id))
            {
                // A rejected update is as if it had never been, whether or not somebody still waits for it.
                updates.removeValue(forKey: id)
            }
        }
    }

    private func isRecorded(_ id: String) -> Bool {
        events.contains {
            if case .workflowExecutionUpdateAcceptedEventAttributes(let accepted) = $0.attributes {
                accepted.protocolInstanceID == id
            } else {
                false
            }
        }
    }

    /// Takes a caller out that no longer waits.
    func removeUpdateWaiter(_ reply: ParkedReply, id: String) {
        updates[id]?.waiters.removeAll { $0.reply === reply }
    }

    /// Answers all waiting callers with an error.
    func failUpdateWaiters(_ error: any Error) {
        for update in updates.values {
            for waiter in update.waiters { engine.fail(waiter.reply, error) }
        }
    }

    /// Ends the updates of a run that has ended. Those that it accepted fail; the others move on to the next run.
    func closeUpdates(next: Run?) {
        for (id, update) in updates {
            switch update.stage {
            case .completed:
                break
            case .accepted:
                updates[id]?.stage = .completed(
                    .with {
                        $0.failure = .application(
                            "Workflow Update failed because the Workflow completed before the Update completed.",
                            type: "AcceptedUpdateCompletedWorkflow"
                        )
                    }
                )
            case .admitted, .sent:
                updates.removeValue(forKey: id)
                guard let next else {
                    for waiter in update.waiters { engine.fail(waiter.reply, ServiceError.workflowCompleted) }
                    continue
                }
                if next.updates[id] == nil {
                    // Who waits would send it again. Nobody does what an event alone has told of.
                    if update.isToldByEvent == true, update.waiters.isEmpty { continue }
                    next.admit(update.request)
                }
                next.updates[id]?.waiters += update.waiters
                for waiter in update.waiters { engine.moveWaiter(waiter.reply, of: id, from: self, to: next) }
            }
        }
        notifyUpdateWaiters()
    }
}

extension APIFailure {
    /// A failure of the application that the service makes itself.
    static func application(_ message: String, type: String) -> APIFailure {
        .with {
            $0.message = message
            $0.source = "Server"
            $0.applicationFailureInfo = .with {
                $0.type = type
                $0.nonRetryable = true
            }
        }
    }
}

extension Google_Protobuf_Any {
    /// Packs a message. Messages of proto3 always serialize.
    fileprivate init(packing message: some Message) {
        self.init()
        typeURL = "type.googleapis.com/\(type(of: message).protoMessageName)"
        value = (try? message.serializedBytes()) ?? Data()
    }
}
