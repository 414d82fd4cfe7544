package import TemporalAPI
import SwiftProtobuf

/// How often, and how long apart, something that failed is tried again.
///
/// The server does the retrying of activities and workflows. The defaults are the server's.
public struct RetryPolicy: Sendable, Hashable {
    /// How long to wait before the second attempt. Default: 1 s.
    public var initialInterval: Duration

    /// What the interval is multiplied with after each attempt; at least 1. Default: 2.
    public var backoffCoefficient: Double

    /// The longest interval. Default: 100 times ``initialInterval``.
    public var maximumInterval: Duration?

    /// How often to try, the first attempt included; 0 for no limit. Default: 0.
    public var maximumAttempts: Int

    /// The ``ApplicationError/type`` of errors that are not tried again. Compared exactly.
    public var nonRetryableErrorTypes: [String]

    /// Describes a policy.
    ///
    /// - Parameters:
    ///   - initialInterval: How long to wait before the second attempt.
    ///   - backoffCoefficient: What the interval is multiplied with after each attempt; at least 1.
    ///   - maximumInterval: The longest interval; `nil` for 100 times `initialInterval`.
    ///   - maximumAttempts: How often to try, the first attempt included; 0 for no limit.
    ///   - nonRetryableErrorTypes: The types of application errors that are not tried again.
    public init(
        initialInterval: Duration = .seconds(1),
        backoffCoefficient: Double = 2,
        maximumInterval: Duration? = nil,
        maximumAttempts: Int = 0,
        nonRetryableErrorTypes: [String] = []
    ) {
        self.initialInterval = initialInterval
        self.backoffCoefficient = backoffCoefficient
        self.maximumInterval = maximumInterval
        self.maximumAttempts = maximumAttempts
        self.nonRetryableErrorTypes = nonRetryableErrorTypes
    }

    package init(_ proto: APIRetryPolicy) {
        self.init(
            initialInterval: Duration(proto.initialInterval),
            backoffCoefficient: proto.backoffCoefficient,
            maximumInterval: proto.hasMaximumInterval ? Duration(proto.maximumInterval) : nil,
            maximumAttempts: Int(proto.maximumAttempts),
            nonRetryableErrorTypes: proto.nonRetryableErrorTypes
        )
    }

    package var proto: APIRetryPolicy {
        var proto = APIRetryPolicy()
        proto.initialInterval = .init(initialInterval)
        proto.backoffCoefficient = backoffCoefficient
        if let maximumInterval { proto.maximumInterval = .init(maximumInterval) }
        proto.maximumAttempts = Int32(clamping: maximumAttempts)
        proto.nonRetryableErrorTypes = nonRetryableErrorTypes
        return proto
    }
}
