/// A part that others make and that adjusts clients, workers or replayers as a whole: converters, interceptors, activities.
///
/// It is a ``ClientPlugin``, a `WorkerPlugin` of the module `TemporalWorker`, or both.
public protocol TemporalPlugin: Sendable {
    /// What it is called, such as `acme.tracing`. A client or worker has one of a name.
    var name: String { get }

    /// Which version of it this is, for those who look at the service's list of workers. Default: empty.
    var version: String { get }
}

extension TemporalPlugin {
    public var version: String { "" }
}

/// Adjusts a client as it is made.
///
/// ```swift
/// struct Confidential: ClientPlugin {
///     var name: String { "shop.confidential" }
///     var key: SymmetricKey
///
///     func configure(_ client: inout ClientOptions) {
///         client.dataConverter = DataConverter(codecs: [EncryptionCodec(key: key)])
///     }
/// }
/// ```
///
/// Of several, the first is asked first. A plugin that is a `WorkerPlugin` too also adjusts all workers of the client.
public protocol ClientPlugin: TemporalPlugin {
    /// Changes what a client is made with. Default: nothing.
    func configure(_ client: inout ClientOptions)

    /// Changes how ``TemporalClient/connect(to:namespace:plugins:)`` and its siblings connect. Default: nothing. It is not
    /// asked for a client of a service that is there already.
    ///
    /// - Throws: Whatever it likes; the client is not made then.
    func configure(_ connection: inout ConnectionOptions) async throws
}

extension ClientPlugin {
    public func configure(_ client: inout ClientOptions) {}

    public func configure(_ connection: inout ConnectionOptions) async throws {}
}
