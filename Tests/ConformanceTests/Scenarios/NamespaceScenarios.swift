import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

/// What namespaces refuse.
@Suite(.timeLimit(.minutes(3))) struct NamespaceScenarios {
    private func register(_ scene: Scene, _ worker: RawWorker) async throws -> String {
        let name = "space-\(UUID().uuidString.lowercased())"
        try await worker.call(.registerNamespace) {
            $0.namespace = name
            $0.workflowExecutionRetentionPeriod.seconds = 86_400
        }
        // A server needs a moment to know it.
        try await scene.eventually {
            do {
                try await worker.call(.countWorkflowExecutions) { $0.namespace = name }
                return true
            } catch let error as RPCError where error.code == .notFound {
                return false
            }
        }
        return name
    }

    private func delete(_ worker: RawWorker, _ name: String, id: String = "") async throws {
        try await worker.call(.deleteNamespace) {
            $0.namespace = name
            $0.namespaceID = id
        }
    }

    @Test(arguments: Backend.available)
    func `a deprecated namespace is not registered again`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let name = try await register(scene, worker)
        func update(_ state: APINamespaceState) async throws {
            try await worker.call(.updateNamespace) {
                $0.namespace = name
                $0.updateInfo.state = state
            }
        }
        try await update(.registered)
        try await update(.deprecated)
        let error = await #expect(throws: RPCError.self) { try await update(.registered) }
        #expect(error?.code == .invalidArgument && error?.message == "Invalid namespace state update.")
        try await delete(worker, name)
    }

    @Test(arguments: Backend.available)
    func `a namespace that an endpoint leads to is not deleted`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let name = try await register(scene, worker)
        let endpoint = try await worker.call(.createNexusEndpoint) {
            $0.spec.name = "endpoint-\(name)"
            $0.spec.target.worker.namespace = name
            $0.spec.target.worker.taskQueue = scene.taskQueue
        }
        .endpoint
        let target = await #expect(throws: RPCError.self) { try await delete(worker, name) }
        #expect(target?.code == .failedPrecondition)
        #expect(
            target?.message == "cannot delete a namespace that is a target of a Nexus endpoint endpoint-\(name)"
        )
        try await worker.call(.deleteNexusEndpoint) {
            $0.id = endpoint.id
            $0.version = endpoint.version
        }
        let both = await #expect(throws: RPCError.self) { try await delete(worker, name, id: UUID().uuidString) }
        #expect(both?.code == .invalidArgument)
        #expect(both?.message == "Only one of namespace name or Id should be set on request.")
        try await delete(worker, name)
    }

    @Test(arguments: Backend.available)
    func `a namespace has three search attributes of a type, and ten keywords`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let name = try await register(scene, worker)
        func add(_ prefix: String, _ numbers: ClosedRange<Int>, _ type: APIIndexedValueType) async throws {
            try await worker.call(.addSearchAttributes) {
                $0.namespace = name
                for number in numbers { $0.searchAttributes["\(prefix)\(number)"] = type }
            }
        }
        for (prefix, most, type, word) in [("T", 3, APIIndexedValueType.text, "Text"), ("K", 10, .keyword, "Keyword")] {
            try await add(prefix, 1...most, type)
            // A server remembers for a moment how few there were.
            var message: String?
            try await scene.eventually {
                do {
                    try await add(prefix, (most + 1)...(most + 1), type)
                    return false
                } catch let error as RPCError {
                    message = error.message
                    return true
                }
            }
            // A server says before that which store refuses it.
            let words = "cannot have more than \(most) search attribute of type \(word)."
            #expect(message?.hasSuffix(words) == true, "\(message ?? "")")
        }
        try await delete(worker, name)
    }
}
