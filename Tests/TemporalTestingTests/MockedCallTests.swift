import Foundation
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// A call that a mock answers is a call as any other: what stands around it and what its values pass are the same.
@Suite(.timeLimit(.minutes(1))) struct MockedCallTests {
    // MARK: M5

    enum Call: String, CaseIterable, Codable, Sendable, CustomTestStringConvertible {
        case activity, localActivity, child, operation

        var testDescription: String { rawValue }

        /// What stands around one call, and the header that it sees.
        var around: [String] {
            switch self {
            case .activity, .localActivity: ["call of sell (from Ada)", "attempt of sell (from Ada)"]
            case .child: ["start of Sale (from Ada)", "run of Sale (from Ada)"]
            case .operation: ["call of sellFor (from Ada)", "attempt of sellFor (from Ada)"]
            }
        }
    }

    enum Answer: String, CaseIterable, CustomTestStringConvertible {
        case real, value, closure

        var testDescription: String { rawValue }
    }

    @Test(arguments: Call.allCases, Answer.allCases)
    func `interceptors, headers, converters and codecs are the same around every call, whatever answers it`(
        _ call: Call,
        _ answer: Answer
    ) async throws {
        let around = Around()
        var options = TestEnvironmentOptions()
        options.nexusEndpoints = ["shop"]
        options.clientInterceptors = [around]
        options.workflowInterceptors = [around]
        options.activityInterceptors = [around]
        options.nexusInterceptors = [around]
        options.dataConverter = DataConverter(
            payloadConverter: PayloadConverter(encodings: [Backwards()]),
            codecs: [Sealing()]
        )
        // A replay has workflow code run again, and what stands around it.
        options.replaysHistories = false
        try await TestWorkflowEnvironment.run(
            workflows: [Customer.self, Sale.self],
            activities: [Shop()],
            nexusServices: [Counter()],
            options: options
        ) { env in
            mock(call, answer, env)
            for number in 1...3 {
                let start = WorkflowOptions(id: "customer-\(number)", taskQueue: env.options.taskQueue)
                let bought = try await env.executeWorkflow(Customer.self, call, options: start)
                #expect(bought == "tea for Ada")
                let payloads = env.server.history(workflowID: start.id).flatMap { $0.attributes.flatMap(results) ?? [] }
                #expect(payloads.count == 1)
                for payload in payloads {
                    #expect(Payload(payload).encoding == "test/sealed")
                    let opened = try await Sealing().decode([Payload(payload)])
                    #expect(opened.map(\.encoding) == ["test/backwards"])
                    #expect(try Backwards().decode(try #require(opened.first), as: String.self) == "tea for Ada")
                }
            }
        }
        var expected = ["run of Customer (from Ada)": 3]
        for what in call.around { expected[what] = 3 }
        #expect(around.counts == expected)
    }

    private func mock(_ call: Call, _ answer: Answer, _ env: TestWorkflowEnvironment) {
        switch (call, answer) {
        case (_, .real): break
        case (.activity, .value), (.localActivity, .value): env.mock(Shop.sell).returns("tea for Ada").times(3)
        case (.activity, .closure), (.localActivity, .closure): env.mock(Shop.sell) { "\($0) for Ada" }.times(3)
        case (.child, .value): env.mock(Sale.self).returns("tea for Ada").times(3)
        case (.child, .closure): env.mock(Sale.self).runs { "\($0) for Ada" }.times(3)
        case (.operation, .value): env.mock(Counter.sellFor).returns("tea for Ada").times(3)
        case (.operation, .closure): env.mock(Counter.sellFor) { "\($0) for Ada" }.times(3)
        }
    }

    /// The results of calls that an event has.
    private func results(_ attributes: APIHistoryEvent.OneOf_Attributes) -> [APIPayload] {
        switch attributes {
        case .activityTaskCompletedEventAttributes(let event): event.result.payloads
        case .markerRecordedEventAttributes(let event): event.details["result"]?.payloads ?? []
        case .childWorkflowExecutionCompletedEventAttributes(let event): event.result.payloads
        case .nexusOperationCompletedEventAttributes(let event): [event.result]
        default: []
        }
    }
}

