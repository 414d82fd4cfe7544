import Temporal
import TemporalAPI

extension TemporalClient {
    /// The rules of the namespace, by which the service holds activities by itself.
    public var workflowRules: WorkflowRuleClient { WorkflowRuleClient(client: self) }
}

/// The rules of a namespace: what the service does with its workflows by itself as something happens to them.
///
/// Servers have these calls turned off unless `frontend.workflowRulesAPIsEnabled` is set, and answer them with the code
/// `unimplemented` then. A namespace has ten rules at most; one that has expired makes room for a new one.
public struct WorkflowRuleClient: Sendable {
    let client: TemporalClient

    /// A rule that was made, and what was begun with it.
    public struct Creation: Sendable, Hashable {
        /// The rule as the service has it.
        public let rule: WorkflowRuleDescription

        /// The id of the batch operation that applies the rule to workflows that run already; `nil` if there is none. See
        /// ``BatchClient/handle(id:)``.
        public let jobID: String?
    }

    /// Makes a rule. A rule cannot be changed: delete it, and make another.
    ///
    /// - Parameters:
    ///   - rule: The rule.
    ///   - description: What it is for, for humans. Workflows show it as the reason why an activity is held.
    ///   - forceScan: Whether the service shall apply the rule to the workflows that run already, too. Servers up to 1.32
    ///     take note of it and do nothing.
    ///   - requestID: Makes the call repeatable where the service knows it. Default: a new one.
    /// - Returns: The rule as the service has it.
    /// - Throws: ``WorkflowRuleAlreadyExistsError`` if the namespace has a rule of the id, ``NamespaceNotFoundError``,
    ///   ``PermissionDeniedError``, `RPCError` for anything else, with the code `invalidArgument` for an id that is empty
    ///   or too long and for one rule too many, and `unimplemented` where the calls are turned off.
    @discardableResult
    public func create(
        _ rule: WorkflowRule,
        description: String = "",
        forceScan: Bool = false,
        requestID: String? = nil
    ) async throws -> Creation {
        var request = APICreateWorkflowRuleRequest()
        request.namespace = client.namespace
        request.spec = rule.proto
        request.forceScan = forceScan
        request.requestID = requestID ?? RandomID.make()
        request.identity = client.identity
        request.description_p = description
        let response = try await mapErrors(rule.id) { try await client.call(.createWorkflowRule, request) }
        return Creation(
            rule: WorkflowRuleDescription(response.rule),
            jobID: response.jobID.isEmpty ? nil : response.jobID
        )
    }

    /// What the service knows of a rule.
    ///
    /// - Parameter id: The id of the rule.
    /// - Throws: ``WorkflowRuleNotFoundError`` if the namespace has none of the id, ``NamespaceNotFoundError``,
    ///   ``PermissionDeniedError``, `RPCError` for anything else, with the code `unimplemented` where the calls are turned
    ///   off.
    public func describe(_ id: String) async throws -> WorkflowRuleDescription {
        var request = APIDescribeWorkflowRuleRequest()
        request.namespace = client.namespace
        request.ruleID = id
        let response = try await mapErrors(id) { try await client.call(.describeWorkflowRule, request) }
        return WorkflowRuleDescription(response.rule)
    }

    /// The rules of the namespace, in no order, those that have expired among them.
    ///
    /// - Returns: The rules. The loop over them throws ``NamespaceNotFoundError``, ``PermissionDeniedError``, and `RPCError`
    ///   for anything else, with the code `unimplemented` where the calls are turned off.
    public func list() -> PagedResults<WorkflowRuleDescription> {
        PagedResults { [client] token in
            var request = APIListWorkflowRulesRequest()
            request.namespace = client.namespace
            request.nextPageToken = token
            let page = try await client.call(.listWorkflowRules, request)
            return (page.rules.map(WorkflowRuleDescription.init), page.nextPageToken)
        }
    }

    /// Takes a rule away. The activities that it has paused stay paused.
    ///
    /// - Parameter id: The id of the rule.
    /// - Throws: ``WorkflowRuleNotFoundError`` if the namespace has none of the id, ``NamespaceNotFoundError``,
    ///   ``PermissionDeniedError``, `RPCError` for anything else, with the code `unimplemented` where the calls are turned
    ///   off.
    public func delete(_ id: String) async throws {
        var request = APIDeleteWorkflowRuleRequest()
        request.namespace = client.namespace
        request.ruleID = id
        _ = try await mapErrors(id) { try await client.call(.deleteWorkflowRule, request) }
    }

    /// Which rule to apply by hand.
    public struct Selection: Sendable {
        fileprivate let choice: APITriggerWorkflowRuleRequest.OneOf_Rule
        fileprivate let id: String

        /// A rule of the namespace.
        ///
        /// - Parameter id: The id of the rule.
        public static func id(_ id: String) -> Selection {
            Selection(choice: .id(id), id: id)
        }

        /// A rule that the namespace need not have, to be applied once.
        ///
        /// - Parameter rule: The rule.
        public static func rule(_ rule: WorkflowRule) -> Selection {
            Selection(choice: .spec(rule.proto), id: rule.id)
        }
    }

    /// Applies a rule to one workflow at once. Servers up to 1.32 do not answer the call: they have the code
    /// `unimplemented` for it, and so has the service in memory.
    ///
    /// - Parameters:
    ///   - selection: The rule.
    ///   - workflowID: The id of the workflow.
    ///   - runID: The run; `nil` for the current one.
    /// - Returns: Whether the rule was for the workflow, so that its actions were taken.
    /// - Throws: ``WorkflowRuleNotFoundError`` if the namespace has none of the id, ``NamespaceNotFoundError``,
    ///   ``PermissionDeniedError``, `RPCError` for anything else, with the code `notFound` for a workflow that is not there,
    ///   and `unimplemented` from servers that do not know the call.
    public func trigger(_ selection: Selection, workflowID: String, runID: String? = nil) async throws -> Bool {
        var request = APITriggerWorkflowRuleRequest()
        request.namespace = client.namespace
        request.execution.workflowID = workflowID
        request.execution.runID = runID ?? ""
        request.rule = selection.choice
        request.identity = client.identity
        return try await mapErrors(selection.id) { try await client.call(.triggerWorkflowRule, request) }.applied
    }

    /// Runs a call and gives the errors of rules their types. The service has only words for them.
    private func mapErrors<Value>(_ id: String, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as RPCError where [.invalidArgument, .notFound, .alreadyExists].contains(error.code) {
            let words = error.message.lowercased()
            guard words.contains("workflow rule with this id") else { throw error }
            if words.contains("already exists") {
                throw WorkflowRuleAlreadyExistsError(
                    ruleID: id,
                    namespace: client.namespace,
                    message: error.message
                )
            }
            guard words.contains("not found") else { throw error }
            throw WorkflowRuleNotFoundError(ruleID: id, namespace: client.namespace, message: error.message)
        }
    }
}
