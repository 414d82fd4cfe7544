import CoreMetrics
import Logging
import Temporal

/// The code of a worker's activities, by name.
struct ActivityCode: Sendable {
    private let converter: PayloadConverter
    private let definitions: [String: ActivityDefinition]
    private let dynamic: ActivityDefinition?
    private let knownTypes: [String]
    private let interceptors: [any ActivityInterceptor]
    private let intercept: ActivityIntercept?
    private let host: ActivityHost

    /// Where the code of an activity runs, by its name; `nil` for Swift's own pool.
    let executor: @Sendable (String) -> (any TaskExecutor)?

    /// Collects the activities of a worker.
    ///
    /// - Parameters:
    ///   - definitions: The activities.
    ///   - converter: What turns their values into payloads and back.
    ///   - interceptors: What stands around each attempt; the first is the outermost.
    ///   - intercept: Runs in place of all of them; for tests.
    ///   - host: What they have of the worker.
    ///   - executor: Where the code of each runs.
    init(
        _ definitions: [ActivityDefinition],
        converter: PayloadConverter,
        interceptors: [any ActivityInterceptor] = [],
        intercept: ActivityIntercept?,
        host: ActivityHost,
        executor: @escaping @Sendable (String) -> (any TaskExecutor)? = { _ in nil }
    ) {
        self.executor = executor
        self.converter = converter
        self.interceptors = interceptors
        let named = definitions.filter { !$0.isDynamic }
        self.definitions = Dictionary(named.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.dynamic = definitions.first(where: \.isDynamic)
        self.knownTypes = named.map(\.name)
        self.intercept = intercept
        self.host = host
    }

    /// Whether there is an activity of a name.
    func isKnown(_ name: String) -> Bool { definitions[name] != nil || dynamic != nil || intercept != nil }

    /// Runs an attempt in a context of its own.
    ///
    /// - Parameters:
    ///   - info: What the attempt sees of its execution.
    ///   - input: Its arguments.
    ///   - logger: Where it logs, with metadata that name the attempt.
    ///   - metrics: Where its own metrics go.
    ///   - runtime: What becomes of its heartbeats.
    /// - Throws: What the code throws; `ApplicationError` of the type `NotFoundError` if there is no such activity.
    func run(
        _ info: ActivityInfo,
        _ input: [Payload],
        logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        runtime: any ActivityRuntime
    ) async throws -> Payload {
        let converter = info.isStandalone ? converter : converter.with(SerializationContext(info))
        let context = ActivityContext(
            info: info,
            logger: logger,
            metrics: metrics,
            converter: converter,
            interceptors: interceptors,
            host: host,
            runtime: runtime
        )
        return try await ActivityContext.$running.withValue(context) {
            try await throughInterceptors(
                interceptors[...],
                ExecuteActivityInput(info: info, arguments: input),
                { try await $0.execute($1, next: $2) },
                { try await execute(info, $0.arguments, converter) }
            )
        }
    }

    private func execute(
        _ info: ActivityInfo,
        _ input: [Payload],
        _ converter: PayloadConverter
    ) async throws -> Payload {
        let definition = definitions[info.activityType] ?? dynamic
        if let intercept { return try await intercept(info, input, converter, definition) }
        guard let definition else {
            throw ApplicationError(
                "Activity '\(info.activityType)' is not registered with this worker. "
                    + "Registered: [\(knownTypes.joined(separator: ", "))].",
                type: "NotFoundError"
            )
        }
        return try await definition.run(input, converter)
    }
}

extension Logger {
    /// The logger with the metadata of an attempt of an activity.
    func describing(_ info: ActivityInfo) -> Logger {
        // This one throws away what it is given.
        guard !(handler is SwiftLogNoOpLogHandler) else { return self }
        var logger = self
        logger[metadataKey: "namespace"] = "\(info.namespace)"
        logger[metadataKey: "task_queue"] = "\(info.taskQueue)"
        logger[metadataKey: "activity_id"] = "\(info.activityID)"
        logger[metadataKey: "activity_type"] = "\(info.activityType)"
        if info.isStandalone {
            logger[metadataKey: "activity_run_id"] = "\(info.activityRunID)"
        } else {
            logger[metadataKey: "workflow_id"] = "\(info.workflowID)"
            logger[metadataKey: "run_id"] = "\(info.runID)"
            logger[metadataKey: "workflow_type"] = "\(info.workflowType)"
        }
        logger[metadataKey: "attempt"] = "\(info.attempt)"
        return logger
    }
}
