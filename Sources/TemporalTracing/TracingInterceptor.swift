import Temporal
import TemporalClient
public import Tracing

/// Traces what clients, workflows and activities do, with the tracer of the program.
///
/// Give one to the client and one to the worker. Each start, signal, query and activity is a span, and so is each call of a
/// Nexus operation; the context of the caller's span travels in the header `_tracer-data`, as in the other SDKs, and with a
/// Nexus call in the tracer's own headers, so that the spans of all processes form one trace. A replay makes no spans.
///
/// A span is marked as failed where what it stands for has: an error that fails the workflow, and not one that fails its
/// task only; not a workflow that continues as new, an activity that completes asynchronously, or a benign error.
///
/// Spans of workflow code mark a moment and have no length: a run may outlive the process that has begun it.
///
/// ```swift
/// let client = TemporalClient(service: connection, interceptors: [TracingInterceptor()])
/// var options = WorkerOptions()
/// options.workflowInterceptors = [TracingInterceptor()]
/// options.activityInterceptors = [TracingInterceptor()]
/// options.nexusInterceptors = [TracingInterceptor()]
/// ```
public struct TracingInterceptor: Sendable {
    /// The header that carries the context of a span.
    static let headerName = "_tracer-data"

    private let tracer: any Tracer

    /// Makes an interceptor.
    ///
    /// - Parameter tracer: What makes spans; `nil` for the tracer that the program was set up with.
    public init(tracer: (any Tracer)? = nil) {
        self.tracer = tracer ?? InstrumentationSystem.tracer
    }

    /// A span, with what names the workflow, the run, the activity or the update in it.
    func start(
        _ name: String,
        _ kind: SpanKind,
        parent: InstrumentationContext,
        _ attributes: [(String, String)]
    ) -> any Span {
        let span = tracer.startAnySpan(name, context: parent, ofKind: kind)
        for (key, value) in attributes where !value.isEmpty { span.attributes[key] = SpanAttribute.string(value) }
        return span
    }

    /// Does something within a span.
    func within<Value>(_ span: any Span, _ body: () async throws -> Value) async throws -> Value {
        defer { span.end() }
        do {
            return try await body()
        } catch {
            record(error, in: span)
            throw error
        }
    }

    /// Marks a span as failed, unless the error is no failure: an activity that goes on elsewhere, or an error of which its
    /// author says that nobody need worry.
    func record(_ error: any Error, in span: any Span) {
        if error is CompletesAsynchronously || (error as? ApplicationError)?.category == .benign { return }
        span.recordError(error)
        span.setStatus(.init(code: .error))
    }

    /// The headers with the context of a span in them.
    func headers(_ headers: [String: Payload], with context: InstrumentationContext) throws -> [String: Payload] {
        var carrier: [String: String] = [:]
        tracer.inject(context, into: &carrier, using: Carrier())
        guard !carrier.isEmpty else { return headers }
        var headers = headers
        headers[Self.headerName] = try PayloadConverter().encode(carrier)
        return headers
    }

    /// The context that came in headers; the top level if there is none that can be read.
    func context(in headers: [String: Payload]) -> InstrumentationContext {
        var context = InstrumentationContext.topLevel
        guard let payload = headers[Self.headerName],
            let carrier = try? PayloadConverter().decode(payload, as: [String: String].self)
        else { return context }
        tracer.extract(carrier, into: &context, using: Carrier())
        return context
    }

    /// The headers of a Nexus call with the context of a span in them, under the names that the tracer gives: whoever
    /// serves the operation, with Temporal or without, looks for those.
    func textHeaders(_ headers: [String: String], with context: InstrumentationContext) -> [String: String] {
        var headers = headers
        tracer.inject(context, into: &headers, using: Carrier())
        return headers
    }

    /// The context that came in the headers of a Nexus call; the top level if there is none that can be read.
    func context(inText headers: [String: String]) -> InstrumentationContext {
        var context = InstrumentationContext.topLevel
        tracer.extract(headers, into: &context, using: Carrier())
        return context
    }

    private struct Carrier: Injector, Extractor {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }

        /// The headers of Nexus arrive with names in lower case.
        func extract(key: String, from carrier: [String: String]) -> String? {
            carrier[key] ?? carrier[key.lowercased()]
        }
    }
}
