import Temporal
import TemporalAPI

/// A service whose calls have options of their own, where they do not say otherwise.
struct CallOptionsService: TemporalService {
    let base: any TemporalService
    let options: CallOptions

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        // A copy, so that what the payloads belong to stays.
        var all = options
        all.timeout = options.timeout ?? self.options.timeout
        all.metadata = self.options.metadata.merging(options.metadata) { _, own in own }
        all.retries = options.retries && self.options.retries
        return try await base.call(method, request, options: all)
    }
}
