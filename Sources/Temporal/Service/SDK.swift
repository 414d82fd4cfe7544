/// How this SDK introduces itself to a Temporal Service.
package enum SDK {
    /// The name, as in the `client-name` of calls.
    package static let name = "temporal-swift"

    /// The version, as in the `client-version` of calls.
    package static let version = "0.1.0"

    /// The name, as in the `source` of failures.
    package static let failureSource = "SwiftSDK"
}
