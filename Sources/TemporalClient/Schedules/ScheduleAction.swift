import Foundation
import SwiftProtobuf
public import Temporal
import TemporalAPI

/// What a schedule does when its time has come: it starts a workflow.
public struct ScheduleAction: Sendable {
    /// The arguments: values that a client encodes with its own converter, or payloads that a service had.
    private enum Arguments: Sendable {
        case values(@Sendable (PayloadConverter) throws -> [Payload])
        case payloads([Payload])
    }

    /// The name of the workflow type.
    public let workflowType: String

    private let arguments: Arguments

    /// The id of the workflows, their task queue and more.
    ///
    /// The service adds the time of the action to the id, as in `report-2026-01-31T09:00:00Z`, unless
    /// ``SchedulePolicies/keepsWorkflowID`` is set. Of the options a schedule takes no ``WorkflowOptions/idReusePolicy``,
    /// ``WorkflowOptions/idConflictPolicy``, ``WorkflowOptions/conflictOptions``, ``WorkflowOptions/cronSchedule``,
    /// ``WorkflowOptions/startDelay``, ``WorkflowOptions/requestID``, ``WorkflowOptions/links`` and
    /// ``WorkflowOptions/requestsEagerStart``.
    public var options: WorkflowOptions

    /// The headers that go with each start. The workflow finds them in its info.
    public var headers: [String: Payload]

    private init(_ workflowType: String, _ arguments: Arguments, _ options: WorkflowOptions) {
        self.workflowType = workflowType
        self.arguments = arguments
        self.options = options
        self.headers = [:]
    }

    /// Starts a workflow.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes.
    ///   - options: Its id, its task queue and more.
    public static func startWorkflow<W: Workflow, each Input: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        options: WorkflowOptions
    ) -> ScheduleAction where W.RunInputs == Inputs<repeat each Input> {
        startWorkflow(named: type.definition.name, repeat each input, options: options)
    }

    /// Starts a workflow that is known by name only, such as one written with another SDK.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type.
    ///   - input: The arguments, of any types that can be encoded.
    ///   - options: Its id, its task queue and more.
    public static func startWorkflow<each Input: Codable & Sendable>(
        named name: String,
        _ input: repeat each Input,
        options: WorkflowOptions
    ) -> ScheduleAction {
        let values = (repeat each input)
        return ScheduleAction(
            name,
            .values { try ArgumentReader.encode(repeat each values, converter: $0) },
            options
        )
    }

    /// The arguments of the workflow, encoded.
    ///
    /// - Parameter converter: What encodes them; an action of a description has them encoded already.
    /// - Throws: `PayloadConversionError` if one cannot be encoded.
    public func arguments(encodedWith converter: PayloadConverter = PayloadConverter()) throws -> [Payload] {
        switch arguments {
        case .values(let encode): try encode(converter)
        case .payloads(let payloads): payloads
        }
    }

    // MARK: Wire

    init(_ proto: APIWorkflowNewWorkflowExecutionInfo, _ client: TemporalClient) throws {
        let converter = client.converter(ofWorkflow: proto.workflowID)
        var options = WorkflowOptions(id: proto.workflowID, taskQueue: proto.taskQueue.name)
        options.executionTimeout = proto.workflowExecutionTimeout.limit
        options.runTimeout = proto.workflowRunTimeout.limit
        options.taskTimeout = proto.workflowTaskTimeout.limit
        if proto.hasRetryPolicy { options.retryPolicy = RetryPolicy(proto.retryPolicy) }
        options.memo = proto.memo.fields.mapValues(Payload.init)
        options.searchAttributes = SearchAttributes(proto.searchAttributes)
        if proto.hasPriority { options.priority = Priority(proto.priority) }
        if proto.hasVersioningOverride { options.versioningOverride = VersioningOverride(proto.versioningOverride) }
        let metadata = proto.userMetadata
        if metadata.hasSummary {
            options.staticSummary = try converter.decode(Payload(metadata.summary), as: String.self)
        }
        if metadata.hasDetails {
            options.staticDetails = try converter.decode(Payload(metadata.details), as: String.self)
        }
        self.init(proto.workflowType.name, .payloads(proto.input.values), options)
        headers = proto.header.fields.mapValues(Payload.init)
    }

    /// The action on the wire.
    ///
    /// - Parameters:
    ///   - client: Who encodes.
    ///   - known: What the service has, whose parts that ``ScheduleAction`` does not show are kept.
    /// - Throws: ``ScheduleOptionError`` for an option that a schedule does not take, `PayloadConversionError` if an
    ///   argument, the memo or the summary cannot be encoded.
    func proto(
        _ client: TemporalClient,
        keeping known: APIWorkflowNewWorkflowExecutionInfo? = nil
    ) throws -> APIWorkflowNewWorkflowExecutionInfo {
        try checkOptions()
        let start = try options.startRequest(
            type: workflowType,
            input: try arguments(encodedWith: client.converter(ofWorkflow: options.id)),
            client: client
        )
        var proto = known ?? APIWorkflowNewWorkflowExecutionInfo()
        proto.workflowID = start.workflowID
        proto.workflowType = start.workflowType
        proto.taskQueue = start.taskQueue
        proto.clearInput()
        if start.hasInput { proto.input = start.input }
        proto.clearWorkflowExecutionTimeout()
        if start.hasWorkflowExecutionTimeout { proto.workflowExecutionTimeout = start.workflowExecutionTimeout }
        proto.clearWorkflowRunTimeout()
        if start.hasWorkflowRunTimeout { proto.workflowRunTimeout = start.workflowRunTimeout }
        proto.clearWorkflowTaskTimeout()
        if start.hasWorkflowTaskTimeout { proto.workflowTaskTimeout = start.workflowTaskTimeout }
        proto.clearRetryPolicy()
        if start.hasRetryPolicy { proto.retryPolicy = start.retryPolicy }
        proto.clearMemo()
        if start.hasMemo { proto.memo = start.memo }
        proto.clearSearchAttributes()
        if start.hasSearchAttributes { proto.searchAttributes = start.searchAttributes }
        proto.clearPriority()
        if start.hasPriority { proto.priority = start.priority }
        proto.clearUserMetadata()
        if start.hasUserMetadata { proto.userMetadata = start.userMetadata }
        proto.clearVersioningOverride()
        if start.hasVersioningOverride { proto.versioningOverride = start.versioningOverride }
        proto.clearHeader()
        if !headers.isEmpty { proto.header.fields = headers.mapValues(\.proto) }
        return proto
    }

    private func checkOptions() throws {
        let refused = [
            ("idReusePolicy", options.idReusePolicy != .allowDuplicate),
            ("idConflictPolicy", options.idConflictPolicy != .fail),
            ("conflictOptions", options.conflictOptions != nil),
            ("cronSchedule", options.cronSchedule != nil),
            ("startDelay", options.startDelay != nil),
            ("requestID", options.requestID != nil),
            ("links", !options.links.isEmpty),
            ("requestsEagerStart", options.requestsEagerStart),
        ]
        if let option = refused.first(where: { $0.1 }) {
            throw ScheduleOptionError(option: option.0, workflowID: options.id)
        }
    }
}
