import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct WorkflowRuleClientTests {
    private let script = ScriptedService()

    private var rules: WorkflowRuleClient {
        TemporalClient(service: script, namespace: "space", identity: "me").workflowRules
    }

    private let rule = WorkflowRule(
        id: "hold",
        visibilityQuery: "WorkflowType = 'Order'",
        trigger: .activityStart("Attempts > 3"),
        actions: [.pauseActivity],
        expirationTime: Date(timeIntervalSince1970: 1_800_000_000)
    )

    @Test func `a rule goes out as it is said, and comes back the same`() async throws {
        script.answer(.createWorkflowRule) { request in
            .with {
                $0.rule.spec = request.spec
                $0.rule.createdByIdentity = request.identity
                $0.rule.description_p = request.description_p
                $0.rule.createTime.seconds = 5
                $0.jobID = request.forceScan ? "job" : ""
            }
        }
        let made = try await rules.create(rule, description: "why", forceScan: true, requestID: "r")
        #expect(made.jobID == "job")
        #expect(made.rule.rule == rule)
        #expect(made.rule.createdBy == "me" && made.rule.description == "why")
        #expect(made.rule.createTime == Date(timeIntervalSince1970: 5))
        let plain = WorkflowRule(id: "all", trigger: .activityStart(), actions: [])
        #expect(try await rules.create(plain).jobID == nil)
        let requests = script.requests(.createWorkflowRule)
        #expect(requests.map(\.namespace) == ["space", "space"])
        #expect(requests[0].requestID == "r" && !requests[1].requestID.isEmpty)
        #expect(requests[0].spec.activityStart.predicate == "Attempts > 3")
        #expect(requests[0].spec.visibilityQuery == "WorkflowType = 'Order'")
        #expect(requests[0].spec.expirationTime.seconds == 1_800_000_000 && !requests[1].spec.hasExpirationTime)
        #expect(requests[0].spec.actions == [.with { $0.activityPause = .init() }])
        #expect(requests[1].spec.trigger == .activityStart(.init()) && !requests[1].forceScan)
    }

    @Test func `rules are listed page by page, those of newer servers among them`() async throws {
        script.answer(.listWorkflowRules) { _ in
            .with {
                $0.rules = [.with { $0.spec = .with { $0.id = "a" } }]
                $0.nextPageToken = Data([1])
            }
        }
        script.answer(.listWorkflowRules) { _ in
            .with {
                $0.rules = [
                    .with {
                        $0.spec.id = "b"
                        $0.spec.actions = [.init()]
                    }
                ]
            }
        }
        let all = try await rules.list().all()
        #expect(all.map(\.rule.id) == ["a", "b"])
        #expect(all[0].rule.trigger.activityPredicate == nil && all[0].rule.trigger.description == "unknown")
        #expect(all[1].rule.actions.map(\.description) == ["unknown"])
        #expect(script.requests(.listWorkflowRules).map(\.nextPageToken) == [Data(), Data([1])])
    }

    @Test func `a rule is applied by hand, by its id or as it is said`() async throws {
        script.answer(.triggerWorkflowRule) { request in .with { $0.applied = request.id == "hold" } }
        #expect(try await rules.trigger(.id("hold"), workflowID: "w", runID: "r"))
        #expect(try await !rules.trigger(.rule(rule), workflowID: "w"))
        let requests = script.requests(.triggerWorkflowRule)
        #expect(requests.map(\.execution.runID) == ["r", ""] && requests.map(\.execution.workflowID) == ["w", "w"])
        #expect(requests[1].spec.id == "hold" && requests[1].identity == "me")
    }

    /// What a service says, and whether the id of a rule is in use or unknown.
    @Test(arguments: [
        (RPCError.Code.invalidArgument, "Workflow Rule with this ID already exists.", true, false),
        (.alreadyExists, "Workflow rule with this id already exists", true, false),
        (.invalidArgument, "Workflow Rule with this ID not Found.", false, true),
        (.notFound, "Workflow Rule with this ID not found", false, true),
        (.invalidArgument, "Workflow Rule limit exceeded. Max: 10", false, false),
        (.notFound, "workflow not found", false, false),
        (.unimplemented, "method CreateWorkflowRule not supported", false, false),
    ])
    func `the words of the service become errors with types`(
        code: RPCError.Code,
        words: String,
        isThere: Bool,
        isMissing: Bool
    ) async throws {
        script.answer(.createWorkflowRule) { _ in throw RPCError(code: code, message: words) }
        script.answer(.describeWorkflowRule) { _ in throw RPCError(code: code, message: words) }
        script.answer(.deleteWorkflowRule) { _ in throw RPCError(code: code, message: words) }
        for call in [
            { try await rules.create(rule) as Any }, { try await rules.describe("hold") as Any },
            { try await rules.delete("hold") as Any },
        ] {
            let error = await #expect(throws: (any Error).self) { _ = try await call() }
            let present = error as? WorkflowRuleAlreadyExistsError
            let absent = error as? WorkflowRuleNotFoundError
            #expect((present != nil) == isThere && (absent != nil) == isMissing)
            if isThere { #expect(present?.ruleID == "hold" && present?.namespace == "space") }
            if isMissing { #expect(absent?.ruleID == "hold" && absent?.message == words) }
            if !isThere, !isMissing { #expect((error as? RPCError)?.code == code) }
            #expect(error.map { "\($0)".contains(words) } == true)
        }
    }
}
