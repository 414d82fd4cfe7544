import TemporalAPI

/// The payloads of a message in groups, one for each context.
struct MessageParts {
    /// Payloads of one context, in the order of the message.
    struct Group {
        let context: SerializationContext?
        var payloads: [Payload] = []
    }

    private struct Part {
        var holder: any PayloadHolder
        let group: Int
        let range: Range<Int>
    }

    /// The groups, in the order in which the message has their first payloads.
    var groups: [Group] = []

    private var parts: [Part] = []
    private let includesHeaders: Bool

    /// Takes a message apart.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - scope: What tells the context of each part; `nil` for one group without a context.
    ///   - headers: Whether the payloads of headers are taken, too.
    init(_ message: any PayloadHolder, _ scope: SerializationScope?, headers: Bool) {
        includesHeaders = headers
        var indices: [SerializationContext?: Int] = [:]
        var rest = message
        var taken: [(holder: any PayloadHolder, context: SerializationContext)] = []
        if let scope, var whole = message as? any ScopedMessage {
            taken = whole.takeParts(scope)
            rest = whole
        }
        add(rest, scope?.context, &indices)
        for part in taken { add(part.holder, part.context, &indices) }
    }

    /// Whether there is no payload at all.
    var isEmpty: Bool { groups.allSatisfy(\.payloads.isEmpty) }

    private mutating func add(
        _ holder: any PayloadHolder,
        _ context: SerializationContext?,
        _ indices: inout [SerializationContext?: Int]
    ) {
        var reader = PayloadReader.collecting(headers: includesHeaders)
        holder.readPayloads(&reader)
        let group = indices[context] ?? groups.count
        if group == groups.count {
            indices[context] = group
            groups.append(Group(context: context))
        }
        let first = groups[group].payloads.count
        groups[group].payloads += reader.payloads.map(Payload.init)
        parts.append(Part(holder: holder, group: group, range: first..<groups[group].payloads.count))
    }

    /// The message with the payloads that the groups have now, which must be as many as before.
    func message() -> any PayloadHolder {
        let holders = parts.map { part in
            var holder = part.holder
            guard !part.range.isEmpty else { return holder }
            let payloads = groups[part.group].payloads[part.range].map(\.proto)
            var writer = PayloadWriter(payloads, includesHeaders: includesHeaders)
            holder.writePayloads(&writer)
            return holder
        }
        guard holders.count > 1, var whole = holders[0] as? any ScopedMessage else { return holders[0] }
        whole.putBack(Array(holders.dropFirst()))
        return whole
    }
}

/// A message with parts that belong to something else than the rest of it.
protocol ScopedMessage: PayloadHolder {
    /// Takes the parts out, each with what it belongs to.
    mutating func takeParts(_ scope: SerializationScope) -> [(holder: any PayloadHolder, context: SerializationContext)]

    /// Puts parts back in the places of those that were taken out.
    mutating func putBack(_ parts: [any PayloadHolder])
}

/// A message whose only such parts are in one list.
private protocol ListMessage: ScopedMessage {
    associatedtype Item: PayloadHolder
    var items: [Item] { get set }
    func context(of item: Item, _ scope: SerializationScope) -> SerializationContext
}

extension ListMessage {
    mutating func takeParts(_ scope: SerializationScope) -> [(holder: any PayloadHolder, context: SerializationContext)]
    {
        defer { items = [] }
        return items.map { ($0, context(of: $0, scope)) }
    }

    mutating func putBack(_ parts: [any PayloadHolder]) {
        items = parts.compactMap { $0 as? Item }
    }
}

/// A message that holds events.
private protocol HistoryMessage: ListMessage where Item == APIHistoryEvent {}

extension HistoryMessage {
    func context(of item: APIHistoryEvent, _ scope: SerializationScope) -> SerializationContext {
        scope.context(of: item)
    }
}

extension APIHistory: HistoryMessage {
    fileprivate var items: [APIHistoryEvent] {
        get { events }
        set { events = newValue }
    }
}

extension APIPollWorkflowTaskQueueResponse: HistoryMessage {
    fileprivate var items: [APIHistoryEvent] {
        get { history.events }
        set { if hasHistory { history.events = newValue } }
    }
}

extension APIGetWorkflowExecutionHistoryResponse: HistoryMessage {
    fileprivate var items: [APIHistoryEvent] {
        get { history.events }
        set { if hasHistory { history.events = newValue } }
    }
}

extension APIRespondWorkflowTaskCompletedRequest: ListMessage {
    fileprivate var items: [APICommand] {
        get { commands }
        set { commands = newValue }
    }

    fileprivate func context(of item: APICommand, _ scope: SerializationScope) -> SerializationContext {
        scope.context(of: item)
    }
}

extension APIListWorkflowExecutionsResponse: ListMessage {
    fileprivate var items: [APIWorkflowWorkflowExecutionInfo] {
        get { executions }
        set { executions = newValue }
    }

    fileprivate func context(
        of item: APIWorkflowWorkflowExecutionInfo,
        _ scope: SerializationScope
    ) -> SerializationContext {
        SerializationContext(namespace: scope.context.namespace, workflowID: item.execution.workflowID)
    }
}

extension APIDescribeWorkflowExecutionResponse: ListMessage {
    fileprivate var items: [APIWorkflowPendingActivityInfo] {
        get { pendingActivities }
        set { pendingActivities = newValue }
    }

    fileprivate func context(
        of item: APIWorkflowPendingActivityInfo,
        _ scope: SerializationScope
    ) -> SerializationContext {
        scope.context(of: item, workflowType: workflowExecutionInfo.type.name)
    }
}