/// Counts what it stands around, and says whom each call is from.
private final class Around: ClientInterceptor, WorkflowInterceptor, ActivityInterceptor, NexusInterceptor {
    private let seen = Mutex<[String: Int]>([:])

    var counts: [String: Int] { seen.withLock { $0 } }

    private func note(_ what: String, _ name: String, from: String?) {
        seen.withLock { $0["\(what) of \(name) (from \(from ?? "nobody"))", default: 0] += 1 }
    }

    private func from(_ headers: [String: Payload]) throws -> String? {
        try headers["from"].map { try PayloadConverter().decode($0, as: String.self) }
    }

    func startWorkflow(
        _ input: StartWorkflowInput,
        next: (StartWorkflowInput) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle {
        var input = input
        input.headers["from"] = try PayloadConverter().encode("Ada")
        return try await next(input)
    }

    func execute(_ input: ExecuteWorkflowInput, next: (ExecuteWorkflowInput) async throws -> Payload) async throws
        -> Payload
    {
        let info = input.context.info
        note("run", info.workflowType, from: try from(info.headers))
        return try await next(input)
    }

    func executeActivity(
        _ input: ActivityCallInput,
        next: (ActivityCallInput) async throws -> [Payload]
    ) async throws -> [Payload] {
        var input = input
        input.headers["from"] = input.context.info.headers["from"]
        note("call", input.name, from: try from(input.headers))
        return try await next(input)
    }

    func execute(
        _ input: ExecuteActivityInput,
        next: (ExecuteActivityInput) async throws -> Payload
    ) async throws -> Payload {
        note("attempt", input.info.activityType, from: try from(input.info.headers))
        return try await next(input)
    }

    func startChildWorkflow(_ input: ChildWorkflowInput, next: (ChildWorkflowInput) async throws -> Void) async throws {
        var input = input
        input.headers["from"] = input.context.info.headers["from"]
        note("start", input.workflowType, from: try from(input.headers))
        try await next(input)
    }

    func startNexusOperation(
        _ input: NexusOperationCallInput,
        next: (NexusOperationCallInput) async throws -> Void
    ) async throws {
        var input = input
        input.headers["from"] = try from(input.context.info.headers)
        note("call", input.operation, from: input.headers["from"])
        try await next(input)
    }

    func startOperation(
        _ input: StartNexusOperationInput,
        next: (StartNexusOperationInput) async throws -> NexusOperationResult<Payload>
    ) async throws -> NexusOperationResult<Payload> {
        note("attempt", input.info.operation, from: input.info.headers["from"])
        return try await next(input)
    }
}

/// Writes JSON from its end.
private struct Backwards: EncodingConverter {
    let encoding = "test/backwards"

    func encode<Value: Encodable>(_ value: Value) throws -> Payload? {
        Payload(encoding: encoding, data: Data(try JSONEncoder().encode([value]).reversed()))
    }

    func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type) throws -> Value {
        try #require(try JSONDecoder().decode([Value].self, from: Data(payload.data.reversed())).first)
    }
}

/// Turns each bit around.
private struct Sealing: PayloadCodec {
    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { Payload(encoding: "test/sealed", data: Data(try $0.serialized().map { ~$0 })) }
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { payload in
            try #require(payload.encoding == "test/sealed")
            return try Payload(serialized: Data(payload.data.map { ~$0 }))
        }
    }
}

@Activities private struct Shop {
    @Activity func sell(_ what: String) async throws -> String { "\(what) for Ada" }
}

@NexusService private struct Counter {
    @NexusOperation func sellFor(_ what: String) async throws -> String { "\(what) for Ada" }
}

@Workflow private actor Sale {
    func run(_ what: String) async throws -> String { "\(what) for Ada" }
}

@Workflow private actor Customer {
    func run(_ call: MockedCallTests.Call) async throws -> String {
        switch call {
        case .activity: try await context.executeActivity(Shop.sell, "tea", startToCloseTimeout: .seconds(10))
        case .localActivity: try await context.executeLocalActivity(Shop.sell, "tea", startToCloseTimeout: .seconds(10))
        case .child: try await context.executeChildWorkflow(Sale.self, "tea")
        case .operation: try await context.executeNexusOperation(Counter.sellFor, "tea", endpoint: "shop")
        }
    }
}
