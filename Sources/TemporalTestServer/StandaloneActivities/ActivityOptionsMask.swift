import SwiftProtobuf
import Temporal
import TemporalAPI

/// Which options of an activity an operator changes, and to what.
enum ActivityOptionsMask {
    /// The options that can be changed, as JSON spells them.
    private static let known: Set<String> = [
        "taskQueue.name", "scheduleToCloseTimeout", "scheduleToStartTimeout", "startToCloseTimeout",
        "heartbeatTimeout", "priority", "priority.priorityKey", "priority.fairnessKey", "priority.fairnessWeight",
        "retryPolicy", "retryPolicy.initialInterval", "retryPolicy.backoffCoefficient", "retryPolicy.maximumInterval",
        "retryPolicy.maximumAttempts", "startDelay",
    ]

    /// The paths of a mask, as JSON spells them.
    static func fields(of mask: Google_Protobuf_FieldMask) -> Set<String> {
        Set(mask.paths.map(camelCase))
    }

    private static func camelCase(_ path: String) -> String {
        path.split(separator: ".", omittingEmptySubsequences: false)
            .map { part in
                let words = part.split(separator: "_", omittingEmptySubsequences: false)
                let first = words.first.map { $0.prefix(1).lowercased() + $0.dropFirst() } ?? ""
                return first + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
            }
            .joined(separator: ".")
    }

    /// Checks a request to change options.
    ///
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    static func check(_ request: APIUpdateActivityExecutionOptionsRequest) throws {
        if !request.updateMask.paths.isEmpty, request.restoreOriginal {
            throw ServiceError.invalid("Both UpdateMask and RestoreOriginal are provided")
        }
        if request.restoreOriginal { return }
        guard request.hasActivityOptions else { throw ServiceError.invalid("ActivityOptions are not provided") }
        guard request.hasUpdateMask else { throw ServiceError.invalid("UpdateMask is not provided") }
        guard !request.updateMask.paths.isEmpty else {
            throw ServiceError.invalid("UpdateMask must specify at least one path")
        }
        for path in request.updateMask.paths where !known.contains(camelCase(path)) {
            throw ServiceError.invalid("unsupported update_mask path: \"\(path)\"")
        }
        let (fields, options) = (Self.fields(of: request.updateMask), request.activityOptions)
        if fields.contains("taskQueue.name") {
            try TaskQueueRules.check(options.hasTaskQueue ? options.taskQueue : nil)
        }
        let durations = [
            ("scheduleToCloseTimeout", "ScheduleToCloseTimeout", options.scheduleToCloseTimeout),
            ("scheduleToStartTimeout", "ScheduleToStartTimeout", options.scheduleToStartTimeout),
            ("startToCloseTimeout", "StartToCloseTimeout", options.startToCloseTimeout),
            ("heartbeatTimeout", "HeartbeatTimeout", options.heartbeatTimeout),
            ("startDelay", "StartDelay", options.startDelay),
        ]
        for (field, name, duration) in durations where fields.contains(field) {
            guard let problem = duration.problem else { continue }
            throw ServiceError.invalid("invalid \(name): \(problem)")
        }
        // Only what is named counts.
        var priority = APIPriority()
        if fields.contains("priority") { priority = options.priority }
        if fields.contains("priority.priorityKey") { priority.priorityKey = options.priority.priorityKey }
        if fields.contains("priority.fairnessKey") { priority.fairnessKey = options.priority.fairnessKey }
        if fields.contains("priority.fairnessWeight") { priority.fairnessWeight = options.priority.fairnessWeight }
        if let problem = Limits.problem(with: priority) { throw ServiceError.invalid(problem) }
    }

    /// Takes the named options over.
    ///
    /// - Throws: `INVALID_ARGUMENT` if a part is named whose whole is not given.
    static func merge(
        _ new: APIActivityActivityOptions,
        into options: inout APIActivityActivityOptions,
        fields: Set<String>
    ) throws {
        func require(_ condition: Bool, _ name: String) throws {
            guard condition else { throw ServiceError.invalid("\(name) is not provided") }
        }
        for field in fields.sorted() {
            if field.hasPrefix("priority.") { try require(new.hasPriority, "Priority") }
            if field.hasPrefix("retryPolicy.") { try require(new.hasRetryPolicy, "RetryPolicy") }
            switch field {
            case "taskQueue.name": options.taskQueue.name = new.taskQueue.name
            case "scheduleToCloseTimeout": options.scheduleToCloseTimeout = new.scheduleToCloseTimeout
            case "scheduleToStartTimeout": options.scheduleToStartTimeout = new.scheduleToStartTimeout
            case "startToCloseTimeout": options.startToCloseTimeout = new.startToCloseTimeout
            case "heartbeatTimeout": options.heartbeatTimeout = new.heartbeatTimeout
            case "startDelay": options.startDelay = new.startDelay
            case "priority": options.priority = new.priority
            case "priority.priorityKey": options.priority.priorityKey = new.priority.priorityKey
            case "priority.fairnessKey": options.priority.fairnessKey = new.priority.fairnessKey
            case "priority.fairnessWeight": options.priority.fairnessWeight = new.priority.fairnessWeight
            case "retryPolicy":
                try require(new.hasRetryPolicy, "RetryPolicy")
                options.retryPolicy = RetryRules.withDefaults(new.retryPolicy)
            case "retryPolicy.initialInterval": options.retryPolicy.initialInterval = new.retryPolicy.initialInterval
            case "retryPolicy.backoffCoefficient":
                options.retryPolicy.backoffCoefficient = new.retryPolicy.backoffCoefficient
            case "retryPolicy.maximumInterval": options.retryPolicy.maximumInterval = new.retryPolicy.maximumInterval
            case "retryPolicy.maximumAttempts": options.retryPolicy.maximumAttempts = new.retryPolicy.maximumAttempts
            default: break
            }
        }
    }

    /// Checks the retry policy that came of a change.
    ///
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    static func checkRetryPolicy(of options: APIActivityActivityOptions, fields: Set<String>) throws {
        guard fields.contains(where: { $0.hasPrefix("retryPolicy") }),
            let problem = RetryRules.problem(with: options.retryPolicy)
        else { return }
        throw ServiceError.invalid(problem)
    }
}
