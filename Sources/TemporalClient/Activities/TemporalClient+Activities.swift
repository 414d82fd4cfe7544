public import Temporal
import TemporalAPI

extension TemporalClient {
    /// Starts an activity without a workflow.
    ///
    /// The service keeps the activity, tries it again and limits its time as it does for a workflow; there is no history.
    ///
    /// - Parameters:
    ///   - activity: The activity.
    ///   - input: Its arguments.
    ///   - options: Its id, its task queue, its timeouts and more.
    /// - Returns: A handle to the activity; it does not wait for its end.
    /// - Throws: ``ActivityAlreadyStartedError`` if the id is in use, `PayloadConversionError` if the input cannot be
    ///   encoded, `RPCError` for anything else that the service refuses, such as a server that has no standalone
    ///   activities.
    public func startActivity<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>,
        _ input: repeat each Input,
        options: ActivityOptions
    ) async throws -> ActivityHandle<Output> {
        let payloads = try encode(repeat each input)
        return ActivityHandle(untyped: try await start(activity.name, payloads, options), output: activity.output)
    }

    /// Starts an activity without a workflow and waits for its result.
    ///
    /// - Parameters:
    ///   - activity: The activity.
    ///   - input: Its arguments.
    ///   - options: Its id, its task queue, its timeouts and more.
    /// - Returns: What the activity returned.
    /// - Throws: What ``startActivity(_:_:options:)`` and ``ActivityHandle/result()`` throw.
    public func executeActivity<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>,
        _ input: repeat each Input,
        options: ActivityOptions
    ) async throws -> Output {
        try await startActivity(activity, repeat each input, options: options).result()
    }

    /// Starts an activity that is known by name only, such as one written with another SDK.
    ///
    /// - Parameters:
    ///   - name: The name of the activity.
    ///   - input: The arguments, of any types that can be encoded.
    ///   - options: Its id, its task queue, its timeouts and more.
    /// - Returns: A handle to the activity; it does not wait for its end.
    /// - Throws: As ``startActivity(_:_:options:)``.
    public func startActivity<each Input: Codable & Sendable>(
        named name: String,
        _ input: repeat each Input,
        options: ActivityOptions
    ) async throws -> UntypedActivityHandle {
        try await start(name, try encode(repeat each input), options)
    }

    /// A handle to an activity that a client started. Nothing is asked of the service.
    ///
    /// - Parameters:
    ///   - activity: The activity, which says what its result is.
    ///   - id: The id of the activity.
    ///   - runID: A certain run; `nil` for the latest, whichever that is at each call.
    public func activityHandle<each Input, Output>(
        for activity: ActivityReference<repeat each Input, Output>,
        id: String,
        runID: String? = nil
    ) -> ActivityHandle<Output> {
        ActivityHandle(untyped: activityHandle(id: id, runID: runID), output: activity.output)
    }

    /// A handle to an activity that a client started, whose types are said at each call. Nothing is asked of the service.
    ///
    /// - Parameters:
    ///   - id: The id of the activity.
    ///   - runID: A certain run; `nil` for the latest, whichever that is at each call.
    public func activityHandle(id: String, runID: String? = nil) -> UntypedActivityHandle {
        UntypedActivityHandle(client: self, id: id, runID: runID)
    }

    private func start(
        _ type: String,
        _ input: [Payload],
        _ options: ActivityOptions
    ) async throws -> UntypedActivityHandle {
        try await throughInterceptors(
            interceptors[...],
            StartActivityInput(activityType: type, arguments: input, options: options),
            { try await $0.startActivity($1, next: $2) },
            { try await self.start($0) }
        )
    }

    private func start(_ start: StartActivityInput) async throws -> UntypedActivityHandle {
        var request = try start.options.startRequest(type: start.activityType, input: start.arguments, client: self)
        if !start.headers.isEmpty { request.header.fields = start.headers.mapValues(\.proto) }
        let id = start.options.id
        do {
            let response = try await call(.startActivityExecution, request)
            return UntypedActivityHandle(client: self, id: id, runID: response.runID)
        } catch let error as RPCError where error.code == .alreadyExists {
            let detail = error.detail(APIActivityExecutionAlreadyStartedFailure.self)
            throw ActivityAlreadyStartedError(
                activityID: id,
                activityType: start.activityType,
                runID: detail?.runID ?? ""
            )
        }
    }

    // MARK: Lists

    /// The activities of the namespace that clients started, the latest started first.
    ///
    /// What is listed may lag a little behind what has happened. Activities of workflows are not among them.
    ///
    /// - Parameters:
    ///   - query: Which ones, as a [list filter](https://docs.temporal.io/list-filter), such as
    ///     `ActivityType = 'charge' AND ExecutionStatus = 'Failed'`; empty for all.
    ///   - pageSize: The number of activities that one call to the service asks for. Default: 1,000.
    /// - Returns: The activities. The loop over them throws `RPCError` with the code `invalidArgument` for a query that
    ///   the service cannot read, and `RPCError` for anything else.
    public func listActivities(_ query: String = "", pageSize: Int = 1000) -> PagedResults<ActivityExecution> {
        PagedResults(self, query, pageSize, { try await $0.listActivities($1, next: $2) }) { input in
            var request = APIListActivityExecutionsRequest()
            request.namespace = namespace
            request.query = input.query
            request.pageSize = Int32(clamping: input.pageSize)
            request.nextPageToken = input.pageToken
            let page = try await call(.listActivityExecutions, request)
            return (page.executions.map { ActivityExecution($0) }, page.nextPageToken)
        }
    }

    /// Counts activities that clients started.
    ///
    /// - Parameter query: Which ones, as a [list filter](https://docs.temporal.io/list-filter), empty for all. It may end
    ///   with `GROUP BY ExecutionStatus`.
    /// - Returns: The number, and that of each group.
    /// - Throws: `RPCError` with the code `invalidArgument` for a query that the service cannot read, `RPCError` for
    ///   anything else.
    public func countActivities(_ query: String = "") async throws -> ExecutionCount {
        try await throughInterceptors(
            interceptors[...],
            CountInput(query: query),
            { try await $0.countActivities($1, next: $2) },
            { try await count($0.query) }
        )
    }

    private func count(_ query: String) async throws -> ExecutionCount {
        var request = APICountActivityExecutionsRequest()
        request.namespace = namespace
        request.query = query
        let response = try await call(.countActivityExecutions, request)
        return try ExecutionCount(
            Int(response.count),
            response.groups.map { ($0.groupValues, $0.count) },
            converter
        )
    }
}
