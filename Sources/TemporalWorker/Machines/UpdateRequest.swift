import SwiftProtobuf
import TemporalAPI

/// A request for an update, as the server sends it with a task or as the history tells of it.
struct UpdateRequest: Sendable, Equatable {
    /// The id of the update, under which the server keeps its messages together.
    let protocolInstanceID: String

    /// The id of the message.
    let messageID: String

    /// The event after which the update comes.
    let sequencingEventID: Int64

    /// What was sent.
    let request: APIUpdateRequest

    /// Whether an event tells of the request.
    var isInHistory = false

    /// The id of the update as its sender knows it.
    var id: String { request.meta.updateID }

    /// The name of the update on the wire.
    var name: String { request.input.name }

    /// Reads a message of a workflow task.
    ///
    /// - Throws: ``HistoryError`` if the message is none that this version of the SDK knows.
    init(_ message: APIProtocolMessage) throws {
        guard message.body.isA(APIUpdateRequest.self) else {
            throw HistoryError(
                "The server sent message '\(message.id)' of type '\(message.body.typeURL)', which this version of the "
                    + "SDK cannot process."
            )
        }
        if case .commandIndex(let index) = message.sequencingID {
            throw HistoryError(
                "Update message '\(message.id)' is to come after command \(index), where it must name an event."
            )
        }
        do {
            self.request = try APIUpdateRequest(unpackingAny: message.body)
        } catch {
            throw HistoryError("Update message '\(message.id)' cannot be read: \(error)")
        }
        self.protocolInstanceID = message.protocolInstanceID
        self.messageID = message.id
        self.sequencingEventID = message.eventID
    }

    /// The request that the history tells of where the code accepted it.
    init(_ attributes: APIWorkflowExecutionUpdateAcceptedEventAttributes) {
        self.protocolInstanceID = attributes.protocolInstanceID
        self.messageID = attributes.acceptedRequestMessageID
        self.sequencingEventID = attributes.acceptedRequestSequencingEventID
        self.request = attributes.acceptedRequest
        self.isInHistory = true
    }

    /// The request that the history tells of before the code has seen it.
    init(_ attributes: APIWorkflowExecutionUpdateAdmittedEventAttributes, eventID: Int64) {
        let id = attributes.request.meta.updateID
        self.protocolInstanceID = id
        self.messageID = "\(id)/request"
        self.sequencingEventID = eventID
        self.request = attributes.request
    }
}
