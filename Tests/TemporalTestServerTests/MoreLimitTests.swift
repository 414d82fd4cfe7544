import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// The server's limits of histories, updates, links and texts, on both sides of each.
@Suite(.timeLimit(.minutes(2)), .storesEverything) struct MoreLimitTests {
    private func message(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch let error as RPCError {
            return error.message
        } catch {
            return "\(error)"
        }
    }

    private func markers(_ count: Int) -> [APICommand] {
        Array(
            repeating: .with {
                $0.commandType = .recordMarker
                $0.recordMarkerCommandAttributes.markerName = "m"
            },
            count: count
        )
    }

    /// A history has 51,200 events at most: four are there when the markers come.
    @Test(arguments: [(-1, false), (0, false), (1, true)])
    func `a history with too many events ends its run`(_ offset: Int, _ isTerminated: Bool) async throws {
        let script = Script()
        try await script.start()
        try await script.step(markers: markers(51_200 - 4 + offset))
        #expect(script.history().count == 51_200 + offset + (isTerminated ? 1 : 0))
        #expect((script.types().last == .workflowExecutionTerminated) == isTerminated)
        if isTerminated {
            let end = try #require(script.history().last).workflowExecutionTerminatedEventAttributes
            #expect(end.reason == "Workflow history count exceeds limit.")
            #expect(end.identity == "history-service")
        }
    }

    @Test func `a history that is too large ends its run`() async throws {
        let script = Script()
        try await script.start()
        let megabyte = APIPayloads.with { $0.payloads = [.with { $0.data = Data(count: 1_000_000) }] }
        var sent = 0
        while script.types().last != .workflowExecutionTerminated, sent < 60 {
            _ = try await script.call(.signalWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "w"
                $0.signalName = "s"
                $0.input = megabyte
            }
            sent += 1
        }
        // 50 MiB are more than 52 of them.
        #expect(sent == 53)
        let end = try #require(script.history().last).workflowExecutionTerminatedEventAttributes
        #expect(end.reason == "Workflow history size exceeds limit.")
    }

    @Test func `the size of a history is that of its events`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.activity("a"))
        let size = try script.history().reduce(0) { try $0 + Int64($1.serializedData().count) }
        #expect(try await script.describe().workflowExecutionInfo.historySizeBytes == size)
    }

    @Test func `ten updates are under way at a time`() async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        @Sendable func fill(_ request: inout APIUpdateWorkflowExecutionRequest, _ id: String) {
            request.namespace = "default"
            request.workflowExecution.workflowID = "w"
            request.waitPolicy.lifecycleStage = .accepted
            request.request.meta.updateID = id
            request.request.input.name = "u"
        }
        var updates: [Task<Void, any Error>] = []
        // One that is under way already is no further one.
        for (index, id) in ((1...10).map { "u\($0)" } + ["u1"]).enumerated() {
            updates.append(Task { _ = try await script.call(.updateWorkflowExecution) { fill(&$0, id) } })
            await script.waits(index + 1)
        }
        let error = await refusal { _ = try await script.call(.updateWorkflowExecution) { fill(&$0, "u11") } }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.message == "limit on number of concurrent in-flight updates has been reached (10)")
        #expect(error?.detail(APIResourceExhaustedFailure.self)?.cause == .concurrentLimit)
        // With a start, the error is that of the update.
        let both = await refusal {
            _ = try await script.call(.executeMultiOperation) { request in
                request.namespace = "default"
                request.operations = [
                    .with {
                        $0.startWorkflow.workflowID = "w"
                        $0.startWorkflow.workflowType.name = "Flow"
                        $0.startWorkflow.taskQueue.name = "q"
                        $0.startWorkflow.workflowIDConflictPolicy = .useExisting
                    },
                    .with { fill(&$0.updateWorkflow, "u11") },
                ]
            }
        }
        #expect(both?.code == .resourceExhausted)
        let statuses = try #require(both?.detail(APIMultiOperationExecutionFailure.self)).statuses
        #expect(statuses.map(\.message) == ["Operation was aborted.", error?.message])
        for update in updates { update.cancel() }
        _ = task
    }

    @Test func `links are ten at most, and each of 4,000 bytes`() async throws {
        let script = Script()
        func link(_ size: Int) -> APILink {
            var link = APILink.with {
                $0.workflowEvent.namespace = "n"
                $0.workflowEvent.runID = "r"
                $0.workflowEvent.workflowID = String(repeating: "w", count: size)
            }
            while (try? link.serializedData().count) ?? 0 > size { link.workflowEvent.workflowID.removeLast() }
            return link
        }
        #expect(
            await message { try await script.start("a") { $0.links = Array(repeating: link(50), count: 10) } } == nil
        )
        #expect(
            await message { try await script.start("b") { $0.links = Array(repeating: link(50), count: 11) } }
                == "cannot attach more than 10 links per request, got 11"
        )
        #expect(await message { try await script.start("c") { $0.links = [link(4000)] } } == nil)
        #expect(
            await message { try await script.start("d") { $0.links = [link(4001)] } }
                == "link exceeds allowed size of 4000, got 4001"
        )
        #expect(script.history("a").first?.links.count == 10)
    }

    @Test(arguments: [(1000, true), (1001, false)])
    func `ids and names`(_ length: Int, _ isAccepted: Bool) async throws {
        let script = Script()
        let text = String(repeating: "x", count: length)
        try await script.start("w")
        func expected(_ name: String) -> String? { isAccepted ? nil : "\(name) length exceeds limit." }
        #expect(await message { try await script.start(text) } == expected("WorkflowId"))
        #expect(await message { try await script.start("r") { $0.requestID = text } } == expected("RequestId"))
        // Whoever starts a workflow may be called as he likes.
        #expect(await message { try await script.start("i") { $0.identity = text } } == nil)
        #expect(await message { try await script.signal(text) } == expected("SignalName"))
    }

    @Test func `priorities`() async throws {
        let script = Script()
        #expect(
            await message { try await script.start("a") { $0.priority.priorityKey = -1 } }
                == "priority key can't be negative"
        )
        let key = String(repeating: "f", count: 65)
        #expect(
            await message { try await script.start("b") { $0.priority.fairnessKey = key } }
                == "fairness key length exceeds limit"
        )
        #expect(
            await message { try await script.start("c") { $0.priority.fairnessKey = String(key.dropLast()) } } == nil
        )
    }

    @Test func `events that wait for a workflow task are delivered once there are too many`() async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        for number in 1...100 { try await script.signal(requestID: "\(number)") }
        #expect(script.types().last == .workflowTaskStarted)
        try await script.signal(requestID: "101")
        #expect(script.types().filter { $0 == .workflowExecutionSignaled }.count == 101)
        let failed = try #require(script.history().first { $0.eventType == .workflowTaskFailed })
        #expect(failed.workflowTaskFailedEventAttributes.cause == .forceCloseCommand)
        await #expect(throws: RPCError.self) { try await script.complete(task) }
        try await script.step(.complete())
    }

    @Test func `what an activity answers with too much of fails it`() async throws {
        let large = APIPayloads.with { $0.payloads = [.with { $0.data = Data(count: 3_000_000) }] }
        let script = Script()
        try await script.start()
        try await script.step(.activity("a"), .activity("b"), .activity("c"))
        let tasks = [try await script.pollActivity(), try await script.pollActivity(), try await script.pollActivity()]
        _ = try await script.call(.respondActivityTaskCompleted) {
            $0.taskToken = tasks[0].taskToken
            $0.result = large
        }
        let beat = try await script.call(.recordActivityTaskHeartbeat) {
            $0.taskToken = tasks[1].taskToken
            $0.details = large
        }
        #expect(beat.cancelRequested)
        _ = try await script.call(.respondActivityTaskFailed) {
            $0.taskToken = tasks[2].taskToken
            $0.failure.applicationFailureInfo.details = large
        }
        let messages = script.history().filter { $0.eventType == .activityTaskFailed }
            .map(\.activityTaskFailedEventAttributes.failure.message)
        #expect(
            messages == [
                "Complete result exceeds size limit.", "Heartbeat details exceed size limit.",
                "Failure exceeds size limit.",
            ]
        )
    }
}

extension Script {
    fileprivate func step(markers: [APICommand]) async throws {
        try await complete(try await pollWorkflow(), markers)
    }
}
