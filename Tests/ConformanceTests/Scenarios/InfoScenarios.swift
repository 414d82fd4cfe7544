import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// What a run knows of itself, and tells people.
@Suite(.timeLimit(.minutes(2))) struct InfoScenarios {
    @Test(arguments: UpdateScenarios.places)
    func `a run knows the length and the size of its history`(_ place: UpdateScenarios.Place) async throws {
        try await withScene(
            place.backend,
            workflows: [Historian.self],
            configure: { $0.maximumCachedWorkflows = place.cache },
            { scene in
                let handle = try await scene.start(Historian.self)
                let known = try await handle.result()
                let tasks = try await handle.history().proto.events.filter { $0.eventType == .workflowTaskStarted }
                #expect(known.map(\.length) == tasks.map { Int($0.eventID) })
                #expect(known.map(\.size) == tasks.map { Int($0.workflowTaskStartedEventAttributes.historySizeBytes) })
                #expect(known.map(\.length) == [3, 8, 13])
                #expect(zip(known, known.dropFirst()).allSatisfy { 0 < $0.size && $0.size < $1.size })
            }
        )
    }

    @Test(arguments: Backend.available)
    func `a run is told why it should continue as new`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Growing.self]) { scene in
            let handle = try await scene.start(Growing.self)
            for number in 0..<3 {
                // The limit is 4 MiB.
                try await scene.eventually { try await handle.describe().historyLength == 4 + 4 * number }
                try await handle.signal(Growing.grow, Data(count: 1_500_000))
            }
            // A server of version 1.27 gives no reasons.
            #expect(try await handle.result() == (backend == .inMemory ? ["historySizeTooLarge"] : []))
        }
    }

    @Test(arguments: Backend.available)
    func `a run knows who started it, and until when its chain may go on`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Knowing.self]) { scene in
            let endless = try await scene.start(Knowing.self, [])
            let unlimited = try await endless.result()
            #expect(unlimited.map(\.deadline) == [nil, nil])

            let handle = try await scene.start(Knowing.self, []) { $0.executionTimeout = .seconds(300) }
            let runs = try await handle.result()
            try #require(runs.count == 2)
            #expect(runs.map(\.starter) == ["conformance", ""], "the service made the second run")
            #expect(runs[0].originalRunID == handle.resultRunID)
            #expect(runs.allSatisfy { $0.originalRunID == $0.runID })
            #expect(runs[0].runID != runs[1].runID)
            let deadline = try #require(runs[0].deadline)
            #expect(abs(deadline.timeIntervalSince(runs[0].start) - 300) < 1)
            // The limit counts from the start of the first run.
            #expect(runs[1].deadline == deadline)
            #expect(runs[1].start >= runs[0].start)
        }
    }

    @Test(arguments: Backend.available)
    func `lines for people stay with activities and timers`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Commented.self]) { scene in
            let handle = try await scene.start(Commented.self)
            #expect(try await handle.result() == "echo")
            let events = try await handle.history().proto.events
            for (type, text) in [(APIEventType.activityTaskScheduled, "an echo"), (.timerStarted, "a moment")] {
                let found = try events.filter { $0.eventType == type }.map {
                    $0.hasUserMetadata
                        ? try PayloadConverter().decode(Payload($0.userMetadata.summary), as: String.self) : nil
                }
                #expect(found == [text, nil], "those with a line, and without")
            }
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Commented",
                    "WorkflowTask",
                    "ActivityTaskScheduled 1 echo",
                    "ActivityTaskStarted",
                    "ActivityTaskCompleted",
                    "WorkflowTask",
                    "TimerStarted 1 0.001 seconds",
                    "TimerFired 1",
                    "WorkflowTask",
                    "ActivityTaskScheduled 2 echo",
                    "ActivityTaskStarted",
                    "ActivityTaskCompleted",
                    "WorkflowTask",
                    "TimerStarted 2 0.001 seconds",
                    "TimerFired 2",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }
}

/// Notes in each of its tasks how long its history is.
@Workflow private actor Historian {
    /// What a task began with.
    struct Extent: Codable, Sendable {
        var length: Int
        var size: Int
    }

    func run() async throws -> [Extent] {
        var extents: [Extent] = []
        for number in 0..<3 {
            if number > 0 { try await context.sleep(.milliseconds(1)) }
            extents.append(Extent(length: context.historyLength, size: context.historySize))
        }
        return extents
    }
}

/// Goes on until it should continue as new, and tells why it should.
@Workflow private actor Growing {
    func run() async throws -> [String] {
        try await context.waitCondition { self.context.isContinueAsNewSuggested }
        return context.continueAsNewReasons.map(\.description)
    }

    @Signal func grow(_ data: Data) {}
}

/// Continues as new once, and tells what both runs knew.
@Workflow private actor Knowing {
    /// What a run knows.
    struct Facts: Codable, Sendable {
        var starter: String
        var runID: String
        var originalRunID: String
        var start: Date
        var deadline: Date?
    }

    func run(_ before: [Facts]) async throws -> [Facts] {
        let info = context.info
        let facts = Facts(
            starter: info.starterIdentity,
            runID: info.runID,
            originalRunID: info.originalRunID,
            start: info.startTime,
            deadline: info.executionDeadline
        )
        if before.isEmpty { try context.continueAsNew(Knowing.self, [facts]) }
        return before + [facts]
    }
}

/// Calls an activity and sets a timer, first with a line on what they are for and then without.
@Workflow private actor Commented {
    func run() async throws -> String {
        let timeout = Duration.seconds(30)
        _ = try await context.executeActivity(Acts.echo, "echo", startToCloseTimeout: timeout, summary: "an echo")
        try await context.sleep(.milliseconds(1), summary: "a moment")
        let text = try await context.executeActivity(Acts.echo, "echo", startToCloseTimeout: timeout)
        try await context.sleep(.milliseconds(1))
        return text
    }
}
