import Foundation
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

@Suite struct MethodTableTests {
    @Test func `every RPC is either answered or left out for a reason`() {
        let unclassified = ServiceMethods.all.filter { !MethodTable.isClassified($0) }.map { $0.name }
        #expect(unclassified == [])
    }

    @Test func `what is said of an RPC is about one that exists`() {
        let names = Set(ServiceMethods.all.map { $0.name })
        #expect(MethodTable.reasons.keys.filter { !names.contains($0) } == [])
        let answered = Set(ServiceMethods.all.filter { MethodTable.isImplemented($0) }.map { $0.name })
        #expect(MethodTable.limits.keys.filter { !answered.contains($0) } == [])
    }

    @Test func `an RPC that is left out says which one it was`() async throws {
        let script = Script()
        let error = try await #require(throws: RPCError.self) {
            try await script.call(.triggerWorkflowRule) { $0.namespace = "default" }
        }
        #expect(error.code == .unimplemented)
        #expect(error.message.contains("TriggerWorkflowRule"))
    }

    @Test func `some RPCs that are left out are refused as a server refuses them, once their namespace is there`()
        async throws
    {
        let script = Script()
        func refused<Request, Response>(
            _ method: ServiceMethod<Request, Response>,
            _ fill: (inout Request) -> Void
        ) async -> String? {
            await refusal { _ = try await script.call(method, fill) }.map { "\($0.code): \($0.message)" }
        }
        #expect(
            await refused(.getWorkerVersioningRules) { $0.namespace = "default" }
                == "permissionDenied: Worker versioning v0.2 (Rules-based, deprecated) is disabled on this namespace."
        )
        #expect(
            await refused(.getWorkerBuildIdCompatibility) { $0.namespace = "default" }
                == "permissionDenied: Worker versioning v0.1 (Version Set-based, deprecated) is disabled on this namespace."
        )
        #expect(
            await refused(.listDeployments) { $0.namespace = "default" }
                == "unimplemented: Deployments are deprecated and no longer supported, use Worker Deployments instead"
        )
        #expect(
            await refused(.pollWorkflowExecutionTimeSkipping) { $0.namespace = "default" }
                == "unimplemented: The Time-Skipping feature is not enabled for namespace."
        )
        #expect(
            await refused(.getWorkerVersioningRules) { $0.namespace = "absent" }
                == "notFound: Namespace absent is not found."
        )
    }

    /// Run with `UPDATE_METHODS=1` to write the page anew.
    @Test func `the page of methods is up to date`() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/TemporalTestServer/TemporalTestServer.docc/Methods.md").standardized
        if ProcessInfo.processInfo.environment["UPDATE_METHODS"] == "1" {
            try Data(MethodTable.documentation.utf8).write(to: page)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == MethodTable.documentation)
    }
}
