import OrderedCollections
import Temporal
import TemporalAPI

/// All Nexus operations of their own of a service.
struct NexusExecutions {
    /// An operation id in its namespace.
    private struct Key: Hashable {
        let namespace: String
        let operationID: String
    }

    /// All operations, in the order in which they were started.
    private(set) var all: [NexusExecution] = []

    /// The place of each operation by its run id.
    private var numbers: [String: Int] = [:]

    /// The latest operation of each id.
    private var current: [Key: Int] = [:]

    /// All operations that have not ended, in the order in which they were started.
    private var open = RunIndex()

    /// All operations that have ended, in the order of their ends.
    private var closed = RunIndex()

    /// Operations with somebody who waits for them.
    private(set) var watched: OrderedSet<Int> = []

    /// The number of calls that wait.
    var waitingCalls: Int { watched.reduce(0) { $0 + all[$1].waiters.count } }

    /// The order of lists.
    var order: ListOrder { ListOrder(open: open, ended: closed) }

    /// The operation of an id and, if given, a run id; without a run id the latest. `nil` if there is none.
    func find(namespace: String, operationID: String, runID: String = "") -> NexusExecution? {
        let key = Key(namespace: namespace, operationID: operationID)
        guard let number = runID.isEmpty ? current[key] : numbers[runID] else { return nil }
        let found = all[number]
        return found.operationID == operationID && found.namespace == namespace ? found : nil
    }

    // MARK: Changes

    /// Adds an operation, which is the latest of its id from now on.
    ///
    /// - Returns: The one that was.
    mutating func append(_ execution: NexusExecution) -> NexusExecution? {
        all.append(execution)
        numbers[execution.runID] = execution.number
        open.append(run: execution.number, order: UInt64(execution.number))
        let key = Key(namespace: execution.namespace, operationID: execution.operationID)
        let previous = current.updateValue(execution.number, forKey: key).map { all[$0] }
        previous?.isCurrent = false
        return previous
    }

    /// Notes that an operation has ended.
    mutating func close(_ execution: NexusExecution) {
        open.remove(order: UInt64(execution.number))
        closed.append(run: execution.number, order: execution.closeOrder)
    }

    /// Takes an operation out of everything in which it is found.
    ///
    /// - Parameters:
    ///   - execution: The operation, which has ended.
    ///   - remains: What takes its place: numbers are never used again.
    mutating func remove(_ execution: NexusExecution, leaving remains: NexusExecution) {
        execution.isDeleted = true
        numbers[execution.runID] = nil
        let key = Key(namespace: execution.namespace, operationID: execution.operationID)
        if current[key] == execution.number { current[key] = nil }
        closed.remove(order: execution.closeOrder)
        all[execution.number] = remains
    }

    /// Lets a call wait for an operation.
    mutating func wait(
        _ reply: ParkedReply,
        for execution: NexusExecution,
        _ answer: @escaping (NexusExecution) -> Bool
    ) {
        execution.waiters.append((reply, answer))
        watched.append(execution.number)
        reply.place = .nexusExecution(execution.number)
    }

    /// Takes a call out of where it waits.
    mutating func release(_ reply: ParkedReply, number: Int) {
        all[number].waiters.removeAll { $0.reply === reply }
        if all[number].waiters.isEmpty { watched.remove(number) }
    }

    // MARK: Store

    /// Takes in a stored operation.
    mutating func restore(_ execution: NexusExecution) {
        all.append(execution)
    }

    /// Fills up with what stands for operations that were deleted.
    mutating func pad(to count: Int, with deleted: NexusExecution) {
        let missing = count - all.count
        if missing > 0 { all += Array(repeating: deleted, count: missing) }
    }

    /// Derives what is not stored of the operations from what is.
    mutating func index() {
        for execution in all where !execution.isDeleted {
            execution.isOriginStored = true
            numbers[execution.runID] = execution.number
            if execution.isOpen { open.append(run: execution.number, order: UInt64(execution.number)) }
            guard execution.isCurrent else { continue }
            current[Key(namespace: execution.namespace, operationID: execution.operationID)] = execution.number
        }
        for execution in all.filter({ !$0.isDeleted && !$0.isOpen }).sorted(by: { $0.closeOrder < $1.closeOrder }) {
            closed.append(run: execution.number, order: execution.closeOrder)
        }
    }
}

extension Engine {
    /// The operations of their own whose requests keep a worker busy, or wait for one that may come.
    var busyNexusExecutions: some Sequence<NexusExecution> {
        // Every request that is under way is among the tasks.
        nexusTasks.values.lazy.compactMap { task -> NexusExecution? in
            guard case .standalone(let number) = task.owner, !task.isUnattended else { return nil }
            let execution = self.nexusExecutions.all[number]
            return execution.holdsClock ? execution : nil
        }
    }

    /// Whether time must not jump because of an operation of its own.
    var isNexusExecutionBusy: Bool { busyNexusExecutions.contains { _ in true } }
}
