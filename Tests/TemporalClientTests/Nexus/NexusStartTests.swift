import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalClient

/// What the start of a workflow carries that a Nexus operation goes on as.
@Suite struct NexusStartTests {
    private let caller = APILink.with { $0.workflowEvent.workflowID = "caller" }
    private let own = APILink.with { $0.workflowEvent.workflowID = "own" }

    @Test func `links of the start's own stay beside the one to the caller`() {
        var request = APIStartWorkflowExecutionRequest.with {
            $0.links = [own]
            $0.requestID = "mine"
        }
        let info = NexusOperationInfo(
            namespace: "n",
            taskQueue: "q",
            service: "s",
            operation: "o",
            requestID: "call",
            callbackURL: "http://caller",
            links: [caller]
        )
        NexusStart(info, token: "token").fill(&request)
        #expect(request.links == [own, caller])
        // The call is what makes the start repeatable, and a workflow that is found is handed all that it carries.
        #expect(request.requestID == "call")
        #expect(request.completionCallbacks.map(\.nexus.url) == ["http://caller"])
        #expect(request.completionCallbacks.first?.links == [caller])
        #expect(request.onConflictOptions.attachRequestID)
        #expect(request.onConflictOptions.attachCompletionCallbacks)
        #expect(request.onConflictOptions.attachLinks)
    }
}
