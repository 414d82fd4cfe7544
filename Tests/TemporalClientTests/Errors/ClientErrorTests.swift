import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalClient

@Suite(.timeLimit(.minutes(1))) struct ClientErrorTests {
    private let script = ScriptedService()

    private var client: TemporalClient { TemporalClient(service: script, namespace: "space", identity: "me") }

    @Test func `whoever may not call is told which call it was, and why`() async throws {
        script.answer(.describeWorkflowExecution) { _ in
            throw RPCError(
                code: .permissionDenied,
                message: "Request unauthorized.",
                detail: APIPermissionDeniedFailure.with { $0.reason = "no such role" }
            )
        }
        let error = await #expect(throws: PermissionDeniedError.self) {
            try await client.workflowHandle(id: "w").describe()
        }
        #expect(error?.operation == "DescribeWorkflowExecution")
        #expect(error?.namespace == "space")
        #expect(error?.reason == "no such role")
        #expect(error?.description.contains("no such role") == true)
    }

    @Test func `the typed details of a status are shown`() throws {
        var error = RPCError(
            code: .resourceExhausted,
            message: "slow down",
            detail: APIResourceExhaustedFailure.with {
                $0.cause = .rpsLimit
                $0.scope = .namespace
            }
        )
        var unknown = Google_Protobuf_Any()
        unknown.typeURL = "type.googleapis.com/example.Unknown"
        unknown.value = Data([1, 2, 3])
        error.details.append(unknown)
        let details = error.typedDetails
        #expect(details.map(\.typeName) == [APIResourceExhaustedFailure.protoMessageName, "example.Unknown"])
        #expect(details[0].json?.contains("RPS_LIMIT") == true)
        #expect(details[1].json == nil)
        #expect(details[1].data == Data([1, 2, 3]))
        #expect(details[1].description == "Unknown (3 bytes)")
        let resource = try #require(error.exhaustedResource)
        #expect(resource == ("rpsLimit", "namespace"))
        #expect(RPCError(code: .notFound, message: "gone").exhaustedResource == nil)
    }

    @Test func `every error of the family is one`() {
        let errors: [any Error] = [
            RPCError(code: .unavailable, message: "away"), AsyncActivityNotFoundError(message: "gone"),
            NamespaceNotFoundError(namespace: "n", message: "m"), PayloadCodecError("no key", cause: nil),
            ScheduleConflictError(scheduleID: "s", attempts: 5),
        ]
        for error in errors { #expect(error is any ClientError) }
        let late = ScheduleConflictError(scheduleID: "s", attempts: 0)
        #expect(late.description.contains("look at it again"))
    }

    /// The lines of the table in the guide on errors, by the type that each is about.
    @Test func `the table of the guide names every type of the family`() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources/TemporalClient").standardized
        let guide = try String(contentsOf: sources.appending(path: "TemporalClient.docc/Errors.md"), encoding: .utf8)
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var count = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            let code = try String(contentsOf: file, encoding: .utf8)
            for match in code.matches(of: /public struct (\w+): ClientError/) {
                count += 1
                #expect(guide.contains("| ``\(match.1)`` |"), "\(match.1)")
            }
        }
        #expect(count > 20)
    }
}
