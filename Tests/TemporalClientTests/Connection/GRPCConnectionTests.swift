import Foundation
import GRPCNIOTransportHTTP2Posix
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Temporal
import TemporalAPI
import Testing

@testable import TemporalClient

@Suite(.timeLimit(.minutes(1))) struct GRPCConnectionTests {
    private let script = ScriptedService()

    init() {
        script.answer(.getSystemInfo) { _ in
            var response = APIGetSystemInfoResponse()
            response.serverVersion = "9.9.9"
            return response
        }
    }

    private func systemInfo(_ service: any TemporalService, _ options: CallOptions = .default) async throws -> String {
        try await service.call(.getSystemInfo, APIGetSystemInfoRequest(), options: options).serverVersion
    }

    @Test func `a connection makes calls and says who calls`() async throws {
        try await GRPCTestServer.run(script) { server in
            let connection = try await GRPCConnection.connect(
                ConnectionOptions(address: server.address, metadata: ["team": "blue", "raw-bin": "AQI="])
            )
            #expect(try await systemInfo(connection, CallOptions(metadata: ["own": "1"])) == "9.9.9")
            await connection.close()
            #expect(server.observed.metadata("client-name") == [["temporal-swift"], []])
            #expect(server.observed.metadata("team") == [["blue"], ["blue"]])
            #expect(server.observed.binaryMetadata("raw-bin") == [[[1, 2]], [[1, 2]]])
            #expect(server.observed.metadata("own") == [[], ["1"]])
            #expect(server.observed.metadata("authorization") == [[], []])
            #expect(server.observed.connections == 1)
        }
    }

    @Test func `polls that wait leave room for other calls, on further lines`() async throws {
        // Far more than the hundred calls that a server takes on one line.
        let (polled, poll) = AsyncStream.makeStream(of: Void.self)
        script.answer(.pollWorkflowTaskQueue) { _ in
            poll.yield()
            let (stream, _) = AsyncStream<Void>.makeStream()
            for await _ in stream {}
            throw CancellationError()
        }
        try await GRPCTestServer.run(script) { server in
            let connection = try await GRPCConnection.connect(ConnectionOptions(address: server.address))
            var arrivals = polled.makeAsyncIterator()
            let polls = (0..<250).map { _ in
                Task { try await connection.call(.pollWorkflowTaskQueue, .init(), options: .default) }
            }
            for _ in polls { _ = await arrivals.next() }
            #expect(try await systemInfo(connection, CallOptions(timeout: .seconds(20))) == "9.9.9")
            #expect(connection.lineCount == 4)
            #expect(server.observed.connections == 4)
            for poll in polls { poll.cancel() }
            for poll in polls { _ = await poll.result }
            // Lines are used again: the first has room now.
            #expect(try await systemInfo(connection) == "9.9.9")
            #expect(connection.lineCount == 4)
            await connection.close()
        }
    }

    @Test func `a server that knows no system information is connected to all the same`() async throws {
        let script = ScriptedService()
        script.answer(.getSystemInfo) { _ in throw RPCError(code: .unimplemented, message: "old") }
        try await GRPCTestServer.run(script) { server in
            try await GRPCConnection.connect(ConnectionOptions(address: server.address)).close()
        }
    }

    @Test func `the API key is sent with every call and can be replaced`() async throws {
        try await GRPCTestServer.run(script) { server in
            let connection = try await GRPCConnection.connect(
                ConnectionOptions(address: server.address, isTLSDisabled: true, apiKey: "secret-1")
            )
            connection.replaceAPIKey("secret-2")
            _ = try await systemInfo(connection)
            _ = try await systemInfo(connection, CallOptions(metadata: ["authorization": "Basic x"]))
            connection.replaceAPIKey(nil)
            _ = try await systemInfo(connection)
            await connection.close()
            let sent = server.observed.metadata("authorization")
            #expect(sent == [["Bearer secret-1"], ["Bearer secret-2"], ["Basic x"], []])
        }
    }

    @Test func `a provider tells the API key of each call`() async throws {
        let count = Mutex(0)
        let provider: @Sendable () async throws -> String = {
            let number = count.withLock { count in
                count += 1
                return count
            }
            guard number != 3 else { throw KeyServiceError() }
            return "key-\(number)"
        }
        try await GRPCTestServer.run(script) { server in
            let options = ConnectionOptions(address: server.address, isTLSDisabled: true, apiKeyProvider: provider)
            let connection = try await GRPCConnection.connect(options)
            // The provider counts, whatever else was said.
            connection.replaceAPIKey("other")
            _ = try await systemInfo(connection)
            let error = await #expect(throws: RPCError.self) { try await systemInfo(connection) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("the key service sleeps") == true)
            let client = TemporalClient(service: connection, logger: .silent)
            _ = try await systemInfo(client.service)
            #expect(
                server.observed.metadata("authorization") == [["Bearer key-1"], ["Bearer key-2"], ["Bearer key-4"]]
            )
            #expect(server.observed.connections == 1)
            #expect("\(ConnectionOptions(apiKeyProvider: provider))".contains("TLS"))
            await connection.close()
        }
    }

    @Test func `the metadata of all calls can be replaced`() async throws {
        try await GRPCTestServer.run(script) { server in
            let connection = try await GRPCConnection.connect(
                ConnectionOptions(address: server.address, metadata: ["team": "blue", "old": "1"])
            )
            try connection.replaceMetadata(["team": "red"])
            _ = try await systemInfo(connection)
            #expect(throws: ConnectionOptionsError.self) { try connection.replaceMetadata(["Bad Name": "x"]) }
            _ = try await systemInfo(connection)
            #expect(server.observed.metadata("team") == [["blue"], ["red"], ["red"]])
            #expect(server.observed.metadata("old") == [["1"], [], []])
            await connection.close()
        }
    }

    @Test func `the service says what it is and whether it takes calls`() async throws {
        let script = ScriptedService()
        script.answer(.getSystemInfo) { _ in
            var response = APIGetSystemInfoResponse()
            response.serverVersion = "1.2.3"
            response.capabilities.nexus = true
            response.capabilities.supportsSchedules = true
            return response
        }
        script.answer(.getSystemInfo) { _ in throw RPCError(code: .unimplemented, message: "old") }
        script.answer(.getSystemInfo) { _ in throw RPCError(code: .permissionDenied, message: "no") }
        try await GRPCTestServer.run(script) { server in
            let connection = try GRPCConnection(lazily: ConnectionOptions(address: server.address))
            let info = try await connection.serviceInfo()
            #expect(info.serverVersion == "1.2.3")
            #expect(info.capabilities == [.nexus, .schedules])
            #expect(try await connection.serviceInfo().capabilities.isEmpty)
            let error = await #expect(throws: RPCError.self) { try await connection.serviceInfo() }
            #expect(error?.code == .permissionDenied)
            // The test server serves one part, not another, and does not know a third.
            #expect(try await connection.isServing())
            #expect(try await !connection.isServing("asleep"))
            let unknown = await #expect(throws: RPCError.self) { try await connection.isServing("absent") }
            #expect(unknown?.code == .notFound)
            await connection.close()
        }
    }

    @Test(arguments: [true, false])
    func `messages are compressed in both directions`(isCompressing: Bool) async throws {
        let big = Payload(encoding: "binary/plain", data: Data(repeating: 7, count: 1 << 20))
        script.answer(.queryWorkflow) { request in
            var response = APIQueryWorkflowResponse()
            response.queryResult = request.query.queryArgs
            return response
        }
        try await GRPCTestServer.run(script, compresses: true) { server in
            let connection = try GRPCConnection(
                lazily: ConnectionOptions(address: server.address, compression: isCompressing ? .gzip : .none)
            )
            var request = APIQueryWorkflowRequest()
            request.query.queryArgs = APIPayloads([big])
            let response = try await connection.call(.queryWorkflow, request, options: .default)
            #expect(response.queryResult.values == [big])
            let bytes = server.observed.bytes
            #expect((bytes.received < 100_000) == isCompressing)
            #expect((bytes.sent < 100_000) == isCompressing)
            await connection.close()
        }
    }

    @Test func `a service that knows no compression gets calls without it`() async throws {
        script.answer(.describeNamespace) { _ in throw RPCError(code: .unimplemented, message: "no such method") }
        try await GRPCTestServer.run(script) { server in
            let connection = try await GRPCConnection.connect(ConnectionOptions(address: server.address))
            for _ in 0..<3 { #expect(try await systemInfo(connection) == "9.9.9") }
            // Each reached the service once.
            #expect(server.observed.calls == 4)
            // What is not about compression stays as it is.
            let error = await #expect(throws: RPCError.self) {
                try await connection.call(.describeNamespace, .init(), options: .default)
            }
            #expect(error?.code == .unimplemented)
            #expect(server.observed.calls == 5)
            #expect(server.observed.connections == 1)
            await connection.close()
        }
    }

    @Test func `a service that takes fewer calls at a time gets more lines`() async throws {
        let (polled, poll) = AsyncStream.makeStream(of: Void.self)
        script.answer(.pollWorkflowTaskQueue) { _ in
            poll.yield()
            let (stream, _) = AsyncStream<Void>.makeStream()
            for await _ in stream {}
            throw CancellationError()
        }
        try await GRPCTestServer.run(script, configure: { $0.http2.maxConcurrentStreams = 10 }) { server in
            let connection = try await GRPCConnection.connect(ConnectionOptions(address: server.address))
            var arrivals = polled.makeAsyncIterator()
            for _ in 0..<3 {
                let polls = (0..<60).map { _ in
                    Task { try await connection.call(.pollWorkflowTaskQueue, .init(), options: .default) }
                }
                for _ in polls { _ = await arrivals.next() }
                #expect(try await systemInfo(connection, CallOptions(timeout: .seconds(20))) == "9.9.9")
                // Eight of the ten are taken on each.
                #expect(connection.lineCount == 8)
                for poll in polls { poll.cancel() }
                for poll in polls { _ = await poll.result }
            }
            await connection.close()
        }
    }

    @Test func `a server that stays silent is given up`() async throws {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let options = ConnectionOptions(address: "127.0.0.1:\(channel.localAddress?.port ?? 0)")
        let factory = try LineFactory(options, connectTimeout: .milliseconds(100))
        let connection = try GRPCConnection(options, factory)
        let error = await #expect(throws: RPCError.self) {
            try await systemInfo(connection, CallOptions(timeout: .seconds(30)))
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("HTTP/2") == true)
        await connection.close(within: .zero)
        try await channel.close()
    }

    @Test(
        arguments: [(nil, nil), ("own.test", nil), (nil, "sni.test"), ("own.test", "sni.test")] as [(String?, String?)]
    )
    func `the name in the calls is the one that was asked for`(authority: String?, serverName: String?) throws {
        var options = ConnectionOptions(
            address: "a.test",
            authority: authority,
            tls: TLSOptions(serverName: serverName)
        )
        #expect(try LineFactory(options).authority == authority ?? serverName)
        options.proxy = HTTPProxy(address: "p.test:1")
        #expect(try LineFactory(options).authority == authority ?? serverName ?? "a.test:7233")
    }

    @Test func `a client can be given options for all its calls`() async throws {
        let script = ScriptedService()
        script.answer(.describeWorkflowExecution) { _ in throw RPCError(code: .unavailable, message: "down") }
        let client = TemporalClient(service: script, logger: .silent)
        let impatient =
            client
            .with(CallOptions(timeout: .seconds(7), metadata: ["team": "blue", "a": "1"], retries: false))
            .with(CallOptions(metadata: ["a": "2"]))
        let handle = impatient.workflowHandle(for: Greeter.self, id: "w")
        await #expect(throws: RPCError.self) { try await handle.describe() }
        #expect(script.calls.count == 1)
        #expect(script.calls.first?.options.timeout == .seconds(7))
        #expect(script.calls.first?.options.metadata["team"] == "blue")
        #expect(script.calls.first?.options.metadata["a"] == "2")
        #expect(script.calls.first?.options.metadata["temporal-namespace"] == "default")
    }

    @Test func `the typed details of an error arrive`() async throws {
        script.answer(.startWorkflowExecution) { _ in
            var detail = APIWorkflowExecutionAlreadyStartedFailure()
            detail.runID = "r7"
            throw RPCError(code: .alreadyExists, message: "there", detail: detail)
        }
        try await GRPCTestServer.run(script) { server in
            let connection = try GRPCConnection(lazily: ConnectionOptions(address: server.address))
            let error = await #expect(throws: RPCError.self) {
                try await connection.call(.startWorkflowExecution, .init(), options: .default)
            }
            #expect(error?.code == .alreadyExists)
            #expect(error?.message == "there")
            #expect(error?.detail(APIWorkflowExecutionAlreadyStartedFailure.self)?.runID == "r7")
            await connection.close()
        }
    }

    @Test(arguments: RPCError.Code.allCases)
    func `every status code arrives as it is`(code: RPCError.Code) async throws {
        script.answer(.describeNamespace) { _ in throw RPCError(code: code, message: "because ü") }
        try await GRPCTestServer.run(script) { server in
            let connection = try GRPCConnection(lazily: ConnectionOptions(address: server.address))
            let error = await #expect(throws: RPCError.self) {
                try await connection.call(.describeNamespace, .init(), options: .default)
            }
            #expect(error?.code == code)
            #expect(error?.message == "because ü")
            await connection.close()
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `the event loop reads and writes while there is always a task to run`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executor = LineExecutor(loop)
        let isDone = Atomic<Bool>(false)
        let spinning = Task(executorPreference: executor) {
            while !isDone.load(ordering: .acquiring) { await Task.yield() }
        }
        let server = try await ServerBootstrap(group: loop).bind(host: "127.0.0.1", port: 0).get()
        let address = try #require(server.localAddress)
        let client = try await ClientBootstrap(group: loop).connect(to: address).get()
        isDone.store(true, ordering: .releasing)
        await spinning.value
        try await client.close()
        try await server.close()
    }

    @Test func `a call that takes too long ends at its deadline`() async throws {
        script.answer(.describeNamespace) { _ in
            try await Task.sleep(for: .seconds(60))
            return .init()
        }
        try await GRPCTestServer.run(script) { server in
            let connection = try GRPCConnection(lazily: ConnectionOptions(address: server.address))
            let error = await #expect(throws: RPCError.self) {
                try await connection.call(
                    .describeNamespace,
                    .init(),
                    options: CallOptions(timeout: .milliseconds(50))
                )
            }
            #expect(error?.code == .deadlineExceeded)
            await connection.close()
        }
    }

    @Test func `a cancelled task ends its call with a cancellation`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        script.answer(.describeNamespace) { _ in
            start.yield()
            try await Task.sleep(for: .seconds(60))
            return .init()
        }
        try await GRPCTestServer.run(script) { server in
            let connection = try GRPCConnection(lazily: ConnectionOptions(address: server.address))
            let call = Task { try await connection.call(.describeNamespace, .init(), options: .default) }
            for await _ in started { break }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            await connection.close()
        }
    }

    @Test func `large messages go through up to the limit`() async throws {
        let big = Payload(encoding: "binary/plain", data: Data(repeating: 7, count: 5 << 20))
        script.answer(.queryWorkflow) { request in
            var response = APIQueryWorkflowResponse()
            response.queryResult = request.query.queryArgs
            return response
        }
        script.answer(.describeNamespace) { _ in
            var response = APIDescribeNamespaceResponse()
            response.namespaceInfo.description_p = String(repeating: "x", count: 2 << 20)
            return response
        }
        try await GRPCTestServer.run(script) { server in
            let connection = try GRPCConnection(lazily: ConnectionOptions(address: server.address))
            var request = APIQueryWorkflowRequest()
            request.query.queryArgs = APIPayloads([big])
            let response = try await connection.call(.queryWorkflow, request, options: .default)
            #expect(response.queryResult.values == [big])
            await connection.close()

            let small = try GRPCConnection(
                lazily: ConnectionOptions(address: server.address, maximumMessageBytes: 1 << 20)
            )
            let tooLargeToSend = await #expect(throws: RPCError.self) {
                try await small.call(.queryWorkflow, request, options: .default)
            }
            #expect(tooLargeToSend.map(isMessageTooLarge) == true, "\(String(describing: tooLargeToSend))")
            let tooLargeToTake = await #expect(throws: RPCError.self) {
                try await small.call(.describeNamespace, .init(), options: .default)
            }
            #expect(tooLargeToTake.map(isMessageTooLarge) == true, "\(String(describing: tooLargeToTake))")
            await small.close()
        }
    }

    @Test func `a closed connection refuses calls`() async throws {
        try await GRPCTestServer.run(script) { server in
            let connection = try await GRPCConnection.connect(ConnectionOptions(address: server.address))
            await connection.close()
            await connection.close()
            let error = await #expect(throws: RPCError.self) { try await systemInfo(connection) }
            #expect(error?.code == .failedPrecondition)
            #expect(error?.message.contains("closed") == true)
        }
    }

    @Test func `closing waits for calls under way, but not for ever`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        script.answer(.describeNamespace) { _ in
            start.yield()
            for await _ in released { break }
            return .init()
        }
        try await GRPCTestServer.run(script) { server in
            let connection = try GRPCConnection(lazily: ConnectionOptions(address: server.address))
            let first = Task { try await connection.call(.describeNamespace, .init(), options: .default) }
            for await _ in started { break }
            async let closed: Void = connection.close()
            release.yield()
            _ = try await first.value
            await closed

            let other = try GRPCConnection(lazily: ConnectionOptions(address: server.address))
            let second = Task { try await other.call(.describeNamespace, .init(), options: .default) }
            for await _ in started { break }
            await other.close(within: .zero)
            await #expect(throws: RPCError.self) { try await second.value }
            release.finish()
        }
    }

    @Test func `a connection that nobody refers to ends by itself`() async throws {
        try await GRPCTestServer.run(script) { server in
            func use() async throws {
                _ = try await TemporalClient.connect(to: server.address)
            }
            try await use()
            for await _ in server.observed.disconnections { break }
        }
    }

    /// A port that is free, and that no other test is given when it asks for any.
    private func ownPort() async throws -> Int {
        for _ in 0..<20 {
            // Below what systems give out by themselves.
            let port = Int.random(in: 20_000..<30_000)
            if let port = try? await GRPCTestServer.run(script, port: port, { $0.port }) { return port }
        }
        return try await GRPCTestServer.run(script) { $0.port }
    }

    @Test func `a server that comes back is connected to again`() async throws {
        let port = try await ownPort()
        let connection = try GRPCConnection(lazily: ConnectionOptions(address: "127.0.0.1:\(port)"))
        let error = await #expect(throws: RPCError.self) { try await systemInfo(connection) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("127.0.0.1:\(port)") == true)
        let client = TemporalClient(service: connection, logger: .silent)
        for _ in 0..<3 {
            try await GRPCTestServer.run(script, port: port) { _ in
                let version = try await systemInfo(client.service)
                #expect(version == "9.9.9")
            }
        }
        await connection.close()
    }

    @Test func `a connection to nobody says what to check, and names no secret`() async throws {
        let port = try await GRPCTestServer.run(script) { $0.port }
        let options = ConnectionOptions(
            address: "127.0.0.1:\(port)",
            isTLSDisabled: true,
            apiKey: "secret",
            metadata: ["token": "secret"]
        )
        let error = await #expect(throws: RPCError.self) { _ = try await GRPCConnection.connect(options) }
        let text = "\(String(describing: error)) \(options) \(String(reflecting: options))"
        #expect(text.contains("127.0.0.1:\(port)"))
        #expect(!text.contains("secret"))
        var dumped = ""
        dump(options, to: &dumped)
        let connection = try GRPCConnection(lazily: options)
        await #expect(throws: RPCError.self) { try await systemInfo(connection) }
        dump(TemporalClient(service: connection), to: &dumped)
        let isSecretShown = dumped.contains("secret")
        #expect(!isSecretShown)
    }

    @Test(arguments: [false, true])
    func `one connection survives a server that sends a PING with every response`(secured: Bool) async throws {
        let security: HTTP2ServerTransport.Posix.TransportSecurity =
            secured
            ? .tls(
                certificateChain: [.bytes(Array(TestCertificates.server.utf8), format: .pem)],
                privateKey: .bytes(Array(TestCertificates.serverKey.utf8), format: .pem)
            ) : .plaintext
        try await GRPCTestServer.run(script, security: security, pings: true) { server in
            let tls =
                secured
                ? TLSOptions(serverRootCertificates: .text(TestCertificates.root), serverName: "localhost") : nil
            let connection = try GRPCConnection(lazily: ConnectionOptions(address: server.address, tls: tls))
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<150 { _ = try await systemInfo(connection) }
                    }
                }
                try await group.waitForAll()
            }
            await connection.close()
            #expect(server.observed.calls == 1200)
            #expect(server.observed.connections == 1)
            #expect(server.observed.answeredPings > 400)
        }
    }
}

private struct KeyServiceError: Error, CustomStringConvertible {
    let description = "the key service sleeps"
}
