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

/// Passes a call that does not wait through interceptors, the first outermost, to what does it.
package func throughInterceptorsAtOnce<Interceptor, Input>(
    _ interceptors: ArraySlice<Interceptor>,
    _ input: Input,
    _ step: @escaping (Interceptor, Input, (Input) throws -> Void) throws -> Void,
    _ last: @escaping (Input) throws -> Void
) throws {
    guard let first = interceptors.first else { return try last(input) }
    let rest = interceptors.dropFirst()
    try step(first, input) { try throughInterceptorsAtOnce(rest, $0, step, last) }
}
