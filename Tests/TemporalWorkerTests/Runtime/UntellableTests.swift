import Foundation
import Logging
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalWorker
import Testing

/// Failures and answers to queries that cannot be sent as they are: the codec fails, or they are too large.
@Suite(.timeLimit(.minutes(1))) struct UntellableTests {
    /// Runs a workflow, with a codec that refuses some values.
    private func run(_ how: String, _ body: (WorkflowHandle<Caller>) async throws -> Void) async throws {
        let server = TestServer(options: TestServer.Options(clock: .skipping(), stallPolicy: .skip))
        defer { server.shutdown() }
        let (reports, report) = AsyncStream.makeStream(of: Void.self)
        let client = TemporalClient(
            service: Narrow(base: server, report: report),
            identity: "test",
            dataConverter: DataConverter(codecs: [Squeamish()]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "q",
            workflows: [Caller.self],
            activities: [Acts(reports: reports)]
        )
        let running = Task { try await worker.run() }
        let options = WorkflowOptions(id: "w", taskQueue: "q", runTimeout: .seconds(60))
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(try await client.startWorkflow(Caller.self, how, options: options)))
        } catch {
            result = .failure(error)
        }
        running.cancel()
        try await running.value
        try result.get()
    }

    @Test(arguments: ["details", "large", "cause", "heartbeat"])
    func `a failure of an activity that cannot be sent is sent without its details`(_ how: String) async throws {
        try await run(how) { handle in
            let failed = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            let activity = try #require(failed?.cause as? ActivityError)
            let cause = try #require(activity.cause as? ApplicationError)
            #expect(cause.type == "Broken")
            #expect(cause.nonRetryable)
            #expect(cause.message == "broken (Without details, which could not be sent.)")
            #expect(cause.details.isEmpty)
            #expect(activity.retryState == .nonRetryableFailure)
            if how == "cause" {
                let below = try #require(cause.cause as? ApplicationError)
                #expect(below.message == "below")
                #expect(below.details.isEmpty)
            }
        }
    }

    @Test(arguments: ["value", "failure"])
    func `who asks a query whose answer cannot be sent is told`(_ how: String) async throws {
        try await run("nothing") { handle in
            let result = try await handle.result()
            #expect(result == "nothing")
            let failed = await #expect(throws: QueryFailedError.self) { try await handle.query(Caller.ask, how) }
            let expected = how == "value" ? "The answer to the query cannot be sent: " : "broken"
            #expect(failed?.message.hasPrefix(expected) == true)
            #expect(failed?.message.hasSuffix("(Without details, which could not be sent.)") == true)
        }
    }
}

private let unencodable = "unencodable"

/// Takes no failure of an activity that is larger than some, as a server that finds the message too large.
private struct Narrow: TemporalService {
    let base: any TemporalService
    /// Told of each heartbeat.
    let report: AsyncStream<Void>.Continuation

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        if let failed = request as? APIRespondActivityTaskFailedRequest, try failed.serializedData().count > 1 << 20 {
            throw RPCError(code: .resourceExhausted, message: "grpc: received message larger than max (9 vs. 4)")
        }
        let response = try await base.call(method, request, options: options)
        if request is APIRecordActivityTaskHeartbeatRequest { report.yield() }
        return response
    }
}

/// Encodes everything but one value.
private struct Squeamish: PayloadCodec {
    struct Refusal: Error {}

    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        guard !payloads.contains(where: { $0.data == Data("\"\(unencodable)\"".utf8) }) else { throw Refusal() }
        return payloads
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] { payloads }
}

@Activities private struct Acts {
    let reports: AsyncStream<Void>

    @Activity func work(_ how: String) async throws -> String {
        let converter = PayloadConverter()
        var failure = ApplicationError("broken", type: "Broken", nonRetryable: true)
        switch how {
        case "details":
            failure.details = [try converter.encode(unencodable)]
        case "large":
            failure.details = [try converter.encode(Data(count: 1 << 20))]
        case "cause":
            failure.cause = ApplicationError("below", details: [try converter.encode(unencodable)])
        case "heartbeat":
            try ActivityContext.current.heartbeat("fine")
            for await _ in reports { break }
            // It waits for its time, and goes with the failure.
            try ActivityContext.current.heartbeat(unencodable)
        default:
            return how
        }
        throw failure
    }
}

@Workflow private actor Caller {
    func run(_ how: String) async throws -> String {
        try await context.executeActivity(
            Acts.work,
            how,
            startToCloseTimeout: .seconds(10),
            retryPolicy: RetryPolicy(maximumAttempts: 1)
        )
    }

    @Query func ask(_ how: String) throws -> String {
        if how == "value" { return unencodable }
        throw ApplicationError("broken", details: [try PayloadConverter().encode(unencodable)])
    }
}
