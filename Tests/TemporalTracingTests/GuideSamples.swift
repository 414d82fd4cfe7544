import Foundation
import Logging
import Temporal
import TemporalClient
import TemporalTesting
import TemporalTracing
import TemporalWorker
import Testing

/// The samples of the guides on errors, converters and interceptors, as code that runs.
@Suite(.timeLimit(.minutes(1))) struct GuideSamples {
    @Test func `a declined card is told from other failures`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Checkout.self]) { env in
            env.mock(Payments.charge) { _ in
                let decline = Decline(reason: "no money")
                throw ApplicationError(
                    "The card was declined.",
                    type: "CardDeclined",
                    nonRetryable: true,
                    details: [try PayloadConverter().encode(decline)]
                )
            }
            let result = try await env.executeWorkflow(Checkout.self, "order")
            #expect(result == "declined: no money")
        }
    }

    @Test func `rules widen what fails a workflow`() async throws {
        var options = TestEnvironmentOptions()
        options.workflowFailureRules = [.matching { ($0 as? ShopError)?.isFinal == true }, .nondeterminism]
        try await TestWorkflowEnvironment.run(workflows: [Closed.self], options: options) { env in
            let handle = try await env.startWorkflow(Closed.self)
            await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        }
        try await TestWorkflowEnvironment.run(workflows: [Strict.self]) { env in
            let handle = try await env.startWorkflow(Strict.self)
            await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        }
    }

    @Test func `an encoding of one's own goes before the standard ones`() async throws {
        let payloads = PayloadConverter(encodings: [PropertyListEncoding()] + PayloadConverter.standardEncodings)
        var options = TestEnvironmentOptions()
        options.dataConverter = DataConverter(payloadConverter: payloads)
        try await TestWorkflowEnvironment.run(workflows: [Echo.self], options: options) { env in
            let result = try await env.executeWorkflow(Echo.self, Decline(reason: "x"))
            #expect(result.reason == "x")
        }
        #expect(try payloads.encode(Decline(reason: "x")).encoding == "binary/plist")
    }

    @Test func `a tenant reaches activities`() async throws {
        var options = TestEnvironmentOptions()
        options.clientInterceptors = [Tenant(), TracingInterceptor()]
        options.workflowInterceptors = [Tenant(), TracingInterceptor()]
        options.activityInterceptors = [TracingInterceptor()]
        try await TestWorkflowEnvironment.run(workflows: [Checkout.self], options: options) { env in
            env.mock(Payments.charge) { _ in
                try ActivityContext.current.info.headers["tenant"].map { try PayloadConverter().decode($0) } ?? "none"
            }
            let result = try await Tenant.$current.withValue("acme") {
                try await env.executeWorkflow(Checkout.self, "order")
            }
            #expect(result == "acme")
        }
    }

    @Test func `an interceptor lets nothing be deleted`() async throws {
        var options = TestEnvironmentOptions()
        options.clientInterceptors = [Guarded(log: options.logger)]
        try await TestWorkflowEnvironment.run(workflows: [Echo.self], options: options) { env in
            let handle = try await env.startWorkflow(Echo.self, Decline(reason: "x"))
            _ = try await handle.result()
            let error = await #expect(throws: ApplicationError.self) { try await handle.delete() }
            #expect(error?.type == "Guarded")
            #expect(try await handle.describe().status == .completed)
            _ = try await handle.reset(to: .firstWorkflowTask, reason: "again").result()
        }
    }

    @Test func `a plugin brings its interceptors to clients, workers and replayers`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Echo.self]) { env in
            let handle = try await env.startWorkflow(Echo.self, Decline(reason: "x"))
            _ = try await handle.result()
            let client = observedClient(env.client.service)
            _ = try TemporalWorker(client: client, taskQueue: "observed", workflows: [Echo.self])
            let replayer = WorkflowReplayer(workflows: [Echo.self], plugins: [Observed()])
            try await replayer.replay(try await client.workflowHandle(id: handle.id).history())
        }
    }
}

struct Guarded: ClientInterceptor {
    let log: Logger

