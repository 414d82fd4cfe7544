/// Runs something for a limited time. What does not heed its cancellation is left to itself then.
///
/// - Parameters:
///   - limit: How long it may take.
///   - body: What to run, in a task of its own.
/// - Returns: Its result; `nil` if the time was over first.
/// - Throws: What it throws; `CancellationError` if the calling task was cancelled.
func withTimeLimit<Value: Sendable>(
    _ limit: Duration,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value? {
    let (ends, end) = AsyncStream.makeStream(of: Result<Value?, any Error>.self)
    let work = Task {
        do {
            end.yield(.success(try await body()))
        } catch {
            end.yield(.failure(error))
        }
    }
    let timer = Task {
        // Cancelled when the work has ended in time.
        guard (try? await Task.sleep(for: limit)) != nil else { return }
        end.yield(.success(nil))
    }
    defer {
        work.cancel()
        timer.cancel()
    }
    for await result in ends { return try result.get() }
    throw CancellationError()
}
