import SwiftProtobuf
import TemporalAPI
import Testing

@testable import Temporal

/// Links in the form of Nexus, as the other SDKs and the server write them.
@Suite struct NexusLinkTests {
    private func event(_ fill: (inout APILink.WorkflowEvent) -> Void) -> APILink {
        .with {
            $0.workflowEvent.namespace = "team a"
            $0.workflowEvent.workflowID = "order/1"
            $0.workflowEvent.runID = "run"
            fill(&$0.workflowEvent)
        }
    }

    @Test func `an event is a URL, and read again`() throws {
        let link = event {
            $0.eventRef.eventID = 5
            $0.eventRef.eventType = .nexusOperationScheduled
        }
        let nexus = try #require(APINexusLink(link))
        #expect(nexus.type == "temporal.api.common.v1.Link.WorkflowEvent")
        #expect(
            nexus.url == "temporal:///namespaces/team%20a/workflows/order%2F1/run/history"
                + "?eventID=5&eventType=NexusOperationScheduled&referenceType=EventReference"
        )
        #expect(nexus.link == link)
    }

    @Test func `an event that is known by a request is a URL, and read again`() throws {
        let link = event {
            $0.requestIDRef.requestID = "request"
            $0.requestIDRef.eventType = .workflowExecutionOptionsUpdated
        }
        let nexus = try #require(APINexusLink(link))
        #expect(nexus.url.hasSuffix("&referenceType=RequestIdReference&requestID=request"))
        #expect(nexus.link == link)
    }

    @Test func `operations and activities are URLs, and read again`() throws {
        let operation = APILink.with {
            $0.nexusOperation.namespace = "default"
            $0.nexusOperation.operationID = "operation"
            $0.nexusOperation.runID = "run"
        }
        #expect(APINexusLink(operation)?.url == "temporal:///namespaces/default/nexus-operations/operation/run/details")
        #expect(APINexusLink(operation)?.link == operation)
        let activity = APILink.with {
            $0.activity.namespace = "default"
            $0.activity.activityID = "activity"
            $0.activity.runID = "run"
        }
        #expect(APINexusLink(activity)?.link == activity)
    }

    @Test func `older names of event types are read`() throws {
        let link = APINexusLink.with {
            $0.type = "temporal.api.common.v1.Link.WorkflowEvent"
            $0.url =
                "temporal:///namespaces/n/workflows/w/r/history"
                + "?referenceType=EventReference&eventType=EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"
        }
        #expect(link.link?.workflowEvent.eventRef.eventType == .workflowExecutionStarted)
    }

    @Test(
        arguments: [
            "", "http://elsewhere", "temporal:///", "temporal:///namespaces/n/workflows/w",
            "temporal:///a/b/c/d/e/history",
        ]
    )
    func `what is no link of Temporal is left out`(_ url: String) {
        let link = APINexusLink.with {
            $0.type = "temporal.api.common.v1.Link.WorkflowEvent"
            $0.url = url
        }
        #expect(link.link == nil)
    }

    @Test func `each kind of handler's trouble is tried again or not`() {
        let retried = [
            "RESOURCE_EXHAUSTED", "INTERNAL", "UNAVAILABLE", "UPSTREAM_TIMEOUT", "REQUEST_TIMEOUT", "NEW_KIND",
        ]
        for type in retried { #expect(NexusHandlerError(type: .init(rawValue: type)).isRetryable, "\(type)") }
        let final = ["BAD_REQUEST", "UNAUTHENTICATED", "UNAUTHORIZED", "NOT_FOUND", "CONFLICT", "NOT_IMPLEMENTED"]
        for type in final { #expect(!NexusHandlerError(type: .init(rawValue: type)).isRetryable, "\(type)") }
        #expect(NexusHandlerError(type: .badRequest, retryBehavior: .retryable).isRetryable)
        #expect(!NexusHandlerError(type: .internalError, retryBehavior: .nonRetryable).isRetryable)
    }
}
