import TemporalAPI

/// Runs activities that came with the answer to a workflow task, in slots that were reserved for them.
struct EagerActivityRunner: EagerActivities {
    let handler: ActivityTaskHandler
    let slots: SlotPool
    let tracker: TaskTracker

    /// How many activities of one workflow task may be eager.
    let limit: Int

    /// Where what is around the activities' code runs; `nil` for Swift's own pool.
    var executor: (any TaskExecutor)?

    func reserve(for commands: inout [APICommand]) -> [Slot] {
        var reserved: [Slot] = []
        for index in commands.indices where commands[index].commandType == .scheduleActivityTask {
            guard commands[index].scheduleActivityTaskCommandAttributes.requestEagerExecution else { continue }
            if reserved.count < limit, handler.takesEagerTasks, let slot = slots.tryAcquire() {
                reserved.append(slot)
            } else {
                commands[index].withdrawEagerRequest()
            }
        }
        return reserved
    }

    func run(_ tasks: [APIPollActivityTaskQueueResponse], in slots: [Slot]) {
        for (task, slot) in zip(tasks, slots) {
            slot.markUsed(by: task.activityType.name)
            tracker.start(on: executor) { _ in
                await handler.handle(task, isEager: true)
                slot.release()
            }
        }
        for slot in slots.dropFirst(tasks.count) { slot.release() }
    }
}

extension APICommand {
    /// Lets an activity go over its task queue. What came with the answer would be lost where nobody takes it: for the
    /// server, that attempt has started.
    mutating func withdrawEagerRequest() {
        guard case .scheduleActivityTaskCommandAttributes(let attributes) = attributes,
            attributes.requestEagerExecution
        else { return }
        scheduleActivityTaskCommandAttributes.requestEagerExecution = false
    }
}
