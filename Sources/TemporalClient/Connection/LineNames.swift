import GRPCCore
import GRPCNIOTransportHTTP2Posix

/// Where a line leads, as the names are looked up for it.
struct LineTarget: ResolvableTarget {
    /// What looks the name up.
    let base: NameResolver

    /// What is known of the connection.
    let watch: LineWatch
}

/// Looks the name up for a line, until the line has ended: the transport asks once more then, and would connect anew although
/// another line has taken the place.
struct LineNames: NameResolverFactory {
    func resolver(for target: LineTarget) -> NameResolver {
        NameResolver(
            names: RPCAsyncSequence(wrapping: Results(base: target.base.names, watch: target.watch)),
            updateMode: target.base.updateMode,
            authority: target.base.authority
        )
    }

    private struct Results: AsyncSequence, Sendable {
        let base: RPCAsyncSequence<NameResolutionResult, any Error>
        let watch: LineWatch

        func makeAsyncIterator() -> Iterator {
            Iterator(base: base.makeAsyncIterator(), watch: watch)
        }

        struct Iterator: AsyncIteratorProtocol {
            var base: RPCAsyncSequence<NameResolutionResult, any Error>.AsyncIterator
            let watch: LineWatch

            mutating func next() async throws -> NameResolutionResult? { try await next(isolation: nil) }

            mutating func next(
                isolation actor: isolated (any Actor)?
            ) async throws(any Error) -> NameResolutionResult? {
                // The transport takes no notice of a result without addresses.
                if watch.hasEnded { return NameResolutionResult(endpoints: [], serviceConfig: nil) }
                return try await base.next(isolation: actor)
            }
        }
    }
}
