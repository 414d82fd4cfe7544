import Foundation
import Temporal

/// The record of `peer.py`, field by field.
struct Record: Codable, Sendable, Hashable {
    struct Place: Codable, Sendable, Hashable {
        var name: String
        var tags: [String]
    }

    var text: String
    var whole: Int64
    var big: UInt64
    var fraction: Double
    var flag: Bool
    var note: String?
    var when: Date
    var place: Place
    var numbers: [Int]
    var table: [String: Double]

    /// The same value as in `peer.py`.
    static let sample = Record(
        text: "Grüße 🚀 日本 https://a/b?c=\\d \"quoted\"\n\t\u{2028}",
        whole: .min,
        big: .max,
        fraction: 0.1,
        flag: true,
        note: nil,
        when: Date(timeIntervalSince1970: 1_709_210_096.123456),
        place: Place(name: "a/b", tags: []),
        numbers: [],
        table: ["third": 1.0 / 3, "whole": 3, "large": 1e300]
    )

    /// Whether a record is the same, a date being so to the microsecond.
    func isSame(as other: Record) -> Bool {
        var other = other
        guard abs(other.when.timeIntervalSince(when)) < 5e-7 else { return false }
        other.when = when
        return other == self
    }
}

/// All bytes.
let bytes = Data(0...255)

struct Refused: LocalizedError {
    let errorDescription: String? = "It is refused."
}

@Workflow
actor SwiftEcho {
    private var notes: [String] = []

    func run(_ record: Record, _ big: UInt64, _ data: Data, _ absent: String?, _ when: Date) async throws -> Record {
        guard record.isSame(as: .sample) else { throw ApplicationError("The record is \(record).") }
        guard big == .max, data == bytes, absent == nil, abs(when.timeIntervalSince(Record.sample.when)) < 5e-7 else {
            throw ApplicationError("The arguments are \(big), \(Array(data)), \(absent ?? "-"), \(when).")
        }
        try await context.waitCondition { self.notes.count >= 2 }
        return record
    }

    @Signal func note(_ text: String, suffix: String?) { notes.append(text + (suffix ?? "")) }

    @Query func listed(from first: Int) -> [String] { Array(notes[first...]) }

    @Query func nothing() {}

    @Query func refuse() throws -> String { throw ApplicationError("not now", type: "Refused") }
}

@Workflow
actor SwiftBytes {
    func run(_ data: Data) -> Data { Data(data.reversed()) }
}

@Workflow
actor SwiftNothing {
    func run() {}
}

@Workflow
actor SwiftOptional {
    func run(_ text: String?) -> String? { text }
}

@Workflow
actor SwiftList {
    func run(_ list: [String]) -> [String] { list }
}

@Workflow
actor SwiftDate {
    func run(_ date: Date) -> Date { date }
}

@Workflow
actor SwiftInteger {
    func run(_ number: Int64) -> Int64 { number }
}

@Workflow
actor SwiftDouble {
    func run(_ number: Double) -> Double { number }
}

@Workflow
actor SwiftFailure {
    func run(_ kind: String) async throws {
        switch kind {
        case "activity":
            try await context.executeActivity(
                SwiftActivities.refuse,
                startToCloseTimeout: .seconds(10),
                retryPolicy: RetryPolicy(maximumAttempts: 1)
            )
        case "timeout":
            try await context.executeActivity(
                SwiftActivities.refuse,
                scheduleToStartTimeout: .milliseconds(100),
                startToCloseTimeout: .seconds(10),
                taskQueue: "nobody"
            )
        case "wait":
            try await context.sleep(.seconds(3600))
        case "child":
            _ = try await context.executeChildWorkflow(SwiftChild.self, "fail")
        case "lost child":
            let options = ChildWorkflowOptions(id: "\(context.info.workflowID)-child")
            _ = try await context.executeChildWorkflow(SwiftChild.self, "wait", options: options)
        default:
            let converter = PayloadConverter()
            throw ApplicationError(
                "broken",
                type: "Broken",
                nonRetryable: true,
                details: [
                    try converter.encode(["a": 1]), try converter.encode(7), try converter.encode(Int?.none),
                    try converter.encode(bytes),
                ],
                cause: ApplicationError("inner", type: "Inner")
            )
        }
    }
}

