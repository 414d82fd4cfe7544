import Foundation

/// The keys of stored entries. Numbers are written with their highest byte first, so that keys are in the order of the
/// numbers.
enum StoredKey {
    /// What an entry belongs to.
    enum Kind: UInt8 {
        case service = 1
        case table = 2
        case deadline = 3
        case run = 4
        case activity = 5
        case nexusExecution = 6
    }

    /// A table of the whole service. Numbers that are taken stay taken.
    enum ServiceTable: UInt8 {
        case namespaces = 1
        case schedules = 2
        case scheduledRuns = 3
        case batches = 4
        case currentRuns = 5
        case taskQueueConfigs = 6
        case nexusEndpoints = 7
        case currentActivities = 8
        case batchTargets = 9
    }

    /// A part of a run. Numbers that are taken stay taken.
    enum RunPart: UInt8 {
        case origin = 1
        case state = 2
        case properties = 3
        case events = 4
        case activities = 5
        case timers = 6
        case children = 7
        case updates = 8
        case signalRequestIDs = 9
        case nexusOperations = 10
        case attachedRequestIDs = 11
    }

    /// A part of what a client started without a workflow. Numbers that are taken stay taken.
    enum ExecutionPart: UInt8 {
        case origin = 1
        case state = 2
    }

    /// The state of the service itself.
    static let service = Data([Kind.service.rawValue])

    /// The worker deployments.
    static let deployments = Data([Kind.service.rawValue, 1])

    /// What the keys of a table of the service begin with.
    static func table(_ table: ServiceTable) -> Data {
        Data([Kind.table.rawValue, table.rawValue])
    }

    /// A deadline.
    static func deadline(_ sequence: UInt64) -> Data {
        Data([Kind.deadline.rawValue]).appending(sequence)
    }

    /// What the keys of a run begin with.
    static func run(_ number: Int) -> Data {
        Data([Kind.run.rawValue]).appending(UInt64(number))
    }

    /// What the keys of a part of a run begin with, which is the key of a part with one entry.
    static func run(_ number: Int, _ part: RunPart) -> Data {
        var key = run(number)
        key.append(part.rawValue)
        return key
    }

    /// A part of an activity that no workflow started; without a part, what the keys of all parts begin with.
    static func activity(_ number: Int, _ part: ExecutionPart? = nil) -> Data {
        execution(.activity, number, part)
    }

    /// A part of a Nexus operation of its own; without a part, what the keys of all parts begin with.
    static func nexusExecution(_ number: Int, _ part: ExecutionPart? = nil) -> Data {
        execution(.nexusExecution, number, part)
    }

    private static func execution(_ kind: Kind, _ number: Int, _ part: ExecutionPart?) -> Data {
        var key = Data([kind.rawValue]).appending(UInt64(number))
        if let part { key.append(part.rawValue) }
        return key
    }
}

extension Data {
    /// A key with a number added.
    func appending(_ number: UInt64) -> Data {
        var data = self
        Swift.withUnsafeBytes(of: number.bigEndian) { data.append(contentsOf: $0) }
        return data
    }

    /// The number that a key has at a place; `nil` if it is too short.
    func number(at offset: Int) -> UInt64? {
        guard count >= offset + 8 else { return nil }
        return dropFirst(offset).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
