public import Temporal
import TemporalTestServer

/// What a mocked activity does besides returning and failing.
extension ActivityMock {
    // MARK: The real code

    /// Runs the real activity, which the environment must have been given.
    @discardableResult
    public func callsReal() -> Self {
        expectation.setOutcome(.always { call, host in try await runReal(call, host) })
        return self
    }

    /// Runs the real activity, and lets time pass in it as if it took so long: it is over that much later than it began,
    /// whether it returns or fails, and what is due meanwhile happens. The code itself takes no time on the environment's clock, unless it waits there.
    ///
    /// - Parameter duration: How long the activity is to take.
    @discardableResult
    public func callsReal(taking duration: Duration) -> Self {
        expectation.setOutcome(
            .always { call, host in
                let start = host.server.moment.nanoseconds
                return try await runReal(call, host) {
                    duration - .nanoseconds(host.server.moment.nanoseconds - start)
                }
            }
        )
        return self
    }

    /// Runs the real activity at the pace of the wall: as much time passes on the environment's clock as the code took until
    /// it returned or failed.
    @discardableResult
    public func callsRealAtWallPace() -> Self {
        expectation.setOutcome(
            .always { call, host in
                let clock = ContinuousClock()
                let start = clock.now
                return try await runReal(call, host) { clock.now - start }
            }
        )
        return self
    }

    // MARK: No answer

    /// Never answers: the activity's timeouts decide, or its cancellation.
    @discardableResult
    public func hangs() -> Self {
        expectation.setOutcome(.always { _, _ in throw CompletesAsynchronously() })
        return self
    }

    /// Leaves the completion to the test, by the task token or the ids of the call.
    @discardableResult
    public func completesAsynchronously() -> Self {
        hangs()
    }

    /// Runs into one of its timeouts, each time at the moment at which that runs out. The activity must have such a
    /// timeout. With `.scheduleToStart` it is as if no worker had taken the task.
    ///
    /// - Parameter kind: Which timeout.
    @discardableResult
    public func timesOut(_ kind: TimeoutError.Kind) -> Self {
        expectation.setOutcome(.always { _, host in throw try await host.leave(to: kind) })
        return self
    }

    /// Reports progress a few times and then nothing more: the heartbeat timeout decides.
    ///
    /// - Parameters:
    ///   - details: What it reports, one detail at a time.
    ///   - interval: How much time passes after each report.
    @discardableResult
    public func heartbeats<Detail: Codable & Sendable>(_ details: [Detail], every interval: Duration) -> Self {
        expectation.setOutcome(
            .always { _, host in
                for detail in details {
                    try ActivityContext.current.heartbeat(detail)
                    try await host.wait(interval)
                }
                throw try await host.leave(to: .heartbeat)
            }
        )
        return self
    }

    /// Reports that it is alive until it is cancelled, and then ends as cancelled.
    ///
    /// - Parameter interval: How much time passes between two reports. Of these as many reach the service as the worker
    ///   sends: at most one in 80 % of the heartbeat timeout.
    @discardableResult
    public func waitsForCancellation(heartbeatingEvery interval: Duration = .seconds(1)) -> Self {
        expectation.setOutcome(
            .always { _, host in
                // An end, so that a test in which nobody cancels comes to one.
                for _ in 0..<100_000 {
                    try ActivityContext.current.heartbeat()
                    try await host.wait(interval)
                }
                throw host.unexpected(
                    "Activity '\(host.info.activityType)' waited for a cancellation that did not come."
                )
            }
        )
        return self
    }

    /// Takes its worker down, with all that the worker has: nothing of the attempt is heard again, and it times out. A new
    /// worker takes the place of the old.
    @discardableResult
    public func crashesWorker() -> Self {
        expectation.setOutcome(
            .always { _, host in
                host.crashWorker()
                throw try await host.waitForEver()
            }
        )
        return self
    }
}

/// Runs the real code of an activity, and lets time pass before its end counts. Code that leaves its end to others ends at
/// once.
private func runReal(_ call: MockCall, _ host: MockHost, thenWaits rest: () -> Duration) async throws -> Payload {
    let result: Result<Payload, any Error>
    do {
        result = .success(try await runReal(call, host))
    } catch let end as CompletesAsynchronously {
        throw end
    } catch {
        result = .failure(error)
    }
    let rest = rest()
    if rest > .zero { try await host.wait(rest) }
    return try result.get()
}

/// Runs the real code of an activity.
private func runReal(_ call: MockCall, _ host: MockHost) async throws -> Payload {
    guard let definition = call.definition else {
        throw host.unexpected(
            "A mock of activity '\(call.info.activityType)' calls its real code, which was not given to the environment: "
                + "pass it as one of `activities`."
        )
    }
    return try await definition.run(call.input, call.converter)
}
