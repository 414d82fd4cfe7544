import Foundation

/// What a workflow tells about itself to those who look for it: search attributes, memo, details.
extension WorkflowContext {
    /// Some lines on what the workflow does at the moment, for the Web UI and the command line. Default: empty.
    ///
    /// They are state of the workflow like any other and cost no event.
    public var currentDetails: String {
        get { runtime.currentDetails }
        set { runtime.currentDetails = newValue }
    }

    /// The search attributes of the run as they are now.
    public var searchAttributes: SearchAttributes { runtime.searchAttributes }

    /// Sets and takes away search attributes of this workflow.
    ///
    /// ```swift
    /// try context.upsertSearchAttributes(Found.points.set(12), Found.customer.unset())
    /// ```
    ///
    /// An attribute that the namespace does not know fails the workflow task, until somebody adds it to the namespace.
    ///
    /// - Parameter updates: The changes; of several for one attribute the last counts. None does nothing.
    /// - Throws: ``WorkflowMisuse`` in a query handler, outside of the run's tasks, or for `TemporalChangeVersion`, which
    ///   belongs to patches.
    public func upsertSearchAttributes(_ updates: SearchAttributeUpdate...) throws {
        try throughInterceptorsAtOnce(
            runtime.interceptors[...],
            UpsertSearchAttributesInput(context: self, updates: updates),
            { try $0.upsertSearchAttributes($1, next: $2) },
            { [runtime] in try runtime.upsertSearchAttributes($0.updates) }
        )
    }

    /// Sets and takes away values of the memo.
    ///
    /// - Parameter values: The new values by name; `nil` takes one away. Others stay as they are. None does nothing.
    /// - Throws: ``PayloadConversionError`` if a value cannot be encoded; ``WorkflowMisuse`` in a query handler or outside
    ///   of the run's tasks.
    public func upsertMemo(_ values: [String: (any Encodable & Sendable)?]) throws {
        try throughInterceptorsAtOnce(
            runtime.interceptors[...],
            UpsertMemoInput(context: self, values: try values.mapValues { try $0.map { try converter.encode($0) } }),
            { try $0.upsertMemo($1, next: $2) },
            { [runtime] input in
                try runtime.upsertMemo(
                    input.values.mapValues { $0 ?? Payload(encoding: "binary/null", data: Data()) }
                )
            }
        )
    }
}
