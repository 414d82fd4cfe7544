import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

extension WorkflowMachine {
    // MARK: Requests

    /// Takes a request in.
    ///
    /// - Returns: What it asks of the code.
    /// - Throws: ``HistoryError`` if the run has an update of this id already.
    mutating func receive(_ request: UpdateRequest) throws -> Job {
        let known = updates.updateValue(UpdateMachine(name: request.name), forKey: request.protocolInstanceID)
        guard known == nil else {
            throw HistoryError("Update '\(request.protocolInstanceID)' was sent to the workflow twice.")
        }
        return .update(request)
    }

    /// Keeps a request that an event tells of, until it is known whether the code accepts it.
    mutating func updateAdmitted(
        _ event: APIHistoryEvent,
        _ attributes: APIWorkflowExecutionUpdateAdmittedEventAttributes
    ) {
        admittedUpdates.append(UpdateRequest(attributes, eventID: event.eventID))
    }

    /// The requests that a task has accepted, from the events that its commands made, and forgets those that it rejected.
    mutating func takeAcceptedUpdates(_ commandEvents: [APIHistoryEvent]) -> [UpdateRequest] {
        defer { admittedUpdates = [] }
        return commandEvents.compactMap { event in
            guard case .workflowExecutionUpdateAcceptedEventAttributes(let attributes) = event.attributes else {
                return nil
            }
            // What an event told before is not repeated.
            guard
                var admitted = admittedUpdates.first(where: {
                    $0.protocolInstanceID == attributes.protocolInstanceID
                })
            else { return UpdateRequest(attributes) }
            admitted.isInHistory = true
            return admitted
        }
    }

    /// The requests that events have told of since the last task.
    mutating func takeAdmittedUpdates() -> [UpdateRequest] {
        defer { admittedUpdates = [] }
        return admittedUpdates
    }

    // MARK: Answers

    /// Takes an update on.
    mutating func accept(_ request: UpdateRequest) throws {
        try updates[request.protocolInstanceID]?.accept()
        let acceptance = APIUpdateAcceptance.with {
            $0.acceptedRequestMessageID = request.messageID
            $0.acceptedRequestSequencingEventID = request.sequencingEventID
            $0.acceptedRequest = request.request
        }
        try send(acceptance, "accept", for: request, .acceptUpdate(id: request.protocolInstanceID))
    }

    /// Does not take an update on. It leaves no trace in the history.
    mutating func reject(_ request: UpdateRequest, _ failure: APIFailure) throws {
        try updates[request.protocolInstanceID]?.reject()
        updates[request.protocolInstanceID] = nil
        let rejection = APIUpdateRejection.with {
            $0.rejectedRequestMessageID = request.messageID
            $0.rejectedRequestSequencingEventID = request.sequencingEventID
            $0.rejectedRequest = request.request
            $0.failure = failure
        }
        try send(rejection, "reject", for: request, nil)
    }

    /// Ends an update that was taken on.
    mutating func complete(_ request: UpdateRequest, _ outcome: APIUpdateOutcome) throws {
        try updates[request.protocolInstanceID]?.complete()
        let response = APIUpdateResponse.with {
            $0.meta = request.request.meta
            $0.outcome = outcome
        }
        try send(response, "complete", for: request, .completeUpdate(id: request.protocolInstanceID))
    }

    /// Puts a message into the answer to the task, and a command that fixes its place among the other commands.
    private mutating func send(
        _ body: some Message,
        _ suffix: String,
        for request: UpdateRequest,
        _ subject: IssuedCommand.Subject?
    ) throws {
        var message = APIProtocolMessage()
        message.id = "\(request.messageID)/\(suffix)"
        message.protocolInstanceID = request.protocolInstanceID
        message.body.typeURL = "type.googleapis.com/\(type(of: body).protoMessageName)"
        message.body.value = try body.serializedBytes()
        messages.append(message)
        guard let subject else { return }
        var command = APICommand()
        command.commandType = .protocolMessage
        command.protocolMessageCommandAttributes.messageID = message.id
        pending.append(IssuedCommand(subject: subject, command: command))
    }

    /// The messages for the server since they were last taken.
    mutating func takeMessages() -> [APIProtocolMessage] {
        defer { messages = [] }
        return messages
    }

    // MARK: Tasks that leave no trace

    /// Goes back to before a task that the server has dropped, because all it did was to reject updates.
    ///
    /// The code has not run beyond validators, which change nothing.
    ///
    /// - Parameter eventID: The start of the last task that counts. The server sends what follows it once more.
    mutating func dropTask(backTo eventID: Int64) {
        // The two events of the dropped task are in no history; those between stay applied.
        lastEventID -= 2
        progress.historyLength = Int(lastEventID)
        lastStartedEventID = eventID
    }
}
