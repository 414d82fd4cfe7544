import Foundation
import Temporal

/// What a worker provides to the Nexus operations that it runs.
package struct NexusRuntime: NexusOperationRuntime {
    /// The client of the worker.
    package let client: TemporalClient

    /// Provides a client.
    package init(client: TemporalClient) {
        self.client = client
    }

    package func cancelWorkflow(token: String) async throws {
        let token = try NexusWorkflowToken(token)
        guard token.namespace == client.namespace else {
            throw NexusHandlerError(
                "The operation's token is of namespace '\(token.namespace)', and the worker is in '\(client.namespace)'.",
                type: .badRequest
            )
        }
        try await client.workflowHandle(id: token.workflowID).cancel()
    }
}

/// The token of an operation that goes on as the run of a workflow, as all Temporal SDKs write it.
package struct NexusWorkflowToken: Sendable, Hashable {
    /// The namespace of the workflow.
    package var namespace: String

    /// The id of the workflow.
    package var workflowID: String

    /// Makes a token.
    package init(namespace: String, workflowID: String) {
        self.namespace = namespace
        self.workflowID = workflowID
    }

    private struct Content: Codable {
        var v: Int?
        var t: Int
        var ns: String
        var wid: String?
    }

    /// What other kinds of operations have in its place is different.
    private static let workflowRun = 1

    /// The token as text.
    package var text: String {
        // Strings always encode.
        let (namespace, workflowID) = (Self.json(namespace), Self.json(workflowID))
        let content = "{\"t\":\(Self.workflowRun),\"ns\":\(namespace),\"wid\":\(workflowID)}"
        return Data(content.utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func json(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }

    /// Reads a token.
    ///
    /// - Throws: ``NexusHandlerError`` of the kind `BAD_REQUEST` for anything that is not the token of a workflow.
    package init(_ text: String) throws {
        func bad(_ problem: String) -> NexusHandlerError {
            NexusHandlerError("The operation's token \(problem): '\(text)'.", type: .badRequest)
        }
        var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard !text.isEmpty, let data = Data(base64Encoded: base64),
            let content = try? JSONDecoder().decode(Content.self, from: data)
        else { throw bad("cannot be read") }
        guard (content.v ?? 0) == 0 else { throw bad("is of a version that this SDK does not know") }
        guard content.t == Self.workflowRun, let workflowID = content.wid, !workflowID.isEmpty else {
            throw bad("is not that of a workflow")
        }
        self.init(namespace: content.ns, workflowID: workflowID)
    }
}
