import DequeModule
import Temporal
import TemporalAPI

/// Workers that stop, and say so.
extension Engine {
    /// How long the polls of a worker that has stopped are turned away, on the wall.
    private static let shutDownTime = Duration.seconds(30)

    /// Notes that a worker has gone: its polls are answered, its sticky queue is dead, and what waits there goes to the
    /// ordinary queue at once.
    func shutdownWorker(_ request: APIShutdownWorkerRequest) throws -> APIShutdownWorkerResponse {
        endPolls(of: request)
        if request.hasWorkerHeartbeat { try record([request.workerHeartbeat], namespace: request.namespace) }
        for kind in [QueueKey.Kind.workflow, .activity] {
            // It does not count as a worker of its version any more.
            let key = QueueKey(namespace: request.namespace, name: request.taskQueue, kind: kind)
            queues[key]?.deploymentOptions[request.identity] = nil
        }
        guard !request.stickyTaskQueue.isEmpty else { return APIShutdownWorkerResponse() }
        let key = QueueKey(namespace: request.namespace, name: request.stickyTaskQueue, kind: .workflow)
        let queue = queue(key)
        queue.isShutDown = true
        endPolls(of: queue) { _ in true }
        moveTasksToNormalQueue(from: key)
        return APIShutdownWorkerResponse()
    }

    /// Whether a worker has said a moment ago that it stops.
    ///
    /// - Parameter key: What tells it from all others; empty if it does not say.
    func isShutDown(worker key: String) -> Bool {
        guard !key.isEmpty, let time = shutDownWorkers[key] else { return false }
        return time.duration(to: .now) < Self.shutDownTime
    }

    /// Answers all polls of a worker that names itself and its task queue, and forgets it there.
    private func endPolls(of request: APIShutdownWorkerRequest) {
        let worker = request.workerInstanceKey
        guard !worker.isEmpty, !request.taskQueue.isEmpty else { return }
        let types = request.taskQueueTypes.isEmpty ? [.workflow, .activity] : request.taskQueueTypes
        // As on the server, a worker that has not polled there is none that could stop.
        let polled = types.compactMap { type in
            queues[QueueKey(namespace: request.namespace, name: request.taskQueue, type: type)]
        }
        guard !polled.isEmpty else { return }
        shutDownWorkers = shutDownWorkers.filter { $0.value.duration(to: .now) < Self.shutDownTime }
        shutDownWorkers[worker] = .now
        let keys = queues.keys.filter { $0.namespace == request.namespace }
        for key in keys.sorted(by: { ($0.name, $0.kind.rawValue) < ($1.name, $1.kind.rawValue) }) {
            if let queue = queues[key] { endPolls(of: queue) { $0.workerInstanceKey == worker } }
        }
        for queue in polled { queue.forget(request.identity) }
    }

    private func endPolls(of queue: TaskQueue, where condition: (Poller) -> Bool) {
        let ending = queue.pollers.filter(condition)
        queue.pollers.removeAll(where: condition)
        for poller in ending {
            poller.reply.place = .nowhere
            expire(poller.reply)
        }
    }
}
