import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

private let environment = ProcessInfo.processInfo.environment

/// Nexus operations between this SDK and Python's, on one real server.
@Suite(.enabled(if: environment["TEMPORAL_ADDRESS"] != nil && environment["TEMPORAL_PYTHON"] != nil))
struct NexusInteropTests {
    private let address = environment["TEMPORAL_ADDRESS"] ?? ""
    private let queue = "interop-\(UUID())"

    @Test(.timeLimit(.minutes(2)))
    func `A Swift workflow calls Nexus operations of Python`() async throws {
        try await withWorkers { client, endpoints in
            let handle = try await client.startWorkflow(
                SwiftNexusCaller.self,
                endpoints.python,
                options: options(queue)
            )
            #expect(
                try await handle.result() == [
                    "Python greets Swift", "Python worked on 3", "OperationError no luck", "BAD_REQUEST", "cancelled",
                ]
            )
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `A Python workflow calls Nexus operations of Swift`() async throws {
        try await withWorkers { client, endpoints in
            let handle = try await client.startWorkflow(
                named: "PythonNexusCaller",
                endpoints.swift,
                options: options(queue + "-python")
            )
            #expect(
                try await handle.result(as: [String].self) == [
                    "Swift greets Python", "Swift worked on 3", "OperationError no luck", "BAD_REQUEST", "cancelled",
                ]
            )
        }
    }

    // MARK: Both sides

    private func options(_ taskQueue: String) -> WorkflowOptions {
        WorkflowOptions(id: "interop-\(UUID())", taskQueue: taskQueue, executionTimeout: .seconds(60))
    }

    /// Runs a worker of each SDK while the body runs, with an endpoint for each.
    private func withWorkers(
        _ body: (TemporalClient, (swift: String, python: String)) async throws -> Void
    ) async throws {
        let client = try await TemporalClient.connect(to: address)
        func endpoint(_ side: String, _ taskQueue: String) async throws -> NexusEndpoint {
            try await client.operator.createNexusEndpoint(
                "\(side)-\(UUID().uuidString.lowercased())",
                target: .worker(namespace: client.namespace, taskQueue: taskQueue)
            )
        }
        let swift = try await endpoint("swift", queue)
        let python = try await endpoint("python", queue + "-python")
        let worker = try TemporalWorker(
            client: client,
            taskQueue: queue,
            workflows: [SwiftNexusCaller.self, SwiftNexusWork.self],
            nexusServices: [SwiftDesk()]
        )
        let peer = try Peer("worker", address, queue + "-python")
        try await peer.waitUntilReady()
        let running = Task { try await worker.run() }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(client, (swift.name, python.name)))
        } catch {
            outcome = .failure(error)
        }
        peer.closeInput()
        #expect(await peer.exitCode() == 0)
        running.cancel()
        try await running.value
        try await client.operator.deleteNexusEndpoint(swift)
        try await client.operator.deleteNexusEndpoint(python)
        try outcome.get()
    }
}

/// What `peer.py` calls, and offers under the name `PythonDesk`.
@NexusService
struct SwiftDesk {
    @NexusOperation
    func greet(_ name: String) async throws -> String {
        switch name {
        case "fail": throw NexusUnsuccessfulOperation("no luck")
        case "bad": throw NexusHandlerError("not like this", type: .badRequest)
        default: return "Swift greets \(name)"
        }
    }

    @NexusOperation
    func work(_ amount: Int) async throws -> NexusWorkflowRun<String> {
        let context = try NexusOperationContext.current
        return try await context.startWorkflow(
            SwiftNexusWork.self,
            amount,
            options: WorkflowOptions(id: "work-\(context.info.requestID)", taskQueue: context.info.taskQueue)
        )
    }
}

@Workflow
actor SwiftNexusWork {
    func run(_ amount: Int) async throws -> String {
        if amount < 0 { try await context.waitCondition { false } }
        return "Swift worked on \(amount)"
    }
}

@Workflow
actor SwiftNexusCaller {
    private static let greet = NexusOperationReference<String, String>(service: "PythonDesk", name: "greet")
    private static let work = NexusOperationReference<Int, String>(service: "PythonDesk", name: "work")

    func run(_ endpoint: String) async throws -> [String] {
        var log = [try await context.executeNexusOperation(Self.greet, "Swift", endpoint: endpoint)]
        log.append(try await context.executeNexusOperation(Self.work, 3, endpoint: endpoint))
        for what in ["fail", "bad"] {
            do {
                log.append(try await context.executeNexusOperation(Self.greet, what, endpoint: endpoint))
            } catch let error as NexusOperationError {
                switch error.cause {
                case let cause as ApplicationError: log.append("\(cause.type) \(cause.message)")
                case let cause as NexusHandlerError: log.append("\(cause.type)")
                default: log.append("\(error)")
                }
            }
        }
        let operation = try await context.startNexusOperation(Self.work, -1, endpoint: endpoint)
        try operation.cancel()
        do {
            log.append(try await operation.result())
        } catch let error as NexusOperationError where error.cause is CancelledError {
            log.append("cancelled")
        }
        return log
    }
}