@Workflow
actor SwiftCounter {
    private var total = 0
    private var isClosed = false
    private var others: [String] = []

    func run() async throws -> Int {
        try await context.waitCondition { self.isClosed }
        return total
    }

    @Signal func close() { isClosed = true }

    @Signal(dynamic: true) func other(_ name: String, _ arguments: DynamicArguments) {
        others.append("\(name) \(arguments.payloads.count)")
    }

    @Query func signals() -> [String] { others }

    @Update(validator: "checkAmount", description: "Adds to the total.")
    func add(_ amount: Int, note: String?) async throws -> String {
        try await context.sleep(.milliseconds(10))
        if amount == 0 { throw ApplicationError("nothing to add", type: "Zero") }
        total += amount
        return "\(total) \(note ?? "-")"
    }

    private func checkAmount(_ amount: Int, note: String?) throws {
        if amount < 0 { throw ApplicationError("not below zero", type: "TooLow") }
    }
}

@Workflow
actor SwiftCallsPython {
    static let pythonTotal = ActivityReference<Int, Double, String?, Double>(name: "python_total")
    static let pythonRecord = ActivityReference<Record, Record>(name: "python_record")
    static let pythonRefuse = ActivityReference<Void>(name: "python_refuse")

    func run(_ queue: String) async throws -> String {
        let timeout = Duration.seconds(10)
        let total = try await context.executeActivity(
            Self.pythonTotal,
            1,
            2.5,
            nil,
            startToCloseTimeout: timeout,
            taskQueue: queue
        )
        let record = try await context.executeActivity(
            Self.pythonRecord,
            .sample,
            startToCloseTimeout: timeout,
            taskQueue: queue
        )
        do {
            try await context.executeActivity(
                Self.pythonRefuse,
                startToCloseTimeout: timeout,
                retryPolicy: RetryPolicy(maximumAttempts: 1),
                taskQueue: queue
            )
            return "no error"
        } catch let error as ActivityError {
            let cause = error.cause as? ApplicationError
            let detail = try cause?.details.first.map { try PayloadConverter().decode($0, as: String.self) }
            guard detail == "detail" else { throw ApplicationError("The detail is \(detail ?? "missing").") }
            return "\(total) \(record.isSame(as: .sample)) \(cause?.type ?? "-") \(cause?.message ?? "-")"
        }
    }
}

/// Runs Python children, one of which fails, and cancels another.
@Workflow
actor SwiftParent {
    private var log: [String] = []

    func run(_ queue: String) async throws -> [String] {
        let options = ChildWorkflowOptions(taskQueue: queue)
        let child = try await context.startChildWorkflow(named: "PythonChild", "wait", options: options)
        try await child.signal("finish", "signalled")
        log.append(try await child.result(as: String.self))
        do {
            _ = try await context.executeChildWorkflow(
                named: "PythonChild",
                "fail",
                options: options,
                returning: String.self
            )
        } catch let error as ChildWorkflowError {
            let cause = error.cause as? ApplicationError
            let detail = try cause?.details.first.map { try PayloadConverter().decode($0, as: String.self) }
            log.append("\(error.workflowType) \(cause?.type ?? "-") \(cause?.message ?? "-") \(detail ?? "-")")
        }
        let cancelled = try await context.startChildWorkflow(named: "PythonChild", "wait", options: options)
        try cancelled.cancel(reason: "enough")
        do {
            _ = try await cancelled.result(as: String.self)
        } catch let error as ChildWorkflowError where error.cause is CancelledError {
            log.append("cancelled")
        }
        return log
    }
}

/// Ends as it is told, at once or by a signal.
@Workflow
actor SwiftChild {
    private var ending: String?

    func run(_ kind: String) async throws -> String {
        if kind == "fail" {
            throw ApplicationError(
                "broken",
                type: "Broken",
                nonRetryable: true,
                details: [try PayloadConverter().encode("detail")]
            )
        }
        try await context.waitCondition { self.ending != nil }
        return "Swift child of \(context.info.parent?.workflowID ?? "nobody"): \(ending ?? "")"
    }

    @Signal func finish(_ ending: String) { self.ending = ending }
}

@Activities
struct SwiftActivities {
    @Activity func total(_ first: Int, _ second: Double, _ third: String?) -> Double {
        Double(first) + second + Double(third?.count ?? 0)
    }

    @Activity func reverse(_ data: Data) -> Data { Data(data.reversed()) }

    @Activity func refuse() throws { throw Refused() }
}

extension Data {
    fileprivate init(_ range: ClosedRange<UInt8>) {
        self.init(Array(range))
    }
}
