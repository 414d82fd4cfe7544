public import TemporalClient

/// Adjusts a worker, or a replayer, as it is made, and may stand around the work.
///
/// ```swift
/// struct Payments: WorkerPlugin {
///     var name: String { "shop.payments" }
///     var bank: Bank
///
///     func configure(_ worker: inout WorkerSetup) {
///         worker.activities.append(bank)
///         worker.options.activityInterceptors.append(Audit())
///     }
///
///     func run(_ worker: TemporalWorker, next: () async throws -> Void) async throws {
///         try await bank.open()
///         do { try await next() } catch { await bank.close(); throw error }
///         await bank.close()
///     }
/// }
/// ```
///
/// Those of the client that are worker plugins come first, then those that the worker is given. Of several, the first is asked
/// first, and is the outermost around the work.
public protocol WorkerPlugin: TemporalPlugin {
    /// Changes what a worker runs, and how. Default: nothing.
    ///
    /// - Throws: Whatever it likes; the worker is not made then.
    func configure(_ worker: inout WorkerSetup) throws

    /// Changes what a replayer replays, and how. Default: nothing.
    ///
    /// What changes the commands of workflows belongs here too: interceptors that issue some, failure rules, converters.
    func configure(_ replayer: inout ReplayerSetup)

    /// Stands around the work, from the call of ``TemporalWorker/run()`` to its end. Default: only calls `next`.
    ///
    /// - Parameters:
    ///   - worker: The worker that is to run.
    ///   - next: Works until the worker is stopped.
    func run(_ worker: TemporalWorker, next: () async throws -> Void) async throws
}

extension WorkerPlugin {
    public func configure(_ worker: inout WorkerSetup) throws {}

    public func configure(_ replayer: inout ReplayerSetup) {}

    public func run(_ worker: TemporalWorker, next: () async throws -> Void) async throws { try await next() }
}
