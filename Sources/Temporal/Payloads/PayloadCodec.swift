/// Changes payloads on their way to the Temporal Service, and back: encrypts, compresses or stores them elsewhere.
///
/// A codec works on what a ``PayloadConverter`` has made, outside of workflow code, so it may wait and use the network.
/// It is given all payloads of one call at once. The service sees only what the codec made.
///
/// ```swift
/// struct Rot1: PayloadCodec {
///     func encode(_ payloads: [Payload]) async throws -> [Payload] {
///         try payloads.map { Payload(encoding: "binary/rot1", data: Data(try $0.serialized().map { $0 &+ 1 })) }
///     }
///
///     func decode(_ payloads: [Payload]) async throws -> [Payload] {
///         try payloads.map { payload in
///             guard payload.encoding == "binary/rot1" else { return payload }
///             return try Payload(serialized: Data(payload.data.map { $0 &- 1 }))
///         }
///     }
/// }
/// ```
public protocol PayloadCodec: Sendable {
    /// Encodes payloads.
    ///
    /// - Parameter payloads: The payloads of one call, of one argument or of many.
    /// - Returns: As many payloads, in the same order.
    /// - Throws: Any error. What the call was for fails with a ``PayloadCodecError``.
    func encode(_ payloads: [Payload]) async throws -> [Payload]

    /// Decodes payloads.
    ///
    /// A codec returns unchanged what it has not encoded: histories hold payloads from before it was there.
    ///
    /// - Parameter payloads: The payloads of one answer, a page of a history for instance.
    /// - Returns: As many payloads, in the same order.
    /// - Throws: Any error. What the answer was for fails with a ``PayloadCodecError``.
    func decode(_ payloads: [Payload]) async throws -> [Payload]
}

/// A payload codec that failed, or that did not return one payload for each.
///
/// On a worker it fails the task that could not be read or answered, which is tried again.
public struct PayloadCodecError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, in which codec.
    public let message: String

    /// What the codec threw; `nil` if it returned a wrong number of payloads.
    public let cause: (any Error)?

    package init(_ message: String, cause: (any Error)?) {
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
