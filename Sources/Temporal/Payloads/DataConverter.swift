package import SwiftProtobuf
import TemporalAPI

/// How values become what the Temporal Service stores, and back: the one setting that client, worker, replayer and test
/// environment share.
///
/// A value passes ``payloadConverter`` first, then each of the ``codecs`` in order; an error passes ``failureConverter``
/// first. On the way back the order is the reverse. All that read a namespace's payloads need the same data converter.
///
/// ```swift
/// let converter = DataConverter(
///     failureConverter: FailureConverter(encodesCommonAttributes: true),
///     codecs: [EncryptionCodec(key: key)]
/// )
/// let client = TemporalClient(service: connection, dataConverter: converter)
/// ```
public struct DataConverter: Sendable {
    /// Turns values into payloads. It is synchronous and deterministic, because it runs inside workflow code.
    public var payloadConverter: PayloadConverter

    /// Turns errors into failures.
    public var failureConverter: FailureConverter

    /// What changes payloads after they were made, in this order: the first encodes first and decodes last. Without
    /// codecs, the default, payloads are not looked at.
    ///
    /// Codecs see every payload of a user: inputs, results, heartbeats, memos, summaries, the details of failures and
    /// more. They never see search attributes, which the service must be able to read.
    public var codecs: [any PayloadCodec]

    /// Whether the codecs encode the payloads of headers too. Default: false, as those who only pass headers on, such as
    /// tracers in other languages, read them without a codec.
    public var encodesHeaders: Bool

    /// Puts a converter together.
    ///
    /// - Parameters:
    ///   - payloadConverter: What turns values into payloads.
    ///   - failureConverter: What turns errors into failures.
    ///   - codecs: What changes payloads after they were made; the first encodes first.
    ///   - encodesHeaders: Whether the codecs encode headers too.
    public init(
        payloadConverter: PayloadConverter = PayloadConverter(),
        failureConverter: FailureConverter = FailureConverter(),
        codecs: [any PayloadCodec] = [],
        encodesHeaders: Bool = false
    ) {
        self.payloadConverter = payloadConverter
        self.failureConverter = failureConverter
        self.codecs = codecs
        self.encodesHeaders = encodesHeaders
    }

    /// Whether a codec asks what payloads belong to.
    package var hasContextualCodecs: Bool { codecs.contains { $0 is any ContextualPayloadCodec } }

    /// What reads the messages about a workflow or an activity; `nil` if no codec asks what payloads belong to.
    ///
    /// - Parameters:
    ///   - context: What the messages are about.
    ///   - workflowType: The type of the workflow, where the messages do not say it.
    package func scope(
        _ context: @autoclosure () -> SerializationContext,
        workflowType: String = ""
    ) -> SerializationScope? {
        hasContextualCodecs ? SerializationScope(context(), workflowType: workflowType) : nil
    }

    /// A message whose payloads the codecs have encoded.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - scope: What it belongs to; `nil` if that is not known or nobody asks.
    /// - Throws: ``PayloadCodecError``, or `CancellationError` if the task was cancelled.
    package func encoded<M: Message>(_ message: M, in scope: SerializationScope? = nil) async throws -> M {
        try await changed(message, scope) { group in
            var payloads = group.payloads
            for codec in codecs {
                let codec = codec.specific(to: group.context)
                payloads = try await apply(codec, "encode", payloads, codec.encode)
            }
            return payloads
        }
    }

    /// A message whose payloads the codecs have decoded.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - scope: What it belongs to; `nil` if that is not known or nobody asks.
    /// - Throws: ``PayloadCodecError``, or `CancellationError` if the task was cancelled.
    package func decoded<M: Message>(_ message: M, in scope: SerializationScope? = nil) async throws -> M {
        try await changed(message, scope) { group in
            do {
                return try await decoded(group.payloads, group.context)
            } catch is PayloadCodecError where group.origin != .known {
                // One by one, since some of them may be of this kind and some of that.
                var payloads: [Payload] = []
                for payload in group.payloads { payloads.append(try await decoded(payload, group)) }
                return payloads
            }
        }
    }

    private func decoded(_ payloads: [Payload], _ context: SerializationContext?) async throws -> [Payload] {
        var payloads = payloads
        for codec in codecs.reversed() {
            let codec = codec.specific(to: context)
            payloads = try await apply(codec, "decode", payloads, codec.decode)
        }
        return payloads
    }

    /// A payload whose context may be another than that of its group.
    private func decoded(_ payload: Payload, _ group: MessageParts.Group) async throws -> Payload {
        do {
            return try await decoded([payload], group.context)[0]
        } catch let error as PayloadCodecError {
            do {
                return try await decoded([payload], nil)[0]
            } catch is PayloadCodecError {
                // Nobody here can know what it belongs to: whoever reads it is told.
                guard group.origin == .elsewhere else { throw error }
                return payload
            }
        }
    }

    private func changed<M: Message>(
        _ message: M,
        _ scope: SerializationScope?,
        _ change: (MessageParts.Group) async throws -> [Payload]
    ) async throws -> M {
        guard !codecs.isEmpty, let holder = message as? any PayloadHolder else { return message }
        var parts = MessageParts(holder, scope, headers: encodesHeaders)
        guard !parts.isEmpty else { return message }
        for index in parts.groups.indices {
            parts.groups[index].payloads = try await change(parts.groups[index])
        }
        return parts.message() as? M ?? message
    }

    private func apply(
        _ codec: any PayloadCodec,
        _ verb: String,
        _ payloads: [Payload],
        _ body: ([Payload]) async throws -> [Payload]
    ) async throws -> [Payload] {
        let name = String(describing: type(of: codec))
        let result: [Payload]
        do {
            result = try await body(payloads)
        } catch let error as CancellationError {
            throw error
        } catch {
            // Only the type of the error: its text may tell of what the codec is there to hide.
            throw PayloadCodecError(
                "The payload codec \(name) could not \(verb) \(payloads.count) payloads: it threw \(type(of: error)).",
                cause: error
            )
        }
        guard result.count == payloads.count else {
            throw PayloadCodecError(
                "The payload codec \(name) was to \(verb) \(payloads.count) payloads and returned \(result.count).",
                cause: nil
            )
        }
        return result
    }
}

extension PayloadCodec {
    /// The codec for payloads of a context, if it asks for one.
    fileprivate func specific(to context: SerializationContext?) -> any PayloadCodec {
        guard let context, let contextual = self as? any ContextualPayloadCodec else { return self }
        return contextual.with(context)
    }
}
