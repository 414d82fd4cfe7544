import Crypto
import Foundation
import Temporal
import TemporalClient
import Testing

/// Endpoints of Nexus, as operators make and change them.
@Suite(.timeLimit(.minutes(2))) struct NexusEndpointScenarios {
    @Test(arguments: NexusScenarios.backends)
    func `endpoints are made, changed, found and taken away`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let operators = scene.client.operator
        let name = "made-\(UUID().uuidString.lowercased())"
        let target = NexusEndpoint.Target.worker(namespace: "default", taskQueue: "one")
        let made = try await operators.createNexusEndpoint(name, target: target, description: "For *tests*")
        #expect(made.version == 1)
        #expect(made.description == "For *tests*")
        #expect(made.target == target)
        #expect(made.lastModifiedTime == nil)
        #expect(made.urlPrefix == "/nexus/endpoints/\(made.id)/services")
        let twice = await #expect(throws: NexusEndpointAlreadyExistsError.self) {
            try await operators.createNexusEndpoint(name, target: target)
        }
        #expect(twice?.name == name)
        #expect(try await operators.nexusEndpoint(named: name)?.id == made.id)
        let changed = try await operators.updateNexusEndpoint(
            made,
            target: .worker(namespace: "default", taskQueue: "two")
        )
        #expect(changed.version == 2)
        #expect(changed.lastModifiedTime != nil)
        #expect(changed.target == .worker(namespace: "default", taskQueue: "two"))
        await expectCode(.failedPrecondition) { try await operators.updateNexusEndpoint(made, name: "other") }
        #expect(try await operators.nexusEndpoint(id: made.id).version == 2)
        #expect(try await operators.nexusEndpoints(pageSize: 1).all().contains { $0.id == made.id })
        try await operators.deleteNexusEndpoint(changed)
        #expect(try await operators.nexusEndpoint(named: name) == nil)
        let gone = await #expect(throws: NexusEndpointNotFoundError.self) {
            try await operators.nexusEndpoint(id: made.id)
        }
        #expect(gone?.endpointID == made.id)
        await #expect(throws: NexusEndpointNotFoundError.self) { try await operators.deleteNexusEndpoint(changed) }
        await #expect(throws: NexusEndpointNotFoundError.self) { try await operators.updateNexusEndpoint(changed) }
    }

    @Test(arguments: NexusScenarios.backends)
    func `what others say of an endpoint stays when it is changed, though it cannot be read`(_ backend: Backend)
        async throws
    {
        let codec = EncryptionCodec(key: SymmetricKey(size: .bits256))
        let scene = try await Scene(backend, dataConverter: DataConverter(codecs: [codec]))
        let name = "secret-\(UUID().uuidString.lowercased())"
        let target = NexusEndpoint.Target.worker(namespace: "default", taskQueue: "one")
        let made = try await scene.client.operator.createNexusEndpoint(name, target: target, description: "For *tests*")
        let others = scene.plainClient.operator
        let read = try await others.nexusEndpoint(id: made.id)
        #expect(read.description == nil)
        let changed = try await others.updateNexusEndpoint(
            read,
            target: .worker(namespace: "default", taskQueue: "two")
        )
        #expect(try await scene.client.operator.nexusEndpoint(id: made.id).description == "For *tests*")
        let said = try await others.updateNexusEndpoint(changed, description: "plain")
        #expect(said.description == "plain")
        let silent = try await others.updateNexusEndpoint(said, description: "")
        #expect(silent.description == nil)
        // Once more, with nothing to keep.
        let last = try await scene.client.operator.updateNexusEndpoint(silent, target: target)
        #expect(last.description == nil)
        try await others.deleteNexusEndpoint(last)
    }

    static let badEndpoints: [(String, NexusEndpoint.Target, RPCError.Code, String)] = [
        ("", .external(url: "http://localhost"), .invalidArgument, "endpoint name not set"),
        (
            "1bad_", .external(url: "http://localhost"), .invalidArgument,
            "endpoint name must match the regex: \"^[a-zA-Z][a-zA-Z0-9\\\\-]*[a-zA-Z0-9]$\""
        ),
        (
            "good", .external(url: "ftp://localhost"), .invalidArgument,
            "invalid target URL scheme: \"ftp\", expected http or https"
        ),
        ("good", .external(url: ""), .invalidArgument, "empty target URL"),
        (
            "good", .worker(namespace: "nope", taskQueue: "q"), .failedPrecondition,
            "could not verify namespace referenced by target exists: Namespace nope is not found."
        ),
        ("good", .worker(namespace: "", taskQueue: "q"), .invalidArgument, "target namespace not set"),
    ]

    @Test(arguments: NexusScenarios.backends, badEndpoints)
    func `endpoints that make no sense are refused`(
        _ backend: Backend,
        _ bad: (name: String, target: NexusEndpoint.Target, code: RPCError.Code, message: String)
    ) async throws {
        let scene = try await Scene(backend)
        let error = await #expect(throws: RPCError.self) {
            try await scene.client.operator.createNexusEndpoint(bad.name, target: bad.target)
        }
        #expect(error?.code == bad.code)
        #expect(error?.message == bad.message)
    }

    private func expectCode(
        _ code: RPCError.Code,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        do {
            try await body()
            Issue.record("No error came.", sourceLocation: sourceLocation)
        } catch {
            #expect((error as? RPCError)?.code == code, "\(error)", sourceLocation: sourceLocation)
        }
    }
}
