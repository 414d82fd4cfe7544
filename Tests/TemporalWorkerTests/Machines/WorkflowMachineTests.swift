import Foundation
import TemporalAPI
import Testing

@testable import Temporal
@testable import TemporalWorker

/// How commands and events are matched.
@Suite struct WorkflowMachineTests {
    private func event(_ id: Int64, _ type: APIEventType, _ fill: (inout APIHistoryEvent) -> Void = { _ in })
        -> APIHistoryEvent
    {
        var event = APIHistoryEvent()
        event.eventID = id
        event.eventType = type
        fill(&event)
        return event
    }

    /// A machine whose code has run in the first task, up to event 3.
    private func started(_ code: (inout WorkflowMachine) throws -> Void) throws -> WorkflowMachine {
        var machine = WorkflowMachine(taskQueue: "queue")
        _ = try machine.apply(
            event(1, .workflowExecutionStarted) { $0.workflowExecutionStartedEventAttributes = .init() }
        )
        _ = try machine.apply(event(2, .workflowTaskScheduled) { $0.workflowTaskScheduledEventAttributes = .init() })
        _ = try machine.apply(event(3, .workflowTaskStarted) { $0.workflowTaskStartedEventAttributes = .init() })
        try code(&machine)
        _ = machine.takeCommands()
        _ = try machine.apply(event(4, .workflowTaskCompleted) { $0.workflowTaskCompletedEventAttributes = .init() })
        return machine
    }

    private func call(_ name: String, id: String? = nil) -> ActivityCall {
        ActivityCall(
            name: name,
            input: [],
            activityID: id,
            startToCloseTimeout: .seconds(1),
            cancellation: .tryCancel,
            isEager: false
        )
    }

    private func message(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return String(describing: error)
        }
    }

    @Test func `a timer where the history has an activity names both`() throws {
        var machine = try started { _ = $0.startTimer(.seconds(1), summary: nil) }
        let message = message {
            _ = try machine.apply(
                event(5, .activityTaskScheduled) {
                    $0.activityTaskScheduledEventAttributes.activityType.name = "charge"
                    $0.activityTaskScheduledEventAttributes.activityID = "1"
                }
            )
        }
        #expect(message?.contains("[TMPRL1100]") == true)
        #expect(message?.contains("the start of timer '1'") == true)
        #expect(message?.contains("event 5 (ActivityTaskScheduled 'charge' with id '1')") == true)
    }

    @Test(arguments: [("charge", "2"), ("refund", "1")])
    func `an activity of another type or id does not match`(_ type: String, _ id: String) throws {
        var machine = try started { _ = try $0.scheduleActivity(call("charge"), summary: nil) }
        #expect(throws: NondeterminismError.self) {
            _ = try machine.apply(
                event(5, .activityTaskScheduled) {
                    $0.activityTaskScheduledEventAttributes.activityType.name = type
                    $0.activityTaskScheduledEventAttributes.activityID = id
                }
            )
        }
    }

    @Test func `an event without a command, and a command without an event, are told apart`() throws {
        var silent = try started { _ in }
        let extra = message {
            _ = try silent.apply(event(5, .timerStarted) { $0.timerStartedEventAttributes.timerID = "1" })
        }
        #expect(extra?.contains("History event 5 (TimerStarted '1') has no command of the code to match.") == true)

        var busy = try started { _ = $0.startTimer(.seconds(1), summary: nil) }
        _ = try busy.apply(event(5, .workflowTaskScheduled) { $0.workflowTaskScheduledEventAttributes = .init() })
        let missing = message {
            _ = try busy.apply(event(6, .workflowTaskStarted) { $0.workflowTaskStartedEventAttributes = .init() })
        }
        #expect(
            missing?.contains("The code issued the start of timer '1', but the history has no event for it") == true
        )
    }

    @Test func `commands left at the end of a whole history are nondeterministic`() throws {
        let machine = try started { $0.close(.complete(Payload(encoding: "binary/null", data: Data()))) }
        let message = message { try machine.checkAllMatched() }
        #expect(message?.contains("the completion of the workflow") == true)
    }

    @Test func `a timer that is started and cancelled in one task leaves no command`() throws {
        var machine = WorkflowMachine(taskQueue: "queue")
        let timer = machine.startTimer(.seconds(1), summary: nil)
        #expect(machine.cancel(timer) == .resolve)
        #expect(machine.takeCommands().isEmpty)
    }

    @Test func `the closing command is the last, and of several the first counts`() throws {
        var machine = WorkflowMachine(taskQueue: "queue")
        machine.close(.cancel())
        machine.close(.complete(Payload(encoding: "binary/null", data: Data())))
        _ = machine.startTimer(.seconds(1), summary: nil)
        #expect(machine.takeCommands().map(\.commandType) == [.startTimer, .cancelWorkflowExecution])
        #expect(machine.takeCommands().isEmpty)
    }

    @Test func `two open activities cannot share an id`() throws {
        var machine = WorkflowMachine(taskQueue: "queue")
        _ = try machine.scheduleActivity(call("charge", id: "mine"), summary: nil)
        #expect(throws: WorkflowMisuse.self) {
            _ = try machine.scheduleActivity(call("refund", id: "mine"), summary: nil)
        }
    }

    @Test func `a gap in the history is an error of the history`() throws {
        var machine = try started { _ in }
        #expect(throws: HistoryError.self) { _ = try machine.apply(event(7, .workflowTaskScheduled)) }
    }

    @Test func `an unknown event is an error unless a worker may ignore it`() throws {
        var machine = try started { _ in }
        #expect(throws: HistoryError.self) { _ = try machine.apply(event(5, .nexusOperationStarted)) }
        var tolerant = try started { _ in }
        let job = try tolerant.apply(event(5, .unspecified) { $0.workerMayIgnore = true })
        #expect(job == nil)
    }
}
