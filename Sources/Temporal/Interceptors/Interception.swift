/// Passes a call through interceptors, the first outermost, to what does it.
///
/// - Parameters:
///   - interceptors: Whom to ask.
///   - input: What the call is given.
///   - step: Asks one interceptor, and hands it the rest of the way.
///   - last: Does the call.
/// - Returns: What the outermost interceptor returns.
package func throughInterceptors<Interceptor, Input, Output>(
    _ interceptors: ArraySlice<Interceptor>,
    _ input: Input,
    _ step: @escaping (Interceptor, Input, (Input) async throws -> Output) async throws -> Output,
    _ last: @escaping (Input) async throws -> Output
) async throws -> Output {
    guard let first = interceptors.first else { return try await last(input) }
    let rest = interceptors.dropFirst()
    return try await step(first, input) { try await throughInterceptors(rest, $0, step, last) }
}
