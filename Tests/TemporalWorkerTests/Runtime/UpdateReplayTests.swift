import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalWorker

/// Updates in the machine of a run, and histories with updates that are replayed.
@Suite(.timeLimit(.minutes(1))) struct UpdateReplayTests {
    private func request(_ id: String = "u", _ amount: Int = 5) throws -> APIUpdateRequest {
        let payload = try PayloadConverter().encode(amount)
        return .with {
            $0.meta.updateID = id
            $0.input.name = "raise"
            $0.input.args = APIPayloads([payload])
        }
    }

    private func message(_ request: APIUpdateRequest, after eventID: Int64) throws -> APIProtocolMessage {
        let body = try Google_Protobuf_Any(message: request)
        return .with {
            $0.id = "\(request.meta.updateID)/request"
            $0.protocolInstanceID = request.meta.updateID
            $0.eventID = eventID
            $0.body = body
        }
    }

    private func event(_ id: Int64, _ attributes: APIHistoryEvent.OneOf_Attributes, _ type: APIEventType)
        -> APIHistoryEvent
    {
        .with {
            $0.eventID = id
            $0.eventType = type
            $0.attributes = attributes
        }
    }

    // MARK: The machine

    @Test func `acceptance and completion are messages with commands, and a rejection is a message alone`() throws {
        var machine = WorkflowMachine(taskQueue: "queue")
        let taken = try UpdateRequest(message(request("a"), after: 3))
        let refused = try UpdateRequest(message(request("b"), after: 3))
        _ = try machine.receive(taken)
        _ = try machine.receive(refused)
        try machine.accept(taken)
        try machine.reject(refused, APIFailure.with { $0.message = "no" })
        try machine.complete(taken, .with { $0.success = .init() })
        let messages = machine.takeMessages()
        #expect(messages.map(\.id) == ["a/request/accept", "b/request/reject", "a/request/complete"])
        #expect(messages.map(\.protocolInstanceID) == ["a", "b", "a"])
        let commands = machine.takeCommands()
        #expect(commands.map(\.commandType) == [.protocolMessage, .protocolMessage])
        #expect(
            commands.map(\.protocolMessageCommandAttributes.messageID) == ["a/request/accept", "a/request/complete"]
        )
        let acceptance = try APIUpdateAcceptance(unpackingAny: messages[0].body)
        #expect(acceptance.acceptedRequestMessageID == "a/request")
        #expect(acceptance.acceptedRequestSequencingEventID == 3)
        #expect(acceptance.acceptedRequest == taken.request)
        #expect(machine.takeMessages().isEmpty)
    }

    @Test func `an update that is sent twice is an error of the history`() throws {
        var machine = WorkflowMachine(taskQueue: "queue")
        let update = try UpdateRequest(message(request(), after: 3))
        _ = try machine.receive(update)
        #expect(throws: HistoryError.self) { _ = try machine.receive(update) }
    }

    @Test func `a message that is no request, or comes after a command, is an error of the history`() throws {
        var response = try message(request(), after: 3)
        response.body = try Google_Protobuf_Any(message: APIUpdateResponse())
        #expect(throws: HistoryError.self) { try UpdateRequest(response) }
        var indexed = try message(request(), after: 3)
        indexed.commandIndex = 1
        #expect(throws: HistoryError.self) { try UpdateRequest(indexed) }
    }

    // MARK: Replay

    /// The history of ``Till``: an update in its second task, which completes the run.
    ///
    /// - Parameter isAdmitted: Whether an event told of the request before, as after a reset.
    private func history(isAdmitted: Bool, amount: Int = 5) throws -> [APIHistoryEvent] {
        let request = try request("u", amount)
        var attributes: [(APIHistoryEvent.OneOf_Attributes, APIEventType)] = [
            (
                .workflowExecutionStartedEventAttributes(.with { $0.workflowType.name = "Till" }),
                .workflowExecutionStarted
            ),
            (.workflowTaskScheduledEventAttributes(.init()), .workflowTaskScheduled),
            (.workflowTaskStartedEventAttributes(.init()), .workflowTaskStarted),
            (.workflowTaskCompletedEventAttributes(.init()), .workflowTaskCompleted),
        ]
        if isAdmitted {
            attributes.append(
                (
                    .workflowExecutionUpdateAdmittedEventAttributes(.with { $0.request = request }),
                    .workflowExecutionUpdateAdmitted
                )
            )
        }
        attributes += [
            (.workflowTaskScheduledEventAttributes(.init()), .workflowTaskScheduled),
            (.workflowTaskStartedEventAttributes(.init()), .workflowTaskStarted),
            (.workflowTaskFailedEventAttributes(.init()), .workflowTaskFailed),
            (.workflowTaskScheduledEventAttributes(.init()), .workflowTaskScheduled),
            (.workflowTaskStartedEventAttributes(.init()), .workflowTaskStarted),
            (.workflowTaskCompletedEventAttributes(.init()), .workflowTaskCompleted),
            (
                .workflowExecutionUpdateAcceptedEventAttributes(
                    .with {
                        $0.protocolInstanceID = "u"
                        $0.acceptedRequestMessageID = "u/request"
                        $0.acceptedRequestSequencingEventID = 4
                        if !isAdmitted { $0.acceptedRequest = request }
                    }
                ),
                .workflowExecutionUpdateAccepted
            ),
            (
                .workflowExecutionUpdateCompletedEventAttributes(.with { $0.meta.updateID = "u" }),
                .workflowExecutionUpdateCompleted
            ),
            (.workflowExecutionCompletedEventAttributes(.init()), .workflowExecutionCompleted),
        ]
        return attributes.enumerated().map { event(Int64($0 + 1), $1.0, $1.1) }
    }

    private func replay(_ events: [APIHistoryEvent]) async throws {
        try await WorkflowReplayer(workflows: [Till.self]).replay(events, workflowID: "w", runID: "r")
    }

    @Test(arguments: [true, false])
    func `a replay takes the request from the history, and does not validate it`(_ isAdmitted: Bool) async throws {
        try await replay(try history(isAdmitted: isAdmitted))
        // The validator would refuse this amount, which the code took on when the history was written.
        try await replay(try history(isAdmitted: isAdmitted, amount: -1))
    }

    @Test func `a handler that is gone, or an update that is missing, does not fit the history`() async throws {
        var renamed = try history(isAdmitted: false)
        renamed[10].workflowExecutionUpdateAcceptedEventAttributes.acceptedRequest.input.name = "absent"
        let gone = await #expect(throws: ReplayError.self) { try await replay(renamed) }
        #expect(gone?.message.contains("[TMPRL1100]") == true)
        #expect(gone?.message.contains("has no update 'absent'. Known updates: [raise]") == true)
        var uncompleted = try history(isAdmitted: false)
        uncompleted.remove(at: 11)
        uncompleted[11].eventID = 12
        let missing = await #expect(throws: ReplayError.self) { try await replay(uncompleted) }
        #expect(missing?.message.contains("the completion of update 'raise' with id 'u'") == true)
    }
}

@Workflow private actor Till {
    private var total = 0

    func run() async throws {
        try await context.waitCondition { self.total != 0 }
    }

    @Update(validator: "check") func raise(_ amount: Int) -> Int {
        total += amount
        return total
    }

    private func check(_ amount: Int) throws {
        if amount < 0 { throw ApplicationError("not below zero") }
    }
}
