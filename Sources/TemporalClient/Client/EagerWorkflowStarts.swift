import Synchronization
package import TemporalAPI

/// The workers of this process that can take on a workflow the moment it is started, without a poll.
package final class EagerWorkflowStarts: Sendable {
    /// A slot of a worker that waits for the first task of a workflow.
    package struct Reservation: Sendable {
        /// The version of the worker; `nil` for one without.
        package fileprivate(set) var deployment: APIWorkerDeploymentOptions?

        private let take: @Sendable (APIPollWorkflowTaskQueueResponse?) -> Void

        /// Makes a reservation.
        ///
        /// - Parameter take: Works on the task, or frees the slot if there is none. Called once.
        package init(_ take: @escaping @Sendable (APIPollWorkflowTaskQueueResponse?) -> Void) {
            self.take = take
        }

        /// Uses the slot, or frees it.
        ///
        /// - Parameter task: The task that the service handed out; `nil` if it did not.
        package func use(for task: APIPollWorkflowTaskQueueResponse?) {
            take(task)
        }
    }

    /// What a worker holds while it can take workflows on.
    package struct Registration: Sendable {
        fileprivate let number: Int
        fileprivate let starts: EagerWorkflowStarts

        /// Takes no more workflows on.
        package func end() {
            starts.state.withLock { state in
                state.workers.removeAll { $0.number == number }
            }
        }
    }

    private struct Worker: Sendable {
        let number: Int
        let namespace: String
        let taskQueue: String
        let deployment: APIWorkerDeploymentOptions?
        let reserve: @Sendable (String) -> Reservation?
    }

    private struct State {
        var workers: [Worker] = []
        var counter = 0
    }

    private let state = Mutex(State())

    init() {}

    /// Lets a worker take workflows on.
    ///
    /// - Parameters:
    ///   - namespace: The namespace of the worker.
    ///   - taskQueue: The task queue of the worker.
    ///   - deployment: The version of the worker; `nil` for one without.
    ///   - reserve: Reserves a slot for a workflow of a type without waiting, or returns `nil`.
    /// - Returns: What ends it.
    package func register(
        namespace: String,
        taskQueue: String,
        deployment: APIWorkerDeploymentOptions? = nil,
        reserve: @escaping @Sendable (String) -> Reservation?
    ) -> Registration {
        let number = state.withLock { state in
            state.counter += 1
            state.workers.append(
                Worker(
                    number: state.counter,
                    namespace: namespace,
                    taskQueue: taskQueue,
                    deployment: deployment,
                    reserve: reserve
                )
            )
            return state.counter
        }
        return Registration(number: number, starts: self)
    }

    /// Reserves a slot of any worker of a task queue. The workers are asked in turn.
    ///
    /// - Parameters:
    ///   - type: The type of the workflow.
    ///   - namespace: The namespace.
    ///   - taskQueue: The task queue.
    /// - Returns: The reservation, which must be used, or `nil` if no worker has a free slot.
    package func reserve(_ type: String, namespace: String, taskQueue: String) -> Reservation? {
        let workers = state.withLock { state in
            if state.workers.count > 1 { state.workers.append(state.workers.removeFirst()) }
            return state.workers
        }
        for worker in workers where worker.namespace == namespace && worker.taskQueue == taskQueue {
            guard var reservation = worker.reserve(type) else { continue }
            reservation.deployment = worker.deployment
            return reservation
        }
        return nil
    }
}
