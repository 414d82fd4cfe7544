import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// What a service refuses that takes so many calls only.
@Suite(.timeLimit(.minutes(1))) struct RateLimitTests {
    private let start = ContinuousClock.now

    private func limiter(_ change: (inout TestServer.RateLimits) -> Void = { _ in }) -> RateLimiter {
        var limits = TestServer.RateLimits()
        change(&limits)
        return RateLimiter(limits)
    }

    private static func request(namespace: String = "default") -> APIDescribeWorkflowExecutionRequest {
        .with { $0.namespace = namespace }
    }

    /// How many of some calls pass at a moment.
    private func passing(
        _ limiter: RateLimiter,
        _ method: String,
        _ request: any Message = request(),
        of count: Int,
        after seconds: Double = 0
    ) -> Int {
        (0..<count).filter { _ in
            do {
                _ = try limiter.enter(method, request, at: start + .seconds(seconds))
                return true
            } catch {
                return false
            }
        }
        .count
    }

    @Test func `without limits, none is there`() {
        #expect(TestServer.Options().rateLimits == nil)
    }

    @Test func `the limits are those of a server that nobody configured`() {
        let limiter = limiter { $0.serviceCalls = 1e9 }
        #expect(passing(limiter, "StartWorkflowExecution", of: 5000) == 4800)
        #expect(passing(limiter, "StartWorkflowExecution", of: 5000, after: 1) == 2400)
        #expect(passing(limiter, "StartWorkflowExecution", of: 5000, after: 100) == 4800)
        let list = APIListWorkflowExecutionsRequest.with { $0.namespace = "default" }
        #expect(passing(limiter, "ListWorkflowExecutions", list, of: 50) == 10)
        #expect(passing(limiter, "CountSchedules", list, of: 50, after: 0.5) == 5)
        // Of all namespaces together, twenty a second.
        let change = APIUpdateNamespaceRequest.with { $0.namespace = "default" }
        #expect(passing(limiter, "UpdateNamespace", change, of: 200, after: 1) == 40)
    }

    @Test func `each namespace has limits of its own, and all together have one`() {
        let limiter = limiter {
            $0.namespaceCalls = 10
            $0.serviceCalls = 12
        }
        #expect(passing(limiter, "DescribeWorkflowExecution", of: 30) == 20)
        // The service takes twice as many at once as in a second.
        #expect(passing(limiter, "DescribeWorkflowExecution", Self.request(namespace: "other"), of: 30) == 4)
        let error = #expect(throws: RPCError.self) {
            _ = try limiter.enter("DescribeWorkflowExecution", Self.request(namespace: "third"), at: start)
        }
        #expect(error?.message == "service rate limit exceeded")
        #expect(error?.exhaustedResource?.scope == "system")
    }

    @Test func `what matters less has to wait first`() {
        let limiter = limiter {
            $0.namespaceCalls = 10
            $0.namespaceBurstRatio = 1
            $0.serviceCalls = 1e9
        }
        // Starts take from what polls may take, but not the other way round.
        let poll = APIPollActivityTaskQueueRequest.with { $0.namespace = "default" }
        #expect(passing(limiter, "PollActivityTaskQueue", poll, of: 20) == 10)
        #expect(passing(limiter, "StartWorkflowExecution", of: 4) == 4)
        #expect(passing(limiter, "PollActivityTaskQueue", poll, of: 20, after: 0.4) == 0)
        #expect(passing(limiter, "PollActivityTaskQueue", poll, of: 20, after: 0.5) == 1)
        #expect(passing(limiter, "StartWorkflowExecution", of: 20, after: 0.5) == 10)
        // A history that is waited for counts as a poll, one that is read does not.
        let read = APIGetWorkflowExecutionHistoryRequest.with { $0.namespace = "other" }
        let wait = APIGetWorkflowExecutionHistoryRequest.with {
            $0.namespace = "other"
            $0.waitNewEvent = true
        }
        #expect(passing(limiter, "GetWorkflowExecutionHistory", read, of: 10) == 10)
        #expect(passing(limiter, "GetWorkflowExecutionHistory", wait, of: 10) == 0)
    }

    @Test func `so many calls of a kind may wait, and each that ends makes room`() throws {
        let limiter = limiter { $0.waitingCalls = 2 }
        let poll = APIPollWorkflowTaskQueueRequest.with { $0.namespace = "default" }
        let places = try (0..<2).map { _ in try #require(try limiter.enter("PollWorkflowTaskQueue", poll, at: start)) }
        let error = #expect(throws: RPCError.self) {
            _ = try limiter.enter("PollWorkflowTaskQueue", poll, at: start)
        }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.message == "namespace concurrent poller limit exceeded")
        #expect(error?.exhaustedResource?.cause == "concurrentLimit")
        // Other kinds, other namespaces, and histories that nobody waits for are not concerned.
        let other = APIPollWorkflowTaskQueueRequest.with { $0.namespace = "other" }
        #expect(try limiter.enter("PollWorkflowTaskQueue", other, at: start) != nil)
        #expect(try limiter.enter("PollActivityTaskQueue", poll, at: start) != nil)
        let read = APIGetWorkflowExecutionHistoryRequest.with { $0.namespace = "default" }
        for _ in 0..<5 { #expect(try limiter.enter("GetWorkflowExecutionHistory", read, at: start) == nil) }
        limiter.leave(places[0])
        #expect(try limiter.enter("PollWorkflowTaskQueue", poll, at: start) != nil)
    }

    @Test func `a service with limits refuses calls with the server's error, and takes others`() async throws {
        var options = TestServer.Options(clock: .skipping())
        options.rateLimits = .init()
        options.rateLimits?.namespaceCalls = 1e-3
        options.rateLimits?.waitingCalls = 1
        let script = Script(server: TestServer(options: options))
        try await script.start()
        let error = await #expect(throws: RPCError.self) { try await script.start("other") }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.message == "namespace rate limit exceeded")
        #expect(error?.exhaustedResource?.cause == "rpsLimit")
        #expect(error?.exhaustedResource?.scope == "namespace")
        #expect(script.server.runs().map(\.workflowID) == ["w"])
        _ = try await script.call(.addSearchAttributes) {
            $0.namespace = "default"
            $0.searchAttributes = ["points": .int]
        }
    }

    @Test func `a poll that ends makes room for the next`() async throws {
        var options = TestServer.Options(clock: .skipping())
        options.rateLimits = .init()
        options.rateLimits?.waitingCalls = 1
        let script = Script(server: TestServer(options: options))
        let first = Task { try await script.pollWorkflow() }
        await script.waits(1)
        #expect(await refusal { _ = try await script.pollWorkflow() }?.code == .resourceExhausted)
        first.cancel()
        await #expect(throws: CancellationError.self) { _ = try await first.value }
        try await script.start()
        #expect(try await script.pollWorkflow().workflowExecution.workflowID == "w")
    }

    @Test func `every request that concerns a namespace is counted there`() {
        func names<Method: AnyServiceMethod>(_ method: Method) -> String? {
            let request = Method.Request()
            guard request.hasNamespaceField else { return nil }
            return request is any NamespacedRequest ? nil : Method.Request.protoMessageName
        }
        #expect(ServiceMethods.all.compactMap { names($0) } == [])
    }

    @Test(arguments: TestServer.RateLimits.names) func `every limit has the name that it has on a server`(
        _ name: String
    ) {
        var limits = TestServer.RateLimits()
        let results = [(name, 7.0), (name, -1), (name + "x", 1)].map { limits.set($0, to: $1) }
        #expect(results == [true, false, false])
        #expect(limits != TestServer.RateLimits())
    }
}

extension Message {
    /// Whether the message has a field of this name, as text that JSON would have.
    fileprivate var hasNamespaceField: Bool {
        (try? Self(jsonString: #"{"namespace": "x"}"#)) != nil
    }
}
