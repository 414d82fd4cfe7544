/// How large payloads may be before the log warns of them.
///
/// The service refuses what is larger than its own limits, usually 2 MiB for a field and for a memo. Large values belong
/// in a store of their own, with a reference to them in the payload.
public struct PayloadLimits: Sendable, Hashable {
    /// The size of one field of arguments, results or details, in bytes, above which a warning is logged; `nil` for no
    /// warning. Default: 512 KiB.
    public var payloadWarning: Int? = 512 * 1024

    /// The size of a memo, in bytes, above which a warning is logged; `nil` for no warning. Default: 2 KiB.
    public var memoWarning: Int? = 2 * 1024

    /// The defaults.
    public init() {}

    /// No warnings.
    public static var none: PayloadLimits {
        var limits = PayloadLimits()
        (limits.payloadWarning, limits.memoWarning) = (nil, nil)
        return limits
    }
}
