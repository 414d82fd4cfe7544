import Foundation
import SwiftProtobuf
import TemporalAPI
import Testing

@testable import Temporal
@testable import TemporalWorker

/// How the commands and events of children and other workflows are matched, in orders that no service can be made to
/// give on demand.
@Suite struct ChildMatchingTests {
    /// A machine whose code has run in the first task, up to event 4, and its events.
    private struct Story {
        var machine = WorkflowMachine(taskQueue: "queue")
        private var lastID: Int64 = 0

        init(_ code: (inout WorkflowMachine) throws -> Void = { _ in }) throws {
            try add(.workflowExecutionStarted, .workflowExecutionStartedEventAttributes(.init()))
            try task(code)
        }

        /// Adds an event.
        @discardableResult
        mutating func add(
            _ type: APIEventType,
            _ attributes: APIHistoryEvent.OneOf_Attributes
        ) throws -> WorkflowMachine.Job? {
            lastID += 1
            var event = APIHistoryEvent()
            event.eventID = lastID
            event.eventType = type
            event.attributes = attributes
            return try machine.apply(event)
        }

        /// Adds a workflow task, in which code runs.
        @discardableResult
        mutating func task(_ code: (inout WorkflowMachine) throws -> Void = { _ in }) throws -> [APICommand] {
            try add(.workflowTaskScheduled, .workflowTaskScheduledEventAttributes(.init()))
            try add(.workflowTaskStarted, .workflowTaskStartedEventAttributes(.init()))
            try code(&machine)
            let commands = machine.takeCommands()
            try add(.workflowTaskCompleted, .workflowTaskCompletedEventAttributes(.init()))
            return commands
        }

        /// Adds the event of a command that starts a child.
        mutating func initiated(_ id: String = "child", _ type: String = "Child") throws {
            try add(
                .startChildWorkflowExecutionInitiated,
                .startChildWorkflowExecutionInitiatedEventAttributes(
                    .with {
                        $0.workflowID = id
                        $0.workflowType.name = type
                    }
                )
            )
        }

        mutating func childStarted() throws -> WorkflowMachine.Job? {
            try add(
                .childWorkflowExecutionStarted,
                .childWorkflowExecutionStartedEventAttributes(
                    .with {
                        $0.initiatedEventID = 5
                        $0.workflowExecution.runID = "run"
                    }
                )
            )
        }
    }

