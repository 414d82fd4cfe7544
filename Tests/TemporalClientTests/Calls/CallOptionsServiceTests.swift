import Foundation
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// Options of a client for all its calls, and what the calls say themselves.
@Suite(.timeLimit(.minutes(1))) struct CallOptionsServiceTests {
    private let script = ScriptedService()
    private let codec = NotingCodec()

    private var client: TemporalClient {
        TemporalClient(service: script, namespace: "space", dataConverter: DataConverter(codecs: [codec]))
            .with(CallOptions(timeout: .seconds(3), metadata: ["team": "blue"], retries: false))
    }

    @Test func `codecs are told the context of an activity that is completed from outside`() async throws {
        script.answer(.respondActivityTaskCompleted) { _ in .init() }
        let activity = SerializationContext.Activity(type: "pay", taskQueue: "q", workflowType: "Order")
        let context = SerializationContext(namespace: "space", workflowID: "w", activity: activity)
        try await client.asyncActivity(taskToken: Data([1])).with(context).complete("done")
        #expect(codec.contexts == [context])
        let options = try #require(script.calls.first?.options)
        #expect(options.timeout == .seconds(3))
        #expect(options.metadata["team"] == "blue")
        #expect(!options.retries)
    }

    @Test func `codecs are told the context of an activity whose events are on several pages of a history`()
        async throws
    {
        let payloads = APIPayloads([try PayloadConverter().encode("value")])
        script.answer(.getWorkflowExecutionHistory) { _ in
            .with {
                $0.nextPageToken = Data([1])
                $0.history.events = [
                    .with {
                        $0.eventID = 5
                        $0.activityTaskScheduledEventAttributes.activityType.name = "pay"
                        $0.activityTaskScheduledEventAttributes.taskQueue.name = "q"
                        $0.activityTaskScheduledEventAttributes.input = payloads
                    }
                ]
            }
        }
        script.answer(.getWorkflowExecutionHistory) { _ in
            .with {
                $0.history.events = [
                    .with {
                        $0.eventID = 7
                        $0.activityTaskCompletedEventAttributes.scheduledEventID = 5
                        $0.activityTaskCompletedEventAttributes.result = payloads
                    }
                ]
            }
        }
        let events = try await client.workflowHandle(id: "w", runID: "r").events().all()
        #expect(events.count == 2)
        #expect(codec.contexts.compactMap { $0?.activity?.type } == ["pay", "pay"])
    }
}

/// Changes nothing, and notes what the payloads belong to.
private struct NotingCodec: ContextualPayloadCodec {
    private final class Notes: Sendable {
        let contexts = Mutex<[SerializationContext?]>([])
    }

    private let notes = Notes()
    private var context: SerializationContext?

    var contexts: [SerializationContext?] { notes.contexts.withLock { $0 } }

    func with(_ context: SerializationContext) -> any PayloadCodec {
        var codec = self
        codec.context = context
        return codec
    }

    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        notes.contexts.withLock { $0.append(context) }
        return payloads
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] {
        notes.contexts.withLock { $0.append(context) }
        return payloads
    }
}
