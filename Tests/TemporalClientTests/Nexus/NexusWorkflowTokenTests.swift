import Foundation
import Temporal
import Testing

@testable import TemporalClient

/// Tokens of operations that go on as workflows, as all SDKs write them.
@Suite struct NexusWorkflowTokenTests {
    private func encoded(_ json: String) -> String {
        Data(json.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=",
            with: ""
        )
    }

    @Test(arguments: ["order-1", "a/b \"c\"", "ünï", ""])
    func `a token is read as it was written`(_ id: String) throws {
        let token = NexusWorkflowToken(namespace: "default", workflowID: id)
        #expect(!token.text.contains { "+/=".contains($0) })
        if id.isEmpty {
            #expect(throws: NexusHandlerError.self) { try NexusWorkflowToken(token.text) }
        } else {
            #expect(try NexusWorkflowToken(token.text) == token)
        }
    }

    @Test func `a token is that of the other SDKs`() throws {
        let token = NexusWorkflowToken(namespace: "default", workflowID: "order")
        #expect(token.text == encoded(#"{"t":1,"ns":"default","wid":"order"}"#))
    }

    @Test(
        arguments: [
            ("", "cannot be read"), ("!", "cannot be read"), ("e30", "cannot be read"),
            ("eyJ0IjoyLCJucyI6Im4iLCJ3aWQiOiJ3In0", "is not that of a workflow"),
            ("eyJ2IjoxLCJ0IjoxLCJucyI6Im4iLCJ3aWQiOiJ3In0", "is of a version that this SDK does not know"),
        ]
    )
    func `other tokens are bad requests`(_ text: String, _ problem: String) {
        let error = #expect(throws: NexusHandlerError.self) { try NexusWorkflowToken(text) }
        #expect(error?.type == .badRequest)
        #expect(error?.message.contains(problem) == true)
    }
}
