package import TemporalAPI

/// Turns errors into the failures that Temporal stores, and back.
///
/// Every ``TemporalError`` has its own form on the wire. Any other error becomes an application failure whose type is the
/// name of its Swift type. Two closures change that for one's own errors:
///
/// ```swift
/// FailureConverter(
///     encoding: { error in
///         guard let error = error as? OutOfStock else { return nil }
///         return ApplicationError("Out of stock: \(error.item)", type: "OutOfStock", nonRetryable: true)
///     },
///     decoding: { error in
///         guard let error = error as? ApplicationError, error.type == "OutOfStock" else { return error }
///         return OutOfStockError(message: error.message)
///     }
/// )
/// ```
public struct FailureConverter: Sendable {
    /// Whether messages and stack traces are stored as a payload, for the codecs to encode, and the text
    /// `Encoded failure` in their place. Default: false.
    public var encodesCommonAttributes: Bool

    /// Turns an error into one that Temporal stores, or returns `nil` to leave it to the standard rules.
    public var encoding: (@Sendable (any Error) -> (any TemporalError)?)?

    /// Turns an error that was stored into the one that is thrown; a cause is given to it before what it caused.
    public var decoding: (@Sendable (any TemporalError) -> any TemporalError)?

    /// Puts a converter together.
    ///
    /// - Parameters:
    ///   - encodesCommonAttributes: Whether to store messages and stack traces as a payload that codecs encode.
    ///   - encoding: Turns an error into one that Temporal stores; `nil` leaves it to the standard rules. It must say
    ///     the same on every replay.
    ///   - decoding: Turns an error that was stored into the one that is thrown.
    public init(
        encodesCommonAttributes: Bool = false,
        encoding: (@Sendable (any Error) -> (any TemporalError)?)? = nil,
        decoding: (@Sendable (any TemporalError) -> any TemporalError)? = nil
    ) {
        self.encodesCommonAttributes = encodesCommonAttributes
        self.encoding = encoding
        self.decoding = decoding
    }

    /// What stands for a message that is stored encoded.
    private static let hiddenMessage = "Encoded failure"

    /// The failure that stands for an error, with its causes.
    package func failure(_ error: any Error) -> APIFailure {
        hidden(plainFailure(error))
    }

    /// The error that a failure stands for, with its causes.
    package func error(_ failure: APIFailure) -> any TemporalError {
        plainError(shown(failure))
    }

    /// A failure without readable texts, where they are to be stored encoded.
    package func hidden(_ failure: APIFailure) -> APIFailure {
        guard encodesCommonAttributes, !failure.hasEncodedAttributes,
            let attributes = try? PayloadConverter().encode(
                CommonAttributes(message: failure.message, stackTrace: failure.stackTrace)
            )
        else { return failure }
        var failure = failure
        failure.encodedAttributes = attributes.proto
        failure.message = Self.hiddenMessage
        failure.stackTrace = ""
        if failure.hasCause { failure.cause = hidden(failure.cause) }
        return failure
    }

    /// A failure with the texts that were stored encoded, by this SDK or another. What cannot be read stays hidden.
    private func shown(_ failure: APIFailure) -> APIFailure {
        guard failure.hasEncodedAttributes,
            let common = try? PayloadConverter().decode(Payload(failure.encodedAttributes), as: CommonAttributes.self)
        else { return failure }
        var failure = failure
        failure.message = common.message ?? failure.message
        failure.stackTrace = common.stackTrace ?? failure.stackTrace
        failure.clearEncodedAttributes()
        return failure
    }

    /// The texts that all kinds of failures have.
    private struct CommonAttributes: Codable {
        var message: String?
        var stackTrace: String?

        enum CodingKeys: String, CodingKey {
            case message
            case stackTrace = "stack_trace"
        }
    }
}
