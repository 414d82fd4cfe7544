package import TemporalAPI

/// Why the server suggests that a run continues as new.
public struct ContinueAsNewReason: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// The history has many bytes.
    public static let historySizeTooLarge = ContinueAsNewReason(description: "historySizeTooLarge")
    /// The history has many events.
    public static let tooManyHistoryEvents = ContinueAsNewReason(description: "tooManyHistoryEvents")
    /// The run has had many updates.
    public static let tooManyUpdates = ContinueAsNewReason(description: "tooManyUpdates")

    private init(description: String) {
        self.description = description
    }

    /// The reason of a number of the API; `nil` for one that this version of the SDK does not know.
    package init?(_ proto: APISuggestContinueAsNewReason) {
        switch proto {
        case .historySizeTooLarge: self = .historySizeTooLarge
        case .tooManyHistoryEvents: self = .tooManyHistoryEvents
        case .tooManyUpdates: self = .tooManyUpdates
        default: return nil
        }
    }
}
