import TemporalAPI

/// The payloads of a message in groups, one for each context.
struct MessageParts {
    /// What is certain about the context of payloads.
    enum Origin: Hashable {
        /// They were encoded with it.
        case known

        /// They were encoded with it, or where no workflow was known: by a schedule or for many workflows at once.
        case perhapsWithoutContext

        /// They are another workflow's, or of something else that the message does not tell.
        case elsewhere
    }

    /// Payloads of one context, in the order of the message.
    struct Group {
        let context: SerializationContext?
        let origin: Origin
        var payloads: [Payload] = []
    }

    /// A part of a message, with what it belongs to.
    struct Taken {
        var holder: any PayloadHolder
        /// `nil` for what was encoded where no workflow was known.
        let context: SerializationContext?
        var origin = Origin.known
    }

    private struct GroupKey: Hashable {
        let context: SerializationContext?
        let origin: Origin
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
        var indices: [GroupKey: Int] = [:]
        var rest = message
        var taken: [Taken] = []
        var origin = Origin.known
        if let scope, var whole = message as? any ScopedMessage {
            origin = whole.origin
            taken = whole.takeParts(scope)
            rest = whole
        }
        add(rest, GroupKey(context: scope?.context, origin: origin), &indices)
        for part in taken { add(part.holder, GroupKey(context: part.context, origin: part.origin), &indices) }
    }

    /// Whether there is no payload at all.
    var isEmpty: Bool { groups.allSatisfy(\.payloads.isEmpty) }

    private mutating func add(
        _ holder: any PayloadHolder,
        _ key: GroupKey,
        _ indices: inout [GroupKey: Int]
    ) {
        var reader = PayloadReader.collecting(headers: includesHeaders)
        holder.readPayloads(&reader)
        let group = indices[key] ?? groups.count
        if group == groups.count {
            indices[key] = group
            groups.append(Group(context: key.context, origin: key.origin))
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
    /// What is certain about the rest.
    var origin: MessageParts.Origin { get }

    /// Takes the parts out, each with what it belongs to.
    mutating func takeParts(_ scope: SerializationScope) -> [MessageParts.Taken]

    /// Puts parts back in the places of those that were taken out.
    mutating func putBack(_ parts: [any PayloadHolder])
}

/// A message whose only such parts are in one list.
private protocol ListMessage: ScopedMessage {
    associatedtype Item: PayloadHolder
    var items: [Item] { get set }
    func context(of item: Item, _ scope: SerializationScope) -> SerializationContext?
    func origin(of item: Item) -> MessageParts.Origin
}

extension ListMessage {
    var origin: MessageParts.Origin { .known }

    func origin(of item: Item) -> MessageParts.Origin { .known }

    mutating func takeParts(_ scope: SerializationScope) -> [MessageParts.Taken] {
        defer { items = [] }
        return items.map { .init(holder: $0, context: context(of: $0, scope), origin: origin(of: $0)) }
    }

    mutating func putBack(_ parts: [any PayloadHolder]) {
        items = parts.compactMap { $0 as? Item }
    }
}

/// A message that holds events.
private protocol HistoryMessage: ListMessage where Item == APIHistoryEvent {}

extension HistoryMessage {
    func context(of item: APIHistoryEvent, _ scope: SerializationScope) -> SerializationContext? {
        scope.context(of: item)
    }

    /// The result of the run before is a part of its own where that run is of another workflow.
    mutating func takeParts(_ scope: SerializationScope) -> [MessageParts.Taken] {
        defer { items = [] }
        return items.flatMap { event -> [MessageParts.Taken] in
            let context = scope.context(of: event)
            switch event.attributes {
            case .workflowExecutionStartedEventAttributes(var start) where start.searchAttributes.areScheduled:
                let result = start.lastCompletionResult
                let failure = start.continuedFailure
                start.clearLastCompletionResult()
                start.clearContinuedFailure()
                var event = event
                event.attributes = .workflowExecutionStartedEventAttributes(start)
                return [
                    .init(holder: event, context: context, origin: .perhapsWithoutContext),
                    .init(holder: result, context: context, origin: .elsewhere),
                    .init(holder: failure, context: context, origin: .elsewhere),
                ]
            // Operators signal and terminate many workflows at once.
            case .workflowExecutionSignaledEventAttributes, .workflowExecutionTerminatedEventAttributes:
                return [.init(holder: event, context: context, origin: .perhapsWithoutContext)]
            // What a handler answers at once belongs to nothing; what a workflow brings later belongs to that workflow.
            case .nexusOperationCompletedEventAttributes, .nexusOperationFailedEventAttributes,
                .nexusOperationCanceledEventAttributes:
                return [.init(holder: event, context: context, origin: .elsewhere)]
            default:
                return [.init(holder: event, context: context)]
            }
        }
    }

    mutating func putBack(_ parts: [any PayloadHolder]) {
        var events: [APIHistoryEvent] = []
        for part in parts {
            if let event = part as? APIHistoryEvent {
                events.append(event)
                continue
            }
            guard let index = events.indices.last,
                case .workflowExecutionStartedEventAttributes(var start) = events[index].attributes
            else { continue }
            if let result = part as? APIPayloads, result != APIPayloads() { start.lastCompletionResult = result }
            if let failure = part as? APIFailure, failure != APIFailure() { start.continuedFailure = failure }
            events[index].attributes = .workflowExecutionStartedEventAttributes(start)
        }
        items = events
    }
}

extension APISearchAttributes {
    /// Whether they are those of a workflow that a schedule has started, or of one that continues it.
    fileprivate var areScheduled: Bool { indexedFields["TemporalScheduledById"] != nil }
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

    fileprivate func context(of item: APICommand, _ scope: SerializationScope) -> SerializationContext? {
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
    ) -> SerializationContext? {
        SerializationContext(namespace: scope.context.namespace, workflowID: item.execution.workflowID)
    }

    fileprivate func origin(of item: APIWorkflowWorkflowExecutionInfo) -> MessageParts.Origin {
        item.searchAttributes.areScheduled ? .perhapsWithoutContext : .known
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
    ) -> SerializationContext? {
        scope.context(of: item, workflowType: workflowExecutionInfo.type.name)
    }

    var origin: MessageParts.Origin {
        workflowExecutionInfo.searchAttributes.areScheduled ? .perhapsWithoutContext : .known
    }
}