    private func call(_ cancellation: ChildWorkflowCancellationType) throws -> ChildWorkflowCall {
        try ChildWorkflowCall(
            type: "Child",
            input: [],
            options: ChildWorkflowOptions(id: "child", cancellation: cancellation),
            converter: PayloadConverter()
        )
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "nothing"
        } catch {
            return String(describing: error)
        }
    }

    @Test func `the command that starts a child carries every option`() throws {
        let key = SearchAttributeKey.keyword("CustomKeywordField")
        let options = ChildWorkflowOptions(
            id: "child",
            taskQueue: "other",
            executionTimeout: .seconds(4),
            runTimeout: .seconds(3),
            taskTimeout: .seconds(2),
            idReusePolicy: .rejectDuplicate,
            retryPolicy: RetryPolicy(maximumAttempts: 7),
            cronSchedule: "@daily",
            parentClosePolicy: .requestCancel,
            cancellation: .abandon,
            memo: ["note": 1],
            searchAttributes: [key.set("found")],
            priority: Priority(key: 2),
            staticSummary: "summary",
            staticDetails: "details"
        )
        let converter = PayloadConverter()
        let call = try ChildWorkflowCall(
            type: "Child",
            input: [try converter.encode(5)],
            options: options,
            converter: converter
        )
        var machine = WorkflowMachine(taskQueue: "queue")
        _ = machine.startChild(call, workflowID: "child")
        let command = try #require(machine.takeCommands().first)
        let attributes = command.startChildWorkflowExecutionCommandAttributes
        #expect(attributes.workflowID == "child")
        #expect(attributes.workflowType.name == "Child")
        #expect(attributes.taskQueue.name == "other")
        #expect(attributes.input.values == [try converter.encode(5)])
        #expect(attributes.workflowExecutionTimeout.seconds == 4)
        #expect(attributes.workflowRunTimeout.seconds == 3)
        #expect(attributes.workflowTaskTimeout.seconds == 2)
        #expect(attributes.workflowIDReusePolicy == .rejectDuplicate)
        #expect(attributes.retryPolicy.maximumAttempts == 7)
        #expect(attributes.cronSchedule == "@daily")
        #expect(attributes.parentClosePolicy == .requestCancel)
        #expect(Set(attributes.memo.fields.keys) == ["note"])
        #expect(Set(attributes.searchAttributes.indexedFields.keys) == ["CustomKeywordField"])
        #expect(attributes.priority.priorityKey == 2)
        #expect(command.userMetadata.summary == (try converter.encode("summary").proto))
        #expect(command.userMetadata.details == (try converter.encode("details").proto))
    }

    @Test(arguments: [("child", "Other"), ("other", "Child")])
    func `a child of another type or id does not match, and both are named`(_ id: String, _ type: String) throws {
        var story = try Story { _ = $0.startChild(try call(.tryCancel), workflowID: "child") }
        let message = message { try story.initiated(id, type) }
        #expect(message.contains("The code issued the start of child workflow 'Child' with id 'child'"))
        #expect(
            message.contains("event 5 (StartChildWorkflowExecutionInitiated '\(type)' with id '\(id)')")
        )
    }

    @Test func `requests to other workflows match by their target and name`() throws {
        let target = ExternalTarget(workflowID: "other", runID: nil, isChild: false)
        let signal = ExternalSignalCall(target: target, name: "go", input: [])
        for (id, name) in [("other", "stay"), ("another", "go")] {
            var story = try Story { _ = $0.signalExternal(signal) }
            let message = message {
                try story.add(
                    .signalExternalWorkflowExecutionInitiated,
                    .signalExternalWorkflowExecutionInitiatedEventAttributes(
                        .with {
                            $0.workflowExecution.workflowID = id
                            $0.signalName = name
                        }
                    )
                )
            }
            #expect(message.contains("The code issued signal 'go' to workflow 'other'"))
            #expect(message.contains("(SignalExternalWorkflowExecutionInitiated '\(name)' to '\(id)')"))
        }
        var story = try Story { _ = $0.requestCancel(.cancel, target: target, reason: "") }
        let message = message {
            try story.add(
                .requestCancelExternalWorkflowExecutionInitiated,
                .requestCancelExternalWorkflowExecutionInitiatedEventAttributes(
                    .with { $0.workflowExecution.workflowID = "another" }
                )
            )
        }
        #expect(message.contains("The code issued the cancellation of workflow 'other'"))
        #expect(message.contains("(RequestCancelExternalWorkflowExecutionInitiated 'another')"))
    }

    @Test func `events of children and requests that the code does not have are nondeterministic`() throws {
        for (type, attributes) in [
            (
                APIEventType.childWorkflowExecutionStarted,
                APIHistoryEvent.OneOf_Attributes.childWorkflowExecutionStartedEventAttributes(
                    .with { $0.initiatedEventID = 2 }
                )
            ),
            (
                .childWorkflowExecutionFailed,
                .childWorkflowExecutionFailedEventAttributes(.with { $0.initiatedEventID = 2 })
            ),
            (
                .externalWorkflowExecutionSignaled,
                .externalWorkflowExecutionSignaledEventAttributes(.with { $0.initiatedEventID = 2 })
            ),
        ] {
            var story = try Story()
            #expect(throws: NondeterminismError.self) { try story.add(type, attributes) }
        }
    }

    @Test(arguments: [ChildWorkflowCancellationType.waitCancellationCompleted, .waitCancellationRequested])
    func `a child cancelled before it has started is asked to stop when it has`(
        _ type: ChildWorkflowCancellationType
    ) throws {
        var child = 0
        var story = try Story { child = $0.startChild(try call(type), workflowID: "child") }
        try story.initiated()
        let none = try story.task { #expect($0.cancelChild(child, reason: "enough") == .nothing) }
        #expect(none.isEmpty)
        guard case .childStarted(operation: child, runID: "run") = try story.childStarted() else {
            Issue.record("The start is of use: the code waits for the child.")
            return
        }
        let commands = try story.task()
        #expect(commands.map(\.commandType) == [.requestCancelExternalWorkflowExecution])
        let request = try #require(commands.first?.requestCancelExternalWorkflowExecutionCommandAttributes)
        #expect(request.workflowID == "child")
        #expect(request.runID.isEmpty)
        #expect(request.childWorkflowOnly)
    }

    @Test func `a child that is not waited for is asked to stop when it has started, and its end ignored`() throws {
        var child = 0
        var story = try Story { child = $0.startChild(try call(.tryCancel), workflowID: "child") }
        try story.initiated()
        try story.task {
            guard case .fail(let failure) = $0.cancelChild(child, reason: "") else {
                Issue.record("The code goes on at once.")
                return
            }
            #expect(failure.childWorkflowExecutionFailureInfo.initiatedEventID == 5)
            #expect(failure.cause.failureInfo == .canceledFailureInfo(.init()))
        }
        #expect(try story.childStarted() == nil)
        let commands = try story.task()
        #expect(commands.map(\.commandType) == [.requestCancelExternalWorkflowExecution])
        try story.add(
            .requestCancelExternalWorkflowExecutionInitiated,
            .requestCancelExternalWorkflowExecutionInitiatedEventAttributes(
                .with { $0.workflowExecution.workflowID = "child" }
            )
        )
        // The child ended before the request reached it.
        let failed = try story.add(
            .requestCancelExternalWorkflowExecutionFailed,
            .requestCancelExternalWorkflowExecutionFailedEventAttributes(
                .with {
                    $0.initiatedEventID = 13
                    $0.cause = .externalWorkflowExecutionNotFound
                }
            )
        )
        #expect(failed == nil)
        let ended = try story.add(
            .childWorkflowExecutionTimedOut,
            .childWorkflowExecutionTimedOutEventAttributes(.with { $0.initiatedEventID = 5 })
        )
        #expect(ended == nil)
    }

    @Test func `an abandoned child may end in any way`() throws {
        for (type, attributes) in [
            (
                APIEventType.childWorkflowExecutionFailed,
                APIHistoryEvent.OneOf_Attributes.childWorkflowExecutionFailedEventAttributes(
                    .with { $0.initiatedEventID = 5 }
                )
            ),
            (
                .childWorkflowExecutionTerminated,
                .childWorkflowExecutionTerminatedEventAttributes(.with { $0.initiatedEventID = 5 })
            ),
            (
                .childWorkflowExecutionCanceled,
                .childWorkflowExecutionCanceledEventAttributes(.with { $0.initiatedEventID = 5 })
            ),
        ] {
            var child = 0
            var story = try Story { child = $0.startChild(try call(.abandon), workflowID: "child") }
            try story.initiated()
            _ = try story.childStarted()
            let commands = try story.task { _ = $0.cancelChild(child, reason: "") }
            #expect(commands.isEmpty)
            #expect(try story.add(type, attributes) == nil)
        }
    }
}