    func callService<Response: Sendable>(
        _ input: ServiceCallInput,
        next: (ServiceCallInput) async throws -> Response
    ) async throws -> Response {
        guard !input.name.hasPrefix("Delete") else {
            throw ApplicationError("Nothing is deleted here.", type: "Guarded")
        }
        if input.name.hasPrefix("Reset") {
            let request = String(decoding: try input.json(), as: UTF8.self)
            log.notice("\(input.name): \(request)")
        }
        return try await next(input)
    }
}

// What makes clients and workers compiles.

private func tenantOptions(_ connection: any TemporalService) -> (TemporalClient, WorkerOptions) {
    let client = TemporalClient(service: connection, interceptors: [Tenant()])
    var options = WorkerOptions()
    options.workflowInterceptors = [Tenant()]
    return (client, options)
}

private func tracingOptions(_ connection: any TemporalService) -> (TemporalClient, WorkerOptions) {
    let client = TemporalClient(service: connection, interceptors: [TracingInterceptor()])
    var options = WorkerOptions()
    options.workflowInterceptors = [TracingInterceptor()]
    options.activityInterceptors = [TracingInterceptor()]
    options.nexusInterceptors = [TracingInterceptor()]
    return (client, options)
}

private func observedClient(_ connection: any TemporalService) -> TemporalClient {
    let client = TemporalClient(service: connection, plugins: [Observed()])
    return client
}

private struct Observed: ClientPlugin, WorkerPlugin {
    var name: String { "acme.observed" }

    func configure(_ client: inout ClientOptions) {
        client.interceptors.append(TracingInterceptor())
    }

    func configure(_ worker: inout WorkerSetup) {
        worker.options.workflowInterceptors.append(TracingInterceptor())
        worker.options.activityInterceptors.append(TracingInterceptor())
        worker.options.nexusInterceptors.append(TracingInterceptor())
    }

    func configure(_ replayer: inout ReplayerSetup) {
        replayer.workflowInterceptors.append(TracingInterceptor())
    }
}

@Workflow private actor Strict {
    static var failureRules: [WorkflowFailureRule] { [.type(DecodingError.self)] }

    func run() async throws {
        _ = try JSONDecoder().decode(Int.self, from: Data("no number".utf8))
    }
}

private struct Decline: Codable, Sendable { var reason: String }

private struct ShopError: Error { var isFinal: Bool }

private enum Payments {
    static let charge = ActivityReference<String, String>(name: "charge")
}

@Workflow private actor Checkout {
    func run(_ order: String) async throws -> String {
        do {
            return try await context.executeActivity(Payments.charge, order, startToCloseTimeout: .seconds(30))
        } catch let error as ActivityError {
            guard let cause = error.cause as? ApplicationError, cause.type == "CardDeclined" else { throw error }
            return "declined: \(try cause.detail(as: Decline.self)?.reason ?? "no reason")"
        }
    }
}

@Workflow private actor Closed {
    func run() async throws { throw ShopError(isFinal: true) }
}

@Workflow private actor Echo {
    func run(_ decline: Decline) async throws -> Decline { decline }
}

private struct PropertyListEncoding: EncodingConverter {
    let encoding = "binary/plist"

    func encode<Value: Encodable>(_ value: Value) throws -> Payload? {
        guard value is Decline else { return nil }
        return Payload(encoding: encoding, data: try PropertyListEncoder().encode(value))
    }

    func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type) throws -> Value {
        try PropertyListDecoder().decode(type, from: payload.data)
    }
}

private struct Tenant: ClientInterceptor, WorkflowInterceptor {
    @TaskLocal static var current = "nobody"

    func startWorkflow(
        _ input: StartWorkflowInput,
        next: (StartWorkflowInput) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle {
        var input = input
        input.headers["tenant"] = try PayloadConverter().encode(Self.current)
        return try await next(input)
    }

    func executeActivity(
        _ input: ActivityCallInput,
        next: (ActivityCallInput) async throws -> [Payload]
    ) async throws -> [Payload] {
        var input = input
        input.headers["tenant"] = input.context.info.headers["tenant"]
        return try await next(input)
    }
}
