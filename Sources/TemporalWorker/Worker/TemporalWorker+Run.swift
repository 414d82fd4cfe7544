import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient

extension TemporalWorker {
    /// Works until the task is cancelled or the service group asks for a graceful stop.
    ///
    /// A graceful stop takes no new tasks, lets those under way finish, and cancels activities that go on for longer
    /// than ``WorkerOptions/gracefulShutdownTimeout``. A cancellation cancels activities at once.
    ///
    /// - Throws: `RPCError` if the service refuses to be polled, for instance because the namespace does not exist;
    ///   ``WorkerConfigurationError`` if the worker has run before.
    public func run() async throws {
        try await throughInterceptors(
            plugins[...],
            self,
            { plugin, worker, next in try await plugin.run(worker) { try await next(worker) } },
            { try await $0.runAlone() }
        )
    }

    /// Works, without what plugins do around it.
    private func runAlone() async throws {
        guard !hasStarted.exchange(true, ordering: .acquiringAndReleasing) else {
            throw WorkerConfigurationError("The worker of task queue '\(taskQueue)' has run before: make a new one.")
        }
        let stop = StopSwitch()
        let working = Task(executorPreference: options.threads.others) { [self] in try await work(until: stop) }
        let result = await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await working.result
            } onGracefulShutdown: {
                stop.throwOver()
            }
        } onCancel: {
            working.cancel()
        }
        if case .failure(let error) = result, !(error is CancellationError) { throw error }
    }

    /// Works until the task is cancelled or the signal to stop comes.
    private func work(until stop: StopSwitch) async throws {
        let capabilities: NamespaceCapabilities
        do {
            capabilities = try await .ask(about: client.namespace, client.service, client.logger)
        } catch is CancellationError {
            return
        }
        if options.enforcesPayloadLimits {
            client.errorLimits.set(payload: capabilities.sizeLimits.payload, memo: capabilities.sizeLimits.memo)
        }
        metrics.count("worker_start")
        let session = WorkerSession(self, capabilities)
        let eagerStarts = session.registerForEagerStarts()
        let executor = options.threads.others
        let polling = Task(executorPreference: executor) { try await session.poll() }
        let beating = Task(executorPreference: executor) { await session.sendHeartbeats() }
        let watching = Task(executorPreference: executor) { await session.watchTimeouts() }
        let reporting = Task(executorPreference: executor) { await session.reportResources() }
        stop.arm {
            eagerStarts?.end()
            session.stopIsAsked()
            if capabilities.completesPollsOnShutdown {
                session.stopPolling()
                // The answer to this call ends the polls that wait; without it, nothing would for a minute.
                Task(executorPreference: executor) {
                    if await !session.announceShutdown() { polling.cancel() }
                }
            } else {
                polling.cancel()
            }
        }
        let result = await withTaskCancellationHandler {
            await polling.result
        } onCancel: {
            polling.cancel()
        }
        stop.disarm()
        eagerStarts?.end()
        session.stopIsAsked()
        if Task.isCancelled { session.endGrace() }
        // A task of its own, so that a cancellation of this one does not cut the clean-up short, but only the grace.
        let ending = Task(executorPreference: executor) { await session.shutDown() }
        await withTaskCancellationHandler {
            await ending.value
        } onCancel: {
            session.endGrace()
        }
        beating.cancel()
        watching.cancel()
        reporting.cancel()
        await beating.value
        await watching.value
        await reporting.value
        await Task(executorPreference: executor) { await session.endHeartbeats() }.value
        try result.get()
    }
}
